/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"
#include "tests/lib/sha384.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define REPORT	   UINT64_C(0x1000)
#define DATA	   UINT64_C(0x2000)
#define PENDING	   UINT64_C(0x3000)
#define MISSING	   UINT64_C(0x4000)
#define FILL	   0x77
#define BACKGROUND 0xaa
#define MAC_INPUT  224

static struct hpa report_page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	report_page = test_td_add_page(&leaf_td, gpa(REPORT), BACKGROUND);
	test_td_add_page(&leaf_td, gpa(DATA), FILL);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_finalize(&leaf_td);
	memset(test_tdcs(&leaf_td)->rtmr, 0x44, sizeof(test_tdcs(&leaf_td)->rtmr));
	c->r[TDX_RCX] = REPORT + TDX_REPORT_SIZE;
	c->r[TDX_RDX] = DATA + 64;
	c->r[TDX_R8] = 0;
}

static void lock_rtmr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdcs(&leaf_td)->rtmr_lock = HELD_EXCLUSIVE;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("RCX: 512-aligned", INVALID(RCX), RCX, 512),
	OR_FAULT("RDX: 32-aligned", INVALID(RDX), RDX, 32),
	OR_FAULT("RDX: too wide", INVALID(RDX), RDX, BIT(48)),
	EXIT_FAULT("RDX: pending", RDX, PENDING),
	EXIT_FAULT("RDX: no page", RDX, MISSING),
	REG_FAULT("sub-type", INVALID(R8), R8, 1),
	REG_FAULT("R8 8", INVALID(R8), R8, BIT(8)),
	STATE_FAULT("RTMRs locked", BUSY(RTMR), lock_rtmr, 0),
	OR_FAULT("RCX: too wide", INVALID(RCX), RCX, BIT(48)),
	EXIT_FAULT("RCX: pending", RCX, PENDING),
	EXIT_FAULT("RCX: no page", RCX, MISSING),
};

/* The hashes and the MAC by another library; offsets and sizes as the specification has them. */
static void assert_consistent(const struct tdx_report *report)
{
	const uint8_t *bytes = (const uint8_t *)report;
	uint8_t digest[SHA384_SIZE], key[32], mac[32];
	unsigned int size = sizeof(mac);

	sha384(bytes + 256, 239, digest);
	assert_memory_equal(report->mac.tee_tcb_info_hash, digest, sizeof(digest));
	sha384(bytes + 512, 512, digest);
	assert_memory_equal(report->mac.tee_info_hash, digest, sizeof(digest));
	platform_report_key(key);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), bytes, MAC_INPUT, mac, &size));
	assert_memory_equal(report->mac.mac, mac, sizeof(mac));
}

static void assert_td_info(const struct tdx_td_info *info)
{
	const struct tdx_td_params params = test_td_params();
	const struct tdcs *tdcs = test_tdcs(&leaf_td);
	struct sha384 *h = sha384_start();
	uint8_t mrtd[SHA384_SIZE];

	sha384_add_page(h, REPORT);
	sha384_add_page(h, DATA);
	sha384_end(h, mrtd);
	assert_memory_equal(info->mrtd, mrtd, sizeof(mrtd));
	assert_int_equal(info->attributes, params.attributes);
	assert_int_equal(info->xfam, params.xfam);
	assert_memory_equal(info->mrconfigid, params.mrconfigid, 48);
	assert_memory_equal(info->mrowner, params.mrowner, 48);
	assert_memory_equal(info->mrownerconfig, params.mrownerconfig, 48);
	assert_memory_equal(info->rtmr, tdcs->rtmr, sizeof(info->rtmr));
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	uint8_t data[TDX_REPORT_DATA_SIZE];
	const uint8_t *page = phys_ptr(report_page);
	struct tdx_report report;

	memcpy(&report, page + TDX_REPORT_SIZE, sizeof(report));
	assert_int_equal(report.mac.type, 0x81);
	assert_int_equal(report.mac.subtype, 0);
	memset(data, FILL, sizeof(data));
	assert_memory_equal(report.mac.report_data, data, sizeof(data));
	assert_int_equal(report.tcb.valid, 0x301ff);
	assert_td_info(&report.td);
	assert_consistent(&report);
	assert_int_equal(page[TDX_REPORT_SIZE - 1], BACKGROUND);
	assert_int_equal(page[2 * TDX_REPORT_SIZE], BACKGROUND);
	leaf_changes(report_page);
}

static const struct leaf_case report = {
	.leaf = TDG_MR_REPORT,
	.guest = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* Linux keeps REPORTDATA where the report's copy of it will be. */
static void setup_overlap(struct leaf_call *c)
{
	setup(c);
	memset((uint8_t *)phys_ptr(report_page) + TDX_REPORT_SIZE + 128, FILL, 64);
	c->r[TDX_RDX] = REPORT + TDX_REPORT_SIZE + 128;
}

static const struct leaf_case overlap = {
	.leaf = TDG_MR_REPORT,
	.guest = true,
	.setup = setup_overlap,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(report), LEAF_TESTS(overlap) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
