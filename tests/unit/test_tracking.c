/* SPDX-License-Identifier: MIT */
/*
 * TLB tracking with VCPUs inside the TD: what they have seen they may still see until they leave,
 * and nothing goes away before. TDX Module ABI, "TLB Tracking". The fake CPU keeps translations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define AT	    UINT64_C(0x8040003000) /* something at each level above it is its own */
#define NOT_TRACKED (TDX_TLB_TRACKING_NOT_DONE | TDX_OPERAND_ID_RCX)

static struct test_td td;
static struct hpa page;

static void build(const struct tdx_td_params *params)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = AT };

	test_td_build_with(&td, params, TD_WITH_VCPU);
	machine.lp = 1;
	test_td_add_vcpu(&td);
	machine.lp = 0;
	test_td_finalize(&td);
	page = test_td_aug_page(&td, gpa(AT), TDX_LEVEL_4K);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
}

static int setup(void **state)
{
	struct tdx_td_params params = test_td_params();

	machine_ready();
	build(&params);
	return 0;
}

static int setup_five_levels(void **state)
{
	struct tdx_td_params params = test_td_params();

	machine_ready();
	fake_cpu_set_gpa_width(52);
	params.config_flags |= TDX_CONFIG_GPAW_52;
	params.eptp_controls = TDX_EPTP_WB | TDX_EPTP_5_LEVELS;
	build(&params);
	return 0;
}

static unsigned int top(void)
{
	return test_tdcs(&td)->sept_levels - 1u;
}

static struct gpa range(unsigned int level)
{
	return gpa(align_down(AT, level_size(level)));
}

static uint64_t block(unsigned int level)
{
	struct tdx_sept_entry entry;

	return tdh_mem_range_block(td.tdr, range(level), level, &entry);
}

static uint64_t unblock(unsigned int level)
{
	struct tdx_sept_entry entry;

	return tdh_mem_range_unblock(td.tdr, range(level), level, &entry);
}

static uint64_t take(void)
{
	struct hpa removed;

	return tdh_mem_page_remove(td.tdr, gpa(AT), TDX_LEVEL_4K, &removed);
}

static bool sees(unsigned int vcpu)
{
	struct hpa pa;

	return fake_cpu_translate(&test_vcpu(&td, vcpu)->cpu, gpa(AT), &pa);
}

struct step {
	void (*run)(void);
};

/* One VCPU runs, and while it is inside the VMM does something on the other logical processor. */
static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	const struct step *meanwhile = context;

	exit->kind = CPU_EXIT_INTERRUPT;
	machine.lp = !machine.lp;
	meanwhile->run();
	machine.lp = !machine.lp;
}

static void enter(unsigned int vcpu, void (*run)(void))
{
	struct tdx_module_args args = { 0 };
	struct step meanwhile = { run };
	unsigned int lp = machine.lp;

	machine.lp = td.vcpu_lp[vcpu];
	fake_cpu_set_guest(play, &meanwhile);
	assert_int_equal(tdh_vp_enter(td.tdvpr[vcpu], &args), TDX_EXIT_EXTERNAL_INTERRUPT);
	machine.lp = lp;
}

static void nothing(void)
{
}

static void assert_gone(void)
{
	assert_false(sees(0));
}

static void take_under_a_vcpu(void)
{
	assert_true(sees(0));
	assert_int_equal(block(TDX_LEVEL_4K), TDX_SUCCESS);
	assert_true(sees(0)); /* its TLB knows nothing of it */
	assert_int_equal(take(), NOT_TRACKED);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(take(), NOT_TRACKED);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_PREVIOUS_TLB_EPOCH_BUSY);
	assert_true(sees(0));
}

static void test_a_vcpu_inside(void **state)
{
	enter(0, take_under_a_vcpu);
	assert_int_equal(take(), TDX_SUCCESS);
	enter(0, assert_gone);
}

/* A VCPU that has come in later does not count: it cannot have seen the page. */
static void take_it(void)
{
	assert_false(sees(1));
	assert_int_equal(take(), TDX_SUCCESS);
}

