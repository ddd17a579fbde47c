/* SPDX-License-Identifier: MIT */
/* SEAMCALL without the instruction: calls the module in the same process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/seamcall.h"
#include "lib/check.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/snapshot.h"

#define UNTOUCHED UINT64_C(0x7e57ed5a7e57ed5a) /* RSP and RBP: no leaf has them as operands */

static void load(uint64_t regs[TDX_GPR_COUNT], uint64_t fn, const struct tdx_module_args *args)
{
	const uint64_t *in = (const uint64_t *)args;

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		regs[i] = in[i];
	regs[TDX_RAX] = fn;
	regs[TDX_RSP] = UNTOUCHED;
}

uint64_t __seamcall_saved_ret(uint64_t fn, struct tdx_module_args *args)
{
	uint64_t regs[TDX_GPR_COUNT];
	uint64_t *out = (uint64_t *)args;

	load(regs, fn, args);
	module_seamcall(regs);
	CHECK(regs[TDX_RSP] == UNTOUCHED);
	for (unsigned int i = TDX_RCX; i < TDX_GPR_COUNT; i++) {
		if (i != TDX_RSP)
			out[i] = regs[i];
	}
	return regs[TDX_RAX];
}

uint64_t __seamcall_ret(uint64_t fn, struct tdx_module_args *args)
{
	struct tdx_module_args all = *args;
	uint64_t status = __seamcall_saved_ret(fn, &all);

	/* What a leaf may write but this wrapper does not give back must not have changed. */
	CHECK(all.rbx == args->rbx && all.rsi == args->rsi && all.rdi == args->rdi &&
	      all.rbp_unused == args->rbp_unused && all.r12 == args->r12 && all.r13 == args->r13 &&
	      all.r14 == args->r14 && all.r15 == args->r15);
	*args = all;
	return status;
}

uint64_t __seamcall(uint64_t fn, struct tdx_module_args *args)
{
	struct tdx_module_args all = *args;

	return __seamcall_ret(fn, &all);
}

struct seam_result seam(uint64_t fn, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9)
{
	struct seam_result result = {
		.out = { .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 },
	};

	result.out.r10 = result.out.r11 = UINT64_MAX;
	result.status = __seamcall_ret(fn, &result.out);
	return result;
}

struct seam_result seam_refused(uint64_t status, uint64_t fn, uint64_t rcx, uint64_t rdx,
				uint64_t r8, uint64_t r9, const char *file, int line)
{
	struct seam_result result;

	snapshot_take();
	result = seam(fn, rcx, rdx, r8, r9);
	_assert_int_equal(result.status, status, file, line);
	snapshot_assert_same();
	return result;
}
