/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "tests/lib/leaf_case.h"
#include "tests/lib/td_guest.h"

#define GPRS_OF_VMM (0xffff & ~(BIT(TDX_RAX) | BIT(TDX_RSP) | BIT(TDX_RBP)))

/* A guest that an interrupt ends at once, after another entry. */
static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	assert_int_equal(td_guest_run(&leaf_td, 0, NULL, 0, NULL, NULL),
			 TDX_EXIT_EXTERNAL_INTERRUPT);
	c->r[TDX_RCX] = leaf_td.tdvpr[0].pa;
}

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	exit->kind = CPU_EXIT_INTERRUPT;
	exit->vector = TD_GUEST_LAST_VECTOR;
}

static void setup_case(struct leaf_call *c)
{
	setup(c);
	fake_cpu_set_guest(play, NULL);
}

static void track(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct tdcs *tdcs = phys_ptr(leaf_td.tdcx[TDCX_CONTROL]);

	tdcs->epoch_lock = HELD_EXCLUSIVE;
}

static void turn_back(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.tsc -= 100000;
}

#define VCPU_STATE(state)                                                                          \
	VALUE_FAULT(#state, TDX_VCPU_STATE_INCORRECT, leaf_set_vcpu_state, state, EDITS_VCPU_STATE)

static const struct leaf_fault faults[] = {
	VALUE_FAULT("a page missing", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages, TDVPS_PAGES - 1,
		    0),
	VCPU_STATE(VCPU_UNINITIALIZED),
	VCPU_STATE(VCPU_ACTIVE),
	VCPU_STATE(VCPU_DISABLED),
	VALUE_FAULT("another LP's", TDX_VCPU_ASSOCIATED, leaf_set_lp, 1, EDITS_LP),
	OR_FAULT("nothing to recover from", INVALID(RCX), RCX, BIT(52)),
	OR_FAULT("no L2 to come from", INVALID(RCX), RCX, BIT(53)),
	STATE_FAULT("TSC_ADJUST", TSC_ADJUST_DIFFERS, leaf_shift_tsc, 0),
	STATE_FAULT("TSC turned back", TDX_TSC_ROLLBACK, turn_back, 0),
	STATE_FAULT("TDH.MEM.TRACK", BUSY(TD_EPOCH), track, 0),
};

static const struct leaf_fault first_faults[] = {
	STATE_FAULT("CPUID limited", TDX_LIMIT_CPUID_MAXVAL_SET, leaf_limit_cpuid, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct vcpu *v = test_vcpu(&leaf_td, 0);

	for (unsigned int r = TDX_RCX; r < TDX_GPR_COUNT; r++) {
		if (r != TDX_R9 && (GPRS_OF_VMM & BIT(r)))
			assert_int_equal(out->r[r], 0);
	}
	assert_int_equal(out->r[TDX_R9], BIT(31) | TD_GUEST_LAST_VECTOR);
	assert_int_equal(v->state, VCPU_READY);
	assert_int_equal(test_tdcs(&leaf_td)->epoch_refcount[1], 0);
	assert_int_equal(td_guest_cpu(&leaf_td, 0)->runs, 2);
	for (unsigned int i = 0; i < TDVPS_PAGES; i++)
		leaf_changes(v->pages[i]);
}

static const struct leaf_case enter = {
	.leaf = TDH_VP_ENTER,
	.td = LEAF_TDVPR,
	.td_reg = TDX_RCX,
	.op_states = BIT(2) | BIT(3) | BIT(9),
	.outputs = GPRS_OF_VMM,
	.first_faults = first_faults,
	.first_fault_count = ARRAY_SIZE(first_faults),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup_case,
	.success = TDX_EXIT_EXTERNAL_INTERRUPT,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(enter) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
