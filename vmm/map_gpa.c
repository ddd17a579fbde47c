/* SPDX-License-Identifier: MIT */
/* MapGPA: the TD turns private memory into shared memory and back. */
#include <tdx/leaf.h>

#include "lib/bits.h"
#include "vmm/clock.h"
#include "vmm/io.h"
#include "vmm/vmcall.h"

/* How long a call may take before the TD has to call again, so that its interrupts are not late. */
#define CALL_TIME_US 2000

/* The part of [at, end) that lies in one window and one 2 MiB block. */
static uint64_t piece(const struct td_window *w, uint64_t at, uint64_t end)
{
	uint64_t block_end = align_down(at, SIZE_2M) + SIZE_2M, window_end = w->gpa + w->size;

	if (end > block_end)
		end = block_end;
	return (end < window_end ? end : window_end) - at;
}

/*
 * GPAs that no window has are devices' and always shared: turning them into what they are is
 * allowed. Returns how many bytes are done; 0: this cannot be done.
 */
static uint64_t convert(struct td *td, uint64_t at, uint64_t end, bool shared)
{
	struct td_window *w = memory_window(td, at);
	uint64_t size;

	if (!w)
		return shared ? PAGE_SIZE : 0;
	size = piece(w, at, end);
	if (shared)
		memory_make_shared(td, w, at, size);
	else
		memory_make_private(td, w, at, size);
	return size;
}

static bool is_legal(uint64_t start, uint64_t size)
{
	uint64_t last = start + size - 1;

	return size && last >= start && last < 2 * TD_SHARED_BIT &&
	       !((start ^ last) & TD_SHARED_BIT);
}

uint64_t vmcall_map_gpa(struct vcpu *v)
{
	uint64_t start = v->gpr[TDX_R12], size = v->gpr[TDX_R13];
	uint64_t at = start & ~TD_SHARED_BIT, end = at + size;
	uint64_t deadline = rdtsc() + clock_tsc_ticks(CALL_TIME_US);

	v->gpr[TDX_R11] = start;
	if (!is_legal(start, size))
		return TDVMCALL_STATUS_INVALID_OPERAND;
	if (!is_aligned(start | size, PAGE_SIZE))
		return TDVMCALL_STATUS_ALIGN_ERROR;
	while (at < end) {
		uint64_t done = convert(v->td, at, end, start & TD_SHARED_BIT);

		at += done;
		v->gpr[TDX_R11] = at | (start & TD_SHARED_BIT);
		if (done == 0)
			return TDVMCALL_STATUS_INVALID_OPERAND;
		if (at < end && rdtsc() >= deadline)
			return TDVMCALL_STATUS_RETRY;
	}
	return TDVMCALL_STATUS_SUCCESS;
}
