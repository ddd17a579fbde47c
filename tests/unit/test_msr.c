/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/msr.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

#define EFER_RESET 0x901
#define EFER_SCE   bit(0)
#define EFER_LMA   bit(10)
#define EFER_FFXSR bit(14)

static struct test_td td;
static struct guest g;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	g = td_guest(&td, 0);
	return 0;
}

static uint64_t read(uint32_t msr)
{
	uint64_t value = 0;

	assert_int_equal(msr_read(&g, msr, &value), MSR_DONE);
	return value;
}

static void assert_both(uint32_t msr, enum msr_result reading, enum msr_result writing)
{
	uint64_t value;

	assert_int_equal(msr_read(&g, msr, &value), reading);
	assert_int_equal(msr_write(&g, msr, 0), writing);
}

static void test_unlisted_msrs_are_the_vmms(void **state)
{
	const uint32_t msrs[] = { 0x1b,	 0x3a,	 0x8b,	     0xce,	 0xfe,	     0x140,
				  0x179, 0x200,	 0x2ff,	     0x400,	 0x802,	     0x803,
				  0x80d, 0x80f,	 0x828,	     0x830,	 0x832,	     0x838,
				  0x83e, 0x2000, 0x4b564d00, 0xc0000083, 0xc0010000, UINT32_MAX };

	for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
		assert_both(msrs[i], MSR_VE, MSR_VE);
}

static void test_forbidden_msrs(void **state)
{
	const uint32_t msrs[] = { 0x8c,	 0x8f,	0x98,  0x9b,  0x9e,  0x122, 0x195,
				  0x276, 0x329, 0x480, 0x500, 0x800, 0x804, 0x807,
				  0x829, 0x831, 0x840, 0x8ff, 0xd90, 0xd93 };

	for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
		assert_both(msrs[i], MSR_GP, MSR_GP);
	assert_both(0x481, MSR_VE, MSR_GP);
	assert_both(0x48a, MSR_VE, MSR_GP);
}

/* Features that no TD here has: perfmon, WAITPKG, AMX, PT, CET, PKS, user interrupts, LBR. */
static void test_msrs_of_absent_features(void **state)
{
	const uint32_t msrs[] = { 0xc1,	 0xc8,	0xe1,  0x186, 0x1a6,  0x1c4,  0x1f8, 0x309, 0x38d,
				  0x3f1, 0x4c1, 0x560, 0x570, 0x587,  0x6a0,  0x6a8, 0x6e0, 0x6e1,
				  0x87,	 0x981, 0x985, 0x98a, 0x1200, 0x14ce, 0x1500 };

	for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
		assert_both(msrs[i], MSR_GP, MSR_GP);
	assert_int_equal(read(0x345), 0);
	assert_int_equal(msr_write(&g, 0x345, 0), MSR_GP);
}

static void test_the_cpu_does_alone_what_it_can(void **state)
{
	const uint32_t both[] = { 0x174,      0x175,	  0x176,      0x277,	  0xc0000081,
				  0xc0000082, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102 };

	for (unsigned int i = 0; i < ARRAY_SIZE(both); i++) {
		assert_true(fake_cpu_passes_msr(both[i], false));
		assert_true(fake_cpu_passes_msr(both[i], true));
	}
	assert_true(fake_cpu_passes_msr(0x10, false));
	assert_false(fake_cpu_passes_msr(0x10, true));
	assert_false(fake_cpu_passes_msr(0xc0000080, false));
	assert_false(fake_cpu_passes_msr(0xc0000080, true));
	assert_false(fake_cpu_passes_msr(0xc0000083, false));
}

