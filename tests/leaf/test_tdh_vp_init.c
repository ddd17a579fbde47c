/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/topology.h"
#include "tests/lib/leaf_case.h"

#define GUEST_RCX UINT64_C(0x1122334455667788)
#define X2APIC_ID 7

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_remember_vcpu(&leaf_td, test_td_create_vcpu(&leaf_td, TDVPS_PAGES));
	c->r[TDX_RCX] = leaf_td.tdvpr[0].pa;
	c->r[TDX_RDX] = GUEST_RCX;
}

static void setup_v1(struct leaf_call *c)
{
	setup(c);
	c->r[TDX_R8] = X2APIC_ID;
}

/* An element for each VCPU: its x2APIC id plus one. */
static uint32_t *ids(void)
{
	return phys_ptr(leaf_td.tdcx[TDCX_X2APIC_IDS]);
}

static void use_up_indices(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	for (uint32_t i = 0; i < TEST_MAX_VCPUS; i++)
		ids()[i] = 1000 + i;
}

static void use_id(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	ids()[0] = X2APIC_ID + 1;
}

#define VCPU_STATE(state)                                                                          \
	VALUE_FAULT(#state, TDX_VCPU_STATE_INCORRECT, leaf_set_vcpu_state, state, EDITS_VCPU_STATE)
#define COMMON_FAULTS                                                                              \
	VALUE_FAULT("a page missing", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages,                 \
		    TDVPS_PAGES - 1, 0),                                                           \
		VCPU_STATE(VCPU_READY), VCPU_STATE(VCPU_ACTIVE), VCPU_STATE(VCPU_DISABLED)

static const struct leaf_fault faults[] = {
	COMMON_FAULTS,
	STATE_FAULT("TSC_ADJUST", TSC_ADJUST_DIFFERS, leaf_shift_tsc, 0),
	STATE_FAULT("all indices taken", TDX_MAX_VCPUS_EXCEEDED, use_up_indices, EDITS_PARAMS),
};

static const struct leaf_fault faults_v1[] = {
	COMMON_FAULTS,
	OR_FAULT("R8 32", INVALID(R8), R8, BIT(32)),
	OR_FAULT("R8 63", INVALID(R8), R8, BIT(63)),
	REG_FAULT("no id", INVALID(R8), R8, UINT32_MAX),
	REG_FAULT("too high an id", INVALID(R8), R8, UINT32_MAX - 1),
	STATE_FAULT("TSC_ADJUST", TSC_ADJUST_DIFFERS, leaf_shift_tsc, 0),
	STATE_FAULT("another's id", TDX_X2APIC_ID_NOT_UNIQUE, use_id, EDITS_PARAMS),
	STATE_FAULT("all indices taken", TDX_MAX_VCPUS_EXCEEDED, use_up_indices, EDITS_PARAMS),
};

/* TDX Module Base specification, "Initial State of Guest GPRs". */
static void assert_registers(const uint64_t gpr[TDX_GPR_COUNT])
{
	const uint64_t expected[TDX_GPR_COUNT] = {
		[TDX_RBX] = 48,
		[TDX_RCX] = GUEST_RCX,
		[TDX_R8] = GUEST_RCX,
		[TDX_RDX] = 0x806f8,
	};

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		assert_int_equal(gpr[i], expected[i]);
}

static void assert_initialized(uint32_t x2apic_id)
{
	const struct vcpu *v = test_vcpu(&leaf_td, 0);

	assert_int_equal(v->state, VCPU_READY);
	assert_int_equal(v->index, 0);
	assert_int_equal(v->lp, 0);
	assert_registers(v->cpu.gpr);
	assert_int_equal(test_tdcs(&leaf_td)->vcpu_count, 1);
	assert_int_equal(test_tdcs(&leaf_td)->associated_count, 1);
	assert_int_equal(topology_is_configured(test_tdcs(&leaf_td)), x2apic_id != TOPOLOGY_NO_ID);
	if (x2apic_id != TOPOLOGY_NO_ID)
		assert_int_equal(topology_id(test_tdr(&leaf_td), 0), x2apic_id);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
	leaf_changes(leaf_td.tdcx[TDCX_X2APIC_IDS]);
	for (unsigned int i = 0; i < TDVPS_PAGES; i++)
		leaf_changes(v->pages[i]);
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_initialized(TOPOLOGY_NO_ID);
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_initialized(X2APIC_ID);
}

#define COMMON                                                                                     \
	.leaf = TDH_VP_INIT, .highest_version = 1, .td = LEAF_TDVPR, .td_reg = TDX_RCX,            \
	.td_exclusive = true, .op_states = BIT(TD_OP_INITIALIZED)

static const struct leaf_case init = {
	COMMON,		.faults = faults, .fault_count = ARRAY_SIZE(faults),
	.setup = setup, .effect = effect,
};

static const struct leaf_case init_v1 = {
	COMMON,
	.version = 1,
	.faults = faults_v1,
	.fault_count = ARRAY_SIZE(faults_v1),
	.setup = setup_v1,
	.effect = effect_v1,
};

static void test_indices(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	for (unsigned int i = 0; i < TEST_MAX_VCPUS; i++) {
		test_td_add_vcpu(&leaf_td);
		assert_int_equal(test_vcpu(&leaf_td, i)->index, i);
		assert_int_equal(test_vcpu(&leaf_td, i)->cpu.gpr[TDX_RSI], i);
	}
	assert_int_equal(test_tdcs(&leaf_td)->vcpu_count, TEST_MAX_VCPUS);
	assert_int_equal(test_tdcs(&leaf_td)->associated_count, TEST_MAX_VCPUS);
}

/* x2APIC ids are known for all VCPUs or for none. */
static void test_topology(void **state)
{
	struct leaf_call c = leaf_begin(&init_v1);

	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_true(topology_is_configured(test_tdcs(&leaf_td)));
	test_td_add_vcpu(&leaf_td);
	assert_false(topology_is_configured(test_tdcs(&leaf_td)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(init),
		LEAF_TESTS(init_v1),
		cmocka_unit_test(test_indices),
		cmocka_unit_test(test_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
