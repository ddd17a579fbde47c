/* SPDX-License-Identifier: MIT */
#include "module/lock.h"
#include "lib/check.h"

#define EXCLUSIVE   0x8000
#define MAX_SHARERS 0x7fff

bool lock_try_shared(uint16_t *lock)
{
	uint16_t old = __atomic_load_n(lock, __ATOMIC_RELAXED);

	do {
		if (old >= MAX_SHARERS)
			return false;
	} while (!__atomic_compare_exchange_n(lock, &old, (uint16_t)(old + 1), true,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

bool lock_try_exclusive(uint16_t *lock)
{
	uint16_t old = 0;

	return __atomic_compare_exchange_n(lock, &old, EXCLUSIVE, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void lock_release_shared(uint16_t *lock)
{
	uint16_t old = __atomic_fetch_sub(lock, 1, __ATOMIC_RELEASE);

	CHECK(old != 0 && old < EXCLUSIVE);
}

void lock_release_exclusive(uint16_t *lock)
{
	uint16_t old = __atomic_exchange_n(lock, 0, __ATOMIC_RELEASE);

	CHECK(old == EXCLUSIVE);
}
