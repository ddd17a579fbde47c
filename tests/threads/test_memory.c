/* SPDX-License-Identifier: MIT */
/*
 * One running TD, used by five logical processors at once: two change its memory with all that
 * TDH.MEM has, on the same GPAs with the same pages; two run its VCPUs, which accept, touch and
 * measure memory; one reads whatever the module tells. Afterwards every page is accounted for, and
 * comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/leaf.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"
#include "tests/threads/crew.h"

#define VMM_STEPS    15000
#define ENTRIES	     8000 /* of each thread that runs VCPUs */
#define EXITS	     12	  /* of an entry */
#define READER_STEPS 30000

#define VCPUS		  3
#define SMALL_PAGES	  16	  /* GPAs from 0 on, and pages for them and for tables */
#define LARGE		  SIZE_2M /* GPA of a large page, or of a table of small ones */
#define DATA		  SIZE_1G /* GPA of a page for each VCPU that nobody takes away */
#define DATA_REPORT	  0	  /* what it has where: a report, its data, a digest */
#define DATA_INPUT	  0x800
#define DATA_DIGEST	  0xc00
#define ENTRIES_PER_TABLE 512
#define TDCALL_LENGTH	  4

static struct test_td td;
static struct hpa pages[SMALL_PAGES], block;

/* Another call holds the tree, the entry, or the page that the entry maps. */
#define BUSY_ENTRY	BUSY(SEPT_TREE), BUSY(RCX)
#define NO_ENTRY	(TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX)
#define WRONG_STATE	(TDX_EPT_ENTRY_STATE_INCORRECT | TDX_OPERAND_ID_RCX)
#define NOT_BLOCKED	(TDX_GPA_RANGE_NOT_BLOCKED | TDX_OPERAND_ID_RCX)
#define NOT_TRACKED	(TDX_TLB_TRACKING_NOT_DONE | TDX_OPERAND_ID_RCX)
#define PAGE_IN_USE(r)	BUSY(r), WRONG_PAGE(r)
#define ALREADY_BLOCKED (TDX_GPA_RANGE_ALREADY_BLOCKED | TDX_OPERAND_ID_RCX)

static const struct allowed on_aug = { "PAGE.AUG",
				       { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, PAGE_IN_USE(R8) } };
static const struct allowed on_block = { "RANGE.BLOCK",
					 { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, ALREADY_BLOCKED } };
static const struct allowed on_unblock = {
	"RANGE.UNBLOCK",
	{ BUSY_ENTRY, NO_ENTRY, WRONG_STATE, TDX_TLB_TRACKING_NOT_DONE | TDX_OPERAND_ID_SEPT_TREE }
};
static const struct allowed on_track = { "MEM.TRACK",
					 { BUSY(TD_EPOCH), TDX_PREVIOUS_TLB_EPOCH_BUSY } };
static const struct allowed on_remove = {
	"PAGE.REMOVE", { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, NOT_BLOCKED, NOT_TRACKED }
};
static const struct allowed on_demote = { "PAGE.DEMOTE",
					  { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, NOT_BLOCKED,
					    NOT_TRACKED, PAGE_IN_USE(R8) } };
static const struct allowed on_promote = {
	"PAGE.PROMOTE",
	{ BUSY_ENTRY, NO_ENTRY, WRONG_STATE, NOT_BLOCKED, NOT_TRACKED,
	  TDX_EPT_INVALID_PROMOTE_CONDITIONS | TDX_OPERAND_ID_RCX }
};
static const struct allowed on_relocate = { "PAGE.RELOCATE",
					    { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, NOT_BLOCKED,
					      NOT_TRACKED, PAGE_IN_USE(R8), INVALID(R8) } };
static const struct allowed on_sept_add = {
	"SEPT.ADD", { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, PAGE_IN_USE(R8) }
};
static const struct allowed on_sept_remove = { "SEPT.REMOVE",
					       { BUSY_ENTRY, NO_ENTRY, WRONG_STATE, NOT_BLOCKED,
						 NOT_TRACKED,
						 TDX_EPT_PAGE_NOT_FREE | TDX_OPERAND_ID_RCX } };
static const struct allowed on_sept_rd = { "SEPT.RD", { BUSY_ENTRY, NO_ENTRY } };
static const struct allowed on_enter = { "VP.ENTER",
					 { TDX_EXIT_EXTERNAL_INTERRUPT, TDX_EXIT_EPT_VIOLATION,
					   TDX_VCPU_ASSOCIATED, TDX_VCPU_STATE_INCORRECT, BUSY(RCX),
					   BUSY(TD_EPOCH) } };
