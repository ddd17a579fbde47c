/* SPDX-License-Identifier: MIT */
#include "guest/ve.h"

#include "guest/vmcall.h"
#include "lib/bits.h"

#define RFLAGS_IF bit(9)

/* Leaves that the VMM is asked for: the hypervisor's own range. All others read as 0. */
static bool cpuid_is_vmm_leaf(uint32_t leaf)
{
	return leaf >= 0x40000000 && leaf <= 0x4fffffff;
}

static int handle_cpuid(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	struct tdx_cpuid_value value = { 0 };
	uint32_t leaf = low32(regs->gpr[TDX_RAX]);

	if (cpuid_is_vmm_leaf(leaf) &&
	    !tdvmcall_ok(tdvmcall_cpuid(leaf, low32(regs->gpr[TDX_RCX]), &value)))
		return TDX_VE_REFUSED;
	regs->gpr[TDX_RAX] = value.eax;
	regs->gpr[TDX_RBX] = value.ebx;
	regs->gpr[TDX_RCX] = value.ecx;
	regs->gpr[TDX_RDX] = value.edx;
	return (int)ve->instruction_length;
}

static int handle_rdmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t value;

	if (!tdvmcall_ok(tdvmcall_rdmsr(low32(regs->gpr[TDX_RCX]), &value)))
		return TDX_VE_REFUSED;
	regs->gpr[TDX_RAX] = low32(value);
	regs->gpr[TDX_RDX] = high32(value);
	return (int)ve->instruction_length;
}

static int handle_wrmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t value = make64(low32(regs->gpr[TDX_RDX]), low32(regs->gpr[TDX_RAX]));

	if (!tdvmcall_ok(tdvmcall_wrmsr(low32(regs->gpr[TDX_RCX]), value)))
		return TDX_VE_REFUSED;
	return (int)ve->instruction_length;
}

static int handle_hlt(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	if (!tdvmcall_ok(tdvmcall_hlt(!(regs->rflags & RFLAGS_IF))))
		return TDX_VE_REFUSED;
	return (int)ve->instruction_length;
}

static int handle_in(struct tdx_regs *regs, uint16_t port, unsigned int size)
{
	uint64_t *rax = &regs->gpr[TDX_RAX];
	uint32_t value;

	if (!tdvmcall_ok(tdvmcall_io_read(port, size, &value)))
		return TDX_VE_REFUSED;
	/* As for every 32-bit result, IN EAX clears the upper half of RAX. */
	*rax = size == 4 ? value : (*rax & ~byte_mask(size)) | value;
	return 0;
}

static int handle_out(struct tdx_regs *regs, uint16_t port, unsigned int size)
{
	return tdvmcall_ok(tdvmcall_io_write(port, size, low32(regs->gpr[TDX_RAX])))
		       ? 0
		       : TDX_VE_REFUSED;
}

static int handle_io(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t qual = ve->exit_qualification;
	unsigned int size = (qual & TDX_IO_QUAL_SIZE_MASK) + 1;
	uint16_t port = (uint16_t)(qual >> TDX_IO_QUAL_PORT_SHIFT);
	int error;

	if (qual & TDX_IO_QUAL_STRING)
		return TDX_VE_UNSUPPORTED;
	error = qual & TDX_IO_QUAL_IN ? handle_in(regs, port, size) : handle_out(regs, port, size);
	return error ? error : (int)ve->instruction_length;
}

int tdx_handle_ve(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	if (regs->user && ve->exit_reason != TDX_EXIT_CPUID)
		return TDX_VE_USER;
	switch (ve->exit_reason) {
	case TDX_EXIT_CPUID:
		return handle_cpuid(regs, ve);
	case TDX_EXIT_RDMSR:
		return handle_rdmsr(regs, ve);
	case TDX_EXIT_WRMSR:
		return handle_wrmsr(regs, ve);
	case TDX_EXIT_HLT:
		return handle_hlt(regs, ve);
	case TDX_EXIT_IO:
		return handle_io(regs, ve);
	default:
		return TDX_VE_UNSUPPORTED;
	}
}
