/* SPDX-License-Identifier: MIT */
/* TDG.MR.REPORT: fields, hashes, operands. TDX Module ABI specification, "TDREPORT_STRUCT". */
#include <string.h>

#include <tdx/args.h>
#include <tdx/field.h>
#include <tdx/report.h>

#include "tests/guest/runtime.h"
#include "tests/guest/sha384.h"

static uint8_t report_data[TDX_REPORT_DATA_SIZE] __attribute__((aligned(64)));
static struct tdx_report report __attribute__((aligned(1024)));
static struct tdx_report second __attribute__((aligned(1024)));

static struct gpa here(const void *p)
{
	return gpa((uintptr_t)p);
}

static bool is_zero(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	while (size)
		if (bytes[--size])
			return false;
	return true;
}

static void test_fields(void)
{
	uint64_t xfam;

	for (unsigned int i = 0; i < sizeof(report_data); i++)
		report_data[i] = (uint8_t)(i * 7 + 1);
	memset(&report, 0xee, sizeof(report));
	is(tdg_mr_report(here(&report), here(report_data), 0), TDX_SUCCESS, "a report");
	ok(report.mac.type == 0x81 && report.mac.subtype == 0 && report.mac.version == 0,
	   "its type");
	ok(!memcmp(report.mac.report_data, report_data, sizeof(report_data)),
	   "REPORTDATA is echoed");
	is(report.td.attributes, vp_info.attributes, "ATTRIBUTES");
	tdg_vm_rd(TDX_FIELD_TD_XFAM, &xfam);
	is(report.td.xfam, xfam, "XFAM");
	ok(!is_zero(report.td.mrtd, TDX_MR_SIZE), "there is an MRTD");
	ok(is_zero(report.td.servtd_hash, TDX_MR_SIZE), "there is no service TD");
	ok(report.tcb.valid == 0x1ff || report.tcb.valid == 0x301ff, "TEE_TCB_INFO.VALID");
	ok(is_zero(report.mac.reserved_0, sizeof(report.mac.reserved_0)) &&
		   is_zero(report.mac.reserved_1, sizeof(report.mac.reserved_1)) &&
		   is_zero(report.tcb.reserved, sizeof(report.tcb.reserved)) &&
		   is_zero(report.reserved, sizeof(report.reserved)) &&
		   is_zero(report.td.reserved, sizeof(report.td.reserved)),
	   "reserved fields are 0");
}

static void test_hashes(void)
{
	uint8_t digest[TDX_MR_SIZE];

	sha384(&report.tcb, TDX_TEE_TCB_SIZE, digest);
	ok(!memcmp(digest, report.mac.tee_tcb_info_hash, sizeof(digest)), "TEE_TCB_INFO_HASH");
	sha384(&report.td, sizeof(report.td), digest);
	ok(!memcmp(digest, report.mac.tee_info_hash, sizeof(digest)), "TEE_INFO_HASH");
}

static void test_mac(void)
{
	is(tdg_mr_report(here(&second), here(report_data), 0), TDX_SUCCESS, "another report");
	ok(!memcmp(&report, &second, sizeof(report)), "the same data gives the same report");
	report_data[0] ^= 1;
	tdg_mr_report(here(&second), here(report_data), 0);
	ok(memcmp(report.mac.mac, second.mac.mac, TDX_REPORT_MAC_SIZE), "the MAC covers the data");
	ok(!is_zero(second.mac.mac, TDX_REPORT_MAC_SIZE), "there is a MAC");
}

/* Linux asks for REPORTDATA where the report will have it. */
static void test_overlap(void)
{
	memcpy(second.mac.report_data, report_data, sizeof(report_data));
	is(tdg_mr_report(here(&second), here(second.mac.report_data), 0), TDX_SUCCESS,
	   "REPORTDATA inside the report's own buffer");
	ok(!memcmp(second.mac.report_data, report_data, sizeof(report_data)),
	   "REPORTDATA is echoed");
}

static void test_operands(void)
{
	is(tdg_mr_report(gpa((uintptr_t)&report + 512), here(report_data), 0),
	   TDX_OPERAND_INVALID | TDX_RCX, "the report is 1024-byte aligned");
	is(tdg_mr_report(here(&report), gpa((uintptr_t)report_data + 8), 0),
	   TDX_OPERAND_INVALID | TDX_RDX, "REPORTDATA is 64-byte aligned");
	is(tdg_mr_report(here(&report), here(report_data), 1), TDX_OPERAND_INVALID | TDX_R8,
	   "subtype 0 only");
}

static void test_verify(void)
{
	tdg_mr_report(here(&report), here(report_data), 0);
	is(tdg_mr_verifyreport(here(&report)), TDX_SUCCESS, "a report of this machine verifies");
	report.mac.tee_info_hash[47] ^= 1;
	is(tdg_mr_verifyreport(here(&report)), TDX_INVALID_REPORTMACSTRUCT,
	   "a changed one does not");
	report.mac.cpusvn[0] ^= 1;
	is(tdg_mr_verifyreport(here(&report)), TDX_INVALID_CPUSVN, "nor one of another CPU");
	is(tdg_mr_verifyreport(gpa((uintptr_t)&report + 128)), TDX_OPERAND_INVALID | TDX_RCX,
	   "REPORTMACSTRUCT is 256-byte aligned");
}

void guest_test(void)
{
	test_fields();
	test_hashes();
	test_mac();
	test_overlap();
	test_operands();
	test_verify();
}
