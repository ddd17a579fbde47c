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
	machine_configure();
	assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	assert_int_equal(sys.state, SYS_STATE_CONFIG_DONE);
	machine.lp = 1;
}

#define MODULE_STATE(state)                                                                        \
	VALUE_FAULT(#state, TDX_SYS_KEY_CONFIG_NOT_PENDING, leaf_set_module_state,                 \
		    SYS_STATE_##state, EDITS_MODULE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_share_sys, 0),
	MODULE_STATE(INIT_PENDING),
	MODULE_STATE(INIT_DONE),
	MODULE_STATE(READY),
	VALUE_FAULT("a package twice", TDX_KEY_CONFIGURED, leaf_set_lp, 0, 0),
	STATE_FAULT("KET locked", BUSY(KET), leaf_lock_ket, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(sys.state, SYS_STATE_READY);
}

static const struct leaf_case key_config = {
	.leaf = TDH_SYS_KEY_CONFIG,
	.module_states = LEAF_EARLY,
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
