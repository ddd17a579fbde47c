/* SPDX-License-Identifier: MIT */
/*
 * The life of a TD, from a module that nobody has called to memory that is all the VMM's again:
 * bring-up, build, run, change of memory while it runs, tear-down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/sha384.h"
#include "tests/lib/td_builder.h"

#define FIRMWARE     gpa(0xffffe000) /* two pages that are added */
#define SMALL	     gpa(0x3000)     /* a page that is augmented */
#define LARGE	     gpa(0x40000000) /* 2 MiB that are augmented */
#define TDVPS_EXTRA  (TDVPS_PAGES - 1)
#define VMCALL_MASK  0xfc00 /* R10 to R15 */
#define TDCALL_BYTES 4

/* What the guest does, one step for each time that it runs. */
struct step {
	enum cpu_exit_kind kind;
	uint64_t rax, rcx, r11, gpa;
};

static const struct step *script;

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	const struct step *s = script++;

	fake_vcpu(v)->is_64bit = true;
	exit->kind = s->kind;
	if (s->kind == CPU_EXIT_TDCALL) {
		exit->length = TDCALL_BYTES;
		v->gpr[TDX_RAX] = s->rax;
		v->gpr[TDX_RCX] = s->rcx;
		v->gpr[TDX_R10] = 0;
		v->gpr[TDX_R11] = s->r11;
	} else if (s->kind == CPU_EXIT_MEMORY) {
		exit->memory.gpa = gpa(s->gpa);
		exit->memory.write = true;
	} else if (s->kind == CPU_EXIT_INTERRUPT) {
		exit->vector = 0xec;
	}
}

/* clang-format off */
#define VMCALL(function)    { CPU_EXIT_TDCALL, TDG_VP_VMCALL, VMCALL_MASK, function, 0 }
#define ACCEPT(gpa_, level) { CPU_EXIT_TDCALL, TDG_MEM_PAGE_ACCEPT, (gpa_) | (level), 0, 0 }
/* clang-format on */

static struct tdx_module_args run(struct hpa tdvpr, const struct step *steps, uint64_t status)
{
	struct tdx_module_args args = { 0 };

	script = steps;
	fake_cpu_set_guest(play, NULL);
	assert_int_equal(tdh_vp_enter(tdvpr, &args), status);
	return args;
}

static void count(unsigned int tdr, unsigned int tdcx, unsigned int tdvpr, unsigned int ept,
		  unsigned int reg)
{
	assert_int_equal(machine_count_pages(TDX_PAGE_TDR), tdr);
	assert_int_equal(machine_count_pages(TDX_PAGE_TDCX), tdcx);
	assert_int_equal(machine_count_pages(TDX_PAGE_TDVPR), tdvpr);
	assert_int_equal(machine_count_pages(TDX_PAGE_EPT), ept);
	assert_int_equal(machine_count_pages(TDX_PAGE_REG), reg);
}

/* Adds and measures a page, and does the same in h. */
static void add_measured(struct test_td *td, struct gpa where, uint8_t fill, struct sha384 *h)
{
	uint8_t chunk[256];

	memset(chunk, fill, sizeof(chunk));
	test_td_add_page(td, where, fill);
	sha384_add_page(h, where.pa);
	for (uint64_t offset = 0; offset < PAGE_SIZE; offset += sizeof(chunk)) {
		struct tdx_sept_entry entry;

		assert_int_equal(tdh_mr_extend(td->tdr, gpa_add(where, offset), &entry),
				 TDX_SUCCESS);
		sha384_add_extend(h, where.pa + offset, chunk);
	}
}

static void build(struct test_td *td, uint8_t mrtd[48])
{
	struct sha384 *h = sha384_start();

	count(0, 0, 0, 0, 0);
	test_td_build(td, TD_READY);
	count(1, TDCX_PAGES, 0, 0, 0);
	test_td_add_vcpu(td);
	machine.lp = 1;
	test_td_add_vcpu(td);
	machine.lp = 0;
	count(1, TDCX_PAGES + 2 * TDVPS_EXTRA, 2, 0, 0);
	add_measured(td, FIRMWARE, 0x11, h);
	add_measured(td, gpa_add(FIRMWARE, PAGE_SIZE), 0x22, h);
	count(1, TDCX_PAGES + 2 * TDVPS_EXTRA, 2, 3, 2);
	sha384_end(h, mrtd);
	test_td_finalize(td);
}

