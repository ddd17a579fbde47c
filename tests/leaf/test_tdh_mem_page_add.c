/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define WHERE	 UINT64_C(0x3000)
#define OCCUPIED (WHERE + PAGE_SIZE)
#define NO_TABLE UINT64_C(0x200000)

static struct hpa source, page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_add_page(&leaf_td, gpa(OCCUPIED), 1);
	page = machine_page();
	source = machine_vmm_page();
	memset(phys_ptr(source), 0x42, PAGE_SIZE);
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
	c->r[TDX_R9] = source.pa;
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 1", INVALID(RCX), RCX, 1),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("entry in use", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, OCCUPIED),
	OR_FAULT("R9: not a page", INVALID(R9), R9, 8),
	OR_FAULT("R9: private key id", INVALID(R9), R9, UINT64_C(32) << PLATFORM_HKID_SHIFT),
	OR_FAULT("R9: above MAXPA", INVALID(R9), R9, BIT(PLATFORM_MAXPA)),
	FREE_PAGE_FAULTS(R8),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	assert_memory_equal(phys_ptr(page), phys_ptr(source), PAGE_SIZE);
	leaf_assert_page(page, TDX_PAGE_REG, TDX_LEVEL_4K);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), TDX_LEVEL_4K), TDX_SEPT_MAPPED);
	/* TDCS, SEPT, page, and one more before */
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 3 + 2);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]); /* MRTD */
	leaf_changes(leaf_table(gpa(WHERE), TDX_LEVEL_4K));
}

static const struct leaf_case page_add = {
	.leaf = TDH_MEM_PAGE_ADD,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.td_exclusive = true,
	.op_states = BIT(TD_OP_INITIALIZED),
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* In place, and from memory that is not the VMM's. */
static void test_sources(void **state)
{
	struct leaf_call c = leaf_begin(&page_add);

	c.r[TDX_R9] = page.pa;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(*(const uint8_t *)phys_ptr(page), 0xee);
	c = leaf_begin(&page_add);
	c.r[TDX_R9] = leaf_td.tdr.pa;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(*(const uint64_t *)phys_ptr(page), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(page_add),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
