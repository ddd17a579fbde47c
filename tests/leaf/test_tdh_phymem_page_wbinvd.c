/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define KEY(hkid) ((uint64_t)(hkid) << PLATFORM_HKID_SHIFT)

/* Others may have the page at the same time. */
static void setup(struct leaf_call *c)
{
	struct hpa page;

	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	page = machine_page();
	leaf_hold_page(page);
	c->r[TDX_RCX] = page.pa | KEY(TEST_HKID);
}

static const struct leaf_fault faults[] = {
	OR_FAULT("not a page", INVALID(RCX), RCX, 8),
	OR_FAULT("above MAXPA", INVALID(RCX), RCX, BIT(PLATFORM_MAXPA)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("in no TDMR", OUT_OF_RANGE(RCX), RCX, OUTSIDE_BASE | KEY(TEST_HKID)),
	REG_FAULT("reserved", OUT_OF_RANGE(RCX), RCX, (LOW_BASE + LOW_USABLE) | KEY(TEST_HKID)),
	{ .name = "locked", .status = BUSY(RCX), .reg = TDX_RCX, .make = leaf_lock_page },
	{ .name = "in use", .status = WRONG_PAGE(RCX), .reg = TDX_RCX, .make = leaf_name_tdcx },
};

/* There is nothing to be seen of it: the caches are coherent. */
static const struct leaf_case wbinvd = {
	.leaf = TDH_PHYMEM_PAGE_WBINVD,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
};

/* Under any key, shared ones as well. */
static void test_keys(void **state)
{
	struct hpa page;

	machine_ready();
	page = machine_page();
	for (uint64_t hkid = 0; hkid < 1 << PLATFORM_HKID_BITS; hkid++)
		assert_int_equal(tdh_phymem_page_wbinvd(hpa(page.pa | KEY(hkid))), TDX_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(wbinvd), cmocka_unit_test(test_keys) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
