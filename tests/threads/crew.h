/* SPDX-License-Identifier: MIT */
/*
 * The threads of a test, each a logical processor of its own, for ThreadSanitizer to watch. What a
 * thread does follows from its number alone; how the threads interleave does not, so each call has
 * a set of statuses, and the test looks at what is left at the end.
 */
#ifndef TESTS_THREADS_CREW_H
#define TESTS_THREADS_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/status.h>

struct worker {
	void (*work)(struct worker *w);
	void *context;
	unsigned int lp; /* crew_run() numbers them from 1: 0 is the test's own */
	uint64_t random;
	pthread_t thread;
};

/* They begin together; returns when all have ended. */
void crew_run(struct worker *workers, size_t count);
/*
 * Returns when as many threads as count have come here for the same counter. It orders nothing else
 * between them, so what they do next without a lock is a race, however they are scheduled.
 */
void crew_meet(unsigned int *counter, unsigned int count);
/* 0 to below - 1, the same numbers in each run. */
uint32_t crew_random(struct worker *w, uint32_t below);

/* What a call may return besides TDX_SUCCESS. */
struct allowed {
	const char *call;
	uint64_t status[12];
};

/* The program ends with a message when the status is not allowed; else it is returned. */
uint64_t crew_expect(const struct allowed *allowed, uint64_t status);
bool crew_is_busy(uint64_t status);

#endif
