/* SPDX-License-Identifier: MIT */
#include "tests/guest/runtime.h"

#include "guest/hooks.h"
#include "lib/check.h"
#include "lib/handoff.h"
#include "shim/crypto.h"
#include "shim/start.h"

#define COM1_DATA	 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define LINE_STATUS_THRE 0x20

#define VECTOR_FIRST_INTERRUPT 32

#define PTE_TABLE  0x03
#define PTE_2M	   0x83
#define SHARED_MAP 3 /* entry of the root page table */

struct tdx_vp_info vp_info;
struct attempt attempt;
uint64_t attempt_start, attempt_end;
void (*interrupt_handler)(uint64_t vector);
int (*ve_handler)(struct trap_frame *frame, const struct tdx_ve_info *ve);

static bool attempting;

void tap_put(void *context, char c)
{
	uint32_t status;

	do {
		tdvmcall_io_read(COM1_LINE_STATUS, 1, &status);
	} while (!(status & LINE_STATUS_THRE));
	tdvmcall_io_write(COM1_DATA, 1, (uint8_t)c);
}

_Noreturn void power_off(void)
{
	tdvmcall_io_write(PORT_TD_POWER, 1, TD_POWER_OFF_VALUE);
	trap_die();
}

static _Noreturn void bail_out(void)
{
	power_off();
}

_Noreturn void tdx_panic(const char *what, uint64_t status)
{
	tap_bail_out("%s: 0x%lx", what, status);
	bail_out();
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	diag("%s: 0x%lx", what, value);
}

_Noreturn void check_failed(const char *file, int line, const char *what)
{
	tap_bail_out("%s:%d: %s", file, line, what);
	bail_out();
}

void *map_shared(uint64_t gpa)
{
	static uint64_t pdpt[512] __attribute__((aligned(4096)));
	static uint64_t pd[512] __attribute__((aligned(4096)));
	static unsigned int used;
	uint64_t base = (uint64_t)SHARED_MAP << 39 | (uint64_t)used * SIZE_2M;

	pd[used++] = align_down(gpa, SIZE_2M) | tdx_shared_bit(&vp_info) | PTE_2M;
	pdpt[0] = (uintptr_t)pd | PTE_TABLE;
	pml4[SHARED_MAP] = (uintptr_t)pdpt | PTE_TABLE;
	return (void *)(base + gpa % SIZE_2M);
}

void attempt_begin(void)
{
	bool nest = attempt.nest;

	attempt = (struct attempt){
		.vector = ATTEMPT_NOTHING,
		.nest = nest,
		.nested_vector = ATTEMPT_NOTHING,
	};
	attempting = true;
}

void attempt_done(void)
{
	attempting = false;
	attempt.start = attempt_start;
	attempt.end = attempt_end;
	attempt.nest = false;
}

/* A #VE whose information is not fetched blocks the next one. */
static void raise_nested_ve(void)
{
	uint32_t eax = 0x40000000, ebx, ecx = 0, edx;

	attempt.nest = false;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : : "memory");
}

static void nested_trap(struct trap_frame *frame)
{
	attempt.nested_vector = frame->vector;
	attempt.nested_error = frame->error;
	frame->rip += 2; /* CPUID */
}

static void unexpected(const struct trap_frame *frame)
{
	tap_bail_out("exception %lu (error 0x%lx) at 0x%lx", frame->vector, frame->error,
		     frame->rip);
	bail_out();
}

static bool handled_ve(struct trap_frame *frame)
{
	struct tdx_ve_info ve;
	int length;

	if (attempting || !ve_handler || frame->vector != TDX_VE_VECTOR ||
	    tdg_vp_veinfo_get(&ve) != TDX_SUCCESS)
		return false;
	length = ve_handler(frame, &ve);
	if (length < 0)
		diag("#VE %u is not handled: %d", ve.exit_reason, length);
	frame->rip += (uint64_t)(int64_t)length;
	return length >= 0;
}

void trap(struct trap_frame *frame)
{
	if (handled_ve(frame))
		return;
	if (frame->vector >= VECTOR_FIRST_INTERRUPT && interrupt_handler) {
		interrupt_handler(frame->vector);
		return;
	}
	if (attempting && attempt.vector != ATTEMPT_NOTHING) {
		nested_trap(frame);
		return;
	}
	if (!attempting)
		unexpected(frame);
	attempt.vector = frame->vector;
	attempt.error = frame->error;
	attempt.rip = frame->rip;
	if (attempt.nest)
		raise_nested_ve();
	if (frame->vector == TDX_VE_VECTOR)
		attempt.veinfo_status = tdg_vp_veinfo_get(&attempt.ve);
	frame->rip = attempt_end;
}

_Noreturn void image_main(uint64_t hob_gpa)
{
	trap_init();
	crypto_init();
	tdg_vp_info(&vp_info);
	guest_test();
	tap_plan();
	power_off();
}
