/* SPDX-License-Identifier: MIT */
#include "guest/ve.h"

#include "guest/ve_cause.h"
#include "lib/bits.h"

/* The hypervisor's own range. */
static const struct tdx_ve_rule default_cpuid[] = {
	{ 0x40000000, 0x4fffffff, TDX_VE_ASK },
};

const struct tdx_ve_policy tdx_ve_default_policy = {
	.cpuid = { default_cpuid, ARRAY_SIZE(default_cpuid), TDX_VE_EMPTY },
	.rdmsr = { .otherwise = TDX_VE_ASK },
	.wrmsr = { .otherwise = TDX_VE_ASK },
	.ports = { .otherwise = TDX_VE_ASK },
};

enum tdx_ve_action tdx_ve_lookup(const struct tdx_ve_rules *rules, uint32_t number)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (number >= rules->rules[i].first && number <= rules->rules[i].last)
			return rules->rules[i].action;
	}
	return rules->otherwise;
}

uint64_t tdx_ve_register(const uint64_t *gpr, unsigned int number, unsigned int shift,
			 unsigned int size)
{
	return gpr[number] >> shift & byte_mask(size);
}

void tdx_ve_set_register(uint64_t *gpr, unsigned int number, unsigned int shift, unsigned int size,
			 uint64_t value)
{
	uint64_t mask = byte_mask(size) << shift;

	if (size == 4)
		gpr[number] = low32(value);
	else
		gpr[number] = (gpr[number] & ~mask) | (value << shift & mask);
}

static int handle(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	switch (ve->exit_reason) {
	case TDX_EXIT_CPUID:
		return tdx_ve_cpuid(regs, ve);
	case TDX_EXIT_RDMSR:
		return tdx_ve_rdmsr(regs, ve);
	case TDX_EXIT_WRMSR:
		return tdx_ve_wrmsr(regs, ve);
	case TDX_EXIT_HLT:
		return tdx_ve_hlt(regs, ve);
	case TDX_EXIT_IO:
		return tdx_ve_port(regs, ve);
	case TDX_EXIT_EPT_VIOLATION:
		return tdx_ve_mmio(regs, ve);
	case TDX_EXIT_WBINVD:
		return tdx_ve_wbinvd(regs, ve);
	case TDX_EXIT_MONITOR:
	case TDX_EXIT_MWAIT:
		return tdx_ve_monitor(regs, ve);
	case TDX_EXIT_RDPMC:
		return tdx_ve_rdpmc(regs, ve);
	case TDX_EXIT_VMCALL:
		return tdx_ve_vmcall(regs, ve);
	default:
		return TDX_VE_UNSUPPORTED;
	}
}

static void choose_policy(struct tdx_regs *regs)
{
	if (!regs->policy)
		regs->policy = &tdx_ve_default_policy;
}

int tdx_handle_ve(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	choose_policy(regs);
	if (regs->user && ve->exit_reason != TDX_EXIT_CPUID)
		return TDX_VE_USER;
	return handle(regs, ve);
}

int tdx_handle_ve_early(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	choose_policy(regs);
	if (regs->user)
		return TDX_VE_USER;
	if (ve->exit_reason != TDX_EXIT_IO || ve->exit_qualification & TDX_IO_QUAL_STRING)
		return TDX_VE_UNSUPPORTED;
	return tdx_ve_port(regs, ve);
}
