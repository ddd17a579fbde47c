/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"
#include "tests/lib/sha384.h"

#define DATA	UINT64_C(0x1000)
#define PENDING (DATA + PAGE_SIZE)
#define MISSING (DATA + 2 * PAGE_SIZE)
#define FILL	0x5a
#define INDEX	2
#define OLD	0x11

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	test_td_add_page(&leaf_td, gpa(DATA), FILL);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_finalize(&leaf_td);
	memset(test_tdcs(&leaf_td)->rtmr, OLD, sizeof(test_tdcs(&leaf_td)->rtmr));
	c->r[TDX_RCX] = DATA + 64;
	c->r[TDX_RDX] = INDEX;
}

static void lock_rtmr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdcs(&leaf_td)->rtmr_lock = HELD_SHARED;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("32-aligned", INVALID(RCX), RCX, 32),
	OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	EXIT_FAULT("pending", RCX, PENDING),
	EXIT_FAULT("no page", RCX, MISSING),
	EXIT_FAULT("no table", RCX, SIZE_1G),
	REG_FAULT("RTMR 4", INVALID(RDX), RDX, 4),
	REG_FAULT("RDX 63", INVALID(RDX), RDX, BIT(63)),
	STATE_FAULT("RTMRs in use", BUSY(RTMR), lock_rtmr, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	uint8_t text[2 * SHA384_SIZE], extended[SHA384_SIZE], old[SHA384_SIZE];
	const struct tdcs *tdcs = test_tdcs(&leaf_td);

	memset(old, OLD, sizeof(old));
	memset(text, OLD, SHA384_SIZE);
	memset(text + SHA384_SIZE, FILL, SHA384_SIZE);
	sha384(text, sizeof(text), extended);
	for (unsigned int i = 0; i < TDX_RTMR_COUNT; i++)
		assert_memory_equal(tdcs->rtmr[i], i == INDEX ? extended : old, SHA384_SIZE);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case rtmr_extend = {
	.leaf = TDG_MR_RTMR_EXTEND,
	.guest = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rtmr_extend) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