/* Listed as native, but this CPU lacks them. */
static void test_the_module_keeps_the_rest(void **state)
{
	const uint32_t msrs[] = { 0x48, 0x600, 0x1b01, 0xc0000103 };

	for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++) {
		assert_int_equal(read(msrs[i]), 0);
		assert_int_equal(msr_write(&g, msrs[i], 0x1234), MSR_DONE);
		assert_int_equal(read(msrs[i]), 0x1234);
	}
	assert_int_equal(msr_write(&g, 0x600, bit(50)), MSR_GP);
	assert_int_equal(msr_write(&g, 0xc0000103, bit(32)), MSR_GP);
	assert_both(0xbc, MSR_GP, MSR_VE);
	assert_both(0xc80, MSR_GP, MSR_VE);
}

static void test_pat(void **state)
{
	assert_int_equal(read(0x277), 0x0007040600070406);
	assert_int_equal(msr_write(&g, 0x277, 0x0007050600070106), MSR_DONE);
	assert_int_equal(read(0x277), 0x0007050600070106);
	assert_int_equal(msr_write(&g, 0x277, 0x0200000000000000), MSR_GP);
	assert_int_equal(msr_write(&g, 0x277, 0x03), MSR_GP);
	assert_int_equal(msr_write(&g, 0x277, 0x0800), MSR_GP);
}

static void test_commands(void **state)
{
	assert_both(0x49, MSR_GP, MSR_DONE);
	assert_both(0x10b, MSR_GP, MSR_DONE);
	assert_int_equal(msr_write(&g, 0x49, 1), MSR_DONE);
	assert_int_equal(msr_write(&g, 0x49, 2), MSR_GP);
	assert_int_equal(msr_write(&g, 0x10b, 1), MSR_DONE);
}

static void test_what_linux_reads_before_it_can_take_a_ve(void **state)
{
	uint64_t misc = read(0x1a0);

	assert_true(misc & bit(0));
	assert_false(misc & (bit(7) | bit(34)));
	assert_int_equal(msr_write(&g, 0x1a0, misc), MSR_VE);
	assert_int_equal(read(0xc0000080), EFER_RESET);
}

static void test_efer(void **state)
{
	assert_int_equal(msr_write(&g, 0xc0000080, EFER_RESET & ~EFER_SCE), MSR_DONE);
	assert_int_equal(read(0xc0000080), EFER_RESET & ~EFER_SCE);
	assert_int_equal(msr_write(&g, 0xc0000080, EFER_RESET | EFER_LMA), MSR_DONE);
	assert_int_equal(read(0xc0000080), EFER_RESET);
	assert_int_equal(msr_write(&g, 0xc0000080, EFER_RESET & ~bit(8)), MSR_VE);
	assert_int_equal(msr_write(&g, 0xc0000080, EFER_RESET & ~bit(11)), MSR_VE);
	assert_int_equal(msr_write(&g, 0xc0000080, EFER_RESET | EFER_FFXSR), MSR_VE);
}

/* Linux must see that x2APIC cannot be turned off. */
static void test_xapic_is_disabled(void **state)
{
	assert_true(read(0x10a) & bit(21));
	assert_int_equal(read(0xbd), 1);
	assert_int_equal(msr_write(&g, 0xbd, 0), MSR_DONE);
	assert_int_equal(read(0xbd), 1);
}

static void test_debugctl(void **state)
{
	assert_int_equal(read(0x1d9), 0);
	assert_int_equal(msr_write(&g, 0x1d9, bit(1)), MSR_DONE);
	assert_int_equal(read(0x1d9), bit(1));
	assert_int_equal(msr_write(&g, 0x1d9, bit(13)), MSR_DONE);
	assert_int_equal(read(0x1d9), 0);
	assert_int_equal(msr_write(&g, 0x1d9, bit(6)), MSR_VE);
	assert_int_equal(msr_write(&g, 0x1d9, bit(6) | bit(7)), MSR_DONE);
	assert_int_equal(msr_write(&g, 0x1d9, bit(5)), MSR_GP);
	assert_int_equal(msr_write(&g, 0x1d9, bit(16)), MSR_GP);
}

