/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	assert_int_equal(tdh_vp_flush(leaf_td.tdvpr[0]), TDX_SUCCESS);
	c->r[TDX_RCX] = leaf_td.tdr.pa;
}

static void associate(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct tdcs *tdcs = phys_ptr(leaf_td.tdcx[TDCX_CONTROL]);

	tdcs->associated_count = 1;
}

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_LIFECYCLE_STATE_INCORRECT, leaf_set_lifecycle, state,              \
		    EDITS_LIFECYCLE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("KOT in use", BUSY(KOT), leaf_share_kot, 0),
	LIFECYCLE(TD_BLOCKED),
	LIFECYCLE(TD_TEARDOWN),
	STATE_FAULT("a VCPU associated", TDX_FLUSHVP_NOT_DONE, associate, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(test_tdr(&leaf_td)->lifecycle, TD_BLOCKED);
	assert_int_equal(sys_key(TEST_HKID)->state, HKID_FLUSHED);
	assert_int_equal(sys_key(TEST_HKID)->write_back_pending, 3); /* two packages */
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case vpflushdone = {
	.leaf = TDH_MNG_VPFLUSHDONE,
	.td = LEAF_TDR_PAGE,
	.td_reg = TDX_RCX,
	.td_exclusive = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* A TD that has no key yet, or that is fatal, can be given up. */
static void test_early_and_fatal(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_CREATED);
	assert_int_equal(tdh_mng_vpflushdone(leaf_td.tdr), TDX_SUCCESS);
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_tdr(&leaf_td)->fatal = true;
	assert_int_equal(tdh_mng_vpflushdone(leaf_td.tdr), TDX_SUCCESS);
	assert_refused(TDX_HKID_NOT_FREE, TDH_MNG_CREATE, machine_page().pa, TEST_HKID, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(vpflushdone),
		cmocka_unit_test(test_early_and_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