/* The VMM learns of a missing page, gives it, and the guest accepts it. */
static void give_memory(struct test_td *td, struct hpa tdvpr)
{
	const struct step touch[] = { { .kind = CPU_EXIT_MEMORY, .gpa = SMALL.pa + 0x18 } };
	const struct step accept[] = { ACCEPT(SMALL.pa, 0), ACCEPT(LARGE.pa, 1),
				       ACCEPT(LARGE.pa, 0), VMCALL(TDVMCALL_HLT) };
	struct tdx_module_args exit = run(tdvpr, touch, TDX_EXIT_EPT_VIOLATION);
	struct vcpu *v = test_vcpu(td, 0);
	struct hpa small, large, found;

	assert_int_equal(exit.r8, SMALL.pa);
	small = test_td_aug_page(td, SMALL, TDX_LEVEL_4K);
	large = test_td_aug_page(td, LARGE, TDX_LEVEL_2M);
	assert_int_equal(test_td_sept_state(td, SMALL, TDX_LEVEL_4K), TDX_SEPT_PENDING);
	assert_false(fake_cpu_translate(&v->cpu, SMALL, &found));

	exit = run(tdvpr, accept, TDX_EXIT_TDCALL);
	assert_int_equal(exit.r11, TDVMCALL_HLT);
	assert_int_equal(module_counters.pages_accepted, 513);
	assert_true(fake_cpu_translate(&v->cpu, gpa_add(SMALL, 0x18), &found));
	assert_int_equal(found.pa, small.pa + 0x18);
	assert_int_equal(*(uint64_t *)phys_ptr(small), 0);
	assert_true(fake_cpu_translate(&v->cpu, gpa_add(LARGE, 0x123456), &found));
	assert_int_equal(found.pa, large.pa + 0x123456);
}

