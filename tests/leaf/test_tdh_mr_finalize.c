/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"
#include "tests/lib/sha384.h"

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	c->r[TDX_RCX] = leaf_td.tdr.pa;
}

static void lose_vcpus(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct tdcs *tdcs = phys_ptr(leaf_td.tdcx[TDCX_CONTROL]);

	tdcs->vcpu_count = 0;
}

static const struct leaf_fault faults[] = {
	STATE_FAULT("no VCPU", TDX_NO_VCPUS, lose_vcpus, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	uint8_t nothing[SHA384_SIZE];

	sha384("", 0, nothing);
	assert_int_equal(test_tdcs(&leaf_td)->op_state, TD_OP_RUNNABLE);
	assert_memory_equal(test_tdcs(&leaf_td)->mrtd, nothing, sizeof(nothing));
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case finalize = {
	.leaf = TDH_MR_FINALIZE,
	.td = LEAF_TD,
	.td_reg = TDX_RCX,
	.td_exclusive = true,
	.op_states = BIT(TD_OP_INITIALIZED),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* A VCPU that was created only does not count. */
static void test_uninitialized_vcpu(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	assert_int_equal(tdh_vp_create(leaf_td.tdr, machine_page()), TDX_SUCCESS);
	assert_refused(TDX_NO_VCPUS, TDH_MR_FINALIZE, leaf_td.tdr.pa, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(finalize),
		cmocka_unit_test(test_uninitialized_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
