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
	c->r[TDX_RCX] = 0;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("handoff version", INVALID(RCX), RCX, 1),
	REG_FAULT("RCX 16", INVALID(RCX), RCX, BIT(16)),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_share_sys, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(sys.state, SYS_STATE_SHUTDOWN);
}

static const struct leaf_case shutdown = {
	.leaf = TDH_SYS_SHUTDOWN,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(shutdown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
