/* SPDX-License-Identifier: MIT */
#include "module/lock.h"

#include "lib/bits.h"
#include "lib/check.h"
#include "module/sys.h"

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
	/* Nobody else writes to a lock that is held so. */
	CHECK(__atomic_load_n(lock, __ATOMIC_RELAXED) == EXCLUSIVE);
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

#ifdef NDEBUG

void lock_note_acquired(const void *lock, enum lock_rank rank)
{
}

void lock_note_released(const void *lock)
{
}

unsigned int lock_call_begin(void)
{
	return 0;
}

void lock_call_end(unsigned int outer)
{
}

unsigned int lock_count_held(void)
{
	return 0;
}

#else

#define MAX_HELD 32

struct held_lock {
	const void *lock;
	enum lock_rank rank;
};

/* What a logical processor holds, in the order in which it took it. Locks that are taken outside of
 * every call are none of a leaf's. */
static struct lp_locks {
	unsigned int calls;
	unsigned int first; /* of the innermost call */
	unsigned int count;
	struct held_lock held[MAX_HELD];
} lp_locks[SYS_MAX_LPS];

static struct lp_locks *this_lp(void)
{
	CHECK(platform_lp() < ARRAY_SIZE(lp_locks));
	return &lp_locks[platform_lp()];
}

void lock_note_acquired(const void *lock, enum lock_rank rank)
{
	struct lp_locks *lp = this_lp();

	if (!lp->calls)
		return;
	for (unsigned int i = lp->first; i < lp->count; i++)
		CHECK(lp->held[i].rank <= rank);
	CHECK(lp->count < MAX_HELD);
	lp->held[lp->count++] = (struct held_lock){ lock, rank };
}

/* Locks may be released in any order. */
void lock_note_released(const void *lock)
{
	struct lp_locks *lp = this_lp();
	unsigned int i = lp->count;

	if (!lp->calls)
		return;
	do
		CHECK(i > lp->first);
	while (lp->held[--i].lock != lock);
	for (lp->count--; i < lp->count; i++)
		lp->held[i] = lp->held[i + 1];
}

unsigned int lock_call_begin(void)
{
	struct lp_locks *lp = this_lp();
	unsigned int outer = lp->first;

	lp->calls++;
	lp->first = lp->count;
	return outer;
}

void lock_call_end(unsigned int outer)
{
	struct lp_locks *lp = this_lp();

	CHECK(lp->calls > 0 && lp->count == lp->first);
	lp->calls--;
	lp->first = outer;
}

unsigned int lock_count_held(void)
{
	return this_lp()->count;
}

#endif

bool lock_acquire(uint16_t *lock, enum lock_mode mode, enum lock_rank rank)
{
	if (!(mode == LOCK_EXCLUSIVE ? lock_try_exclusive(lock) : lock_try_shared(lock)))
		return false;
	lock_note_acquired(lock, rank);
	return true;
}

void lock_release(uint16_t *lock, enum lock_mode mode)
{
	lock_note_released(lock);
	if (mode == LOCK_EXCLUSIVE)
		lock_release_exclusive(lock);
	else
		lock_release_shared(lock);
}
