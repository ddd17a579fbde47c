/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.*: a TD as a whole. tdr is the page given to TDH.MNG.CREATE. Leaves that take a TD return
 * TDX_TD_FATAL, TDX_TD_KEYS_NOT_CONFIGURED, TDX_TDCS_NOT_ALLOCATED, TDX_OP_STATE_INCORRECT too.
 */
#ifndef HOST_TDH_MNG_H
#define HOST_TDH_MNG_H

#include <stdint.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a free page the root of a new TD with that key. TDX_HKID_NOT_FREE, TDX_RND_NO_ENTROPY. */
uint64_t tdh_mng_create(struct hpa tdr, uint16_t hkid);

/* Once on one logical processor of each package. TDX_LIFECYCLE_STATE_INCORRECT;
 * TDX_KEY_GENERATION_FAILED: try again; TDX_KEY_CONFIGURED (no error): this package was done. */
uint64_t tdh_mng_key_config(struct hpa tdr);

/* Gives one of the pages that the TD's control structure needs. TDX_TDCX_NUM_INCORRECT: it has
 * them all. */
uint64_t tdh_mng_addcx(struct hpa tdr, struct hpa tdcx);

/*
 * Configures the TD from struct tdx_td_params at params, 1024-aligned. TDX_OPERAND_INVALID names
 * the member; for CPUID_CONFIG *cpuid is the leaf 31:0 and subleaf 63:32, else 0.
 */
uint64_t tdh_mng_init(struct hpa tdr, struct hpa params, uint64_t *cpuid);

/* One metadata field of the TD. TDX_METADATA_FIELD_ID_INCORRECT, TDX_METADATA_FIELD_NOT_READABLE.
 */
uint64_t tdh_mng_rd(struct hpa tdr, uint64_t field, uint64_t *value);

/* Version 1: *next is the field behind it, or TDX_FIELD_NONE; field TDX_FIELD_NONE gives
 * TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT (no error) and the first. */
uint64_t tdh_mng_rd_next(struct hpa tdr, uint64_t field, uint64_t *value, uint64_t *next);

/* Changes the bits of mask; *old: the field before. TDX_METADATA_FIELD_NOT_WRITABLE,
 * TDX_METADATA_FIELD_VALUE_NOT_VALID. */
uint64_t tdh_mng_wr(struct hpa tdr, uint64_t field, uint64_t value, uint64_t mask, uint64_t *old);

/* All VCPUs have been flushed: the TD cannot run any more. TDX_FLUSHVP_NOT_DONE,
 * TDX_LIFECYCLE_STATE_INCORRECT. */
uint64_t tdh_mng_vpflushdone(struct hpa tdr);

/* The caches have been written back: the key id is free again, pages can be reclaimed.
 * TDX_WBCACHE_NOT_COMPLETE, TDX_LIFECYCLE_STATE_INCORRECT. */
uint64_t tdh_mng_key_freeid(struct hpa tdr);

/* No effect, kept for old VMMs. */
uint64_t tdh_mng_key_reclaimid(struct hpa tdr);

#ifdef __cplusplus
}
#endif

#endif
