/* SPDX-License-Identifier: MIT */
/*
 * A TD's VCPU while the module acts for it, and the TD's memory as that VCPU reaches it: by guest
 * physical address and by linear address. TDX Module Base specification, "TD Private Memory" and
 * "Shared Memory"; the outcomes are those of an access by the guest itself.
 */
#ifndef MODULE_GUEST_H
#define MODULE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module/td.h"
#include "module/vcpu.h"

/* The TDVPR and the TDR are locked as long as this exists. */
struct guest {
	struct vcpu *vcpu;
	struct tdr *tdr;
	struct tdcs *tdcs;
};

struct memory_access {
	bool read, write, fetch;
};

enum memory_outcome {
	MEMORY_OK,   /* the memory is there: pa, level, shared, may_write, may_fetch */
	MEMORY_PF,   /* #PF: bits above the SHARED bit */
	MEMORY_VE,   /* #VE, exit reason EPT violation */
	MEMORY_EXIT, /* TD exit: reason, extended */
};

struct memory_target {
	struct hpa pa; /* of the byte itself */
	unsigned int level;
	bool shared, may_write, may_fetch;
	uint32_t reason;   /* enum tdx_exit_reason */
	uint32_t extended; /* enum tdx_ext_exit_qual */
	bool pending;	   /* the reason is a private page that was not accepted */
};

/* What an access to this GPA comes to, now. */
enum memory_outcome guest_memory(const struct guest *g, struct gpa gpa, struct memory_access access,
				 struct memory_target *target);

/*
 * The GPA behind a linear address: 4-level page tables, or no paging. False for other paging modes
 * and for what is not mapped. Changes nothing, not even accessed bits.
 */
bool guest_translate(const struct guest *g, uint64_t linear, struct gpa *gpa);

/* Copies from private memory by linear address; returns how many bytes could be had. */
size_t guest_read_linear(const struct guest *g, uint64_t linear, void *to, size_t size);

#endif
