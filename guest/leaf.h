/* SPDX-License-Identifier: MIT */
/*
 * The guest's leaves of the TDX module, by the specification's names. TDX Module ABI specification,
 * "Guest-Side Interface Functions". Each returns the module's completion status (TDX_*); outputs
 * are as the module left them, 0 where it failed. Where a status can be anybody's doing:
 *
 *	TDX_OPERAND_INVALID | operand	the caller gave a bad operand, or (operand RAX) the module
 *					does not have this leaf
 *	TDX_OPERAND_BUSY | operand	the VMM is inside the module with the same object: try again
 *					a bounded number of times
 *	any other			said with the leaf
 *
 * An address operand that the VMM has not mapped raises no error: it is a TD exit, or a #VE where
 * the page is shared or not accepted, as for an ordinary access.
 */
#ifndef GUEST_LEAF_H
#define GUEST_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/ve.h>

#include "guest/tdcall.h"
#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tdx_vp_info {
	unsigned int gpa_width; /* 48 or 52; the SHARED bit is the highest */
	uint64_t attributes;	/* TDX_ATTR_* */
	uint32_t num_vcpus;
	uint32_t max_vcpus;
	uint32_t vcpu_index;
	bool sys_rd; /* TDG.SYS.RD and RDALL are there */
};

/* Cannot fail: tdx_panic() otherwise, and for a GPA width that is neither 48 nor 52. */
void tdg_vp_info(struct tdx_vp_info *info);

static inline uint64_t tdx_shared_bit(const struct tdx_vp_info *info)
{
	return UINT64_C(1) << (info->gpa_width - 1);
}

/* TDX_NO_VALID_VE_INFO: there was no #VE since the last call (a caller's bug, or an NMI between).
 */
uint64_t tdg_vp_veinfo_get(struct tdx_ve_info *ve);

/* Whether CPUID raises #VE at CPL 0 and above it, even where the module could answer. */
uint64_t tdg_vp_cpuidve_set(bool supervisor, bool user);

/*
 * gpa: private, aligned to the level's size. level: TDX_LEVEL_4K, _2M or _1G. Zeroes the page.
 * TDX_PAGE_ALREADY_ACCEPTED (no error) and TDX_PAGE_SIZE_MISMATCH (the VMM mapped smaller pages)
 * carry a level in their details. TDX_OPERAND_INVALID | RCX for a level that the module does not
 * accept at once.
 */
static inline uint64_t tdg_mem_page_accept(struct gpa gpa, unsigned int level)
{
	return __tdcall_regs(TDG_MEM_PAGE_ACCEPT, gpa.pa | level, 0, 0);
}

/*
 * Metadata fields of the TD (TDX_FIELD_TD_*), of this VCPU and of the module. wr changes the bits
 * of mask; previous may be null. next, where there is one: the field behind it, or TDX_FIELD_NONE.
 * TDX_METADATA_FIELD_ID_INCORRECT, _NOT_READABLE, _NOT_WRITABLE, _VALUE_NOT_VALID: the caller, or a
 * module that is older than the field. tdg_sys_rd(TDX_FIELD_NONE) gives
 * TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT (no error) and the first field in *next.
 */
uint64_t tdg_vm_rd(uint64_t field, uint64_t *value);
uint64_t tdg_vm_rd_next(uint64_t field, uint64_t *value, uint64_t *next); /* version 1 */
uint64_t tdg_vm_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous);
uint64_t tdg_vp_rd(uint64_t field, uint64_t *value);
uint64_t tdg_vp_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous);
uint64_t tdg_sys_rd(uint64_t field, uint64_t *value, uint64_t *next);

/* All fields of the module from *field on (TDX_FIELD_NONE: from the first) as a metadata list in
 * one private page; *field: where to go on, or TDX_FIELD_NONE. TDX_METADATA_LIST_OVERFLOW. */
uint64_t tdg_sys_rdall(struct gpa page, uint64_t *field);

/* report: 1024 bytes, 1024-aligned (struct tdx_report). data: 64 bytes, 64-aligned. Both private or
 * shared. subtype: 0. */
uint64_t tdg_mr_report(struct gpa report, struct gpa data, uint8_t subtype);

/* RTMR[index] = SHA-384(RTMR[index] | 48 bytes at data). data: private, 64-aligned. index: 0..3. */
uint64_t tdg_mr_rtmr_extend(struct gpa data, unsigned int index);

/* mac: private, 256-aligned, the struct tdx_report_mac of a report. TDX_SUCCESS: made on this
 * platform. TDX_INVALID_CPUSVN, TDX_INVALID_REPORTMACSTRUCT: not, or changed. */
uint64_t tdg_mr_verifyreport(struct gpa mac);

/*
 * Service TDs (class 0x0d statuses: the binding is not what the caller thinks). uuid: of the target
 * TD; replaced when TDX_TARGET_UUID_UPDATED says that the target moved.
 */
struct tdx_td_uuid {
	uint64_t words[4];
};

struct tdx_rebind_token {
	uint64_t words[4];
};

uint64_t tdg_servtd_rd(uint64_t binding, uint64_t field, struct tdx_td_uuid *uuid, uint64_t *value);
/* *value: in, the new value; out, the previous. */
uint64_t tdg_servtd_wr(uint64_t binding, uint64_t field, uint64_t mask, struct tdx_td_uuid *uuid,
		       uint64_t *value);
uint64_t tdg_servtd_rebind_approve(uint64_t binding, const struct tdx_rebind_token *token,
				   struct tdx_td_uuid *uuid);

/*
 * TD partitioning: nested VMs 1..3 of this TD. mapping: GPA of the page, level 2:0, bit 62 not
 * accepted yet. attributes and masks: 16 bits for each VM, 0 the TD itself. TDX_PAGE_ATTR_INVALID,
 * TDX_PAGE_SIZE_MISMATCH.
 */
struct tdx_page_attributes {
	uint64_t mapping;
	uint64_t attributes;
};

uint64_t tdg_mem_page_attr_rd(struct gpa gpa, struct tdx_page_attributes *out);
uint64_t tdg_mem_page_attr_wr(struct gpa gpa, unsigned int level, uint64_t attributes,
			      uint64_t masks, struct tdx_page_attributes *out);

/*
 * Runs nested VM vm from the register state at state (private, 256-aligned) until it exits; out:
 * the exit's information in RCX RDX RBX RSI RDI R8-R15. invept: 0..3, what to flush first. The
 * return value is a status whose details are an exit reason.
 */
uint64_t tdg_vp_enter(unsigned int vm, unsigned int invept, struct gpa state,
		      struct tdx_module_args *out);

/* Flushes the translations of the nested VMs in vms (bits 3:1). */
uint64_t tdg_vp_invept(uint64_t vms);

/* Flushes one linear address of nested VM vm, or, with list, those of the list that *address
 * describes; updated. TDX_GLA_NOT_CANONICAL. */
uint64_t tdg_vp_invvpid(unsigned int vm, bool list, uint64_t *address);

#ifdef __cplusplus
}
#endif

#endif
