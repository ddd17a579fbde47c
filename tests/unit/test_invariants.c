/* SPDX-License-Identifier: MIT */
/* The checker of invariants notices what it is there to notice: each test breaks one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "module/sept.h"
#include "tests/lib/invariants.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_builder.h"
#include "tests/lib/td_guest.h"

#define GPA 0x5000

static struct test_td td;
static struct hpa page;
static struct inventory inventory;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_WITH_VCPU);
	page = test_td_add_page(&td, gpa(GPA), 0);
	test_td_finalize(&td);
	assert_invariants();
	return 0;
}

static void assert_broken(const char *part)
{
	const struct invariants_running nobody = { NULL, 0 };
	const char *what = invariants_check(&nobody, &inventory);

	assert_non_null(what);
	if (!strstr(what, part))
		fail_msg("%s", what);
}

static struct sept_slot slot_of(uint64_t where)
{
	struct sept_slot slot;

	(void)sept_walk(test_tdr(&td), gpa(where), TDX_LEVEL_4K, &slot);
	return slot;
}

static void test_inventory(void **state)
{
	const struct invariants_running nobody = { NULL, 0 };
	/* TDR, TDCX, TDVPR and its pages, three tables, one page */
	size_t expected = 1 + TDCX_PAGES + TDVPS_PAGES + 3 + 1;

	assert_null(invariants_check(&nobody, &inventory));
	assert_int_equal(inventory.pages_count, expected);
	assert_int_equal(inventory.td_count, 1);
	assert_int_equal(inventory.vcpu_count, 1);
	assert_int_equal(inventory.pages[inventory.td[0]].pa.pa, td.tdr.pa);
	assert_int_equal(inventory.pages[inventory.vcpu[0]].pa.pa, td.tdvpr[0].pa);
}

static void test_visible(void **state)
{
	cpu_host_show(page, TDX_LEVEL_4K);
	assert_broken("is visible");
}

static void test_hidden(void **state)
{
	cpu_host_hide(machine_page(), TDX_LEVEL_4K);
	assert_broken("is NDA and hidden");
}

static void test_two_entries(void **state)
{
	sept_set(slot_of(GPA + PAGE_SIZE), SEPT_STATE_MAPPED, page);
	assert_broken("twice");
}

static void test_no_entry(void **state)
{
	sept_set(slot_of(GPA), SEPT_STATE_FREE, hpa(0));
	assert_broken("names its page");
}

static void test_entry_of_a_free_page(void **state)
{
	sept_set(slot_of(GPA + PAGE_SIZE), SEPT_STATE_MAPPED, machine_page());
	assert_broken("as a page of type");
}

static void test_owner(void **state)
{
	page_entry(page, TDX_LEVEL_4K)->owner++;
	assert_broken("no TDR");
}

static void test_type(void **state)
{
	page_entry(page, TDX_LEVEL_4K)->type = TDX_PAGE_EPT;
	assert_broken("as a page of type");
}

static void test_block_count(void **state)
{
	page_entry(page, TDX_LEVEL_2M)->bepoch++;
	assert_broken("counts");
}

static void test_child_count(void **state)
{
	test_tdr(&td)->child_count--;
	assert_broken("counts");
}

static void test_vcpu_counts(void **state)
{
	test_tdcs(&td)->associated_count--;
	assert_broken("VCPUs");
	test_tdcs(&td)->associated_count++;
	test_tdcs(&td)->epoch_refcount[1]++;
	assert_broken("epochs");
}

static void test_key(void **state)
{
	sys_key(td.hkid)->state = HKID_FREE;
	assert_broken("HKID");
}

static void test_key_of_nobody(void **state)
{
	sys_key((uint16_t)(td.hkid + 1))->state = HKID_ASSIGNED;
	assert_broken("HKIDs");
}

static void test_locks(void **state)
{
	uint16_t *locks[] = { &page_entry(page, TDX_LEVEL_4K)->lock,
			      &page_entry(page, TDX_LEVEL_2M)->lock,
			      &page_entry(td.tdr, TDX_LEVEL_4K)->lock,
			      &page_entry(td.tdvpr[0], TDX_LEVEL_4K)->lock,
			      &page_entry(machine_page(), TDX_LEVEL_4K)->lock,
			      &test_tdcs(&td)->op_state_lock,
			      &test_tdcs(&td)->sept_lock,
			      &test_tdcs(&td)->epoch_lock,
			      &test_tdcs(&td)->rtmr_lock,
			      &sys.lock,
			      &sys.kot_lock,
			      &page_tdmrs.tdmr[1].init_lock };

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
		++*locks[i];
		assert_broken("lock");
		--*locks[i];
		assert_invariants();
	}
}

static void load_tlb(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct hpa pa;

	assert_true(fake_cpu_translate(v, gpa(GPA), &pa));
	exit->kind = CPU_EXIT_INTERRUPT;
}

/* A page that is gone for the secure EPT, and not for a TLB. */
static void test_tlb(void **state)
{
	struct tdx_module_args args = { 0 };
	struct page_locked locked;

	fake_cpu_set_guest(load_tlb, NULL);
	tdh_vp_enter(td.tdvpr[0], &args);
	assert_invariants();
	sept_set(slot_of(GPA), SEPT_STATE_FREE, hpa(0));
	assert_int_equal(
		page_lock(page, TDX_LEVEL_4K, TDX_PAGE_REG, PAGE_LOCK_EXCLUSIVE, 0, &locked),
		TDX_SUCCESS);
	page_free_now(&locked);
	page_unlock(&locked);
	td_child_removed(test_tdr(&td), TDX_LEVEL_4K);
	assert_broken("can reach");
	cpu_vcpu_flush_tlb(&test_vcpu(&td, 0)->cpu);
	assert_invariants();
}

static void test_running(void **state)
{
	const struct invariants_running one = { td.tdvpr, 1 };

	assert_non_null(invariants_check(&one, &inventory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_inventory, setup),
		cmocka_unit_test_setup(test_visible, setup),
		cmocka_unit_test_setup(test_hidden, setup),
		cmocka_unit_test_setup(test_two_entries, setup),
		cmocka_unit_test_setup(test_no_entry, setup),
		cmocka_unit_test_setup(test_entry_of_a_free_page, setup),
		cmocka_unit_test_setup(test_owner, setup),
		cmocka_unit_test_setup(test_type, setup),
		cmocka_unit_test_setup(test_block_count, setup),
		cmocka_unit_test_setup(test_child_count, setup),
		cmocka_unit_test_setup(test_vcpu_counts, setup),
		cmocka_unit_test_setup(test_key, setup),
		cmocka_unit_test_setup(test_key_of_nobody, setup),
		cmocka_unit_test_setup(test_locks, setup),
		cmocka_unit_test_setup(test_tlb, setup),
		cmocka_unit_test_setup(test_running, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
