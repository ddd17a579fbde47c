/* SPDX-License-Identifier: MIT */
#include "vmm/console.h"

#include <tdx/status.h>

#include "lib/check.h"
#include "lib/format.h"
#include "lib/handoff.h"
#include "lib/status_name.h"
#include "vmm/io.h"

#define EXIT_FAILED 1

static bool verbose;

static void put(void *context, char c)
{
	outb((uint8_t)c, PORT_VMM_CONSOLE);
}

void console_verbose(bool on)
{
	verbose = on;
}

void print(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	format(put, NULL, text, args);
	va_end(args);
}

void note(const char *text, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, text);
	format(put, NULL, text, args);
	va_end(args);
	put(NULL, '\n');
}

_Noreturn void machine_exit(uint32_t code)
{
	outl(code, PORT_MACHINE_EXIT);
	for (;;)
		__asm__ volatile("cli; hlt");
}

_Noreturn void fail(const char *text, ...)
{
	va_list args;

	print("@vmm.error ");
	va_start(args, text);
	format(put, NULL, text, args);
	va_end(args);
	print("\n@vmm.end\n");
	machine_exit(EXIT_FAILED);
}

void must(uint64_t status, const char *leaf)
{
	if (tdx_is_error(status))
		fail("%s failed: %s (%016lx).", leaf, tdx_status_text(status), status);
}

_Noreturn void check_failed(const char *file, int line, const char *what)
{
	fail("The VMM has a bug: %s at %s:%d.", what, file, line);
}