static const struct allowed on_flush = { "VP.FLUSH", { BUSY(RCX), TDX_VCPU_NOT_ASSOCIATED } };
static const struct allowed on_vp_rd = {
	"VP.RD", { BUSY(RCX), TDX_VCPU_ASSOCIATED, TDX_VCPU_STATE_INCORRECT }
};
static const struct allowed on_mng_rd = { "MNG.RD", { TDX_METADATA_FIELD_NOT_READABLE } };
static const struct allowed on_nothing = { "MNG.WR, PAGE.RDMD or SYS.RD", { BUSY(RCX) } };
static const struct allowed on_reclaim = { "PAGE.RECLAIM",
					   { BUSY(RCX), BUSY(TDR), WRONG_PAGE(RCX), INVALID(RCX),
					     TDX_LIFECYCLE_STATE_INCORRECT } };
static const struct allowed on_wbinvd = { "PAGE.WBINVD", { BUSY(RCX), WRONG_PAGE(RCX) } };

/* --- the VMM's side --- */

static struct hpa any_page(struct worker *w)
{
	return pages[crew_random(w, SMALL_PAGES)];
}

/* A GPA that a leaf of that level may name; small ones are below LARGE as a rule. */
static struct gpa any_gpa(struct worker *w, unsigned int level)
{
	uint64_t table = crew_random(w, 4) ? 0 : LARGE;

	if (level == TDX_LEVEL_2M)
		return gpa(LARGE);
	return gpa(table + crew_random(w, SMALL_PAGES) * PAGE_SIZE);
}

static void aug(struct worker *w, unsigned int level)
{
	struct hpa page = level == TDX_LEVEL_2M ? block : any_page(w);
	struct tdx_sept_entry entry;

	crew_expect(&on_aug, tdh_mem_page_aug(td.tdr, any_gpa(w, level), level, page, &entry));
}

static void range_block(struct gpa where, unsigned int level)
{
	struct tdx_sept_entry entry;

	crew_expect(&on_block, tdh_mem_range_block(td.tdr, where, level, &entry));
}

static void range_unblock(struct gpa where, unsigned int level)
{
	struct tdx_sept_entry entry;

	crew_expect(&on_unblock, tdh_mem_range_unblock(td.tdr, where, level, &entry));
}

static void track(void)
{
	crew_expect(&on_track, tdh_mem_track(td.tdr));
}

static void page_remove(struct gpa where, unsigned int level)
{
	struct hpa page;

	crew_expect(&on_remove, tdh_mem_page_remove(td.tdr, where, level, &page));
}

static void promote(void)
{
	struct hpa table;

	range_block(gpa(LARGE), TDX_LEVEL_2M);
	track();
	track();
	crew_expect(&on_promote, tdh_mem_page_promote(td.tdr, gpa(LARGE), TDX_LEVEL_2M, &table));
}

/* A large page, if there is room for one, becomes small ones, and now and then large again. */
static void demote(struct worker *w)
{
	struct tdx_sept_entry entry;

	aug(w, TDX_LEVEL_2M);
	range_block(gpa(LARGE), TDX_LEVEL_2M);
	track();
	track();
	crew_expect(&on_demote,
		    tdh_mem_page_demote(td.tdr, gpa(LARGE), TDX_LEVEL_2M, any_page(w), &entry));
	if (crew_random(w, 2))
		promote();
}

static void relocate(struct worker *w)
{
	struct hpa old;

	crew_expect(&on_relocate,
		    tdh_mem_page_relocate(td.tdr, any_gpa(w, TDX_LEVEL_4K), any_page(w), &old));
}

static void table_add(struct worker *w)
{
	struct tdx_sept_entry entry;

	crew_expect(&on_sept_add,
		    tdh_mem_sept_add(td.tdr, gpa(LARGE), TDX_LEVEL_2M, any_page(w), &entry));
}

