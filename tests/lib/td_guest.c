/* SPDX-License-Identifier: MIT */
#include "tests/lib/td_guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/leaf.h"

struct script {
	const struct cpu_exit *exits;
	size_t count, made;
	const uint64_t *regs; /* that the guest loads first; null: none */
};

struct guest td_guest(const struct test_td *td, unsigned int vcpu)
{
	return (struct guest){ test_vcpu(td, vcpu), test_tdr(td), test_tdcs(td) };
}

struct fake_vcpu *td_guest_cpu(const struct test_td *td, unsigned int vcpu)
{
	return fake_vcpu(&test_vcpu(td, vcpu)->cpu);
}

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct script *script = context;

	if (script->made == 0 && script->regs)
		memcpy(v->gpr, script->regs, sizeof(v->gpr));
	if (script->made < script->count)
		*exit = script->exits[script->made];
	else
		*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT,
					   .vector = TD_GUEST_LAST_VECTOR };
	script->made++;
}

static uint64_t run(const struct test_td *td, unsigned int vcpu, struct script *script,
		    struct tdx_module_args *out)
{
	struct tdx_module_args args;
	uint64_t status;

	memset(&args, 0x11, sizeof(args));
	fake_cpu_set_guest(play, script);
	status = tdh_vp_enter(td->tdvpr[vcpu], &args);
	if (out)
		*out = args;
	return status;
}

uint64_t td_guest_run(const struct test_td *td, unsigned int vcpu, const struct cpu_exit *exits,
		      size_t count, struct tdx_module_args *out, size_t *made)
{
	struct script script = { .exits = exits, .count = count };
	uint64_t status = run(td, vcpu, &script, out);

	if (made)
		*made = script.made;
	return status;
}

static uint64_t tdcall(const struct test_td *td, unsigned int vcpu, uint64_t rax,
		       const uint64_t regs[TDX_GPR_COUNT], struct tdx_module_args *out)
{
	const struct cpu_exit exit = { .kind = CPU_EXIT_TDCALL, .length = TDCALL_LENGTH };
	uint64_t gpr[TDX_GPR_COUNT];
	struct script script = { .exits = &exit, .count = 1, .regs = gpr };

	memcpy(gpr, regs, sizeof(gpr));
	gpr[TDX_RAX] = rax;
	td_guest_cpu(td, vcpu)->is_64bit = true;
	td_guest_cpu(td, vcpu)->cpl = 0;
	return run(td, vcpu, &script, out);
}

uint64_t td_guest_tdcall(const struct test_td *td, unsigned int vcpu, uint64_t rax,
			 uint64_t regs[TDX_GPR_COUNT])
{
	const uint64_t *gpr = test_vcpu(td, vcpu)->cpu.gpr;

	assert_int_equal(tdcall(td, vcpu, rax, regs, NULL), TDX_EXIT_EXTERNAL_INTERRUPT);
	memcpy(regs, gpr, sizeof(uint64_t[TDX_GPR_COUNT]));
	return gpr[TDX_RAX];
}

uint64_t td_guest_tdcall_exit(const struct test_td *td, unsigned int vcpu, uint64_t rax,
			      const uint64_t regs[TDX_GPR_COUNT], struct tdx_module_args *out)
{
	return tdcall(td, vcpu, rax, regs, out);
}
