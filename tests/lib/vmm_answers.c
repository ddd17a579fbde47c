/* SPDX-License-Identifier: MIT */
#include "tests/lib/vmm_answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "guest/hooks.h"
#include "guest/tdcall.h"

void (*vmm_answer)(struct tdx_module_args *args);

static uint64_t call(uint64_t leaf, struct tdx_module_args *args)
{
	if ((leaf & 0xffff) != TDG_VP_VMCALL)
		return TDX_OPERAND_INVALID;
	vmm_answer(args);
	return TDX_SUCCESS;
}

uint64_t __tdcall(uint64_t leaf, struct tdx_module_args *args)
{
	struct tdx_module_args copy = *args;

	return call(leaf, &copy);
}

uint64_t __tdcall_ret(uint64_t leaf, struct tdx_module_args *args)
{
	return call(leaf, args);
}

uint64_t __tdcall_saved_ret(uint64_t leaf, struct tdx_module_args *args)
{
	return call(leaf, args);
}

uint64_t __tdcall_regs(uint64_t leaf, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	return call(leaf, &(struct tdx_module_args){ .rcx = rcx, .rdx = rdx, .r8 = r8 });
}

struct tdvmcall_registers __tdvmcall_regs_ret(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					      uint64_t r15, uint64_t *out)
{
	struct tdx_module_args args = { .r11 = fn, .r12 = r12, .r13 = r13, .r14 = r14, .r15 = r15 };
	uint64_t rax = call(TDG_VP_VMCALL, &args);

	*out = args.r11;
	return (struct tdvmcall_registers){ rax, args.r10 };
}

struct tdvmcall_registers __tdvmcall_regs(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					  uint64_t r15)
{
	uint64_t unused;

	return __tdvmcall_regs_ret(fn, r12, r13, r14, r15, &unused);
}

void tdx_panic(const char *what, uint64_t status)
{
	fprintf(stderr, "panic: %s: %#llx\n", what, (unsigned long long)status);
	abort();
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
}
