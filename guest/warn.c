/* SPDX-License-Identifier: MIT */
#include "guest/warn.h"

#include <stdbool.h>

#include "guest/hooks.h"
#include "guest/tsc.h"

/* VCPUs that race for a new window may miscount by as many as they are; nothing else can happen. */
static uint64_t window_start, window_count, suppressed;

static void begin_window(uint64_t tsc)
{
	uint64_t start = __atomic_load_n(&window_start, __ATOMIC_RELAXED);

	if (tsc - start < TDX_WARN_WINDOW)
		return;
	if (__atomic_compare_exchange_n(&window_start, &start, tsc, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		__atomic_store_n(&window_count, 0, __ATOMIC_RELAXED);
}

void tdx_warn_at(uint64_t tsc, const char *what, uint64_t value)
{
	begin_window(tsc);
	if (__atomic_fetch_add(&window_count, 1, __ATOMIC_RELAXED) < TDX_WARN_BURST)
		tdx_warn(what, value, __atomic_exchange_n(&suppressed, 0, __ATOMIC_RELAXED));
	else
		__atomic_fetch_add(&suppressed, 1, __ATOMIC_RELAXED);
}

void tdx_warn_limited(const char *what, uint64_t value)
{
	tdx_warn_at(tdx_rdtsc(), what, value);
}
