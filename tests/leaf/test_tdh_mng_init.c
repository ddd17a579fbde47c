/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include "cpu/fake/fake_cpu.h"

#define CAPABILITIES_CHOICE UINT64_C(0x1180010)

static struct hpa params_pa;

/* phys_ptr() has to see each write. */
static struct tdx_td_params *params(void)
{
	return phys_ptr(params_pa);
}

static void setup(struct leaf_call *c)
{
	const struct tdx_td_params good = test_td_params();

	machine_ready();
	test_td_build(&leaf_td, TD_ADDED);
	c->r[TDX_RCX] = leaf_td.tdr.pa;
	c->r[TDX_RDX] = test_td_write_params(&good).pa;
	params_pa = hpa(c->r[TDX_RDX]);
}

#define SPOIL(name, what)                                                                          \
	static void name(struct leaf_call *c, unsigned int reg, uint64_t value)                    \
	{                                                                                          \
		what;                                                                              \
	}
SPOIL(attributes, params()->attributes |= TDX_ATTR_PERFMON)
SPOIL(xfam, params()->xfam |= TDX_XFAM_PT)
SPOIL(xfam_fixed1, params()->xfam = TDX_XFAM_X87)
SPOIL(xfam_half, params()->xfam |= bit(5))
SPOIL(max_vcpus, params()->max_vcpus = 0)
SPOIL(num_l2_vms, params()->num_l2_vms = 4)
SPOIL(reserved_0, params()->reserved_0 = 1)
SPOIL(config_flags, params()->config_flags |= bit(3))
SPOIL(gpaw, params()->config_flags |= TDX_CONFIG_GPAW_52)
SPOIL(eptp_controls, params()->eptp_controls = 0)
SPOIL(tsc_slow, params()->tsc_frequency = 3)
SPOIL(tsc_fast, params()->tsc_frequency = 401)
SPOIL(reserved_1, params()->reserved_1[sizeof(params()->reserved_1) - 1] = 1)
SPOIL(msr_ctls, params()->msr_config_ctls |= 2)
SPOIL(reserved_2, params()->reserved_2[sizeof(params()->reserved_2) - 1] = 1)
SPOIL(cpuid, params()->cpuid_values[1].edx = UINT32_MAX)
SPOIL(unused_cpuid, params()->cpuid_values[47].edx = 1)
SPOIL(capabilities, params()->msr_config_ctls |= 1; params()->ia32_arch_capabilities_config = 1)

/* The entry that cannot be. */
static void cpuid_outputs(const struct leaf_call *in, struct leaf_call *expected)
{
	expected->r[TDX_RCX] = 4; /* leaf 4, sub-leaf 0 */
}

#define EDITS_XFAM  BIT(30)
#define EDITS_FLAGS BIT(31)

