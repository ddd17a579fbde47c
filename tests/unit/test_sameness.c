/* SPDX-License-Identifier: MIT */
/* What TDH.SYS.INIT wants of the CPU, and what must be the same on every logical processor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define MSR_TSC_ADJUST	  0x3b
#define MSR_MISC_ENABLE	  0x1a0
#define TSC_DIFFERS	  (TDX_INCONSISTENT_MSR | MSR_TSC_ADJUST)
#define MISC_LIMIT_MAXVAL bit(22)

static int setup(void **state)
{
	machine_reset();
	return 0;
}

static int teardown(void **state)
{
	fake_cpu_set_msr(MSR_TSC_ADJUST, 0);
	fake_cpu_set_msr(MSR_MISC_ENABLE, 0);
	return 0;
}

static void assert_no_complaint(const struct seam_result *r)
{
	assert_int_equal(r->out.rcx | r->out.rdx | r->out.r8 | r->out.r9 | r->out.r10, 0);
}

static void test_cpu_without_xsave(void **state)
{
	const uint32_t no_xsave[4] = { 0x806f8, 0x10800, 0x73faebff, 0xbfebfbff };
	struct seam_result r;

	fake_cpu_set_cpuid(1, 0, no_xsave);
	r = assert_refused(TDX_INCORRECT_CPUID_VALUE, TDH_SYS_INIT, 0, 0, 0, 0);
	assert_int_equal(r.out.rcx, 1);
	assert_int_equal(r.out.rdx, 0);
	assert_int_equal(r.out.r8, make64(0x07008060, 1 << 26));
	assert_int_equal(r.out.r9, 0);
	assert_int_equal(r.out.r10, r.out.r8);
	assert_refused(TDX_SYS_LP_INIT_NOT_PENDING, TDH_SYS_LP_INIT, 0, 0, 0, 0);
}

static void test_cpu_with_few_leaves(void **state)
{
	const uint32_t few[4] = { 0xc, 0x756e6547, 0x6c65746e, 0x49656e69 };
	struct seam_result r;

	fake_cpu_set_cpuid(0, 0, few);
	r = assert_refused(TDX_CPUID_LEAF_NOT_SUPPORTED | 0xd, TDH_SYS_INIT, 0, 0, 0, 0);
	assert_no_complaint(&r);
	fake_cpu_set_msr(MSR_MISC_ENABLE, MISC_LIMIT_MAXVAL);
	r = assert_refused(TDX_LIMIT_CPUID_MAXVAL_SET, TDH_SYS_INIT, 0, 0, 0, 0);
	assert_no_complaint(&r);
	/* the operand is looked at before the CPU */
	assert_refused(INVALID(RCX), TDH_SYS_INIT, 1, 0, 0, 0);
}

static void test_another_lp_differs(void **state)
{
	const uint32_t other[4] = { 0x806f9, 0x30800, 0x7ffafbfe, 0xbfebfbff };
	const uint32_t allowed[4] = { 0x806f8, 0x7f020800, 0x77fafbff, 0xbfebfbff };
	struct seam_result r;

	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 1;
	fake_cpu_set_cpuid(1, 0, other);
	r = assert_refused(TDX_INCONSISTENT_CPUID_FIELD, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_int_equal(r.out.rcx, 1);
	assert_int_equal(r.out.rdx, 1);
	assert_int_equal(r.out.r8, 1);
	/* APIC id, number of LPs and OSXSAVE may differ */
	fake_cpu_set_cpuid(1, 0, allowed);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 5);
	r = assert_refused(TSC_DIFFERS, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_int_equal(r.out.rcx | r.out.rdx | r.out.r8, 0);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 0);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
}

static void test_sub_leaf_in_the_complaint(void **state)
{
	const uint32_t other[4] = { 0x00001c10, 0, 0, 0 };
	struct seam_result r;

	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	fake_cpu_set_cpuid(7, 1, other);
	r = assert_refused(TDX_INCONSISTENT_CPUID_FIELD, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_int_equal(r.out.rcx, make64(1, 7));
	assert_int_equal(r.out.rdx, 0x20);
}

/* The VMM may not shift the time-stamp counter between the steps of a TD's life. */
static void test_tsc_adjust(void **state)
{
	struct tdx_td_params params = test_td_params();
	struct tdx_module_args args = { 0 };
	struct test_td td;
	struct hpa tdvpr, pa;

	machine_bring_up();
	test_td_build(&td, TD_ADDED);
	pa = test_td_write_params(&params);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 1);
	assert_refused(TSC_DIFFERS, TDH_MNG_INIT, td.tdr.pa, pa.pa, 0, 0);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 0);
	assert_int_equal(seam(TDH_MNG_INIT, td.tdr.pa, pa.pa, 0, 0).status, TDX_SUCCESS);
	tdvpr = test_td_create_vcpu(&td, TDVPS_PAGES);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 1);
	assert_refused(TSC_DIFFERS, TDH_VP_INIT, tdvpr.pa, 0, 0, 0);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 0);
	assert_int_equal(tdh_vp_init(tdvpr, 0), TDX_SUCCESS);
	test_td_finalize(&td);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 1);
	assert_int_equal(tdh_vp_enter(tdvpr, &args), TSC_DIFFERS);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 0);
	fake_cpu_set_msr(MSR_MISC_ENABLE, MISC_LIMIT_MAXVAL);
	assert_int_equal(tdh_vp_enter(tdvpr, &args), TDX_LIMIT_CPUID_MAXVAL_SET);
	fake_cpu_set_msr(MSR_MISC_ENABLE, 0);
	assert_int_equal(tdh_vp_enter(tdvpr, &args), TDX_NON_RECOVERABLE_VCPU | 2);
}

/* The order of TDH.MNG.INIT's checks: TSC_FREQUENCY, TSC_ADJUST, reserved bytes. */
static void test_tsc_adjust_in_its_place(void **state)
{
	struct tdx_td_params params = test_td_params();
	struct test_td td;

	machine_bring_up();
	test_td_build(&td, TD_ADDED);
	fake_cpu_set_msr(MSR_TSC_ADJUST, 1);
	params.reserved_1[0] = 1;
	assert_refused(TSC_DIFFERS, TDH_MNG_INIT, td.tdr.pa, test_td_write_params(&params).pa, 0,
		       0);
	params.tsc_frequency = 0;
	assert_refused(TDX_OPERAND_INVALID | TDX_OPERAND_ID_TSC_FREQUENCY, TDH_MNG_INIT, td.tdr.pa,
		       test_td_write_params(&params).pa, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cpu_without_xsave, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cpu_with_few_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_lp_differs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sub_leaf_in_the_complaint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tsc_adjust, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tsc_adjust_in_its_place, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
