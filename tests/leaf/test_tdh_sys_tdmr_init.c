/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define CALLS 256 /* a call is 4 MiB, a TDMR 1 GiB */

static void setup(struct leaf_call *c)
{
	machine_configure();
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	machine.lp = 0;
	c->r[TDX_RCX] = LOW_BASE;
}

static void lock_tdmr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	page_tdmrs.tdmr[0].init_lock = HELD_EXCLUSIVE;
}

static void finish(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	page_tdmrs.tdmr[0].next = LOW_BASE + SIZE_1G;
}

static void end_of_tdmr(const struct leaf_call *in, struct leaf_call *expected)
{
	expected->r[TDX_RDX] = LOW_BASE + SIZE_1G;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("not of 1 GiB", INVALID(RCX), RCX, PAGE_SIZE),
	OR_FAULT("key id", INVALID(RCX), RCX, BIT(PLATFORM_HKID_SHIFT)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("no TDMR", INVALID(RCX), RCX, LOW_BASE + SIZE_1G),
	{ .name = "locked",
	  .status = BUSY(RCX),
	  .reg = TDX_RCX,
	  .value = LOW_BASE,
	  .make = lock_tdmr },
	{ .name = "done",
	  .status = TDX_TDMR_ALREADY_INITIALIZED,
	  .reg = NO_REG,
	  .make = finish,
	  .outputs = end_of_tdmr },
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	struct hpa pamt = hpa(page_tdmrs.tdmr[0].info.pamt_4k_base);

	/* nothing may be used before the whole TDMR is done: one has not a whole GiB before */
	assert_int_equal(out->r[TDX_RDX], LOW_BASE);
	assert_int_equal(page_tdmrs.tdmr[0].next, LOW_BASE + 4 * MIB);
	leaf_changes_range(pamt, PAMT_4K_SIZE / CALLS);
}

static const struct leaf_case tdmr_init = {
	.leaf = TDH_SYS_TDMR_INIT,
	.outputs = BIT(TDX_RDX),
	.errors_zero = BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* To the end: then the pages are the VMM's to give, or reserved. */
static void test_whole_tdmr(void **state)
{
	struct leaf_call good = leaf_begin(&tdmr_init);
	struct tdx_page_metadata metadata;
	struct hpa next = { 0 };
	unsigned int calls = 0;

	for (; next.pa != LOW_BASE + SIZE_1G; calls++) {
		assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE), &metadata), OUT_OF_RANGE(RCX));
		assert_int_equal(tdh_sys_tdmr_init(hpa(good.r[TDX_RCX]), &next), TDX_SUCCESS);
	}
	assert_int_equal(calls, CALLS);
	assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_NDA);
	assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE + LOW_USABLE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_RSVD);
	leaf_assert_refused(&good, TDX_TDMR_ALREADY_INITIALIZED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(tdmr_init),
		cmocka_unit_test(test_whole_tdmr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
