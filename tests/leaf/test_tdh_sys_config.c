/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include <tdx/types.h>

static struct hpa array;

static void setup(struct leaf_call *c)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_init_lps();
	machine_tdmrs(tdmrs);
	array = machine_write_tdmrs(tdmrs, 2);
	c->r[TDX_RCX] = array.pa;
	c->r[TDX_RDX] = 2;
	c->r[TDX_R8] = GLOBAL_HKID;
}

static uint64_t *address(unsigned int i)
{
	return (uint64_t *)phys_ptr(array) + i;
}

static struct tdx_tdmr_info *tdmr(unsigned int i)
{
	return phys_ptr(hpa(*address(i)));
}

#define SPOIL(name, what)                                                                          \
	static void name(struct leaf_call *c, unsigned int reg, uint64_t value)                    \
	{                                                                                          \
		what;                                                                              \
	}
SPOIL(lp_missing, sys.lps_initialized--)
SPOIL(address_unaligned, *address(1) += 8)
SPOIL(address_private, *address(0) |= UINT64_C(40) << PLATFORM_HKID_SHIFT)
SPOIL(size_unaligned, tdmr(0)->size += SIZE_2M)
SPOIL(reserved_unaligned, tdmr(0)->reserved[0].offset += 8)
SPOIL(reserved_outside, tdmr(0)->reserved[0].size += PAGE_SIZE)
SPOIL(reserved_after_null, tdmr(0)->reserved[2] = tdmr(0)->reserved[0])
SPOIL(pamt_too_small, tdmr(0)->pamt_1g_size = 0)
SPOIL(pamt_in_no_cmr, tdmr(0)->pamt_2m_base = OUTSIDE_BASE)
SPOIL(pamt_in_usable, tdmr(0)->pamt_1g_base = LOW_BASE)
SPOIL(pamt_on_pamt, tdmr(0)->pamt_1g_base = tdmr(0)->pamt_2m_base)
SPOIL(overflow, tdmr(1)->size = -tdmr(1)->base + SIZE_1G)
SPOIL(twice, *tdmr(1) = *tdmr(0))
SPOIL(base_unaligned, tdmr(1)->base += SIZE_2M)
SPOIL(size_zero, tdmr(1)->size = 0)
SPOIL(in_key_bits, tdmr(1)->size += SIZE_1G)
SPOIL(reserved_descending, tdmr(1)->reserved[1].size = PAGE_SIZE)
SPOIL(pamt_unaligned, tdmr(1)->pamt_2m_base += 8)
SPOIL(pamt_4k_too_small, tdmr(1)->pamt_4k_size -= PAGE_SIZE)
SPOIL(pamt_in_usable_of_other, tdmr(1)->pamt_1g_base = LOW_BASE)
SPOIL(pamt_on_pamt_of_other, tdmr(1)->pamt_2m_base = tdmr(0)->pamt_4k_base)
SPOIL(outside_cmrs, tdmr(1)->reserved[0].size -= PAGE_SIZE)

#define MODULE_STATE(state)                                                                        \
	VALUE_FAULT(#state, TDX_SYS_CONFIG_NOT_PENDING, leaf_set_module_state, SYS_STATE_##state,  \
		    EDITS_MODULE)
/* Which TDMR, which level or area, which other TDMR. */
#define INFO(tdmr, part, other) ((tdmr) | (part) << 8 | (other) << 16)
#define PRIVATE_KEY		(UINT64_C(32) << PLATFORM_HKID_SHIFT)