static const struct leaf_fault faults[] = {
	OR_FAULT("RDX: 512-aligned", INVALID(RDX), RDX, 512),
	OR_FAULT("RDX: private key id", INVALID(RDX), RDX, UINT64_C(33) << PLATFORM_HKID_SHIFT),
	OR_FAULT("RDX: above MAXPA", INVALID(RDX), RDX, BIT(PLATFORM_MAXPA)),
	STATE_FAULT("attributes", INVALID(ATTRIBUTES), attributes, 0),
	STATE_FAULT("XFAM", INVALID(XFAM), xfam, EDITS_XFAM),
	STATE_FAULT("XFAM fixed-1", INVALID(XFAM), xfam_fixed1, EDITS_XFAM),
	STATE_FAULT("half of AVX-512", INVALID(XFAM), xfam_half, EDITS_XFAM),
	STATE_FAULT("MAX_VCPUS", INVALID(MAX_VCPUS), max_vcpus, 0),
	STATE_FAULT("NUM_L2_VMS", INVALID(NUM_L2_VMS), num_l2_vms, 0),
	STATE_FAULT("reserved_0", INVALID(RDX), reserved_0, 0),
	STATE_FAULT("config flags", INVALID(CONFIG_FLAGS), config_flags, EDITS_FLAGS),
	STATE_FAULT("GPAW that the CPU lacks", INVALID(CONFIG_FLAGS), gpaw, EDITS_FLAGS),
	STATE_FAULT("EPTP controls", INVALID(EPTP_CONTROLS), eptp_controls, 0),
	STATE_FAULT("TSC too slow", INVALID(TSC_FREQUENCY), tsc_slow, EDITS_TRACKING),
	STATE_FAULT("TSC too fast", INVALID(TSC_FREQUENCY), tsc_fast, EDITS_TRACKING),
	STATE_FAULT("TSC_ADJUST", TSC_ADJUST_DIFFERS, leaf_shift_tsc, 0),
	STATE_FAULT("reserved_1", INVALID(RDX), reserved_1, 0),
	STATE_FAULT("MSR controls", INVALID(RDX), msr_ctls, 0),
	STATE_FAULT("reserved_2", INVALID(RDX), reserved_2, 0),
	{ .name = "CPUID",
	  .status = INVALID(CPUID_CONFIG),
	  .reg = NO_REG,
	  .make = cpuid,
	  .outputs = cpuid_outputs },
	STATE_FAULT("unused CPUID", INVALID(RDX), unused_cpuid, 0),
	STATE_FAULT("ARCH_CAPABILITIES", INVALID(ARCH_CAPABILITIES_CONFIG), capabilities, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct tdcs *tdcs = test_tdcs(&leaf_td);

	assert_int_equal(out->r[TDX_RCX], 0);
	assert_int_equal(tdcs->op_state, TD_OP_INITIALIZED);
	assert_int_equal(tdcs->attributes, params()->attributes);
	assert_int_equal(tdcs->xfam, params()->xfam);
	assert_int_equal(tdcs->config_flags, params()->config_flags);
	assert_int_equal(tdcs->td_ctls, TDX_TD_CTLS_PENDING_VE_DISABLE); /* by SEPT_VE_DISABLE */
	assert_int_equal(tdcs->max_vcpus, params()->max_vcpus);
	assert_int_equal(tdcs->tsc_frequency, params()->tsc_frequency);
	assert_int_equal(tdcs->gpaw, 48);
	assert_int_equal(tdcs->sept_levels, 4);
	assert_int_equal(tdcs->epoch, 1);
	assert_int_equal(tdcs->vcpu_count, 0);
	assert_memory_equal(tdcs->mrconfigid, params()->mrconfigid, 48);
	assert_memory_equal(tdcs->mrowner, params()->mrowner, 48);
	assert_memory_equal(tdcs->mrownerconfig, params()->mrownerconfig, 48);
	/* the virtual TSC began at zero */
	assert_true(machine.tsc + tdcs->tsc_offset < 10000);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
	leaf_changes(leaf_td.tdcx[TDCX_CPUID]);
}

static const struct leaf_case init = {
	.leaf = TDH_MNG_INIT,
	.td = LEAF_TD,
	.td_reg = TDX_RCX,
	.td_exclusive = true,
	.op_states = BIT(TD_OP_UNINITIALIZED),
	.outputs = BIT(TDX_RCX),
	.errors_zero = BIT(TDX_RCX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* Memory that is not the VMM's reads as ones. */
static void test_params_in_private_memory(void **state)
{
	struct leaf_call c = leaf_begin(&init);

	c.r[TDX_RDX] = leaf_td.tdcx[TDCX_CONTROL].pa;
	assert_int_equal(leaf_seamcall(&c), INVALID(ATTRIBUTES));
}

/* On a CPU with five levels GPAW and EPTP_CONTROLS must agree. */
static void test_five_levels(void **state)
{
	struct leaf_call c = leaf_begin(&init);

	fake_cpu_set_gpa_width(52);
	params()->config_flags |= TDX_CONFIG_GPAW_52;
	c.r[TDX_RAX] = TDH_MNG_INIT;
	assert_int_equal(leaf_seamcall(&c), INVALID(EPTP_CONTROLS));
	params()->eptp_controls = TDX_EPTP_WB | TDX_EPTP_5_LEVELS;
	c.r[TDX_RAX] = TDH_MNG_INIT;
	c.r[TDX_RCX] = leaf_td.tdr.pa;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&leaf_td)->gpaw, 52);
	assert_int_equal(test_tdcs(&leaf_td)->sept_levels, 5);
}

/* ARCH_CAPABILITIES as the CPU has them, or with TD_PARAMS' bits where these may choose. */
static void test_arch_capabilities(void **state)
{
	struct leaf_call c = leaf_begin(&init);

	params()->ia32_arch_capabilities_config = UINT64_MAX; /* which nothing tells to use */
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&leaf_td)->ia32_arch_capabilities & CAPABILITIES_CHOICE,
			 CAPABILITIES_CHOICE & ~bit(19)); /* which the CPU lacks */

	c = leaf_begin(&init);
	params()->msr_config_ctls = 1;
	params()->ia32_arch_capabilities_config = bit(20);
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&leaf_td)->ia32_arch_capabilities & CAPABILITIES_CHOICE,
			 bit(20));
	assert_true(test_tdcs(&leaf_td)->ia32_arch_capabilities & bit(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(init),
		cmocka_unit_test(test_params_in_private_memory),
		cmocka_unit_test(test_five_levels),
		cmocka_unit_test(test_arch_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
