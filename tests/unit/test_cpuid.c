/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/cpuid.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define CR4_OSXSAVE	     bit(18)
#define CR4_PKE		     bit(22)
#define CONFIG_LEAF_1	     0 /* positions in TD_PARAMS.CPUID_VALUES */
#define CONFIG_LEAF_4_0	     1
#define CONFIG_LEAF_7_0	     5
#define CONFIG_LEAF_80000008 9

static struct test_td td;
static struct guest g;

static void build(const struct tdx_td_params *params)
{
	test_td_build_with(&td, params, TD_FINAL);
	g = td_guest(&td, 0);
}

static int setup(void **state)
{
	struct tdx_td_params params = test_td_params();

	machine_ready();
	build(&params);
	return 0;
}

/* After a test that had the module sample another CPU. */
static int teardown(void **state)
{
	machine_bring_up();
	return 0;
}

static struct tdx_cpuid_value cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct tdx_cpuid_value value = { 0 };

	assert_true(cpuid_execute(g.vcpu, g.tdr, leaf, subleaf, &value));
	return value;
}

static void assert_ve(uint32_t leaf, uint32_t subleaf)
{
	struct tdx_cpuid_value value;

	assert_false(cpuid_execute(g.vcpu, g.tdr, leaf, subleaf, &value));
}

static void assert_value(uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx, uint32_t ecx,
			 uint32_t edx)
{
	struct tdx_cpuid_value value = cpuid(leaf, subleaf);

	assert_int_equal(value.eax, eax);
	assert_int_equal(value.ebx, ebx);
	assert_int_equal(value.ecx, ecx);
	assert_int_equal(value.edx, edx);
}

static void test_identity(void **state)
{
	assert_value(0, 0, 0x23, 0x756e6547, 0x6c65746e, 0x49656e69);
	assert_value(0x21, 0, 0, 0x65746e49, 0x20202020, 0x5844546c);
	assert_value(0x80000000, 0, 0x80000008, 0, 0, 0);
	assert_int_equal(cpuid(1, 0).ecx >> 31, 1);
	assert_value(0x15, 0, 1, 100, 25000000, 0);
	assert_int_equal(cpuid(0x80000008, 0).eax, 0x3030);
}

/* The vendor and the features of another CPU do not shine through. */
static void test_native_cpu_of_another_vendor(void **state)
{
	const uint32_t amd[4] = { 0x0d, 0x68747541, 0x444d4163, 0x69746e65 };
	const uint32_t all[4] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };
	struct tdx_td_params params = test_td_params();

	machine_ready();
	fake_cpu_set_cpuid(0, UINT32_MAX, amd);
	fake_cpu_set_cpuid(1, UINT32_MAX, all);
	fake_cpu_set_cpuid(7, 0, all);
	fake_cpu_set_cpuid(0x1e, UINT32_MAX, all); /* beyond the CPU's last leaf */
	fake_cpu_set_cpuid(0x80000001, UINT32_MAX, all);
	cpuid_init_module();
	build(&params);
	test_identity(state);
	assert_int_equal(cpuid(1, 0).eax, 0x806f8);
	assert_int_equal(cpuid(1, 0).ecx & (bit(3) | bit(5) | bit(6)), 0); /* MONITOR VMX SMX */
	assert_int_equal(cpuid(7, 0).ebx & (bit(2) | bit(4) | bit(11) | bit(25)), 0);
	assert_int_equal(cpuid(7, 0).ecx & (bit(5) | bit(7) | bit(16)), 0); /* WAITPKG CET LA57 */
	assert_value(0x1e, 0, 0, 0, 0, 0);
	assert_int_equal(cpuid(0x80000001, 0).ecx, 0x121);
	assert_int_equal(cpuid(0x80000001, 0).edx, 0x2c100000);
}

static void test_leaves_that_are_a_ve(void **state)
{
	const uint32_t leaves[] = { 2,		6,	    9,		0xb,	    0xc,
				    0xf,	0x10,	    0x16,	0x17,	    0x18,
				    0x1a,	0x1b,	    0x1f,	0x80000002, 0x80000004,
				    0x80000006, 0x40000000, 0x40000001, 0x4fffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++)
		assert_ve(leaves[i], 0);
	assert_ve(4, 5);
	assert_ve(7, 3);
	assert_ve(0xd, 0x13);
	assert_ve(0x14, 2);
}

