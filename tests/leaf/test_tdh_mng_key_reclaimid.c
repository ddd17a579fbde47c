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
}

/* Of older modules: whatever the operand is, nothing is done. */
static const struct leaf_case key_reclaimid = {
	.leaf = TDH_MNG_KEY_RECLAIMID,
	.setup = setup,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(key_reclaimid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
