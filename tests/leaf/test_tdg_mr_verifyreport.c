/* SPDX-License-Identifier: MIT */
/* TDG.MR.VERIFYREPORT: which reports verify, and its operand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <tdx/report.h>

#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define REPORT_GPA 0x100000

static int setup(void **state)
{
	machine_ready();
	return 0;
}

static void build_with_page(struct test_td *td, uint8_t **page)
{
	struct hpa pa;

	test_td_build(td, TD_WITH_VCPU);
	pa = test_td_add_page(td, gpa(REPORT_GPA), 0xaa);
	test_td_finalize(td);
	*page = phys_ptr(pa);
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
		cmocka_unit_test_setup(test_verify_report, setup),
		cmocka_unit_test_setup(test_verify_report_operands, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
