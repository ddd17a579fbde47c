/* SPDX-License-Identifier: MIT */
/* TDG.MR.RTMR.EXTEND: RTMR[i] = SHA-384(RTMR[i] | data). TDX Module ABI specification. */
#include <string.h>

#include <tdx/args.h>
#include <tdx/report.h>

#include "tests/guest/runtime.h"
#include "tests/guest/sha384.h"

static uint8_t data[128] __attribute__((aligned(64)));
static uint8_t report_data[TDX_REPORT_DATA_SIZE] __attribute__((aligned(64)));
static struct tdx_report report __attribute__((aligned(1024)));

static struct gpa here(const void *p)
{
	return gpa((uintptr_t)p);
}

static const uint8_t *read_rtmr(unsigned int index)
{
	if (tdg_mr_report(here(&report), here(report_data), 0) != TDX_SUCCESS)
		return NULL;
	return report.td.rtmr[index];
}

static void extend(const uint8_t expected[TDX_MR_SIZE], uint8_t next[TDX_MR_SIZE])
{
	uint8_t both[2 * TDX_MR_SIZE];

	memcpy(both, expected, TDX_MR_SIZE);
	memcpy(both + TDX_MR_SIZE, data, TDX_MR_SIZE);
	sha384(both, sizeof(both), next);
}

static void test_arithmetic(void)
{
	static uint8_t expected[TDX_RTMR_COUNT][TDX_MR_SIZE];

	for (unsigned int i = 0; i < TDX_RTMR_COUNT; i++)
		ok(!memcmp(read_rtmr(i), expected[i], TDX_MR_SIZE), "RTMR %u begins as 0", i);
	for (unsigned int step = 0; step < 2 * TDX_RTMR_COUNT; step++) {
		unsigned int index = step % TDX_RTMR_COUNT;

		memset(data, (int)(step + 1), TDX_MR_SIZE);
		is(tdg_mr_rtmr_extend(here(data), index), TDX_SUCCESS, "extend RTMR %u", index);
		extend(expected[index], expected[index]);
		read_rtmr(0);
		ok(!memcmp(report.td.rtmr, expected, sizeof(expected)),
		   "RTMR %u is as computed, the others have not changed", index);
	}
}

static void test_operands(void)
{
	uint64_t shared = tdx_shared_bit(&vp_info);

	is(tdg_mr_rtmr_extend(here(data), TDX_RTMR_COUNT), TDX_OPERAND_INVALID | TDX_RDX,
	   "there are four");
	is(tdg_mr_rtmr_extend(here(data + 8), 0), TDX_OPERAND_INVALID | TDX_RCX,
	   "data is 64-byte aligned");
	is(tdg_mr_rtmr_extend(gpa((uintptr_t)data | shared), 0), TDX_OPERAND_INVALID | TDX_RCX,
	   "and private");
	is(tdg_mr_rtmr_extend(here(data + 8), 99), TDX_OPERAND_INVALID | TDX_RCX,
	   "the address is looked at first");
}

void guest_test(void)
{
	test_arithmetic();
	test_operands();
}
