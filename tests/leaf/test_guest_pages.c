/* SPDX-License-Identifier: MIT */
/* What TDCALLs on pages do when the VMM is at the entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define SMALL UINT64_C(0x3000)

static struct test_td td;
static uint64_t regs[TDX_GPR_COUNT]; /* the guest's after the last TDCALL */

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	return 0;
}

static uint64_t tdcall(uint64_t leaf, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	memset(regs, 0, sizeof(regs));
	regs[TDX_RCX] = rcx;
	regs[TDX_RDX] = rdx;
	regs[TDX_R8] = r8;
	return td_guest_tdcall(&td, 0, leaf, regs);
}

static void accept_page(uint64_t rcx)
{
	assert_int_equal(tdcall(TDG_MEM_PAGE_ACCEPT, rcx, 0, 0), TDX_SUCCESS);
}

static struct sept_slot entry_at(uint64_t at)
{
	struct sept_slot slot;

	assert_true(sept_walk(test_tdr(&td), gpa(at), TDX_LEVEL_4K, &slot));
	return slot;
}

static const unsigned int leaves[] = { TDG_MEM_PAGE_ACCEPT, TDG_MEM_PAGE_ATTR_RD,
				       TDG_MEM_PAGE_ATTR_WR };

static void test_locked_entry(void **state)
{
	struct sept_slot slot;

	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	slot = entry_at(SMALL);
	assert_true(sept_lock_host(slot));
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		assert_int_equal(tdcall(leaves[i], SMALL, 0, 0), BUSY(RCX));
	sept_unlock(slot);
	accept_page(SMALL);
}

/* The VMM has found the entry locked: it comes first now. */
static void claim(struct sept_slot slot)
{
	assert_true(sept_lock_host(slot));
	assert_false(sept_lock_host(slot));
	sept_unlock(slot);
}

static void test_the_vmm_comes_first(void **state)
{
	struct tdx_sept_entry entry;

	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	claim(entry_at(SMALL));
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		assert_int_equal(tdcall(leaves[i], SMALL, 0, 0), BUSY(RCX));
	assert_int_equal(tdh_mem_sept_rd(td.tdr, gpa(SMALL), TDX_LEVEL_4K, &entry), TDX_SUCCESS);
	accept_page(SMALL);
}

/* Guests do not wait for ever: after HP_LOCK_TIMEOUT the VMM hears of it, and can give a hint. */
static void wait_for_timeout(void)
{
	const uint64_t in[TDX_GPR_COUNT] = { [TDX_RCX] = SMALL };
	struct fake_vcpu *cpu = td_guest_cpu(&td, 0);
	struct tdx_module_args out;
	uint64_t rip;

	assert_int_equal(tdcall(TDG_MEM_PAGE_ACCEPT, SMALL, 0, 0), BUSY(RCX));
	machine.tsc += test_tdcs(&td)->hp_lock_timeout * 100 * 25;
	rip = cpu->rip;
	assert_int_equal(td_guest_tdcall_exit(&td, 0, TDG_MEM_PAGE_ACCEPT, in, &out),
			 TDX_HOST_PRIORITY_BUSY_TIMEOUT);
	assert_int_equal(out.rcx | out.rdx | out.r8 | out.r9, 0);
	assert_int_equal(cpu->rip, rip + 4);
	assert_int_equal(test_vcpu(&td, 0)->cpu.gpr[TDX_RAX], BUSY(RCX));
}

static void interrupted(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	exit->kind = CPU_EXIT_INTERRUPT;
}

/* The guest's RAX when it goes on. */
static uint64_t resume(uint64_t flags)
{
	struct tdx_module_args args = { 0 };

	fake_cpu_set_guest(interrupted, NULL);
	assert_int_equal(tdh_vp_enter_flags(td.tdvpr[0], flags, &args),
			 TDX_EXIT_EXTERNAL_INTERRUPT);
	return test_vcpu(&td, 0)->cpu.gpr[TDX_RAX];
}

static void test_timeout(void **state)
{
	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	claim(entry_at(SMALL));
	wait_for_timeout();
	assert_int_equal(resume(0), BUSY(RCX));
	/* it begins anew */
	assert_int_equal(tdcall(TDG_MEM_PAGE_ACCEPT, SMALL, 0, 0), BUSY(RCX));
}

static void test_a_success_ends_the_wait(void **state)
{
	struct tdx_sept_entry entry;

	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	claim(entry_at(SMALL));
	assert_int_equal(tdcall(TDG_MEM_PAGE_ATTR_RD, SMALL, 0, 0), BUSY(RCX));
	assert_int_equal(tdh_mem_sept_rd(td.tdr, gpa(SMALL), TDX_LEVEL_4K, &entry), TDX_SUCCESS);
	accept_page(SMALL);
	claim(entry_at(SMALL));
	machine.tsc += test_tdcs(&td)->hp_lock_timeout * 100 * 25;
	assert_int_equal(tdcall(TDG_MEM_PAGE_ATTR_RD, SMALL, 0, 0), BUSY(RCX));
}

static void test_hint(void **state)
{
	uint64_t hint = bit(52);

	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	assert_refused(INVALID(RCX), TDH_VP_ENTER, td.tdvpr[0].pa | hint, 0, 0, 0);
	claim(entry_at(SMALL));
	wait_for_timeout();
	assert_int_equal(resume(hint), BUSY(RCX) | bit(60));
	assert_refused(INVALID(RCX), TDH_VP_ENTER, td.tdvpr[0].pa | hint, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_locked_entry, setup),
		cmocka_unit_test_setup(test_the_vmm_comes_first, setup),
		cmocka_unit_test_setup(test_timeout, setup),
		cmocka_unit_test_setup(test_a_success_ends_the_wait, setup),
		cmocka_unit_test_setup(test_hint, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
