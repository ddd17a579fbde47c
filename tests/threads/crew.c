/* SPDX-License-Identifier: MIT */
#include "tests/threads/crew.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "tests/lib/machine.h"

static pthread_barrier_t start;

static void *begin(void *argument)
{
	struct worker *w = argument;

	machine_run_as(w->lp);
	pthread_barrier_wait(&start);
	w->work(w);
	return NULL;
}

void crew_run(struct worker *workers, size_t count)
{
	CHECK(pthread_barrier_init(&start, NULL, (unsigned int)count) == 0);
	for (size_t i = 0; i < count; i++) {
		workers[i].lp = (unsigned int)i + 1;
		workers[i].random = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
		CHECK(pthread_create(&workers[i].thread, NULL, begin, &workers[i]) == 0);
	}
	for (size_t i = 0; i < count; i++)
		CHECK(pthread_join(workers[i].thread, NULL) == 0);
	CHECK(pthread_barrier_destroy(&start) == 0);
}

void crew_meet(unsigned int *counter, unsigned int count)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(counter, __ATOMIC_RELAXED) < count)
		sched_yield();
}

/* xorshift64 */
uint32_t crew_random(struct worker *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 32) * below >> 32);
}

uint64_t crew_expect(const struct allowed *allowed, uint64_t status)
{
	if (status == TDX_SUCCESS)
		return status;
	for (size_t i = 0; i < ARRAY_SIZE(allowed->status); i++) {
		if (allowed->status[i] == status)
			return status;
	}
	fprintf(stderr, "%s returned 0x%016" PRIx64 "\n", allowed->call, status);
	abort();
}

bool crew_is_busy(uint64_t status)
{
	return (status & TDX_STATUS_NAME_MASK) == TDX_OPERAND_BUSY;
}