static void test_other_leaves_become_the_last(void **state)
{
	const uint32_t leaves[] = { 0x24,	0x3fffffff, 0x50000000, 0x7fffffff,
				    0x80000009, 0x8000001f, UINT32_MAX };
	struct tdx_cpuid_value last = cpuid(0x23, 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++)
		assert_value(leaves[i], 0, last.eax, last.ebx, last.ecx, last.edx);
}

/* A leaf without sub-leaves answers for all of them. */
static void test_subleaf_does_not_matter(void **state)
{
	struct tdx_cpuid_value value = cpuid(1, 0);

	assert_value(1, 0x1234, value.eax, value.ebx, value.ecx, value.edx);
}

static void test_what_changes_while_the_td_runs(void **state)
{
	struct fake_vcpu *cpu = td_guest_cpu(&td, 0);

	assert_false(cpuid(1, 0).ecx & bit(27));
	cpu->cr4 |= CR4_OSXSAVE;
	assert_true(cpuid(1, 0).ecx & bit(27));
	assert_false(cpuid(7, 0).ecx & bit(4));
	cpu->cr4 |= CR4_PKE;
	assert_true(cpuid(7, 0).ecx & bit(4));
	assert_false(cpuid(0x80000001, 0).edx & bit(11));
	cpu->is_64bit = true;
	assert_true(cpuid(0x80000001, 0).edx & bit(11));
	assert_int_equal(cpuid(0xd, 0).ebx, 576);
	g.vcpu->index = 3;
	assert_int_equal(cpuid(1, 0).ebx >> 24, 3);
}

static void test_extended_features_follow_xfam(void **state)
{
	struct tdx_td_params params = test_td_params();

	params.cpuid_values[CONFIG_LEAF_1].ecx = 0x31044d88;
	params.cpuid_values[CONFIG_LEAF_7_0].ebx = 0xdc2b9b18;
	params.cpuid_values[CONFIG_LEAF_7_0].ecx = 0x02417f65;
	params.xfam = TDX_XFAM_X87 | TDX_XFAM_SSE;
	machine_ready();
	build(&params);
	assert_int_equal(cpuid(1, 0).ecx & 0x30001000, 0);
	assert_int_equal(cpuid(7, 0).ebx & 0x20, 0);
	assert_int_equal(cpuid(7, 0).ecx & 8, 0);
	assert_value(0xd, 0, 3, 576, 576, 0);
	assert_value(0xd, 2, 0, 0, 0, 0);

	params.xfam |= TDX_XFAM_AVX | TDX_XFAM_PKRU;
	machine_ready();
	build(&params);
	assert_int_equal(cpuid(1, 0).ecx & 0x30001000, 0x30001000);
	assert_int_equal(cpuid(7, 0).ebx & 0x20, 0x20);
	assert_int_equal(cpuid(7, 0).ecx & 8, 8);
	assert_value(0xd, 0, 0x207, 576, 0xa88, 0);
	assert_value(0xd, 2, 0x100, 0x240, 0, 0);
	g.vcpu->cpu.xcr0 = 7;
	assert_int_equal(cpuid(0xd, 0).ebx, 576 + 256);
}

static void test_configured_bits(void **state)
{
	struct tdx_td_params params = test_td_params();

	params.cpuid_values[CONFIG_LEAF_1] =
		(struct tdx_cpuid_value){ 0x806f8, 0x00040000, 0, bit(28) };
	params.cpuid_values[CONFIG_LEAF_4_0] =
		(struct tdx_cpuid_value){ 0x121, 0x01c0003f & 0xfffff000, 0x1ff, 0 };
	machine_ready();
	build(&params);
	assert_int_equal(cpuid(1, 0).eax, 0x806f8);
	assert_int_equal(cpuid(1, 0).ebx & 0x00ff0000, 0x00040000);
	assert_true(cpuid(1, 0).edx & bit(28));
	assert_int_equal(cpuid(4, 0).eax, 0x121);
	assert_int_equal(cpuid(4, 0).ecx, 0x1ff);
	assert_int_equal(cpuid(4, 1).ecx, 0); /* the CPU's own cache is not shown */
}

/* A bit that may be allowed but is not: gone, though the CPU has it. */
static void test_bits_that_are_not_allowed(void **state)
{
	assert_false(cpuid(1, 0).edx & bit(28));
	assert_false(cpuid(1, 0).ecx & bit(24));
	assert_int_equal(cpuid(7, 0).ebx & 0xdc2b9b18, 0);
}

static void assert_rejected(struct tdx_td_params *params, uint64_t leaf)
{
	uint64_t bad = 0;

	assert_int_equal(cpuid_init_td(g.tdr, params, &bad), INVALID(CPUID_CONFIG));
	assert_int_equal(bad, leaf);
}

