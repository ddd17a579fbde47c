/* SPDX-License-Identifier: MIT */
/*
 * Metadata fields by identifier. TDX Module ABI, "Metadata Access"; the fields are fields.def.
 *
 * Only class and code of an identifier count. Masks say who may see and change what.
 */
#ifndef MODULE_METADATA_H
#define MODULE_METADATA_H

#include <stdint.h>

#include <tdx/field.h>

#include "module/td.h"
#include "module/vcpu.h"

enum metadata_accessor { METADATA_HOST, METADATA_HOST_DEBUG, METADATA_GUEST, METADATA_ACCESSORS };

/* Whose fields, and who asks. tdr and tdcs are null in the SYS context, vcpu but in the VP one. */
struct metadata_scope {
	enum tdx_field_context context;
	enum metadata_accessor accessor;
	struct tdr *tdr;
	struct tdcs *tdcs;
	struct vcpu *vcpu;
};

/* The VMM's view of a TD depends on ATTRIBUTES.DEBUG. */
enum metadata_accessor metadata_host_of(const struct tdcs *tdcs);

/* METADATA_FIELD_ID_INCORRECT, METADATA_FIELD_NOT_READABLE; *value is 0 then. */
uint64_t metadata_read(const struct metadata_scope *s, uint64_t id, uint64_t *value);

/*
 * Changes the bits that both mask and the field's own mask allow; *old is the value before.
 * METADATA_FIELD_ID_INCORRECT, _NOT_WRITABLE, _CURRENTLY_NOT_WRITABLE, _VALUE_NOT_VALID; nothing is
 * changed and *old is 0 then.
 */
uint64_t metadata_write(const struct metadata_scope *s, uint64_t id, uint64_t value, uint64_t mask,
			uint64_t *old);

/* The readable element that follows id's in the order of identifiers; TDX_FIELD_NONE for none. */
uint64_t metadata_next(const struct metadata_scope *s, uint64_t id);
uint64_t metadata_first(const struct metadata_scope *s);
/* All ones, whatever the context bits are: asks for the first. */
bool metadata_is_none(uint64_t id);

/*
 * What the RD leaves that give the next identifier do: status, *value (R8) and *next (RDX). id all
 * ones: METADATA_FIRST_FIELD_ID_IN_CONTEXT.
 */
uint64_t metadata_read_next(const struct metadata_scope *s, uint64_t id, uint64_t *value,
			    uint64_t *next);

/*
 * Metadata list of whole fields from id on, as many as fit into a page; put() gets its parts.
 * *next: where to go on, or TDX_FIELD_NONE.
 */
typedef void metadata_put(struct hpa to, const void *from, uint64_t size);
uint64_t metadata_list(const struct metadata_scope *s, uint64_t id, struct hpa page,
		       metadata_put *put, uint64_t *next);

#endif
