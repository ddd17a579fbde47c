/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = 2;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("RCX 2", INVALID(RCX), RCX, BIT(2)),
	OR_FAULT("RCX 32", INVALID(RCX), RCX, BIT(32)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct vcpu *v = test_vcpu(&leaf_td, 0);

	assert_int_equal(v->cpuid_supervisor_ve, in->r[TDX_RCX] & 1);
	assert_int_equal(v->cpuid_user_ve, in->r[TDX_RCX] >> 1);
	leaf_changes(leaf_td.tdvpr[0]);
}

static const struct leaf_case user = {
	.leaf = TDG_VP_CPUIDVE_SET,
	.guest = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

static void setup_supervisor(struct leaf_call *c)
{
	setup(c);
	test_vcpu(&leaf_td, 0)->cpuid_user_ve = 1;
	c->r[TDX_RCX] = 1;
}

static const struct leaf_case supervisor = {
	.leaf = TDG_VP_CPUIDVE_SET,
	.guest = true,
	.setup = setup_supervisor,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(user), LEAF_TESTS(supervisor) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