static void test_a_vcpu_that_came_later(void **state)
{
	enter(0, nothing);
	assert_int_equal(block(TDX_LEVEL_4K), TDX_SUCCESS);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	machine.lp = 1;
	enter(1, take_it);
}

/* Nor, two epochs later, do those of the epoch with the same parity. */
static void track_and_take(void)
{
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&td)->epoch_refcount[0], 1);
	assert_int_equal(take(), TDX_SUCCESS);
}

static void test_two_epochs_later(void **state)
{
	struct tdx_page_metadata metadata;

	assert_int_equal(block(TDX_LEVEL_4K), TDX_SUCCESS);
	assert_int_equal(tdh_phymem_page_rdmd(page, &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.bepoch, 1);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	enter(0, track_and_take);
}

/* While VP.ENTER counts itself in, TRACK must not move. */
static void test_the_epoch_is_locked(void **state)
{
	struct tdcs *tdcs = test_tdcs(&td);

	tdcs->epoch_lock = 0x8000;
	assert_refused(BUSY(TD_EPOCH), TDH_VP_ENTER, td.tdvpr[0].pa, 0, 0, 0);
	tdcs->epoch_lock = 0;
	enter(0, nothing);
	assert_int_equal(tdcs->epoch_refcount[0] | tdcs->epoch_refcount[1], 0);
}

static void assert_seen(void)
{
	assert_true(sees(0));
}

/* What lies below a blocked entry is out of reach as if it were blocked itself. */
static void test_every_level(void **state)
{
	for (unsigned int level = TDX_LEVEL_4K; level <= top(); level++) {
		enum tdx_sept_public_state open = level ? TDX_SEPT_NL_MAPPED : TDX_SEPT_MAPPED;
		enum tdx_sept_public_state blocked = level ? TDX_SEPT_NL_BLOCKED : TDX_SEPT_BLOCKED;

		enter(0, assert_seen);
		assert_int_equal(block(level), TDX_SUCCESS);
		assert_int_equal(test_td_sept_state(&td, range(level), level), blocked);
		assert_int_equal(block(level), TDX_GPA_RANGE_ALREADY_BLOCKED | TDX_OPERAND_ID_RCX);
		assert_int_equal(unblock(level),
				 TDX_TLB_TRACKING_NOT_DONE | TDX_OPERAND_ID_SEPT_TREE);
		assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
		enter(0, assert_gone);
		assert_int_equal(unblock(level), TDX_SUCCESS);
		assert_int_equal(test_td_sept_state(&td, range(level), level), open);
	}
	enter(0, assert_seen);
}

static void remove_table(unsigned int level)
{
	struct hpa table;

	assert_int_equal(block(level), TDX_SUCCESS);
	assert_int_equal(tdh_mem_sept_remove(td.tdr, range(level), level, &table), NOT_TRACKED);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_sept_remove(td.tdr, range(level), level, &table), TDX_SUCCESS);
	assert_true(cpu_host_can_access(table));
	assert_int_equal(test_td_sept_state(&td, range(level), level), TDX_SEPT_FREE);
}

/* From the page up to the root, which stays. */
static void test_remove_all(void **state)
{
	assert_int_equal(block(TDX_LEVEL_4K), TDX_SUCCESS);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(take(), TDX_SUCCESS);
	for (unsigned int level = TDX_LEVEL_2M; level <= top(); level++)
		remove_table(level);
	assert_int_equal(machine_count_pages(TDX_PAGE_EPT), 0);
	enter(0, assert_gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_vcpu_inside, setup),
		cmocka_unit_test_setup(test_a_vcpu_that_came_later, setup),
		cmocka_unit_test_setup(test_two_epochs_later, setup),
		cmocka_unit_test_setup(test_the_epoch_is_locked, setup),
		cmocka_unit_test_setup(test_every_level, setup),
		cmocka_unit_test_setup(test_remove_all, setup),
		{ "test_every_level, five of them", test_every_level, setup_five_levels, NULL,
		  NULL },
		{ "test_remove_all, five levels", test_remove_all, setup_five_levels, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
