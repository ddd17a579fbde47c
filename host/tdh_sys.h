/* SPDX-License-Identifier: MIT */
/* TDH.SYS.*: bringing the module up. host/tdh.h says what holds for all leaves. */
#ifndef HOST_TDH_SYS_H
#define HOST_TDH_SYS_H

#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Once, on any logical processor. TDX_SYS_INIT_NOT_PENDING, TDX_SYS_BUSY, TDX_RND_NO_ENTROPY, and
 * statuses that name what of the platform does not suit (class 9). */
uint64_t tdh_sys_init(void);

/* Once on every logical processor. TDX_SYS_LP_INIT_NOT_PENDING, TDX_SYS_LP_INIT_DONE, and statuses
 * that name what of this processor differs from the others (class 9). */
uint64_t tdh_sys_lp_init(void);

/*
 * The same two, and what CPUID has to do with a failure: TDX_INCORRECT_CPUID_VALUE from
 * tdh_sys_init(), TDX_INCONSISTENT_CPUID_FIELD from tdh_sys_lp_init(), which has no expected value;
 * 0 otherwise.
 */
struct tdx_cpuid_mismatch {
	uint32_t leaf;
	uint32_t subleaf;
	struct tdx_cpuid_value mask; /* the bits that are looked at */
	struct tdx_cpuid_value expected;
};

uint64_t tdh_sys_init_mismatch(struct tdx_cpuid_mismatch *mismatch);
uint64_t tdh_sys_lp_init_mismatch(struct tdx_cpuid_mismatch *mismatch);

/*
 * Writes TDSYSINFO (1024 bytes, aligned to its size) and the CMR list (TDX_MAX_CMRS entries,
 * 512-aligned). *cmr_count: entries of the list, unused ones have size 0.
 * TDX_SYS_LP_INIT_NOT_DONE.
 */
uint64_t tdh_sys_info(struct hpa sysinfo, struct hpa cmrs, uint64_t *cmr_count);

/*
 * One metadata field of the module. *next: the field behind it, or TDX_FIELD_NONE.
 * TDX_METADATA_FIELD_ID_INCORRECT, TDX_METADATA_FIELD_NOT_READABLE; field TDX_FIELD_NONE gives
 * TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT and the first in *next.
 */
uint64_t tdh_sys_rd(uint64_t field, uint64_t *value, uint64_t *next);

/* All fields from *field on as a metadata list in one page; *field: where to go on, or
 * TDX_FIELD_NONE. TDX_METADATA_LIST_OVERFLOW. */
uint64_t tdh_sys_rdall(struct hpa buffer, uint64_t *field);

/*
 * Gives the module its memory: an array of count addresses of struct tdx_tdmr_info (all
 * 512-aligned, TDMRs ascending), and the first private key id, which becomes the module's own.
 * TDX_SYS_CONFIG_NOT_PENDING; TDX_INVALID_TDMR, TDX_NON_ORDERED_TDMR, TDX_TDMR_OUTSIDE_CMRS,
 * TDX_INVALID_PAMT, TDX_PAMT_OUTSIDE_CMRS, TDX_PAMT_OVERLAP, TDX_INVALID_RESERVED_IN_TDMR,
 * TDX_NON_ORDERED_RESERVED_IN_TDMR, with TDMR index 7:0 and area or level 15:8 as details.
 */
uint64_t tdh_sys_config(struct hpa tdmr_info_list, uint64_t count, uint16_t global_hkid);

/* Once on one logical processor of each package; the last makes the module ready.
 * TDX_KEY_GENERATION_FAILED: try again. TDX_KEY_CONFIGURED (no error): this package was done. */
uint64_t tdh_sys_key_config(void);

/* Initialises some of the metadata of the TDMR at base; call again until *next is the TDMR's end.
 * Memory below *next can be used. TDX_TDMR_ALREADY_INITIALIZED (no error). */
uint64_t tdh_sys_tdmr_init(struct hpa base, struct hpa *next);

/* No effect, kept for old VMMs. */
uint64_t tdh_sys_lp_shutdown(void);

/* Ends the module's work and prepares for an update with this handoff version. */
uint64_t tdh_sys_shutdown(uint16_t handoff_version);

/* In place of tdh_sys_config() and tdh_sys_key_config(): the module takes over what the one before
 * it left at tdh_sys_shutdown(). TDX_SYS_STATE_INCORRECT, TDX_SYS_INVALID_HANDOFF,
 * TDX_SYS_INCOMPATIBLE_SIGSTRUCT. */
uint64_t tdh_sys_update(void);

/* Newer modules: ends the use of TDX, so that its memory can be used without it. */
uint64_t tdh_sys_disable(void);

#ifdef __cplusplus
}
#endif

#endif
