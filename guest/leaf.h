/* SPDX-License-Identifier: MIT */
/*
 * The guest's leaves of the TDX module, by the specification's names. TDX Module ABI specification,
 * "Guest-Side Interface Functions". Each returns the module's completion status (TDX_*); outputs
 * are as the module left them, 0 where it failed.
 */
#ifndef GUEST_LEAF_H
#define GUEST_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/ve.h>

#include "guest/tdcall.h"
#include "lib/addr.h"

struct tdx_vp_info {
	unsigned int gpa_width; /* 48 or 52; the SHARED bit is the highest */
	uint64_t attributes;	/* TDX_ATTR_* */
	uint32_t num_vcpus;
	uint32_t max_vcpus;
	uint32_t vcpu_index;
	bool sys_rd; /* TDG.SYS.RD and RDALL are there */
};

/* Cannot fail: tdx_panic() otherwise. */
void tdg_vp_info(struct tdx_vp_info *info);

static inline uint64_t tdx_shared_bit(const struct tdx_vp_info *info)
{
	return UINT64_C(1) << (info->gpa_width - 1);
}

/* TDX_NO_VALID_VE_INFO: there was no #VE since the last call. */
uint64_t tdg_vp_veinfo_get(struct tdx_ve_info *ve);

/* gpa: private, aligned to the level's size. level: TDX_LEVEL_4K or _2M. Zeroes the page.
 * TDX_PAGE_ALREADY_ACCEPTED and TDX_PAGE_SIZE_MISMATCH carry a level in their details. */
uint64_t tdg_mem_page_accept(struct gpa gpa, unsigned int level);

/* TD-scope metadata fields, TDX_FIELD_TD_*. previous may be null. */
uint64_t tdg_vm_rd(uint64_t field, uint64_t *value);
uint64_t tdg_vm_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous);

/* report: 1024 bytes, 1024-aligned (struct tdx_report). data: 64 bytes, 64-aligned. */
uint64_t tdg_mr_report(struct gpa report, struct gpa data, uint8_t subtype);

/* RTMR[index] = SHA-384(RTMR[index] | 48 bytes at data). data: private, 64-aligned. */
uint64_t tdg_mr_rtmr_extend(struct gpa data, unsigned int index);

#endif