static void test_impossible_configurations(void **state)
{
	struct tdx_td_params params = test_td_params();
	uint64_t bad = 1;

	assert_int_equal(cpuid_init_td(g.tdr, &params, &bad), TDX_SUCCESS);
	assert_int_equal(bad, 0);
	params.cpuid_values[CONFIG_LEAF_1].eax = 0xc06f2; /* another CPU */
	assert_rejected(&params, make64(UINT32_MAX, 1));
	params = test_td_params();
	params.cpuid_values[CONFIG_LEAF_7_0].eax = 1;
	assert_rejected(&params, make64(0, 7));
	params = test_td_params();
	params.cpuid_values[CONFIG_LEAF_80000008].eax = 48 << 16;
	assert_rejected(&params, make64(UINT32_MAX, 0x80000008));
}

static void test_config_list(void **state)
{
	struct tdx_cpuid_config list[CPUID_CONFIG_COUNT];

	cpuid_config_list(list);
	assert_int_equal(list[0].leaf, 1);
	assert_int_equal(list[0].subleaf, UINT32_MAX);
	assert_int_equal(list[0].eax, 0x0fff3fff);
	assert_int_equal(list[0].ebx, 0x00ff0000);
	assert_int_equal(list[0].ecx & bit(28), bit(28)); /* AVX: the CPU has it */
	assert_int_equal(list[0].ecx & bit(3), 0);	  /* MONITOR: never */
	assert_int_equal(list[10].leaf, 7);
	assert_int_equal(list[10].subleaf, 2);
	assert_int_equal(list[11].leaf, 0x23);
}

static void test_the_guest_may_ask_for_a_ve(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = 2 };
	uint64_t too_much[TDX_GPR_COUNT] = { [TDX_RCX] = 4 };

	assert_int_equal(td_guest_tdcall(&td, 0, TDG_VP_CPUIDVE_SET, too_much), INVALID(RCX));
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_VP_CPUIDVE_SET, regs), TDX_SUCCESS);
	(void)cpuid(1, 0);
	td_guest_cpu(&td, 0)->cpl = 3;
	assert_ve(1, 0);
	regs[TDX_RCX] = 1;
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_VP_CPUIDVE_SET, regs), TDX_SUCCESS);
	assert_ve(1, 0);
	td_guest_cpu(&td, 0)->cpl = 3;
	(void)cpuid(1, 0);
}

static void test_instruction(void **state)
{
	const struct cpu_exit exit = { .kind = CPU_EXIT_CPUID, .length = 2 };
	uint64_t *gpr = g.vcpu->cpu.gpr;
	uint64_t rip = td_guest_cpu(&td, 0)->rip;

	gpr[TDX_RAX] = 0xdead000000000021;
	gpr[TDX_RCX] = 0xdead000000000000;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(gpr[TDX_RAX], 0);
	assert_int_equal(gpr[TDX_RBX], 0x65746e49);
	assert_int_equal(gpr[TDX_RCX], 0x20202020);
	assert_int_equal(gpr[TDX_RDX], 0x5844546c);
	assert_int_equal(td_guest_cpu(&td, 0)->rip, rip + 2);

	gpr[TDX_RAX] = 0x40000000;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(td_guest_cpu(&td, 0)->delivered_vector, TDX_VE_VECTOR);
	assert_int_equal(g.vcpu->ve.exit_reason, TDX_EXIT_CPUID);
	assert_int_equal(gpr[TDX_RAX], 0x40000000);
	assert_int_equal(td_guest_cpu(&td, 0)->rip, rip + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_identity, setup),
		cmocka_unit_test_setup_teardown(test_native_cpu_of_another_vendor, setup, teardown),
		cmocka_unit_test_setup(test_leaves_that_are_a_ve, setup),
		cmocka_unit_test_setup(test_other_leaves_become_the_last, setup),
		cmocka_unit_test_setup(test_subleaf_does_not_matter, setup),
		cmocka_unit_test_setup(test_what_changes_while_the_td_runs, setup),
		cmocka_unit_test_setup(test_extended_features_follow_xfam, setup),
		cmocka_unit_test_setup(test_configured_bits, setup),
		cmocka_unit_test_setup(test_bits_that_are_not_allowed, setup),
		cmocka_unit_test_setup(test_impossible_configurations, setup),
		cmocka_unit_test_setup(test_config_list, setup),
		cmocka_unit_test_setup(test_the_guest_may_ask_for_a_ve, setup),
		cmocka_unit_test_setup(test_instruction, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
