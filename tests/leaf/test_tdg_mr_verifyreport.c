/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/lib/leaf_case.h"

#define MAC_PAGE UINT64_C(0x1000)
#define PENDING	 UINT64_C(0x2000)
#define MISSING	 UINT64_C(0x3000)
#define WHERE	 (MAC_PAGE + 256)
#define MACED	 224 /* bytes of the structure that the MAC is about */

static struct hpa page;

static uint8_t *mac_struct(void)
{
	return (uint8_t *)phys_ptr(page) + 256;
}

/* A REPORTMACSTRUCT that no module has made: its MAC is another library's. */
static void setup(struct leaf_call *c)
{
	uint8_t key[32], *bytes;
	unsigned int size = 32;

	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	page = test_td_add_page(&leaf_td, gpa(MAC_PAGE), 0xaa);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_finalize(&leaf_td);
	bytes = mac_struct();
	for (unsigned int i = 0; i < MACED; i++)
		bytes[i] = (uint8_t)(i * 3);
	memset(bytes + offsetof(struct tdx_report_mac, cpusvn), 0, 16);
	platform_report_key(key);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), bytes, MACED, bytes + MACED, &size));
	c->r[TDX_RCX] = WHERE;
}

static void change_cpusvn(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	mac_struct()[offsetof(struct tdx_report_mac, cpusvn) + value] ^= 1;
}

static void change_byte(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	mac_struct()[value] ^= 0x80;
}

#define CPUSVN(byte) VALUE_FAULT("CPUSVN", TDX_INVALID_CPUSVN, change_cpusvn, byte, EDITS_KEY)
#define CHANGED(what, byte)                                                                        \
	VALUE_FAULT(what, TDX_INVALID_REPORTMACSTRUCT, change_byte, byte, EDITS_PARAMS)

static const struct leaf_fault faults[] = {
	OR_FAULT("128-aligned", INVALID(RCX), RCX, 128),
	OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	EXIT_FAULT("pending", RCX, PENDING),
	EXIT_FAULT("no page", RCX, MISSING),
	CPUSVN(0),
	CPUSVN(15),
	CHANGED("type", 0),
	CHANGED("hash of TEE_TCB_INFO", offsetof(struct tdx_report_mac, tee_tcb_info_hash)),
	CHANGED("hash of TDINFO", offsetof(struct tdx_report_mac, tee_info_hash)),
	CHANGED("REPORTDATA", offsetof(struct tdx_report_mac, report_data)),
	CHANGED("last byte", MACED - 1),
	CHANGED("MAC", MACED),
	CHANGED("end of MAC", 255),
};

static const struct leaf_case verifyreport = {
	.leaf = TDG_MR_VERIFYREPORT,
	.guest = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(verifyreport) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
