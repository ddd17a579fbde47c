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
	c->r[TDX_RCX] = 0;
}

static void lock_write_back(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.write_back[0].lock = HELD_EXCLUSIVE;
}

static void no_key(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys_key(TEST_HKID)->state = (enum hkid_state)value;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("no command", INVALID(RCX), RCX, 2),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	STATE_FAULT("under way", BUSY(WBCACHE), lock_write_back, 0),
	STATE_FAULT("KOT locked", BUSY(KOT), leaf_lock_kot, 0),
	REG_FAULT("nothing to resume", TDX_WBCACHE_RESUME_ERROR, RCX, 1),
	VALUE_FAULT("keys in use", TDX_NO_HKID_READY_TO_WBCACHE, no_key, HKID_ASSIGNED, EDITS_KEY),
	VALUE_FAULT("keys free", TDX_NO_HKID_READY_TO_WBCACHE, no_key, HKID_FREE, EDITS_KEY),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(sys_key(TEST_HKID)->state, HKID_FLUSHED);
	assert_int_equal(sys_key(TEST_HKID)->write_back_pending, 2); /* the other package's */
}

static const struct leaf_case cache_wb = {
	.leaf = TDH_PHYMEM_CACHE_WB,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* As often as the VMM likes, as long as a key is flushed. */
static void test_twice(void **state)
{
	struct leaf_call c = leaf_begin(&cache_wb);

	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 1;
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_int_equal(sys_key(TEST_HKID)->write_back_pending, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(cache_wb), cmocka_unit_test(test_twice) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
