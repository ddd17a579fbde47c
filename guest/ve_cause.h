/* SPDX-License-Identifier: MIT */
/*
 * The causes of #VE, one function each: returns the length of the instruction, or an enum
 * tdx_ve_error with registers untouched. regs->policy is not null.
 */
#ifndef GUEST_VE_CAUSE_H
#define GUEST_VE_CAUSE_H

#include "guest/ve.h"

#ifdef __cplusplus
extern "C" {
#endif

int tdx_ve_cpuid(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_rdmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_wrmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_hlt(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_port(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_port_string(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_wbinvd(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_monitor(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_rdpmc(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_vmcall(struct tdx_regs *regs, const struct tdx_ve_info *ve);
int tdx_ve_mmio(struct tdx_regs *regs, const struct tdx_ve_info *ve);

/* What tdx_ve_mmio() does for MOVS, STOS and LODS. */
int tdx_ve_mmio_string(struct tdx_regs *regs, const struct tdx_ve_info *ve, const struct insn *insn,
		       const struct insn_access *access);

enum tdx_ve_action tdx_ve_lookup(const struct tdx_ve_rules *rules, uint32_t number);

/*
 * One port access by the policy. Returns 0 or an error; *value is 0 on error. Values are cut to the
 * size in both directions.
 */
int tdx_ve_port_read(const struct tdx_ve_policy *policy, uint16_t port, unsigned int size,
		     uint32_t *value);
int tdx_ve_port_write(const struct tdx_ve_policy *policy, uint16_t port, unsigned int size,
		      uint32_t value);

/* The instruction at RIP. Returns 0 or an error. */
int tdx_ve_decode(const struct tdx_regs *regs, struct insn *insn, struct insn_access *access);

/* Bases of the segments, as far as the instruction's memory operand needs one. */
int tdx_ve_segment_bases(const struct tdx_regs *regs, const struct insn *insn, uint64_t base[6]);

/* A register of 1, 2, 4 or 8 bytes; shift: 8 for AH and the like. 4 bytes clear the upper half. */
uint64_t tdx_ve_register(const uint64_t *gpr, unsigned int number, unsigned int shift,
			 unsigned int size);
void tdx_ve_set_register(uint64_t *gpr, unsigned int number, unsigned int shift, unsigned int size,
			 uint64_t value);

/* The CPU's own RFLAGS.IF, now. */
bool tdx_interrupts_on(void);

#ifdef __cplusplus
}
#endif

#endif
