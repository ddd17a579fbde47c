/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define FIELD_UNKNOWN UINT64_C(0x1110000300000fff)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = 0;
	c->r[TDX_RDX] = TDX_FIELD_TD_ATTRIBUTES;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("RCX 0", INVALID(RCX), RCX, 1), REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("the VMM's field", TDX_METADATA_FIELD_NOT_READABLE, RDX,
		  UINT64_C(0x8010000300000004)), /* CHLDCNT */
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDX_ATTR_SEPT_VE_DISABLE);
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDX_ATTR_SEPT_VE_DISABLE);
	assert_int_equal(out->r[TDX_RDX], TDX_FIELD_TD_XFAM);
}

/* All ones: the identifier only, with no value. */
static void setup_first(struct leaf_call *c)
{
	setup(c);
	c->r[TDX_RDX] = UINT64_MAX;
}

static void effect_first(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 0);
	assert_int_equal(out->r[TDX_RDX], UINT64_C(0x8010000300000020)); /* TD_UUID */
}

#define COMMON .leaf = TDG_VM_RD, .highest_version = 1, .guest = true, .errors_zero = BIT(TDX_R8)
#define FAULTS .faults = faults, .fault_count = ARRAY_SIZE(faults)
#define V1     .version = 1, .outputs = BIT(TDX_RDX) | BIT(TDX_R8), .errors_ones = BIT(TDX_RDX)

static const struct leaf_case rd = {
	COMMON, FAULTS, .outputs = BIT(TDX_R8), .setup = setup, .effect = effect,
};
static const struct leaf_case rd_v1 = { COMMON, FAULTS, V1, .setup = setup, .effect = effect_v1 };
static const struct leaf_case first = {
	COMMON,
	V1,
	.setup = setup_first,
	.success = TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT,
	.effect = effect_first,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rd), LEAF_TESTS(rd_v1), LEAF_TESTS(first) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