/* Parts of a TDMR. */
#define PLACE(tdmr)    BIT(26 + 3 * (tdmr))
#define RESERVED(tdmr) BIT(27 + 3 * (tdmr))
#define PAMT(tdmr)     BIT(28 + 3 * (tdmr))
#define SECOND_TDMR    (PLACE(1) | RESERVED(1) | PAMT(1))

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_share_sys, 0),
	MODULE_STATE(INIT_PENDING),
	MODULE_STATE(CONFIG_DONE),
	MODULE_STATE(READY),
	STATE_FAULT("an LP missing", TDX_SYS_CONFIG_NOT_PENDING, lp_missing, 0),
	OR_FAULT("RCX: 8-aligned", INVALID(RCX), RCX, 8),
	OR_FAULT("RCX: private key id", INVALID(RCX), RCX, PRIVATE_KEY),
	OR_FAULT("RCX: above MAXPA", INVALID(RCX), RCX, BIT(PLATFORM_MAXPA)),
	REG_FAULT("no TDMR", INVALID(RDX), RDX, 0),
	REG_FAULT("65 TDMRs", INVALID(RDX), RDX, 65),
	REG_FAULT("no key id", INVALID(R8), R8, 0),
	REG_FAULT("too high a key id", INVALID(R8), R8, 64),
	OR_FAULT("R8 16", INVALID(R8), R8, BIT(16)),
	STATE_FAULT("TDMR_INFO: private", INVALID(TDMR_INFO_PA), address_private, PLACE(0)),
	STATE_FAULT("TDMR_INFO: alignment", INVALID(TDMR_INFO_PA), address_unaligned, SECOND_TDMR),

	STATE_FAULT("size", TDX_INVALID_TDMR | INFO(0, 0, 0), size_unaligned, PLACE(0)),
	STATE_FAULT("area not of pages", TDX_INVALID_RESERVED_IN_TDMR | INFO(0, 0, 0),
		    reserved_unaligned, RESERVED(0)),
	STATE_FAULT("area outside", TDX_INVALID_RESERVED_IN_TDMR | INFO(0, 0, 0), reserved_outside,
		    RESERVED(0)),
	STATE_FAULT("area after null", TDX_INVALID_RESERVED_IN_TDMR | INFO(0, 2, 0),
		    reserved_after_null, RESERVED(0)),
	STATE_FAULT("no PAMT", TDX_INVALID_PAMT | INFO(0, 2, 0), pamt_too_small, PAMT(0)),
	STATE_FAULT("PAMT in no CMR", TDX_PAMT_OUTSIDE_CMRS | INFO(0, 1, 0), pamt_in_no_cmr,
		    PAMT(0)),
	STATE_FAULT("PAMT in TDMR", TDX_PAMT_OVERLAP | INFO(0, 2, 0), pamt_in_usable, PAMT(0)),
	STATE_FAULT("PAMT twice", TDX_PAMT_OVERLAP | INFO(0, 2, 0), pamt_on_pamt, PAMT(0)),

	STATE_FAULT("overflow", TDX_NON_ORDERED_TDMR | INFO(1, 0, 0), overflow, PLACE(1)),
	STATE_FAULT("twice", TDX_NON_ORDERED_TDMR | INFO(1, 0, 0), twice, SECOND_TDMR),
	STATE_FAULT("base", TDX_INVALID_TDMR | INFO(1, 0, 0), base_unaligned, PLACE(1)),
	STATE_FAULT("no size", TDX_INVALID_TDMR | INFO(1, 0, 0), size_zero, PLACE(1)),
	STATE_FAULT("in key id bits", TDX_INVALID_TDMR | INFO(1, 0, 0), in_key_bits, PLACE(1)),
	STATE_FAULT("areas descend", TDX_NON_ORDERED_RESERVED_IN_TDMR | INFO(1, 1, 0),
		    reserved_descending, RESERVED(1)),
	STATE_FAULT("PAMT not of pages", TDX_INVALID_PAMT | INFO(1, 1, 0), pamt_unaligned, PAMT(1)),
	STATE_FAULT("PAMT too small", TDX_INVALID_PAMT | INFO(1, 0, 0), pamt_4k_too_small, PAMT(1)),
	STATE_FAULT("PAMT in another TDMR", TDX_PAMT_OVERLAP | INFO(1, 2, 0),
		    pamt_in_usable_of_other, PAMT(1)),
	STATE_FAULT("PAMT on another's", TDX_PAMT_OVERLAP | INFO(1, 1, 0), pamt_on_pamt_of_other,
		    PAMT(1)),
	STATE_FAULT("not all in CMRs", TDX_TDMR_OUTSIDE_CMRS | INFO(1, 0, 0), outside_cmrs,
		    RESERVED(1)),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(sys.state, SYS_STATE_CONFIG_DONE);
	assert_int_equal(sys_key(GLOBAL_HKID)->state, HKID_RESERVED);
	assert_int_equal(page_tdmrs.count, 2);
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t size = PAMT_4K_SIZE + PAMT_2M_SIZE + PAMT_1G_SIZE;
		uint64_t base = tdmr(i)->pamt_4k_base;

		for (uint64_t pa = base; pa < base + size; pa += PAGE_SIZE)
			assert_false(cpu_host_can_access(hpa(pa)));
		leaf_changes_range(hpa(base), size);
		assert_true(cpu_host_can_access(hpa(base - PAGE_SIZE)));
		assert_true(cpu_host_can_access(hpa(base + size)));
	}
}

static const struct leaf_case config = {
	.leaf = TDH_SYS_CONFIG,
	.module_states = LEAF_EARLY,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* A later TDMR has a PAMT of an earlier one in it; it is the earlier one's fault. */
static void test_pamt_in_later_tdmr(void **state)
{
	struct leaf_call c = leaf_begin(&config);

	tdmr(0)->pamt_1g_base = HIGH_BASE;
	leaf_assert_refused(&c, TDX_PAMT_OVERLAP | INFO(0, 2, 1));
}

/* Adjacent CMRs count as one. */
static void test_adjacent_cmrs(void **state)
{
	struct leaf_call c = leaf_begin(&config);

	machine.cmrs[0].size = LOW_USABLE / 2;
	machine.cmrs[2] = machine.cmrs[1];
	machine.cmrs[1].base = LOW_BASE + LOW_USABLE / 2;
	machine.cmrs[1].size = LOW_SIZE - LOW_USABLE / 2;
	machine.cmr_count = 3;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(config),
		cmocka_unit_test(test_pamt_in_later_tdmr),
		cmocka_unit_test(test_adjacent_cmrs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
