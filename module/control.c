/* SPDX-License-Identifier: MIT */
#include "module/control.h"

#include "lib/bits.h"

#define CR0_PE	 bit(0)
#define CR0_NE	 bit(5)
#define CR0_WP	 bit(16)
#define CR0_NW	 bit(29)
#define CR0_CD	 bit(30)
#define CR0_PG	 bit(31)
#define CR0_KEPT (bit_range(28, 19) | bit(17) | bit_range(15, 6) | bit(4)) /* writes do nothing */

#define CR4_PAE	  bit(5)
#define CR4_MCE	  bit(6)
#define CR4_VMXE  bit(13)
#define CR4_SMXE  bit(14)
#define CR4_PCIDE bit(17)
#define CR4_KL	  bit(19)
#define CR4_PKE	  bit(22)
#define CR4_CET	  bit(23)
#define CR4_PKS	  bit(24)
#define CR4_UINTR bit(25)
#define CR3_PCID  bit_range(11, 0)
#define EFER_LME  bit(8)
#define EFER_LMA  bit(10)

#define XCR0_COMPONENTS                                                                            \
	(TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX | TDX_XFAM_AVX512 | TDX_XFAM_PKRU |            \
	 TDX_XFAM_AMX)

/* What the CPU itself refuses when paging goes on or off. Intel SDM, "MOV to CR0". */
static bool paging_change_is_legal(const struct cpu_vcpu *cpu, uint64_t value)
{
	uint64_t cr4 = cpu_vcpu_cr4(cpu);
	bool on = value & CR0_PG;

	if (on == !!(cpu_vcpu_cr0(cpu) & CR0_PG))
		return true;
	if (on)
		return !(cpu_vcpu_efer(cpu) & EFER_LME) ||
		       ((cr4 & CR4_PAE) && !cpu_vcpu_is_64bit(cpu));
	return !cpu_vcpu_is_64bit(cpu) && !(cr4 & CR4_PCIDE);
}

enum control_result control_write_cr0(struct vcpu *v, uint64_t value)
{
	struct cpu_vcpu *cpu = &v->cpu;

	if (!(value & CR0_NE) || high32(value))
		return CONTROL_GP;
	if ((value & CR0_PG) && !(value & CR0_PE))
		return CONTROL_GP;
	if (!(value & CR0_WP) && (cpu_vcpu_cr4(cpu) & CR4_CET))
		return CONTROL_GP;
	if (!(value & CR0_PE) || (value & (CR0_CD | CR0_NW)))
		return CONTROL_VE;
	if (!paging_change_is_legal(cpu, value))
		return CONTROL_GP;
	cpu_vcpu_set_cr0(cpu, (value & ~CR0_KEPT) | (cpu_vcpu_cr0(cpu) & CR0_KEPT));
	return CONTROL_DONE;
}

/* Bits that the TD may not set, whatever the CPU has. */
static uint64_t cr4_forbidden(const struct tdcs *tdcs)
{
	uint64_t forbidden = CR4_KL;

	if (!(tdcs->xfam & TDX_XFAM_PKRU))
		forbidden |= CR4_PKE;
	if ((tdcs->xfam & TDX_XFAM_CET) != TDX_XFAM_CET)
		forbidden |= CR4_CET;
	if (!(tdcs->xfam & TDX_XFAM_ULI))
		forbidden |= CR4_UINTR;
	if (!(tdcs->attributes & TDX_ATTR_PKS))
		forbidden |= CR4_PKS;
	return forbidden;
}

/* What the CPU itself refuses in long mode. Intel SDM, "MOV to CR4". */
static bool cr4_change_is_legal(const struct cpu_vcpu *cpu, uint64_t value)
{
	bool long_mode = cpu_vcpu_efer(cpu) & EFER_LMA;
	uint64_t set = value & ~cpu_vcpu_cr4(cpu);

	if (long_mode && !(value & CR4_PAE))
		return false;
	return !(set & CR4_PCIDE) || (long_mode && !(cpu_vcpu_cr3(cpu) & CR3_PCID));
}

enum control_result control_write_cr4(const struct guest *g, uint64_t value)
{
	struct cpu_vcpu *cpu = &g->vcpu->cpu;
	uint64_t module_owned = CR4_MCE | CR4_VMXE | CR4_SMXE;

	if (value & ~(cpu_cr4_supported() | module_owned))
		return CONTROL_GP;
	if (value & cr4_forbidden(g->tdcs))
		return CONTROL_GP;
	if ((value & CR4_CET) && !(cpu_vcpu_cr0(cpu) & CR0_WP))
		return CONTROL_GP;
	if ((value & module_owned) != CR4_MCE)
		return CONTROL_VE;
	if (!cr4_change_is_legal(cpu, value))
		return CONTROL_GP;
	cpu_vcpu_set_cr4(cpu, value);
	return CONTROL_DONE;
}

/* Intel SDM, "XCR0": which components go together. */
static bool xcr0_is_legal(uint64_t value)
{
	uint64_t avx512 = value & TDX_XFAM_AVX512, amx = value & TDX_XFAM_AMX;

	if (!(value & TDX_XFAM_X87) || ((value & TDX_XFAM_AVX) && !(value & TDX_XFAM_SSE)))
		return false;
	if (avx512 && (avx512 != TDX_XFAM_AVX512 || !(value & TDX_XFAM_AVX)))
		return false;
	return !amx || amx == TDX_XFAM_AMX;
}

enum control_result control_write_xcr(const struct guest *g, uint32_t index, uint64_t value)
{
	if (index != 0 || cpu_vcpu_cpl(&g->vcpu->cpu) != 0)
		return CONTROL_GP;
	if ((value & ~(g->tdcs->xfam & XCR0_COMPONENTS)) || !xcr0_is_legal(value))
		return CONTROL_GP;
	cpu_vcpu_set_xcr0(&g->vcpu->cpu, value);
	return CONTROL_DONE;
}
