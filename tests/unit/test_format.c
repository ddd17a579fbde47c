/* SPDX-License-Identifier: MIT */
/* What lib/format.c promises is what the C library does, so the C library is asked. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"

/* Formats with both and compares text and length, in a buffer that is long enough. */
#define SAME(...)                                                                                  \
	do {                                                                                       \
		char ours[128], libc[128];                                                         \
		size_t length = format_buffer(ours, sizeof(ours), __VA_ARGS__);                    \
		assert_int_equal(length, snprintf(libc, sizeof(libc), __VA_ARGS__));               \
		assert_string_equal(ours, libc);                                                   \
	} while (0)

/* Through format(), and without the compiler's checks of the format. */
static void collect(void *context, char c)
{
	strncat(context, &c, 1);
}

static void put_all(char *out, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	format(collect, out, text, args);
	va_end(args);
}

static void test_text(void **state)
{
	static const char *const text = "text";

	SAME("plain");
	SAME("%s|%8s|%-8s|", text, text, text);
	SAME("%.*s|%.*s|%6.*s", 2, text, 9, text, 3, text);
	SAME("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
	SAME("100%%");
}

static void test_precision_bounds_reading(void **state)
{
	const char text[3] = { 'a', 'b', 'c' }; /* no zero at its end */

	SAME("%.*s", 3, text);
}

static void test_null_string(void **state)
{
	char out[32] = "";

	put_all(out, "%s", (const char *)NULL);
	assert_string_equal(out, "(null)");
}

static void test_integers(void **state)
{
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%i|%5i|%-5i|%05i", -42, -42, -42, -42);
	SAME("%u %x", UINT32_MAX, UINT32_MAX);
	SAME("%08x|%8x|%-8x|", 0xbeefU, 0xbeefU, 0xbeefU);
	SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	SAME("%lld %llu %llx", (long long)INT64_MAX, 0ULL, 0x123456789abcULL);
	SAME("%zu %zx", SIZE_MAX, (size_t)4096);
	SAME("%016lx", UINT64_C(0xfee00000));
	SAME("%2d|%02d", 12345, 12345);
}

static void test_pointer(void **state)
{
	char buffer[32];

	format_buffer(buffer, sizeof(buffer), "%p", (void *)0xfee00000);
	assert_string_equal(buffer, "fee00000");
}

static void test_truncation(void **state)
{
	for (size_t size = 0; size <= 8; size++) {
		char ours[8], libc[8];

		memset(ours, '#', sizeof(ours));
		memset(libc, '#', sizeof(libc));
		assert_int_equal(format_buffer(ours, size, "%s-%d", "abc", 42), 6);
		assert_int_equal(snprintf(libc, size, "%s-%d", "abc", 42), 6);
		assert_memory_equal(ours, libc, sizeof(ours));
	}
}

/* A conversion that is not known prints its letter and takes no argument. */
static void test_unknown_conversion(void **state)
{
	char out[32] = "";

	put_all(out, "<%q> %");
	assert_string_equal(out, "<q> ");
}

static void test_sink(void **state)
{
	char out[32] = "";

	put_all(out, "%s=%x", "value", 0x10);
	assert_string_equal(out, "value=10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_precision_bounds_reading),
		cmocka_unit_test(test_null_string),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_pointer),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_unknown_conversion),
		cmocka_unit_test(test_sink),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
