/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "module/measure.h"
#include "module/platform.h"
#include "tests/lib/sha384.h"

static void test_mrtd_is_the_hash_of_its_records(void **state)
{
	struct sha384 *h = sha384_start();
	uint8_t chunk[MEASURE_CHUNK], expected[TDX_MR_SIZE];
	struct tdcs tdcs = { 0 };

	for (unsigned int i = 0; i < sizeof(chunk); i++)
		chunk[i] = (uint8_t)(7 * i);
	measure_start(&tdcs);
	for (uint64_t page = 0xfff00000; page < 0xfff03000; page += PAGE_SIZE) {
		measure_page_add(&tdcs, gpa(page));
		sha384_add_page(h, page);
		measure_extend(&tdcs, gpa(page + 0x100), chunk);
		sha384_add_extend(h, page + 0x100, chunk);
	}
	measure_finalize(&tdcs);
	sha384_end(h, expected);
	assert_memory_equal(tdcs.mrtd, expected, sizeof(expected));
}

static void test_mrtd_of_nothing(void **state)
{
	struct sha384 *h = sha384_start();
	uint8_t expected[TDX_MR_SIZE];
	struct tdcs tdcs = { 0 };

	measure_start(&tdcs);
	measure_finalize(&tdcs);
	sha384_end(h, expected);
	assert_memory_equal(tdcs.mrtd, expected, sizeof(expected));
}

static void test_rtmr_is_chained(void **state)
{
	uint8_t expected[TDX_MR_SIZE] = { 0 }, digest[TDX_MR_SIZE], zero[TDX_MR_SIZE] = { 0 };
	struct tdcs tdcs = { 0 };

	for (unsigned int i = 0; i < 3; i++) {
		struct sha384 *h = sha384_start();

		memset(digest, 0x40 + (int)i, sizeof(digest));
		sha384_add(h, expected, sizeof(expected));
		sha384_add(h, digest, sizeof(digest));
		sha384_end(h, expected);
		measure_rtmr_extend(&tdcs, 2, digest);
		assert_memory_equal(tdcs.rtmr[2], expected, sizeof(expected));
	}
	assert_memory_equal(tdcs.rtmr[0], zero, sizeof(zero));
	assert_memory_equal(tdcs.rtmr[3], zero, sizeof(zero));
}

static void assert_report_is_consistent(const struct tdx_report *report)
{
	uint8_t digest[TDX_MR_SIZE], key[32], mac[32];
	unsigned int size = sizeof(mac);

	sha384((const uint8_t *)report + 256, TDX_TEE_TCB_SIZE, digest);
	assert_memory_equal(report->mac.tee_tcb_info_hash, digest, sizeof(digest));
	sha384((const uint8_t *)report + 512, 512, digest);
	assert_memory_equal(report->mac.tee_info_hash, digest, sizeof(digest));
	platform_report_key(key);
	assert_non_null(
		HMAC(EVP_sha256(), key, sizeof(key), (const void *)report, 224, mac, &size));
	assert_memory_equal(report->mac.mac, mac, sizeof(mac));
}

static void test_report(void **state)
{
	struct tdcs tdcs = { .attributes = TDX_ATTR_SEPT_VE_DISABLE, .xfam = 0x207 };
	uint8_t data[TDX_REPORT_DATA_SIZE];
	struct tdx_report report;

	memset(data, 0x5a, sizeof(data));
	memset(tdcs.mrtd, 1, TDX_MR_SIZE);
	memset(tdcs.mrconfigid, 2, TDX_MR_SIZE);
	memset(tdcs.mrowner, 3, TDX_MR_SIZE);
	memset(tdcs.mrownerconfig, 4, TDX_MR_SIZE);
	memset(tdcs.rtmr, 5, sizeof(tdcs.rtmr));
	memset(&report, 0xff, sizeof(report));
	measure_report(&tdcs, data, &report);
	assert_report_is_consistent(&report);
	assert_int_equal(report.mac.type, 0x81);
	assert_int_equal(report.mac.subtype, 0);
	assert_memory_equal(report.mac.report_data, data, sizeof(data));
	assert_int_equal(report.tcb.valid, 0x301ff);
	assert_int_equal(report.td.attributes, tdcs.attributes);
	assert_int_equal(report.td.xfam, tdcs.xfam);
	assert_memory_equal(report.td.mrtd, tdcs.mrtd, TDX_MR_SIZE);
	assert_memory_equal(report.td.mrconfigid, tdcs.mrconfigid, TDX_MR_SIZE);
	assert_memory_equal(report.td.mrowner, tdcs.mrowner, TDX_MR_SIZE);
	assert_memory_equal(report.td.mrownerconfig, tdcs.mrownerconfig, TDX_MR_SIZE);
	assert_memory_equal(report.td.rtmr, tdcs.rtmr, sizeof(tdcs.rtmr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mrtd_is_the_hash_of_its_records),
		cmocka_unit_test(test_mrtd_of_nothing),
		cmocka_unit_test(test_rtmr_is_chained),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
