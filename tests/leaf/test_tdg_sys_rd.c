/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define FIELD_UNKNOWN UINT64_C(0x0800000000000fff)
#define FIELD_VENDOR  UINT64_C(0x0800000200000000)
#define FIELD_MINOR   UINT64_C(0x0800000100000003)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RDX] = FIELD_VENDOR;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("the VMM's field", TDX_METADATA_FIELD_NOT_READABLE, RDX,
		  TDX_FIELD_SYS_TDCS_BASE_SIZE),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 0x8086);
	assert_int_equal(out->r[TDX_RDX], FIELD_MINOR); /* the next that a guest may read */
}

static void setup_first(struct leaf_call *c)
{
	setup(c);
	c->r[TDX_RDX] = UINT64_MAX;
}

static void effect_first(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 0);
	assert_int_equal(out->r[TDX_RDX], FIELD_VENDOR);
}

#define COMMON .leaf = TDG_SYS_RD, .guest = true, .outputs = BIT(TDX_RDX) | BIT(TDX_R8)

static const struct leaf_case rd = {
	COMMON,		  .errors_zero = BIT(TDX_R8),	     .errors_ones = BIT(TDX_RDX),
	.faults = faults, .fault_count = ARRAY_SIZE(faults), .setup = setup,
	.effect = effect,
};

static const struct leaf_case first = {
	COMMON,
	.setup = setup_first,
	.success = TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT,
	.effect = effect_first,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rd), LEAF_TESTS(first) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