/* Takes the small page back. The guest runs on, as far as it has seen the change. */
static void take_memory(struct test_td *td, struct hpa tdvpr)
{
	const struct step interrupt[] = { { .kind = CPU_EXIT_INTERRUPT } };
	struct vcpu *v = test_vcpu(td, 0);
	struct tdx_sept_entry entry;
	struct hpa page, stale;

	assert_int_equal(tdh_mem_page_remove(td->tdr, SMALL, TDX_LEVEL_4K, &page),
			 tdx_operand(TDX_GPA_RANGE_NOT_BLOCKED, TDX_OPERAND_ID_RCX));
	assert_int_equal(tdh_mem_range_block(td->tdr, SMALL, TDX_LEVEL_4K, &entry), TDX_SUCCESS);
	assert_true(fake_cpu_translate(&v->cpu, SMALL, &stale)); /* from the TLB */
	assert_int_equal(tdh_mem_page_remove(td->tdr, SMALL, TDX_LEVEL_4K, &page),
			 tdx_operand(TDX_TLB_TRACKING_NOT_DONE, TDX_OPERAND_ID_RCX));
	assert_int_equal(tdh_mem_track(td->tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_page_remove(td->tdr, SMALL, TDX_LEVEL_4K, &page), TDX_SUCCESS);
	assert_int_equal(page.pa, stale.pa);
	assert_true(cpu_host_can_access(page));
	run(tdvpr, interrupt, TDX_EXIT_EXTERNAL_INTERRUPT);
	assert_false(fake_cpu_translate(&v->cpu, SMALL, &stale));
}

/* The large page becomes 512, of which the TD loses one. */
static void split_memory(struct test_td *td)
{
	struct tdx_sept_entry entry;
	struct hpa page;
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_mem_range_block(td->tdr, LARGE, TDX_LEVEL_2M, &entry), TDX_SUCCESS);
	assert_int_equal(entry.entry, 0); /* success says nothing about the entry */
	assert_int_equal(tdh_mem_track(td->tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_page_demote(td->tdr, LARGE, TDX_LEVEL_2M, machine_page(), &entry),
			 TDX_SUCCESS);
	assert_int_equal(test_td_sept_state(td, LARGE, TDX_LEVEL_2M), TDX_SEPT_NL_MAPPED);
	assert_int_equal(test_td_sept_state(td, gpa_add(LARGE, 511 * PAGE_SIZE), TDX_LEVEL_4K),
			 TDX_SEPT_MAPPED);
	assert_int_equal(tdh_mem_range_block(td->tdr, LARGE, TDX_LEVEL_4K, &entry), TDX_SUCCESS);
	assert_int_equal(tdh_mem_track(td->tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_page_remove(td->tdr, LARGE, TDX_LEVEL_4K, &page), TDX_SUCCESS);
	assert_int_equal(tdh_phymem_page_rdmd(hpa_add(page, PAGE_SIZE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_REG);
	assert_int_equal(metadata.level, TDX_LEVEL_4K);
	assert_int_equal(metadata.owner.pa, td->tdr.pa);
}

static void test_whole_life(void **state)
{
	const struct step die[] = { { .kind = CPU_EXIT_TRIPLE_FAULT } };
	uint8_t mrtd[48];
	struct test_td td;

	machine_bring_up();
	build(&td, mrtd);
	assert_memory_equal(test_tdcs(&td)->mrtd, mrtd, sizeof(mrtd));
	give_memory(&td, td.tdvpr[0]);
	count(1, TDCX_PAGES + 2 * TDVPS_EXTRA, 2, 6, 4);
	assert_int_equal(test_tdr(&td)->child_count, TDCX_PAGES + 2 * TDVPS_PAGES + 6 + 3 + 512);
	take_memory(&td, td.tdvpr[0]);
	count(1, TDCX_PAGES + 2 * TDVPS_EXTRA, 2, 6, 3);
	split_memory(&td);
	count(1, TDCX_PAGES + 2 * TDVPS_EXTRA, 2, 7, 2 + 511);

	run(td.tdvpr[0], die, TDX_NON_RECOVERABLE_VCPU | TDX_EXIT_TRIPLE_FAULT);
	run(td.tdvpr[0], die, TDX_VCPU_STATE_INCORRECT);
	test_td_tear_down(&td);
	count(0, 0, 0, 0, 0);
	machine_assert_all_returned();

	assert_int_equal(module_counters.td_ended, 1);
	assert_int_equal(module_counters.pages_added, 2);
	assert_int_equal(module_counters.pages_augmented, 513);
	assert_int_equal(module_counters.pages_removed, 2);
	assert_int_equal(module_counters.td_entries, 4);
	assert_memory_equal(module_counters.mrtd, mrtd, sizeof(mrtd));
}

/* A TD can be given up at every stage of its building. */
static void test_early_deaths(void **state)
{
	for (unsigned int stage = TD_CREATED; stage <= TD_FINAL; stage++) {
		struct test_td td;

		machine_ready();
		test_td_build(&td, (enum td_stage)stage);
		test_td_tear_down(&td);
		machine_assert_all_returned();
	}
}

/* Two TDs at once share nothing but the module. */
static void test_two_tds(void **state)
{
	struct test_td a, b;

	machine_ready();
	test_td_build(&a, TD_WITH_VCPU);
	test_td_add_page(&a, FIRMWARE, 0xaa);
	b = (struct test_td){ .hkid = TEST_HKID + 1, .tdr = machine_page_high() };
	assert_int_equal(tdh_mng_create(b.tdr, TEST_HKID), TDX_HKID_NOT_FREE);
	assert_int_equal(tdh_mng_create(b.tdr, b.hkid), TDX_SUCCESS);
	assert_memory_not_equal(test_tdr(&a)->uuid, test_tdr(&b)->uuid, 32);
	test_td_tear_down(&b);
	assert_int_equal(test_td_sept_state(&a, FIRMWARE, TDX_LEVEL_4K), TDX_SEPT_MAPPED);
	test_td_tear_down(&a);
	machine_assert_all_returned();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_life),
		cmocka_unit_test(test_early_deaths),
		cmocka_unit_test(test_two_tds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
