/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

#define OUTPUTS (BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8) | BIT(TDX_R9) | BIT(TDX_R10))

static const struct tdx_ve_info info = {
	.exit_reason = 48,
	.exit_qualification = 0x182,
	.gla = UINT64_C(0xffff888000123456),
	.gpa = UINT64_C(0x800000123456),
	.instruction_length = 3,
	.instruction_info = 7,
};

static void setup_none(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_vcpu(&leaf_td, 0)->ve = info;
}

static void setup(struct leaf_call *c)
{
	setup_none(c);
	test_vcpu(&leaf_td, 0)->ve_valid = UINT32_MAX;
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], info.exit_reason);
	assert_int_equal(out->r[TDX_RDX], info.exit_qualification);
	assert_int_equal(out->r[TDX_R8], info.gla);
	assert_int_equal(out->r[TDX_R9], info.gpa);
	assert_int_equal(out->r[TDX_R10], make64(7, 3));
	assert_int_equal(test_vcpu(&leaf_td, 0)->ve_valid, 0);
	leaf_changes(leaf_td.tdvpr[0]);
}

static void effect_none(const struct leaf_call *in, const struct leaf_call *out)
{
	for (unsigned int r = TDX_RCX; r < TDX_GPR_COUNT; r++)
		assert_true(!(OUTPUTS & BIT(r)) || out->r[r] == 0);
}

#define COMMON .leaf = TDG_VP_VEINFO_GET, .guest = true, .outputs = OUTPUTS

static const struct leaf_case veinfo_get = { COMMON, .setup = setup, .effect = effect };
static const struct leaf_case no_veinfo = {
	COMMON,
	.setup = setup_none,
	.success = TDX_NO_VALID_VE_INFO,
	.effect = effect_none,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(veinfo_get), LEAF_TESTS(no_veinfo) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