/* Everything below LARGE goes, or as much of it as the others let. */
static void sweep(void)
{
	struct hpa table;

	for (unsigned int i = 0; i < ENTRIES_PER_TABLE; i++)
		range_block(gpa(LARGE + i * PAGE_SIZE), TDX_LEVEL_4K);
	track();
	track();
	for (unsigned int i = 0; i < ENTRIES_PER_TABLE; i++)
		page_remove(gpa(LARGE + i * PAGE_SIZE), TDX_LEVEL_4K);
	range_block(gpa(LARGE), TDX_LEVEL_2M);
	track();
	track();
	crew_expect(&on_sept_remove, tdh_mem_sept_remove(td.tdr, gpa(LARGE), TDX_LEVEL_2M, &table));
}

static void vmm_step(struct worker *w)
{
	unsigned int level = crew_random(w, 4) ? TDX_LEVEL_4K : TDX_LEVEL_2M;
	uint32_t what = crew_random(w, 400);

	if (what < 120)
		aug(w, level);
	else if (what < 220)
		range_block(any_gpa(w, level), level);
	else if (what < 230)
		range_unblock(any_gpa(w, level), level);
	else if (what < 280)
		track();
	else if (what < 370)
		page_remove(any_gpa(w, level), level);
	else if (what < 378)
		demote(w);
	else if (what < 396)
		relocate(w);
	else if (what < 398)
		table_add(w);
	else
		sweep();
}

static void change_memory(struct worker *w)
{
	for (unsigned int i = 0; i < VMM_STEPS; i++)
		vmm_step(w);
}

/* --- the guest's side --- */

struct player {
	struct worker *w;
	struct gpa data;
	unsigned int exits;
	const struct allowed *called; /* the TDCALL that has just been made */
	uint64_t leaf;
};

static const struct allowed on_accept = { "TDG.MEM.PAGE.ACCEPT",
					  { TDG_MEM_PAGE_ACCEPT, TDX_PAGE_ALREADY_ACCEPTED,
					    TDX_PAGE_ALREADY_ACCEPTED | 1,
					    TDX_PAGE_SIZE_MISMATCH | 1, BUSY_ENTRY } };
static const struct allowed on_extend = { "TDG.MR.RTMR.EXTEND",
					  { TDG_MR_RTMR_EXTEND, BUSY_ENTRY, BUSY(RTMR) } };
static const struct allowed on_report = { "TDG.MR.REPORT",
					  { TDG_MR_REPORT, BUSY_ENTRY, BUSY(RTMR) } };
static const struct allowed on_vm_rd = { "TDG.VM.RD or VM.WR", { 0 } };
static const struct allowed on_info = { "TDG.VP.INFO", { 0 } };

static void tdcall(struct cpu_vcpu *v, struct cpu_exit *exit, struct player *p, uint64_t leaf,
		   const struct allowed *allowed)
{
	v->gpr[TDX_RAX] = leaf;
	exit->kind = CPU_EXIT_TDCALL;
	exit->length = TDCALL_LENGTH;
	p->called = allowed;
}

static void accept(struct cpu_vcpu *v, struct cpu_exit *exit, struct player *p)
{
	unsigned int level = crew_random(p->w, 4) ? TDX_LEVEL_4K : TDX_LEVEL_2M;

	v->gpr[TDX_RCX] = any_gpa(p->w, level).pa | level;
	tdcall(v, exit, p, TDG_MEM_PAGE_ACCEPT, &on_accept);
}

/* Every page that the CPU lets the guest reach is its own, whatever happens to it later. */
static void touch(struct cpu_vcpu *v, struct cpu_exit *exit, struct player *p)
{
	struct gpa where = any_gpa(p->w, TDX_LEVEL_4K);
	struct hpa page;

	if (fake_cpu_translate(v, where, &page)) {
		__atomic_store_n((uint64_t *)phys_ptr(page), p->w->lp, __ATOMIC_RELAXED);
		exit->kind = CPU_EXIT_CPUID;
		exit->length = 2;
		v->gpr[TDX_RAX] = 1;
		return;
	}
	exit->kind = CPU_EXIT_MEMORY;
	exit->memory.gpa = where;
	exit->memory.write = true;
}

static void measure(struct cpu_vcpu *v, struct cpu_exit *exit, struct player *p)
{
	if (crew_random(p->w, 2)) {
		v->gpr[TDX_RCX] = p->data.pa + DATA_DIGEST;
		v->gpr[TDX_RDX] = crew_random(p->w, 4);
		tdcall(v, exit, p, TDG_MR_RTMR_EXTEND, &on_extend);
		return;
	}
	v->gpr[TDX_RCX] = p->data.pa + DATA_REPORT;
	v->gpr[TDX_RDX] = p->data.pa + DATA_INPUT;
	v->gpr[TDX_R8] = 0;
	tdcall(v, exit, p, TDG_MR_REPORT, &on_report);
}

