/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include <tdx/types.h>

static struct hpa info, cmrs;

static void setup(struct leaf_call *c)
{
	machine_reset();
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	info = machine_vmm_page();
	cmrs = machine_vmm_page();
	c->r[TDX_RCX] = info.pa;
	c->r[TDX_RDX] = PAGE_SIZE;
	c->r[TDX_R8] = cmrs.pa;
	c->r[TDX_R9] = 64;
}

#define PRIVATE_KEY (UINT64_C(32) << PLATFORM_HKID_SHIFT)

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_lock_sys, 0),
	VALUE_FAULT("on another LP", TDX_SYS_LP_INIT_NOT_DONE, leaf_set_lp, 1, 0),
	OR_FAULT("RCX: 512-aligned", INVALID(RCX), RCX, 512),
	OR_FAULT("RCX: private key id", INVALID(RCX), RCX, PRIVATE_KEY),
	OR_FAULT("RCX: above MAXPA", INVALID(RCX), RCX, BIT(PLATFORM_MAXPA)),
	REG_FAULT("too small", INVALID(RDX), RDX, 1023),
	OR_FAULT("R8: 256-aligned", INVALID(R8), R8, 256),
	OR_FAULT("R8: private key id", INVALID(R8), R8, PRIVATE_KEY),
	REG_FAULT("too few", INVALID(R9), R9, 31),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct tdx_sysinfo *s = phys_ptr(info);
	const struct tdx_cmr_info *c = phys_ptr(cmrs);

	assert_int_equal(out->r[TDX_RDX], 1024);
	assert_int_equal(out->r[TDX_R9], 32);
	assert_int_equal(s->vendor_id, 0x8086);
	assert_int_equal(s->major_version, 1);
	assert_int_equal(s->minor_version, 5);
	assert_int_equal(s->sys_rd, 1);
	assert_int_equal(s->max_tdmrs, 64);
	assert_int_equal(s->max_reserved_per_tdmr, 16);
	assert_int_equal(s->pamt_entry_size, 16);
	assert_int_equal(s->tdcs_base_size, 6 * 4096);
	assert_int_equal(s->tdvps_base_size, 6 * 4096);
	assert_int_equal(s->xfam_fixed1, 3);
	assert_int_equal(s->attributes_fixed1, 0);
	assert_int_equal(s->num_cpuid_config, 12);
	assert_int_equal(s->cpuid_config[0].leaf, 1);
	assert_memory_equal(c, machine.cmrs, 2 * sizeof(*c));
	assert_int_equal(c[2].size, 0);
	leaf_changes(info);
	leaf_changes(cmrs);
}

static const struct leaf_case sys_info = {
	.leaf = TDH_SYS_INFO,
	.module_states = LEAF_EARLY,
	.outputs = BIT(TDX_RDX) | BIT(TDX_R9),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(sys_info) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
