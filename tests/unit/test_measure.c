/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "host/tdh.h"
#include "module/measure.h"
#include "module/platform.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define REPORT_GPA 0x100000

/* One hash of the other library, over pieces. */
struct reference {
	EVP_MD_CTX *context;
};

static struct reference reference_start(void)
{
	struct reference r = { EVP_MD_CTX_new() };

	assert_int_equal(EVP_DigestInit_ex(r.context, EVP_sha384(), NULL), 1);
	return r;
}

static void reference_add(struct reference r, const void *data, size_t size)
{
	assert_int_equal(EVP_DigestUpdate(r.context, data, size), 1);
}

static void reference_end(struct reference r, uint8_t digest[TDX_MR_SIZE])
{
	assert_int_equal(EVP_DigestFinal_ex(r.context, digest, NULL), 1);
	EVP_MD_CTX_free(r.context);
}

static void reference_record(struct reference r, const char *name, uint64_t gpa)
{
	uint8_t record[128] = { 0 };

	memcpy(record, name, strlen(name));
	memcpy(record + 16, &gpa, 8);
	reference_add(r, record, sizeof(record));
}

static int setup(void **state)
{
	machine_ready();
	return 0;
}

static void test_mrtd_is_the_hash_of_its_records(void **state)
{
	struct reference r = reference_start();
	uint8_t chunk[MEASURE_CHUNK], expected[TDX_MR_SIZE];
	struct tdcs tdcs = { 0 };

	for (unsigned int i = 0; i < sizeof(chunk); i++)
		chunk[i] = (uint8_t)(7 * i);
	measure_start(&tdcs);
	for (uint64_t page = 0xfff00000; page < 0xfff03000; page += PAGE_SIZE) {
		measure_page_add(&tdcs, gpa(page));
		reference_record(r, "MEM.PAGE.ADD", page);
		measure_extend(&tdcs, gpa(page + 0x100), chunk);
		reference_record(r, "MR.EXTEND", page + 0x100);
		reference_add(r, chunk, sizeof(chunk));
	}
	measure_finalize(&tdcs);
	reference_end(r, expected);
	assert_memory_equal(tdcs.mrtd, expected, sizeof(expected));
}

static void test_mrtd_of_nothing(void **state)
{
	struct reference r = reference_start();
	uint8_t expected[TDX_MR_SIZE];
	struct tdcs tdcs = { 0 };

	measure_start(&tdcs);
	measure_finalize(&tdcs);
	reference_end(r, expected);
	assert_memory_equal(tdcs.mrtd, expected, sizeof(expected));
}

static void test_rtmr_is_chained(void **state)
{
	uint8_t expected[TDX_MR_SIZE] = { 0 }, digest[TDX_MR_SIZE], zero[TDX_MR_SIZE] = { 0 };
	struct tdcs tdcs = { 0 };

	for (unsigned int i = 0; i < 3; i++) {
		struct reference r = reference_start();

		memset(digest, 0x40 + (int)i, sizeof(digest));
		reference_add(r, expected, sizeof(expected));
		reference_add(r, digest, sizeof(digest));
		reference_end(r, expected);
		measure_rtmr_extend(&tdcs, 2, digest);
		assert_memory_equal(tdcs.rtmr[2], expected, sizeof(expected));
	}
	assert_memory_equal(tdcs.rtmr[0], zero, sizeof(zero));
	assert_memory_equal(tdcs.rtmr[3], zero, sizeof(zero));
}

static void sha384(const void *data, size_t size, uint8_t digest[TDX_MR_SIZE])
{
	struct reference r = reference_start();

	reference_add(r, data, size);
	reference_end(r, digest);
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

static void build_with_page(struct test_td *td, uint8_t **page)
{
	struct hpa pa;

	test_td_build(td, TD_WITH_VCPU);
	pa = test_td_add_page(td, gpa(REPORT_GPA), 0xaa);
	test_td_finalize(td);
	*page = phys_ptr(pa);
}

/* The order of calls is MRTD: TDH.MEM.PAGE.ADD alone, without contents. */
static void test_mrtd_through_the_leaves(void **state)
{
	struct reference r = reference_start();
	uint8_t expected[TDX_MR_SIZE], *page;
	struct test_td td;

	build_with_page(&td, &page);
	reference_record(r, "MEM.PAGE.ADD", REPORT_GPA);
	reference_end(r, expected);
	assert_memory_equal(test_tdcs(&td)->mrtd, expected, sizeof(expected));
}

/* Linux keeps REPORTDATA where the report's copy of it will be. */
static void test_report_may_overlap_its_data(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA, [TDX_RDX] = REPORT_GPA + 128 };
	uint8_t data[TDX_REPORT_DATA_SIZE], *page;
	struct tdx_report report;
	struct test_td td;

	build_with_page(&td, &page);
	memset(data, 0x77, sizeof(data));
	memcpy(page + 128, data, sizeof(data));
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs), TDX_SUCCESS);
	memcpy(&report, page, sizeof(report));
	assert_report_is_consistent(&report);
	assert_memory_equal(report.mac.report_data, data, sizeof(data));
	assert_memory_equal(report.td.mrtd, test_tdcs(&td)->mrtd, TDX_MR_SIZE);
	assert_int_equal(page[1024], 0xaa);
}

