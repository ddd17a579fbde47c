/* SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "lib/check.h"
#include "lib/format.h"
#include "lib/handoff.h"
#include "monitor/io.h"
#include "monitor/monitor.h"

#define EXIT_CODE_PANIC 0x7f

static void put(void *context, char c)
{
	outb((uint8_t)c, PORT_MONITOR_CONSOLE);
}

void print(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	format(put, 0, text, args);
	va_end(args);
}

void machine_exit(uint32_t code)
{
	outl(code, PORT_MACHINE_EXIT);
	for (;;)
		__asm__ volatile("hlt");
}

void panic(const char *text, ...)
{
	va_list args;

	print("@monitor.panic ");
	va_start(args, text);
	format(put, 0, text, args);
	va_end(args);
	print("\n");
	machine_exit(EXIT_CODE_PANIC);
}

void check_failed(const char *file, int line, const char *what)
{
	panic("%s:%d: %s", file, line, what);
}
