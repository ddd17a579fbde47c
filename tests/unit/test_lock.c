/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/lock.h"

static void test_exclusive_keeps_all_out(void **state)
{
	uint16_t lock = 0;

	assert_true(lock_try_exclusive(&lock));
	assert_int_equal(lock, 0x8000);
	assert_false(lock_try_exclusive(&lock));
	assert_false(lock_try_shared(&lock));
	lock_release_exclusive(&lock);
	assert_int_equal(lock, 0);
	assert_true(lock_try_shared(&lock));
}

static void test_sharers_keep_exclusive_out(void **state)
{
	uint16_t lock = 0;

	assert_true(lock_try_shared(&lock));
	assert_true(lock_try_shared(&lock));
	assert_int_equal(lock, 2);
	assert_false(lock_try_exclusive(&lock));
	lock_release_shared(&lock);
	assert_false(lock_try_exclusive(&lock));
	lock_release_shared(&lock);
	assert_true(lock_try_exclusive(&lock));
}

static void test_sharers_are_counted_to_the_limit(void **state)
{
	uint16_t lock = 0;

	for (unsigned int i = 0; i < 0x7fff; i++)
		assert_true(lock_try_shared(&lock));
	assert_false(lock_try_shared(&lock));
	assert_int_equal(lock, 0x7fff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusive_keeps_all_out),
		cmocka_unit_test(test_sharers_keep_exclusive_out),
		cmocka_unit_test(test_sharers_are_counted_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
