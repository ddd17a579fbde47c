/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include <tdx/field.h>

#define FIELD_UNKNOWN UINT64_C(0x0800000000000fff)

static void setup(struct leaf_call *c)
{
	machine_reset();
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	c->r[TDX_RDX] = TDX_FIELD_SYS_TDCS_BASE_SIZE;
}

static const struct leaf_fault faults[] = {
	VALUE_FAULT("on another LP", TDX_SYS_LP_INIT_NOT_DONE, leaf_set_lp, 1, 0),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDCX_PAGES * PAGE_SIZE);
	assert_int_equal(out->r[TDX_RDX], TDX_FIELD_SYS_TDVPS_BASE_SIZE);
}

static const struct leaf_case rd = {
	.leaf = TDH_SYS_RD,
	.module_states = LEAF_EARLY,
	.outputs = BIT(TDX_RDX) | BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.errors_ones = BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* From the first to the last, each once. */
static void test_iteration(void **state)
{
	struct leaf_call c = leaf_begin(&rd);
	unsigned int count = 0;

	c.r[TDX_RDX] = UINT64_MAX & ~(UINT64_C(7) << 52); /* the context does not count */
	assert_int_equal(leaf_seamcall(&c), TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT);
	assert_int_equal(c.r[TDX_R8], 0);
	for (; c.r[TDX_RDX] != TDX_FIELD_NONE; count++) {
		c.r[TDX_RAX] = TDH_SYS_RD;
		assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	}
	assert_in_range(count, 30, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rd), cmocka_unit_test(test_iteration) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
