/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

#define OUTPUTS                                                                                    \
	(BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8) | BIT(TDX_R9) | BIT(TDX_R10) | BIT(TDX_R11))

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], 48);
	assert_int_equal(out->r[TDX_RDX], TDX_ATTR_SEPT_VE_DISABLE);
	assert_int_equal(out->r[TDX_R8], make64(TEST_MAX_VCPUS, 1));
	assert_int_equal(out->r[TDX_R9], 0);
	assert_int_equal(out->r[TDX_R10], 1);
	assert_int_equal(out->r[TDX_R11], 0);
}

static const struct leaf_case info = {
	.leaf = TDG_VP_INFO,
	.guest = true,
	.outputs = OUTPUTS,
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(info) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
