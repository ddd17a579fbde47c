/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/control.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

#define CR0_PE	 bit(0)
#define CR0_TS	 bit(3)
#define CR0_NE	 bit(5)
#define CR0_WP	 bit(16)
#define CR0_NW	 bit(29)
#define CR0_CD	 bit(30)
#define CR0_PG	 bit(31)
#define CR0_BASE (CR0_PE | CR0_NE)

#define CR4_PAE	  bit(5)
#define CR4_MCE	  bit(6)
#define CR4_LA57  bit(12)
#define CR4_VMXE  bit(13)
#define CR4_SMXE  bit(14)
#define CR4_PCIDE bit(17)
#define CR4_KL	  bit(19)
#define CR4_PKE	  bit(22)
#define CR4_CET	  bit(23)
#define EFER_LONG 0xd01

static struct test_td td;
static struct guest g;
static struct fake_vcpu *cpu;

static int setup_with(uint64_t xfam)
{
	struct tdx_td_params params = test_td_params();

	params.xfam = xfam;
	machine_ready();
	test_td_build_with(&td, &params, TD_FINAL);
	g = td_guest(&td, 0);
	cpu = td_guest_cpu(&td, 0);
	return 0;
}

static int setup(void **state)
{
	return setup_with(TDX_XFAM_X87 | TDX_XFAM_SSE);
}

static int setup_avx(void **state)
{
	return setup_with(TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX | TDX_XFAM_PKRU);
}

static void assert_cr0(uint64_t value, enum control_result result)
{
	uint64_t before = cpu->cr0;

	assert_int_equal(control_write_cr0(g.vcpu, value), result);
	if (result != CONTROL_DONE)
		assert_int_equal(cpu->cr0, before);
}

static void assert_cr4(uint64_t value, enum control_result result)
{
	assert_int_equal(control_write_cr4(&g, value), result);
	if (result == CONTROL_DONE)
		assert_int_equal(cpu->cr4, value);
}

static void test_cr0(void **state)
{
	assert_cr0(CR0_PE, CONTROL_GP);
	assert_cr0(CR0_BASE | bit(32), CONTROL_GP);
	assert_cr0(CR0_NE | CR0_PG, CONTROL_GP);
	assert_cr0(CR0_NE, CONTROL_VE);
	assert_cr0(CR0_BASE | CR0_CD, CONTROL_VE);
	assert_cr0(CR0_BASE | CR0_NW, CONTROL_VE);
	assert_cr0(CR0_BASE | CR0_TS | CR0_WP, CONTROL_DONE);
	assert_int_equal(cpu->cr0, CR0_BASE | CR0_TS | CR0_WP);
	/* Reserved bits keep what they have. */
	assert_cr0(CR0_BASE | bit_range(28, 19) | bit(17) | bit_range(15, 6), CONTROL_DONE);
	assert_int_equal(cpu->cr0, CR0_BASE);
	cpu->cr4 |= CR4_CET;
	assert_cr0(CR0_BASE, CONTROL_GP);
}

static void test_paging(void **state)
{
	assert_cr0(CR0_BASE | CR0_PG, CONTROL_GP); /* EFER.LME without CR4.PAE */
	cpu->cr4 |= CR4_PAE;
	assert_cr0(CR0_BASE | CR0_PG, CONTROL_DONE);
	cpu->efer = EFER_LONG;
	cpu->is_64bit = true;
	assert_cr0(CR0_BASE, CONTROL_GP);
	cpu->is_64bit = false;
	cpu->cr4 |= CR4_PCIDE;
	assert_cr0(CR0_BASE, CONTROL_GP);
	cpu->cr4 &= ~CR4_PCIDE;
	assert_cr0(CR0_BASE, CONTROL_DONE);
}

static void test_cr4(void **state)
{
	assert_cr4(CR4_MCE | CR4_PAE, CONTROL_DONE);
	assert_cr4(CR4_PAE, CONTROL_VE);
	assert_cr4(CR4_MCE | CR4_VMXE, CONTROL_VE);
	assert_cr4(CR4_MCE | CR4_SMXE, CONTROL_VE);
	assert_cr4(CR4_MCE | CR4_LA57, CONTROL_GP);
	assert_cr4(CR4_MCE | bit(40), CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_KL, CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_PKE, CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_CET, CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_PCIDE | CR4_PAE, CONTROL_GP);
	assert_int_equal(cpu->cr4, CR4_MCE | CR4_PAE);
}

static void test_cr4_in_long_mode(void **state)
{
	cpu->efer = EFER_LONG;
	cpu->cr4 = CR4_MCE | CR4_PAE;
	assert_cr4(CR4_MCE, CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_PAE | CR4_PCIDE, CONTROL_DONE);
	cpu->cr4 = CR4_MCE | CR4_PAE;
	cpu->cr3 = 0x1001;
	assert_cr4(CR4_MCE | CR4_PAE | CR4_PCIDE, CONTROL_GP);
	assert_cr4(CR4_MCE | CR4_PAE | CR4_PKE, CONTROL_DONE);
}

static void test_xcr0(void **state)
{
	const uint64_t bad[] = {
		0, 2, 5, 1 | bit(3), 1 | bit(8), 7 | TDX_XFAM_AVX512, 7 | bit(63)
	};

	assert_int_equal(control_write_xcr(&g, 1, 7), CONTROL_GP);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(control_write_xcr(&g, 0, bad[i]), CONTROL_GP);
	assert_int_equal(g.vcpu->cpu.xcr0, 1);
	assert_int_equal(control_write_xcr(&g, 0, 0x207), CONTROL_DONE);
	assert_int_equal(g.vcpu->cpu.xcr0, 0x207);
	cpu->cpl = 3;
	assert_int_equal(control_write_xcr(&g, 0, 1), CONTROL_GP);
}

static void test_instructions(void **state)
{
	struct cpu_exit exit = { .kind = CPU_EXIT_CR_WRITE, .length = 3 };
	uint64_t rip = cpu->rip;

	exit.cr.number = 0;
	exit.cr.gpr = TDX_R9;
	exit.cr.value = CR0_BASE | CR0_CD | UINT64_C(0xdead00000000); /* 32-bit mode: ignored */
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(g.vcpu->ve.exit_reason, TDX_EXIT_CR_ACCESS);
	assert_int_equal(g.vcpu->ve.exit_qualification, TDX_R9 << 8);
	assert_int_equal(cpu->rip, rip);
	exit.cr.number = 8;
	exit.cr.value = 5;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(cpu->rip, rip + 3);
	exit.kind = CPU_EXIT_CR_READ;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(g.vcpu->cpu.gpr[TDX_R9], 5);
	exit.kind = CPU_EXIT_XSETBV;
	g.vcpu->cpu.gpr[TDX_RCX] = g.vcpu->cpu.gpr[TDX_RDX] = 0;
	g.vcpu->cpu.gpr[TDX_RAX] = 3;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(cpu->xcr0, 3);
	assert_int_equal(cpu->rip, rip + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cr0, setup),
		cmocka_unit_test_setup(test_paging, setup),
		cmocka_unit_test_setup(test_cr4, setup),
		cmocka_unit_test_setup(test_cr4_in_long_mode, setup_avx),
		cmocka_unit_test_setup(test_xcr0, setup_avx),
		cmocka_unit_test_setup(test_instructions, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
