/* SPDX-License-Identifier: MIT */
/* What TDH.VP.ENTER and TDG.VP.VMCALL carry across: registers, exits, epochs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define LINUX_MASK 0xffcc

static struct test_td td;
static struct vcpu *v;

static void build(uint64_t config_flags)
{
	struct tdx_td_params params = test_td_params();

	params.config_flags = config_flags;
	machine_ready();
	test_td_build_with(&td, &params, TD_FINAL);
	v = test_vcpu(&td, 0);
}

static int setup(void **state)
{
	build(TDX_CONFIG_NO_RBP_MOD);
	return 0;
}

static uint64_t enter(struct tdx_module_args *args)
{
	return tdh_vp_enter(td.tdvpr[0], args);
}

static uint64_t run(enum cpu_exit_kind kind, struct tdx_module_args *out)
{
	const struct cpu_exit exit = { .kind = kind };

	return td_guest_run(&td, 0, &exit, 1, out, NULL);
}

/* Nothing of the guest but what it exposes reaches the VMM. */
static void assert_hidden(const struct tdx_module_args *out, uint64_t mask)
{
	const uint64_t *regs = (const uint64_t *)out;

	for (unsigned int i = TDX_RDX; i < TDX_GPR_COUNT; i++) {
		if (i == TDX_RSP || i == TDX_RBP)
			continue;
		assert_int_equal(regs[i], mask & bit(i) ? 0xa0 + i : 0);
	}
}

static void prepare(uint64_t regs[TDX_GPR_COUNT], uint64_t mask)
{
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		regs[i] = 0xa0 + i;
	regs[TDX_RCX] = mask;
}

static void test_vmcall_exposes_what_the_mask_says(void **state)
{
	const uint64_t masks[] = { 0, LINUX_MASK, 0xfc00, bit(TDX_RDX), bit(TDX_R15) };

	for (unsigned int i = 0; i < ARRAY_SIZE(masks); i++) {
		uint64_t regs[TDX_GPR_COUNT];
		uint64_t rip = td_guest_cpu(&td, 0)->rip;
		struct tdx_module_args out;

		prepare(regs, masks[i]);
		assert_int_equal(td_guest_tdcall_exit(&td, 0, TDG_VP_VMCALL, regs, &out),
				 TDX_EXIT_TDCALL);
		assert_int_equal(out.rcx, masks[i]);
		assert_hidden(&out, masks[i]);
		assert_int_equal(out.rbp_unused, 0x1111111111111111);
		assert_int_equal(td_guest_cpu(&td, 0)->rip, rip + 4);
	}
}

static void test_vmcall_answer(void **state)
{
	struct tdx_module_args out;
	uint64_t regs[TDX_GPR_COUNT];

	prepare(regs, 0xfc00 | bit(TDX_RBX));
	td_guest_tdcall_exit(&td, 0, TDG_VP_VMCALL, regs, &out);
	td_guest_run(&td, 0, NULL, 0, NULL, NULL); /* the VMM's registers are all 0x11.. */
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++) {
		uint64_t expected = 0xa0 + i;

		if (i == TDX_RAX)
			expected = 0;
		else if (i == TDX_RCX)
			expected = 0xfc00 | bit(TDX_RBX);
		else if (i >= TDX_R10 || i == TDX_RBX)
			expected = 0x1111111111111111;
		assert_int_equal(v->cpu.gpr[i], expected);
	}
	/* The next entry answers nothing. */
	v->cpu.gpr[TDX_R10] = 5;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(v->cpu.gpr[TDX_R10], 5);
}

static void test_rbp(void **state)
{
	uint64_t regs[TDX_GPR_COUNT];
	struct tdx_module_args out;

	build(0);
	prepare(regs, LINUX_MASK | bit(TDX_RBP));
	td_guest_tdcall_exit(&td, 0, TDG_VP_VMCALL, regs, &out);
	assert_int_equal(out.rbp_unused, 0xa0 + TDX_RBP);
	td_guest_run(&td, 0, NULL, 0, &out, NULL);
	assert_int_equal(v->cpu.gpr[TDX_RBP], 0x1111111111111111);
	assert_int_equal(out.rbp_unused, 0x1111111111111111); /* asynchronous exits leave it */
	prepare(regs, LINUX_MASK);
	td_guest_tdcall_exit(&td, 0, TDG_VP_VMCALL, regs, &out);
	assert_int_equal(out.rbp_unused, 0);
}

static void test_xmm(void **state)
{
	uint64_t regs[TDX_GPR_COUNT];
	struct tdx_module_args out;

	memset(fake_xmm(&v->cpu)[3], 0x33, 16);
	memset(fake_xmm(&v->cpu)[4], 0x44, 16);
	memset(fake_cpu_host_xmm, 0x99, sizeof(fake_cpu_host_xmm));
	prepare(regs, bit(16 + 3));
	td_guest_tdcall_exit(&td, 0, TDG_VP_VMCALL, regs, &out);
	assert_int_equal(fake_cpu_host_xmm[3][0], 0x33);
	assert_int_equal(fake_cpu_host_xmm[4][0], 0);
	memset(fake_cpu_host_xmm, 0x55, sizeof(fake_cpu_host_xmm));
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(fake_xmm(&v->cpu)[3][0], 0x55);
	assert_int_equal(fake_xmm(&v->cpu)[4][0], 0x44);
	assert_int_equal(fake_cpu_host_xmm[3][0], 0);
}

