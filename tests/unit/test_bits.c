/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/bits.h"

static void test_array_size(void **state)
{
	uint16_t values[7];

	assert_int_equal(ARRAY_SIZE(values), 7);
}

static void test_bit(void **state)
{
	assert_int_equal(bit(0), 1);
	assert_int_equal(bit(31), 0x80000000);
	assert_int_equal(bit(32), UINT64_C(0x100000000));
	assert_int_equal(bit(63), UINT64_C(0x8000000000000000));
}

static void test_bit_range(void **state)
{
	assert_int_equal(bit_range(0, 0), 1);
	assert_int_equal(bit_range(63, 0), UINT64_MAX);
	assert_int_equal(bit_range(63, 63), bit(63));
	assert_int_equal(bit_range(51, 12), UINT64_C(0x000ffffffffff000));
	assert_int_equal(bit_range(32, 31), UINT64_C(0x180000000));
	for (unsigned int high = 0; high < 64; high++) {
		for (unsigned int low = 0; low <= high; low++)
			assert_int_equal(__builtin_popcountll(bit_range(high, low)),
					 high - low + 1);
	}
}

static void test_byte_mask(void **state)
{
	assert_int_equal(byte_mask(1), 0xff);
	assert_int_equal(byte_mask(2), 0xffff);
	assert_int_equal(byte_mask(4), 0xffffffff);
	assert_int_equal(byte_mask(8), UINT64_MAX);
}

static void test_halves(void **state)
{
	uint64_t value = UINT64_C(0x89abcdef01234567);

	assert_int_equal(low32(value), 0x01234567);
	assert_int_equal(high32(value), 0x89abcdef);
	assert_int_equal(make64(high32(value), low32(value)), value);
	assert_int_equal(make64(0, UINT32_MAX), UINT32_MAX);
}

static void test_highest_bit(void **state)
{
	for (unsigned int n = 0; n < 64; n++) {
		assert_int_equal(highest_bit(bit(n)), n);
		assert_int_equal(highest_bit(bit_range(n, 0)), n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array_size), cmocka_unit_test(test_bit),
		cmocka_unit_test(test_bit_range),  cmocka_unit_test(test_byte_mask),
		cmocka_unit_test(test_halves),	   cmocka_unit_test(test_highest_bit),
	};

	return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
