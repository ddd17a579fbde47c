/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

/* The second of two packages is missing; the caller is on it. */
static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_CREATED);
	assert_int_equal(tdh_mng_key_config(leaf_td.tdr), TDX_SUCCESS);
	assert_int_equal(test_tdr(&leaf_td)->lifecycle, TD_HKID_ASSIGNED);
	machine.lp = 1;
	c->r[TDX_RCX] = leaf_td.tdr.pa;
}

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_LIFECYCLE_STATE_INCORRECT, leaf_set_lifecycle, state,              \
		    EDITS_LIFECYCLE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("fatal", TDX_TD_FATAL, leaf_set_fatal, 0),
	LIFECYCLE(TD_KEYS_CONFIGURED),
	LIFECYCLE(TD_BLOCKED),
	LIFECYCLE(TD_TEARDOWN),
	VALUE_FAULT("a package twice", TDX_KEY_CONFIGURED, leaf_set_lp, 0, 0),
	STATE_FAULT("KET locked", BUSY(KET), leaf_lock_ket, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(test_tdr(&leaf_td)->lifecycle, TD_KEYS_CONFIGURED);
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case key_config = {
	.leaf = TDH_MNG_KEY_CONFIG,
	.td = LEAF_TDR_PAGE,
	.td_reg = TDX_RCX,
	.td_exclusive = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(key_config) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