static void test_xss(void **state)
{
	assert_int_equal(read(0xda0), 0);
	assert_int_equal(msr_write(&g, 0xda0, 0), MSR_DONE);
	assert_int_equal(msr_write(&g, 0xda0, bit(2)), MSR_GP);
	assert_int_equal(msr_write(&g, 0xda0, bit(11)), MSR_GP);
}

static void test_x2apic(void **state)
{
	assert_both(0x808, MSR_DONE, MSR_DONE);
	assert_both(0x80a, MSR_DONE, MSR_GP);
	assert_both(0x80b, MSR_GP, MSR_DONE);
	assert_both(0x809, MSR_GP, MSR_GP);
	assert_both(0x80c, MSR_GP, MSR_GP);
	assert_both(0x80e, MSR_GP, MSR_GP);
	for (uint32_t msr = 0x810; msr <= 0x827; msr++)
		assert_both(msr, MSR_DONE, MSR_GP);
	assert_both(0x83f, MSR_GP, MSR_DONE);
}

/* RDMSR and WRMSR themselves: registers, RIP, #GP, #VE. */
static void test_instructions(void **state)
{
	const struct cpu_exit rdmsr = { .kind = CPU_EXIT_RDMSR, .length = 2 };
	const struct cpu_exit wrmsr = { .kind = CPU_EXIT_WRMSR, .length = 2 };
	struct fake_vcpu *cpu = td_guest_cpu(&td, 0);
	uint64_t *gpr = g.vcpu->cpu.gpr;
	uint64_t rip = cpu->rip;

	gpr[TDX_RCX] = 0xffffffff00000048;
	gpr[TDX_RAX] = 0xffffffff00000001;
	gpr[TDX_RDX] = 0xffffffff00000002;
	td_guest_run(&td, 0, &wrmsr, 1, NULL, NULL);
	assert_int_equal(g.vcpu->msrs.spec_ctrl, UINT64_C(0x200000001));
	gpr[TDX_RAX] = gpr[TDX_RDX] = UINT64_MAX;
	td_guest_run(&td, 0, &rdmsr, 1, NULL, NULL);
	assert_int_equal(gpr[TDX_RAX], 1);
	assert_int_equal(gpr[TDX_RDX], 2);
	assert_int_equal(cpu->rip, rip + 4);

	gpr[TDX_RCX] = 0x9e;
	td_guest_run(&td, 0, &rdmsr, 1, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_EXCEPTION);
	assert_int_equal(cpu->delivered_vector, 13);
	assert_int_equal(cpu->rip, rip + 4);

	gpr[TDX_RCX] = 0x1b;
	td_guest_run(&td, 0, &rdmsr, 1, NULL, NULL);
	assert_int_equal(cpu->delivered_vector, TDX_VE_VECTOR);
	assert_int_equal(g.vcpu->ve.exit_reason, TDX_EXIT_RDMSR);
	assert_int_equal(g.vcpu->ve.instruction_length, 2);
	assert_int_equal(cpu->rip, rip + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unlisted_msrs_are_the_vmms, setup),
		cmocka_unit_test_setup(test_forbidden_msrs, setup),
		cmocka_unit_test_setup(test_msrs_of_absent_features, setup),
		cmocka_unit_test_setup(test_the_cpu_does_alone_what_it_can, setup),
		cmocka_unit_test_setup(test_the_module_keeps_the_rest, setup),
		cmocka_unit_test_setup(test_pat, setup),
		cmocka_unit_test_setup(test_commands, setup),
		cmocka_unit_test_setup(test_what_linux_reads_before_it_can_take_a_ve, setup),
		cmocka_unit_test_setup(test_efer, setup),
		cmocka_unit_test_setup(test_xapic_is_disabled, setup),
		cmocka_unit_test_setup(test_debugctl, setup),
		cmocka_unit_test_setup(test_xss, setup),
		cmocka_unit_test_setup(test_x2apic, setup),
		cmocka_unit_test_setup(test_instructions, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