static void metadata(struct cpu_vcpu *v, struct cpu_exit *exit, struct player *p)
{
	uint32_t what = crew_random(p->w, 3);

	v->gpr[TDX_RCX] = 0;
	v->gpr[TDX_RDX] = TDX_FIELD_TD_CTLS;
	v->gpr[TDX_R8] = v->gpr[TDX_R9] = TDX_TD_CTLS_PENDING_VE_DISABLE;
	if (what == 0)
		tdcall(v, exit, p, TDG_VP_INFO, &on_info);
	else
		tdcall(v, exit, p, what == 1 ? TDG_VM_RD : TDG_VM_WR, &on_vm_rd);
}

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct player *p = context;
	uint32_t what = crew_random(p->w, 16);

	if (p->called)
		crew_expect(p->called, v->gpr[TDX_RAX]);
	p->called = NULL;
	if (p->exits-- == 0)
		*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT,
					   .vector = TD_GUEST_LAST_VECTOR };
	else if (what < 8)
		accept(v, exit, p);
	else if (what < 12)
		touch(v, exit, p);
	else if (what < 14)
		measure(v, exit, p);
	else
		metadata(v, exit, p);
}

static void flush(struct hpa tdvpr)
{
	while (crew_is_busy(crew_expect(&on_flush, tdh_vp_flush(tdvpr))))
		;
}

/* Any VCPU, which may be another thread's; now and then it is given up. */
static void run_vcpus(struct worker *w)
{
	for (unsigned int i = 0; i < ENTRIES; i++) {
		unsigned int vcpu = crew_random(w, VCPUS);
		struct player p = { .w = w, .data = gpa(DATA + vcpu * PAGE_SIZE), .exits = EXITS };
		struct tdx_module_args args = { 0 };

		fake_cpu_set_guest(play, &p);
		crew_expect(&on_enter, tdh_vp_enter(td.tdvpr[vcpu], &args));
		if (crew_random(w, 4) == 0)
			crew_expect(&on_flush, tdh_vp_flush(td.tdvpr[vcpu]));
	}
	for (unsigned int i = 0; i < VCPUS; i++)
		flush(td.tdvpr[i]);
}

/* --- the reader --- */

static void read_td(void)
{
	uint64_t field = TDX_FIELD_NONE, value, old;

	(void)tdh_mng_rd_next(td.tdr, field, &value, &field);
	while (field != TDX_FIELD_NONE)
		crew_expect(&on_mng_rd, tdh_mng_rd_next(td.tdr, field, &value, &field));
	crew_expect(&on_nothing,
		    tdh_mng_wr(td.tdr, UINT64_C(0x9110000300000011), 20000, UINT64_MAX, &old));
}

/* Reading a VCPU takes it, if it is free, until it is flushed. */
static void read_vcpu(struct worker *w)
{
	struct hpa tdvpr = td.tdvpr[crew_random(w, VCPUS)];
	uint64_t value;

	if (crew_expect(&on_vp_rd, tdh_vp_rd(tdvpr, UINT64_C(0x9120000300000100), &value)) ==
	    TDX_SUCCESS)
		flush(tdvpr);
}

static void read_pages(struct worker *w)
{
	struct hpa page =
		crew_random(w, 4) ? any_page(w) : hpa_add(block, crew_random(w, 512) * PAGE_SIZE);
	struct tdx_page_metadata metadata;

	crew_expect(&on_nothing, tdh_phymem_page_rdmd(page, &metadata));
	crew_expect(&on_reclaim, tdh_phymem_page_reclaim(page, &metadata));
	crew_expect(&on_wbinvd, tdh_phymem_page_wbinvd(page));
}

static void read_all(struct worker *w)
{
	for (unsigned int i = 0; i < READER_STEPS; i++) {
		struct tdx_sept_entry entry;
		unsigned int level = crew_random(w, 2);

		read_pages(w);
		crew_expect(&on_sept_rd, tdh_mem_sept_rd(td.tdr, any_gpa(w, level), level, &entry));
		if (i % 8 == 0)
			read_vcpu(w);
		if (i % 512 == 0)
			read_td();
	}
}

/* --- before and after --- */

