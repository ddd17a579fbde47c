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
	test_td_build(&leaf_td, TD_READY);
	assert_int_equal(tdh_mng_vpflushdone(leaf_td.tdr), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 0;
	c->r[TDX_RCX] = leaf_td.tdr.pa;
}

static void forget_package(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys_key(TEST_HKID)->write_back_pending = value;
}

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_LIFECYCLE_STATE_INCORRECT, leaf_set_lifecycle, state,              \
		    EDITS_LIFECYCLE)

static const struct leaf_fault faults[] = {
	LIFECYCLE(TD_HKID_ASSIGNED),
	LIFECYCLE(TD_KEYS_CONFIGURED),
	LIFECYCLE(TD_TEARDOWN),
	STATE_FAULT("KOT in use", BUSY(KOT), leaf_share_kot, 0),
	VALUE_FAULT("one package left", TDX_WBCACHE_NOT_COMPLETE, forget_package, 2, EDITS_KEY),
	VALUE_FAULT("all packages left", TDX_WBCACHE_NOT_COMPLETE, forget_package, 3, EDITS_KEY),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(test_tdr(&leaf_td)->lifecycle, TD_TEARDOWN);
	assert_int_equal(sys_key(TEST_HKID)->state, HKID_FREE);
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case key_freeid = {
	.leaf = TDH_MNG_KEY_FREEID,
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
	const struct CMUnitTest tests[] = { LEAF_TESTS(key_freeid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
