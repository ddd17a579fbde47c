/* SPDX-License-Identifier: MIT */
#include "tests/image/tap.h"

#include <stdarg.h>
#include <stddef.h>

#include "lib/format.h"

static unsigned int test_count;

static void print(const char *text, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	format(tap_put, NULL, text, args);
	va_end(args);
}

static void result(bool passed, const char *text, va_list args)
{
	print("%s %u - ", passed ? "ok" : "not ok", ++test_count);
	format(tap_put, NULL, text, args);
	print("\r\n");
}

void ok(bool passed, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	result(passed, text, args);
	va_end(args);
}

void is(uint64_t actual, uint64_t expected, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	result(actual == expected, text, args);
	va_end(args);
	if (actual != expected)
		print("#   got 0x%lx, expected 0x%lx\r\n", actual, expected);
}

static void line(const char *start, const char *text, va_list args)
{
	print("%s ", start);
	format(tap_put, NULL, text, args);
	print("\r\n");
}

void diag(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	line("#", text, args);
	va_end(args);
}

void tap_bail_out(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	line("Bail out!", text, args);
	va_end(args);
}

void tap_plan(void)
{
	print("1..%u\r\n", test_count);
}
