/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

static void setup(struct leaf_call *c)
{
	machine_init_lps();
}

static void lose_lp(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.lps_initialized--;
}

#define MODULE_STATE(state)                                                                        \
	VALUE_FAULT(#state, TDX_SYS_STATE_INCORRECT, leaf_set_module_state, SYS_STATE_##state,     \
		    EDITS_MODULE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_share_sys, 0),
	MODULE_STATE(INIT_PENDING),
	MODULE_STATE(CONFIG_DONE),
	MODULE_STATE(READY),
	STATE_FAULT("an LP missing", TDX_SYS_STATE_INCORRECT, lose_lp, 0),
};

/* There is no module before this one, and so nothing to take over: the best that can be had. */
static const struct leaf_case update = {
	.leaf = TDH_SYS_UPDATE,
	.module_states = LEAF_EARLY,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.success = TDX_SYS_INVALID_HANDOFF,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(update) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