static void test_asynchronous_exits(void **state)
{
	static const struct {
		enum cpu_exit_kind kind;
		uint64_t rax, r9;
	} rows[] = {
		{ CPU_EXIT_INTERRUPT, 1, 0x80000000 },
		{ CPU_EXIT_NMI, 0, 0x80000202 },
		{ CPU_EXIT_INIT, 3, 0 },
		{ CPU_EXIT_TASK_SWITCH, 9, 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tdx_module_args out;

		for (unsigned int r = 0; r < TDX_GPR_COUNT; r++)
			v->cpu.gpr[r] = 0xa0 + r;
		assert_int_equal(run(rows[i].kind, &out), rows[i].rax);
		assert_int_equal(out.r9, rows[i].r9);
		out.r9 = 0;
		assert_hidden(&out, 0);
		assert_int_equal(out.rcx, 0);
		assert_int_equal(v->cpu.gpr[TDX_R9], 0xa0 + TDX_R9);
		assert_int_equal(v->state, VCPU_READY);
	}
}

static void test_triple_fault_disables_the_vcpu(void **state)
{
	struct tdx_module_args args = { 0 };

	td_guest_cpu(&td, 0)->rip = 0x8086;
	assert_int_equal(run(CPU_EXIT_TRIPLE_FAULT, NULL), UINT64_C(0x4000000100000002));
	assert_int_equal(module_counters.triple_fault_rip, 0x8086);
	assert_int_equal(enter(&args), TDX_VCPU_STATE_INCORRECT);
	assert_refused(TDX_VCPU_STATE_INCORRECT, TDH_VP_WR, td.tdvpr[0].pa, 0, 0, 0);
	assert_false(test_tdr(&td)->fatal);
}

static void test_bad_state_is_fatal(void **state)
{
	struct tdx_module_args args = { 0 };

	assert_int_equal(run(CPU_EXIT_BAD_STATE, NULL), UINT64_C(0x6000000280000021));
	assert_int_equal(enter(&args), TDX_TD_FATAL);
	test_td_tear_down(&td); /* what is left to do with it */
}

/* A guest that holds the module in the middle of an entry, to look at it. */
static void look_at_epoch(struct cpu_vcpu *cpu, struct cpu_exit *exit, void *context)
{
	uint16_t *refcount = context;

	refcount[0] = test_tdcs(&td)->epoch_refcount[0];
	refcount[1] = test_tdcs(&td)->epoch_refcount[1];
	exit->kind = CPU_EXIT_INTERRUPT;
}

static void test_epoch(void **state)
{
	struct tdx_module_args args = { 0 };
	uint16_t refcount[2];
	uint64_t flushes;

	fake_cpu_set_guest(look_at_epoch, refcount);
	assert_int_equal(enter(&args), 1);
	assert_int_equal(refcount[1], 1);
	assert_int_equal(test_tdcs(&td)->epoch_refcount[1], 0);
	flushes = td_guest_cpu(&td, 0)->tlb_flushes;
	assert_int_equal(enter(&args), 1);
	assert_int_equal(td_guest_cpu(&td, 0)->tlb_flushes, flushes);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(enter(&args), 1);
	assert_int_equal(refcount[0], 1);
	assert_int_equal(td_guest_cpu(&td, 0)->tlb_flushes, flushes + 1);
}

/* The VMM has turned the time-stamp counter back. */
static void test_tsc_rollback(void **state)
{
	struct tdx_module_args args = { 0 };

	machine.tsc += 200000;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	machine.tsc -= 100000;
	assert_int_equal(enter(&args), TDX_TSC_ROLLBACK);
	assert_int_equal(v->state, VCPU_READY);
	machine.tsc += 100000;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
}

static void assert_no_tdcall(uint64_t rax)
{
	uint64_t regs[TDX_GPR_COUNT] = { 0 };

	assert_int_equal(td_guest_tdcall(&td, 0, rax, regs), INVALID(RAX));
}

static bool is_tdcall(unsigned int leaf)
{
	static const unsigned int numbers[] = {
#define TDCALL(number, name, version) number,
#include "module/tdcall.def"
#undef TDCALL
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i] == leaf)
			return true;
	}
	return false;
}

static void test_tdcalls_that_do_not_exist(void **state)
{
	const uint64_t rax[] = { 0xffff, TDG_VP_INFO | SEAM_V1, bit(24), bit(63) };

	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		if (!is_tdcall(leaf))
			assert_no_tdcall(leaf);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rax); i++)
		assert_no_tdcall(rax[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vmcall_exposes_what_the_mask_says, setup),
		cmocka_unit_test_setup(test_vmcall_answer, setup),
		cmocka_unit_test_setup(test_rbp, setup),
		cmocka_unit_test_setup(test_xmm, setup),
		cmocka_unit_test_setup(test_asynchronous_exits, setup),
		cmocka_unit_test_setup(test_triple_fault_disables_the_vcpu, setup),
		cmocka_unit_test_setup(test_bad_state_is_fatal, setup),
		cmocka_unit_test_setup(test_epoch, setup),
		cmocka_unit_test_setup(test_tsc_rollback, setup),
		cmocka_unit_test_setup(test_tdcalls_that_do_not_exist, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
