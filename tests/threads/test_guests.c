/* SPDX-License-Identifier: MIT */
/* VCPUs of one TD on logical processors of their own, and what they share: the run-time measurement
 * registers and the TLB epoch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/check.h"
#include "module/leaf.h"
#include "module/measure.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"
#include "tests/threads/crew.h"

#define VCPUS	2
#define EXTENDS 4000 /* of each VCPU, all in one entry */
#define ENTRIES 20000
#define TRACKS	60000

static struct test_td td;
static unsigned int arrived;

static const struct allowed on_enter = { "VP.ENTER",
					 { TDX_EXIT_EXTERNAL_INTERRUPT, BUSY(TD_EPOCH) } };
static const struct allowed on_track = { "MEM.TRACK",
					 { BUSY(TD_EPOCH), TDX_PREVIOUS_TLB_EPOCH_BUSY } };
static const struct allowed on_extend = { "TDG.MR.RTMR.EXTEND", { BUSY(RTMR) } };
static const struct allowed on_flush = { "VP.FLUSH", { 0 } };

static void build(unsigned int workers)
{
	arrived = 0;
	machine_bring_up_lps(workers + 1);
	test_td_build(&td, TD_READY);
	for (unsigned int i = 0; i < VCPUS; i++) {
		test_td_add_vcpu(&td);
		td_guest_cpu(&td, i)->is_64bit = true;
		assert_int_equal(tdh_vp_flush(td.tdvpr[i]), TDX_SUCCESS);
	}
	test_td_add_page(&td, gpa(0), 0x5c);
	test_td_finalize(&td);
}

static void take_down(void)
{
	for (unsigned int i = 0; i < VCPUS; i++) {
		uint64_t value;

		assert_int_equal(tdh_vp_rd(td.tdvpr[i], UINT64_C(0x9120000300000100), &value),
				 TDX_SUCCESS);
	}
	test_td_tear_down(&td);
	machine_assert_all_returned();
}

static void end_run(struct cpu_exit *exit)
{
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT, .vector = TD_GUEST_LAST_VECTOR };
}

static uint64_t enter(const struct worker *w, fake_guest *guest, void *context)
{
	struct tdx_module_args args = { 0 };

	fake_cpu_set_guest(guest, context);
	return crew_expect(&on_enter, tdh_vp_enter(td.tdvpr[w->lp - 1], &args));
}

static void leave(const struct worker *w)
{
	crew_expect(&on_flush, tdh_vp_flush(td.tdvpr[w->lp - 1]));
}

/* --- measurement --- */

struct extender {
	unsigned int left;
	bool began;
};

static void play_extends(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct extender *e = context;

	if (!e->began)
		crew_meet(&arrived, VCPUS);
	else if (!crew_is_busy(crew_expect(&on_extend, v->gpr[TDX_RAX])))
		e->left--;
	e->began = true;
	if (e->left == 0) {
		end_run(exit);
		return;
	}
	v->gpr[TDX_RAX] = TDG_MR_RTMR_EXTEND;
	v->gpr[TDX_RCX] = v->gpr[TDX_RDX] = 0;
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_TDCALL, .length = 4 };
}

static void extend(struct worker *w)
{
	struct extender e = { .left = EXTENDS };

	enter(w, play_extends, &e);
	leave(w);
}

/* The order of equal extensions does not matter, their number does. */
static void test_no_extension_is_lost(void **state)
{
	struct worker workers[VCPUS] = { { .work = extend }, { .work = extend } };
	struct tdcs expected = { 0 };
	uint8_t digest[TDX_MR_SIZE];

	build(VCPUS);
	crew_run(workers, VCPUS);
	memset(digest, 0x5c, sizeof(digest));
	for (unsigned int i = 0; i < VCPUS * EXTENDS; i++)
		measure_rtmr_extend(&expected, 0, digest);
	assert_memory_equal(test_tdcs(&td)->rtmr, expected.rtmr, sizeof(expected.rtmr));
	take_down();
}

/* --- epochs --- */

/* While a VCPU is inside, the TD's epoch goes on by one at most: its TLB may be that old. */
static void play_epoch(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	const struct vcpu *vcpu = context;
	uint64_t epoch = __atomic_load_n(&test_tdcs(&td)->epoch, __ATOMIC_ACQUIRE);

	CHECK(epoch - vcpu->epoch <= 1);
	end_run(exit);
}

static void enter_often(struct worker *w)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		enter(w, play_epoch, test_vcpu(&td, w->lp - 1));
	leave(w);
}

static void track_often(struct worker *w)
{
	for (unsigned int i = 0; i < TRACKS; i++)
		crew_expect(&on_track, tdh_mem_track(td.tdr));
}

static void test_epochs_wait_for_vcpus(void **state)
{
	struct worker workers[VCPUS + 1] = { { .work = enter_often },
					     { .work = enter_often },
					     { .work = track_often } };

	build(VCPUS + 1);
	crew_run(workers, VCPUS + 1);
	assert_int_equal(test_tdcs(&td)->epoch_refcount[0] | test_tdcs(&td)->epoch_refcount[1], 0);
	take_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_extension_is_lost),
		cmocka_unit_test(test_epochs_wait_for_vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