static void build(void)
{
	test_td_build(&td, TD_READY);
	for (unsigned int i = 0; i < VCPUS; i++) {
		test_td_add_vcpu(&td);
		td_guest_cpu(&td, i)->is_64bit = true;
		test_td_add_page(&td, gpa(DATA + i * PAGE_SIZE), 0);
	}
	test_td_finalize(&td);
	test_td_add_sept(&td, gpa(0), TDX_LEVEL_4K);
	for (unsigned int i = 0; i < SMALL_PAGES; i++)
		pages[i] = machine_page();
	block = machine_block();
	for (unsigned int i = 0; i < VCPUS; i++)
		assert_int_equal(tdh_vp_flush(td.tdvpr[i]), TDX_SUCCESS);
}

/* The page that the entry maps is the TD's, and of that size. Returns how many 4 KiB it is. */
static unsigned int mapped_by(struct gpa where, unsigned int level)
{
	struct tdx_page_metadata metadata;
	struct tdx_sept_entry entry;

	if (tdh_mem_sept_rd(td.tdr, where, level, &entry) != TDX_SUCCESS ||
	    tdx_sept_state(&entry) == TDX_SEPT_FREE || !(entry.entry & TDX_EPT_LARGE))
		return 0;
	assert_int_equal(tdh_phymem_page_rdmd(hpa(entry.entry & TDX_EPT_ADDR), &metadata),
			 TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_REG);
	assert_int_equal(metadata.owner.pa, td.tdr.pa);
	assert_int_equal(metadata.level, level);
	return level == TDX_LEVEL_2M ? ENTRIES_PER_TABLE : 1;
}

/* All 4 KiB pages that the tables map, each counted once. */
static unsigned int mapped_pages(void)
{
	unsigned int count = mapped_by(gpa(LARGE), TDX_LEVEL_2M);

	for (uint64_t i = 0; i < SMALL_PAGES; i++)
		count += mapped_by(gpa(i * PAGE_SIZE), TDX_LEVEL_4K);
	for (uint64_t i = 0; i < ENTRIES_PER_TABLE; i++)
		count += mapped_by(gpa(LARGE + i * PAGE_SIZE), TDX_LEVEL_4K);
	for (uint64_t i = 0; i < VCPUS; i++)
		count += mapped_by(gpa(DATA + i * PAGE_SIZE), TDX_LEVEL_4K);
	return count;
}

/* All 4 KiB pages that name the TD as their owner. */
static void count_owned(unsigned int *regular, unsigned int *all)
{
	for (uint64_t pa = LOW_BASE; pa < LOW_BASE + LOW_USABLE;) {
		struct tdx_page_metadata metadata;

		assert_int_equal(tdh_phymem_page_rdmd(hpa(pa), &metadata), TDX_SUCCESS);
		if (metadata.owner.pa == td.tdr.pa) {
			*all += level_size(metadata.level) / PAGE_SIZE;
			if (metadata.type == TDX_PAGE_REG)
				*regular += level_size(metadata.level) / PAGE_SIZE;
		}
		pa += level_size(metadata.level);
	}
}

static void assert_consistent(void)
{
	unsigned int regular = 0, all = 0;

	/* An entry that blocks what is below it hides it. */
	range_unblock(gpa(LARGE), TDX_LEVEL_2M);
	count_owned(&regular, &all);
	assert_int_equal(mapped_pages(), regular);
	assert_int_equal(test_tdr(&td)->child_count, all);
	assert_int_equal(test_tdcs(&td)->associated_count, 0);
	assert_int_equal(test_tdcs(&td)->epoch_refcount[0] | test_tdcs(&td)->epoch_refcount[1], 0);
}

static void test_one_td(void **state)
{
	struct worker workers[] = {
		{ .work = change_memory }, { .work = change_memory }, { .work = run_vcpus },
		{ .work = run_vcpus },	   { .work = read_all },
	};

	machine_bring_up_lps(1 + ARRAY_SIZE(workers));
	build();
	crew_run(workers, ARRAY_SIZE(workers));
	track();
	track();
	assert_consistent();
	for (unsigned int i = 0; i < VCPUS; i++) {
		uint64_t value;

		assert_int_equal(tdh_vp_rd(td.tdvpr[i], UINT64_C(0x9120000300000100), &value),
				 TDX_SUCCESS);
	}
	test_td_tear_down(&td);
	machine_assert_all_returned();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_one_td) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
