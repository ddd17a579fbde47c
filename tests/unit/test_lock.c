/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/lock.h"
#include "tests/lib/machine.h"

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

static uint16_t low, high;

static bool take(uint16_t *lock, enum lock_mode mode)
{
	return lock_acquire(lock, mode, lock == &low ? LOCK_RANK_TDR : LOCK_RANK_KOT);
}

static void in_order(void)
{
	unsigned int outer = lock_call_begin();

	assert_true(take(&low, LOCK_SHARED));
	assert_true(take(&low, LOCK_SHARED));
	assert_true(take(&high, LOCK_EXCLUSIVE));
	assert_int_equal(lock_count_held(), 3);
	lock_release(&low, LOCK_SHARED);
	lock_release(&high, LOCK_EXCLUSIVE);
	lock_release(&low, LOCK_SHARED);
	assert_int_equal(lock_count_held(), 0);
	lock_call_end(outer);
}

static void out_of_order(void)
{
	unsigned int outer = lock_call_begin();

	(void)take(&high, LOCK_SHARED);
	(void)take(&low, LOCK_SHARED);
	lock_release(&low, LOCK_SHARED);
	lock_release(&high, LOCK_SHARED);
	lock_call_end(outer);
}

static void ends_with_a_lock(void)
{
	unsigned int outer = lock_call_begin();

	(void)take(&low, LOCK_SHARED);
	lock_call_end(outer);
}

static void releases_what_it_has_not(void)
{
	unsigned int outer = lock_call_begin();

	(void)lock_try_shared(&low);
	lock_release(&low, LOCK_SHARED);
	lock_call_end(outer);
}

/* A call inside a call has an order of its own, but not the outer one's locks. */
static void nested(void)
{
	unsigned int outer = lock_call_begin(), inner;

	assert_true(take(&high, LOCK_SHARED));
	inner = lock_call_begin();
	assert_true(take(&low, LOCK_SHARED));
	lock_release(&low, LOCK_SHARED);
	lock_call_end(inner);
	lock_release(&high, LOCK_SHARED);
	lock_call_end(outer);
}

static void nested_releases_the_outer(void)
{
	(void)lock_call_begin();
	(void)take(&high, LOCK_SHARED);
	(void)lock_call_begin();
	lock_release(&high, LOCK_SHARED);
}

static void another_lp(void)
{
	unsigned int outer = lock_call_begin();
	uint16_t lock = 0;

	assert_true(lock_acquire(&lock, LOCK_EXCLUSIVE, LOCK_RANK_KET));
	machine.lp = 1;
	in_order();
	machine.lp = 0;
	lock_release(&lock, LOCK_EXCLUSIVE);
	lock_call_end(outer);
}

/* A lock that was not got is not held. */
static void refused(void)
{
	unsigned int outer = lock_call_begin();

	assert_true(lock_try_shared(&high));
	assert_false(take(&high, LOCK_EXCLUSIVE));
	lock_call_end(outer);
	lock_release_shared(&high);
}

static void outside_of_calls(void)
{
	(void)take(&high, LOCK_SHARED);
	(void)take(&low, LOCK_SHARED);
	lock_release(&low, LOCK_SHARED);
	lock_release(&high, LOCK_SHARED);
}

/* Does a CHECK end the process? */
static bool fails(void (*function)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		fclose(stderr);
		signal(SIGABRT, SIG_DFL);
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_order_is_checked(void **state)
{
	machine_reset();
	in_order();
	nested();
	another_lp();
	refused();
	outside_of_calls();
	assert_true(fails(out_of_order));
	assert_true(fails(ends_with_a_lock));
	assert_true(fails(releases_what_it_has_not));
	assert_true(fails(nested_releases_the_outer));
	assert_int_equal(low | high, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusive_keeps_all_out),
		cmocka_unit_test(test_sharers_keep_exclusive_out),
		cmocka_unit_test(test_sharers_are_counted_to_the_limit),
		cmocka_unit_test(test_order_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
