/* SPDX-License-Identifier: MIT */
#include "guest/ve_cause.h"
#include "guest/vmcall.h"
#include "lib/bits.h"

/* The strictest action of the bytes: a port cannot be reached through its neighbour. */
static enum tdx_ve_action lookup(const struct tdx_ve_policy *policy, uint16_t port,
				 unsigned int size)
{
	enum tdx_ve_action strictest = TDX_VE_ASK;

	for (unsigned int i = 0; i < size; i++) {
		enum tdx_ve_action action = tdx_ve_lookup(&policy->ports, port + i);

		if (action < strictest)
			strictest = action;
	}
	return strictest;
}

int tdx_ve_port_read(const struct tdx_ve_policy *policy, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	*value = 0;
	switch (lookup(policy, port, size)) {
	case TDX_VE_ASK:
		return tdvmcall_ok(tdvmcall_io_read(port, size, value)) ? 0 : TDX_VE_REFUSED;
	case TDX_VE_EMPTY:
		*value = low32(byte_mask(size));
		return 0;
	case TDX_VE_FAIL:
	default:
		return TDX_VE_FORBIDDEN;
	}
}

int tdx_ve_port_write(const struct tdx_ve_policy *policy, uint16_t port, unsigned int size,
		      uint32_t value)
{
	switch (lookup(policy, port, size)) {
	case TDX_VE_ASK:
		return tdvmcall_ok(tdvmcall_io_write(port, size, value)) ? 0 : TDX_VE_REFUSED;
	case TDX_VE_EMPTY:
		return 0;
	case TDX_VE_FAIL:
	default:
		return TDX_VE_FORBIDDEN;
	}
}

static int read_to_rax(struct tdx_regs *regs, uint16_t port, unsigned int size)
{
	uint32_t value;
	int error = tdx_ve_port_read(regs->policy, port, size, &value);

	if (!error)
		tdx_ve_set_register(regs->gpr, TDX_RAX, 0, size, value);
	return error;
}

int tdx_ve_port(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t qual = ve->exit_qualification;
	unsigned int size = (qual & TDX_IO_QUAL_SIZE_MASK) + 1;
	uint16_t port = (uint16_t)(qual >> TDX_IO_QUAL_PORT_SHIFT);
	int error;

	if (size != 1 && size != 2 && size != 4)
		return TDX_VE_UNSUPPORTED;
	if (qual & TDX_IO_QUAL_STRING)
		return regs->policy->string_io ? tdx_ve_port_string(regs, ve) : TDX_VE_FORBIDDEN;
	if (qual & TDX_IO_QUAL_IN)
		error = read_to_rax(regs, port, size);
	else
		error = tdx_ve_port_write(regs->policy, port, size, low32(regs->gpr[TDX_RAX]));
	return error ? error : (int)ve->instruction_length;
}
