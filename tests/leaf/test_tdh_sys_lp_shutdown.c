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
}

static void setup_shut_down(struct leaf_call *c)
{
	setup(c);
	assert_int_equal(tdh_sys_shutdown(0), TDX_SUCCESS);
}

static void setup_fresh(struct leaf_call *c)
{
	machine_reset();
}

/* Of older modules: nothing is done, in any state. */
#define COMMON .leaf = TDH_SYS_LP_SHUTDOWN, .module_states = LEAF_ALWAYS

static const struct leaf_case ready = { COMMON, .setup = setup };
static const struct leaf_case shut_down = { COMMON, .setup = setup_shut_down };
static const struct leaf_case fresh = { COMMON, .setup = setup_fresh };

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(ready),
		LEAF_TESTS(shut_down),
		LEAF_TESTS(fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
