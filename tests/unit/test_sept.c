/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

static int setup(void **state)
{
	machine_ready();
	fake_cpu_set_gpa_width(48);
	return 0;
}

static void test_states_survive_the_encoding(void **state)
{
	for (unsigned int s = 0; s < SEPT_STATE_COUNT; s++) {
		for (unsigned int level = 0; level <= TDX_LEVEL_256T; level++) {
			uint64_t entry =
				cpu_sept_encode((enum sept_state)s, hpa(0x3ffffffe000), level);

			assert_int_not_equal(entry, 0);
			assert_int_equal(cpu_sept_state(entry), s);
			assert_int_equal(cpu_sept_pa(entry).pa, 0x3ffffffe000);
		}
	}
}

static void test_walk_stops_where_the_tree_ends(void **state)
{
	struct sept_slot slot;
	struct test_td td;

	test_td_build(&td, TD_READY);
	for (unsigned int level = TDX_LEVEL_512G; level > TDX_LEVEL_4K; level--) {
		assert_false(sept_walk(test_tdr(&td), gpa(0x12345000), TDX_LEVEL_4K, &slot));
		assert_int_equal(slot.level, level);
		assert_true(sept_walk(test_tdr(&td), gpa(0x12345000), level, &slot));
		assert_int_equal(sept_state(slot), SEPT_STATE_FREE);
		test_td_add_sept(&td, gpa(0x12345000), level - 1);
	}
	assert_true(sept_walk(test_tdr(&td), gpa(0x12345000), TDX_LEVEL_4K, &slot));
	/* the neighbour shares the tables, the far end of memory nothing but the root */
	assert_true(sept_walk(test_tdr(&td), gpa(0x12346000), TDX_LEVEL_4K, &slot));
	assert_false(sept_walk(test_tdr(&td), gpa(bit(47) - PAGE_SIZE), TDX_LEVEL_4K, &slot));
	assert_int_equal(slot.level, TDX_LEVEL_512G);
}

static void test_five_levels(void **state)
{
	struct tdx_td_params params = test_td_params();
	struct sept_slot slot;
	struct test_td td;

	fake_cpu_set_gpa_width(52);
	params.eptp_controls = TDX_EPTP_WB | TDX_EPTP_5_LEVELS;
	params.config_flags |= TDX_CONFIG_GPAW_52;
	test_td_build_with(&td, &params, TD_READY);
	assert_int_equal(td_shared_bit(test_tdcs(&td)), bit(51));
	test_td_add_page(&td, gpa(bit(50) | 0x1000), 1);
	assert_true(sept_walk(test_tdr(&td), gpa(bit(50) | 0x1000), TDX_LEVEL_4K, &slot));
	assert_int_equal(sept_state(slot), SEPT_STATE_MAPPED);
}

static void test_set_reads_back(void **state)
{
	uint64_t entries[2] = { cpu_sept_encode(SEPT_STATE_FREE, hpa(0), 0), 0 };
	struct sept_slot slot = { &entries[0], TDX_LEVEL_2M };

	sept_set(slot, SEPT_STATE_PENDING, hpa(0x40200000));
	assert_int_equal(sept_state(slot), SEPT_STATE_PENDING);
	assert_int_equal(sept_pa(slot).pa, 0x40200000);
	assert_int_equal(entries[1], 0);
}

static void test_page_of_entries(void **state)
{
	struct hpa page = machine_page();
	uint64_t *entries = phys_ptr(page);

	sept_init_page(page);
	assert_true(sept_page_is_free(page));
	entries[511] = cpu_sept_encode(SEPT_STATE_PENDING, hpa(0x1000), TDX_LEVEL_4K);
	assert_false(sept_page_is_free(page));
}

/* TDX Module ABI, "Secure EPT Entry Information". */
static void test_architectural_form(void **state)
{
	static const struct {
		enum sept_state state;
		uint64_t entry, public_state;
	} cases[] = {
		{ SEPT_STATE_FREE, UINT64_C(0x8000000000000000), 0 },
		{ SEPT_STATE_NL_MAPPED, 7, 0x84 },
		{ SEPT_STATE_NL_BLOCKED, 0, 0x81 },
		{ SEPT_STATE_MAPPED, UINT64_C(0x80000000402000f7), 4 },
		{ SEPT_STATE_BLOCKED, UINT64_C(0x80000000402000f0), 1 },
		{ SEPT_STATE_PENDING, UINT64_C(0x80000000402000f0), 2 },
		{ SEPT_STATE_PENDING_BLOCKED, UINT64_C(0x80000000402000f0), 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t entry;
		struct sept_slot slot = { &entry, TDX_LEVEL_2M };

		sept_set(slot, cases[i].state, hpa(0x40200000));
		assert_int_equal(sept_arch_entry(slot), cases[i].entry);
		assert_int_equal(sept_arch_info(slot), 1 | cases[i].public_state << 8);
	}
}

static void assert_operand(const struct tdcs *tdcs, uint64_t rcx, unsigned int min,
			   unsigned int max, bool valid)
{
	struct gpa where = { 0 };
	unsigned int level = 9;

	assert_int_equal(sept_operand(tdcs, rcx, min, max, &where, &level),
			 valid ? TDX_SUCCESS : INVALID(RCX));
	if (valid) {
		assert_int_equal(level, rcx & 7);
		assert_int_equal(where.pa, rcx & ~UINT64_C(7));
	}
}

static void test_operand(void **state)
{
	const struct tdcs tdcs = { .gpaw = 48, .sept_levels = 4 };

	assert_operand(&tdcs, 0x1000, 0, 4, true);
	assert_operand(&tdcs, 0x200001, 0, 4, true);
	assert_operand(&tdcs, bit(47) - PAGE_SIZE, 0, 4, true);
	assert_operand(&tdcs, 0x1000, 1, 4, false);   /* level below min */
	assert_operand(&tdcs, 0x200001, 0, 0, false); /* above max */
	assert_operand(&tdcs, 4, 0, 4, false);	      /* above the root's */
	assert_operand(&tdcs, 0x1001, 0, 4, false);   /* not aligned to the level */
	assert_operand(&tdcs, 0x1008, 0, 4, false);   /* reserved bits */
	assert_operand(&tdcs, 0x1800, 0, 4, false);
	assert_operand(&tdcs, bit(52) | 0x1000, 0, 4, false);
	assert_operand(&tdcs, bit(47) | 0x1000, 0, 4, false); /* shared */
	assert_operand(&tdcs, bit(48) | 0x1000, 0, 4, false); /* wider than the GPA */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_survive_the_encoding),
		cmocka_unit_test_setup(test_walk_stops_where_the_tree_ends, setup),
		cmocka_unit_test_setup(test_five_levels, setup),
		cmocka_unit_test(test_set_reads_back),
		cmocka_unit_test_setup(test_page_of_entries, setup),
		cmocka_unit_test(test_architectural_form),
		cmocka_unit_test(test_operand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
