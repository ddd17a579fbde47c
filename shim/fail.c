/* SPDX-License-Identifier: MIT */
/* How the shim ends when it cannot go on. */
#include "guest/hooks.h"
#include "guest/leaf.h"
#include "guest/ve.h"
#include "guest/vmcall.h"
#include "lib/check.h"
#include "lib/format.h"
#include "shim/shim.h"
#include "shim/trap.h"

struct message {
	char text[TDVMCALL_FATAL_MESSAGE_SIZE + 1];
	size_t length;
};

static void put(void *context, char c)
{
	struct message *m = context;

	if (m->length < TDVMCALL_FATAL_MESSAGE_SIZE)
		m->text[m->length++] = c;
}

_Noreturn void fail(enum shim_error error, const char *text, ...)
{
	static bool failing;
	struct message m = { .length = 0 };
	va_list args;

	if (failing)
		trap_die();
	failing = true;
	va_start(args, text);
	format(put, &m, text, args);
	va_end(args);
	m.text[m.length] = 0;
	tdvmcall_report_fatal_error(error, m.text);
	trap_die();
}

_Noreturn void tdx_panic(const char *what, uint64_t status)
{
	fail(SHIM_PANIC, "%s: 0x%lx", what, status);
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	/* Refused already, and the shim has no log. */
}

_Noreturn void check_failed(const char *file, int line, const char *what)
{
	fail(SHIM_PANIC, "%s:%d: %s", file, line, what);
}

static bool handle_ve(struct trap_frame *frame)
{
	struct tdx_regs regs = { .gpr = frame->gpr, .rflags = frame->rflags };
	struct tdx_ve_info ve;
	int length;

	if (tdg_vp_veinfo_get(&ve) != TDX_SUCCESS)
		return false;
	length = tdx_handle_ve(&regs, &ve);
	if (length < 0)
		return false;
	frame->rip += (unsigned int)length;
	return true;
}

void trap(struct trap_frame *frame)
{
	if (frame->vector == TDX_VE_VECTOR && handle_ve(frame))
		return;
	fail(SHIM_EXCEPTION, "The shim met exception %lu (error 0x%lx) at 0x%lx.", frame->vector,
	     frame->error, frame->rip);
}