static void test_report_operands(void **state)
{
	const struct {
		uint64_t rcx, rdx, r8, status;
	} rows[] = {
		{ REPORT_GPA + 64, REPORT_GPA, 1, INVALID(RCX) },
		{ UINT64_C(1) << 48, REPORT_GPA, 0, INVALID(RCX) },
		{ REPORT_GPA, REPORT_GPA + 32, 1, INVALID(RDX) },
		{ REPORT_GPA, REPORT_GPA + 1024, 1, INVALID(R8) },
		{ REPORT_GPA, REPORT_GPA + 1024, 0x100, INVALID(R8) },
	};
	struct test_td td;
	uint8_t *page;

	build_with_page(&td, &page);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t regs[TDX_GPR_COUNT] = {
			[TDX_RCX] = rows[i].rcx, [TDX_RDX] = rows[i].rdx, [TDX_R8] = rows[i].r8
		};

		assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs), rows[i].status);
		assert_int_equal(page[0], 0xaa);
	}
}

static void test_rtmr_extend_operands(void **state)
{
	uint64_t bad_address[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA + 32, [TDX_RDX] = 4 };
	uint64_t shared[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA | UINT64_C(1) << 47 };
	uint64_t bad_index[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA, [TDX_RDX] = 4 };
	uint64_t good[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA, [TDX_RDX] = 3 };
	struct tdcs expected = { 0 };
	struct test_td td;
	uint8_t *page;

	build_with_page(&td, &page);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_RTMR_EXTEND, bad_address), INVALID(RCX));
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_RTMR_EXTEND, shared), INVALID(RCX));
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_RTMR_EXTEND, bad_index), INVALID(RDX));
	assert_memory_equal(test_tdcs(&td)->rtmr, expected.rtmr, sizeof(expected.rtmr));
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_RTMR_EXTEND, good), TDX_SUCCESS);
	measure_rtmr_extend(&expected, 3, page);
	assert_memory_equal(test_tdcs(&td)->rtmr, expected.rtmr, sizeof(expected.rtmr));
}

/* A report verifies where it was made, and no byte that the MAC covers can be changed. */
static void test_verify_report(void **state)
{
	uint64_t report[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA, [TDX_RDX] = REPORT_GPA + 2048 };
	const size_t cpusvn = offsetof(struct tdx_report_mac, cpusvn);
	struct test_td td;
	uint8_t *page;

	build_with_page(&td, &page);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, report), TDX_SUCCESS);
	for (size_t i = 0; i <= sizeof(struct tdx_report_mac); i++) {
		uint64_t verify[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA };
		uint64_t expected = TDX_INVALID_REPORTMACSTRUCT;

		if (i - cpusvn < 16)
			expected = TDX_INVALID_CPUSVN;
		if (i == sizeof(struct tdx_report_mac))
			expected = TDX_SUCCESS; /* the hashes' own data is not looked at */
		page[i] ^= 1;
		assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_VERIFYREPORT, verify), expected);
		page[i] ^= 1;
	}
}

static void test_verify_report_operands(void **state)
{
	static const uint64_t bad[] = { REPORT_GPA + 128, REPORT_GPA | UINT64_C(1) << 47,
					UINT64_C(1) << 48 };
	struct tdx_module_args out;
	uint64_t absent[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA + 0x1000 };
	struct test_td td;
	uint8_t *page;

	build_with_page(&td, &page);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = bad[i] };

		assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_VERIFYREPORT, regs), INVALID(RCX));
	}
	assert_int_equal(td_guest_tdcall_exit(&td, 0, TDG_MR_VERIFYREPORT, absent, &out), 48);
	assert_int_equal(out.r8, REPORT_GPA + 0x1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mrtd_is_the_hash_of_its_records),
		cmocka_unit_test(test_mrtd_of_nothing),
		cmocka_unit_test(test_rtmr_is_chained),
		cmocka_unit_test(test_report),
		cmocka_unit_test_setup(test_mrtd_through_the_leaves, setup),
		cmocka_unit_test_setup(test_report_may_overlap_its_data, setup),
		cmocka_unit_test_setup(test_report_operands, setup),
		cmocka_unit_test_setup(test_rtmr_extend_operands, setup),
		cmocka_unit_test_setup(test_verify_report, setup),
		cmocka_unit_test_setup(test_verify_report_operands, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
