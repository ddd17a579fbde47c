/* SPDX-License-Identifier: MIT */
/* What sequences of calls have found (tests/fuzz), each as the few calls that it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/invariants.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"
#include "tests/lib/td_guest.h"

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	return 0;
}

/* Every test leaves a TD that can be torn down. */
static int teardown(void **state)
{
	assert_invariants();
	test_td_tear_down(&td);
	machine_assert_all_returned();
	assert_invariants();
	return 0;
}

/* TDH.VP.FLUSH was refused with TD_FATAL, so that no page of such a TD ever came back. */
static void test_fatal_td_ends(void **state)
{
	const struct cpu_exit exit = { .kind = CPU_EXIT_BAD_STATE };

	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_true(test_tdr(&td)->fatal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fatal_td_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
