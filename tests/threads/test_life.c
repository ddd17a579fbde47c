/* SPDX-License-Identifier: MIT */
/*
 * TDs that are built, run and taken down by several logical processors at once, each its own, all
 * of them with the same few key ids; and a TD that has ended, whose pages everyone wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/leaf.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"
#include "tests/threads/crew.h"

#define BUILDERS  4
#define LIVES	  40 /* of each builder */
#define KEYS	  3  /* for all builders: one of them has to wait for another's teardown */
#define FIRST_KEY TEST_HKID

#define TABLES	   3
#define LIFE_PAGES (1 + TDCX_PAGES + TDVPS_PAGES + TABLES + 2)

static struct hpa params, source;

/* What a builder builds from. */
struct kit {
	struct hpa pages[LIFE_PAGES];
	unsigned int used;
	uint16_t hkid;
};

static const struct allowed no_other = { "a step of a TD's life", { 0 } };
static const struct allowed on_create = { "MNG.CREATE", { BUSY(KOT), TDX_HKID_NOT_FREE } };
static const struct allowed on_key = { "a leaf on keys", { BUSY(KOT), BUSY(KET), BUSY(WBCACHE) } };
static const struct allowed on_write_back = {
	"CACHE.WB", { BUSY(KOT), BUSY(WBCACHE), TDX_NO_HKID_READY_TO_WBCACHE }
};
static const struct allowed on_enter = { "VP.ENTER", { TDX_EXIT_EXTERNAL_INTERRUPT } };
static const struct allowed on_reclaim = { "PAGE.RECLAIM",
					   { BUSY(RCX), BUSY(TDR), WRONG_PAGE(RCX), INVALID(RCX),
					     TDX_TD_ASSOCIATED_PAGES_EXIST } };

static void must(uint64_t status)
{
	(void)crew_expect(&no_other, status);
}

static struct hpa next_page(struct kit *kit)
{
	CHECK(kit->used < LIFE_PAGES);
	return kit->pages[kit->used++];
}

/* With whichever key id is free. */
static struct hpa create(struct worker *w, struct kit *kit)
{
	struct hpa tdr = next_page(kit);

	do
		kit->hkid = (uint16_t)(FIRST_KEY + crew_random(w, KEYS));
	while (crew_expect(&on_create, tdh_mng_create(tdr, kit->hkid)) != TDX_SUCCESS);
	while (crew_expect(&on_key, tdh_mng_key_config(tdr)) != TDX_SUCCESS)
		;
	return tdr;
}

static void init(struct kit *kit, struct hpa tdr)
{
	uint64_t cpuid;

	for (unsigned int i = 0; i < TDCX_PAGES; i++)
		must(tdh_mng_addcx(tdr, next_page(kit)));
	must(tdh_mng_init(tdr, params, &cpuid));
}

static struct hpa add_vcpu(struct kit *kit, struct hpa tdr)
{
	struct hpa tdvpr = next_page(kit);

	must(tdh_vp_create(tdr, tdvpr));
	for (unsigned int i = 1; i < TDVPS_PAGES; i++)
		must(tdh_vp_addcx(tdvpr, next_page(kit)));
	must(tdh_vp_init(tdvpr, 0));
	return tdvpr;
}

static void add_memory(struct kit *kit, struct hpa tdr)
{
	struct tdx_sept_entry entry;

	for (unsigned int level = TABLES; level > 0; level--)
		must(tdh_mem_sept_add(tdr, gpa(0), level, next_page(kit), &entry));
	must(tdh_mem_page_add(tdr, gpa(0), next_page(kit), source, &entry));
	must(tdh_mr_extend(tdr, gpa(0), &entry));
	must(tdh_mr_finalize(tdr));
	must(tdh_mem_page_aug(tdr, gpa(PAGE_SIZE), TDX_LEVEL_4K, next_page(kit), &entry));
}

/* Reads what was added, accepts what was not, and says that it is done. */
static void guest(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	unsigned int *exits = context;
	struct hpa page;

	if (*exits > 0)
		CHECK(v->gpr[TDX_RAX] == TDX_SUCCESS &&
		      fake_cpu_translate(v, gpa(PAGE_SIZE), &page));
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT, .vector = TD_GUEST_LAST_VECTOR };
	if ((*exits)++ > 0)
		return;
	CHECK(fake_cpu_translate(v, gpa(0), &page));
	v->gpr[TDX_RAX] = TDG_MEM_PAGE_ACCEPT;
	v->gpr[TDX_RCX] = PAGE_SIZE;
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_TDCALL, .length = 4 };
}

static void run(struct hpa tdvpr)
{
	struct tdx_module_args args = { 0 };
	struct vcpu *v = phys_ptr(tdvpr);
	unsigned int exits = 0;

	fake_vcpu(&v->cpu)->is_64bit = true;
	fake_cpu_set_guest(guest, &exits);
	crew_expect(&on_enter, tdh_vp_enter(tdvpr, &args));
	must(tdh_vp_flush(tdvpr));
}

static void end(struct hpa tdr)
{
	while (crew_expect(&on_key, tdh_mng_vpflushdone(tdr)) != TDX_SUCCESS)
		;
	while (crew_is_busy(crew_expect(&on_write_back, tdh_phymem_cache_wb(false))))
		;
	while (crew_expect(&on_key, tdh_mng_key_freeid(tdr)) != TDX_SUCCESS)
		;
}

static void live(struct worker *w)
{
	struct kit *kit = w->context;

	for (unsigned int i = 0; i < LIVES; i++) {
		struct tdx_page_metadata metadata;
		struct hpa tdr, tdvpr;

		kit->used = 0;
		tdr = create(w, kit);
		init(kit, tdr);
		tdvpr = add_vcpu(kit, tdr);
		add_memory(kit, tdr);
		run(tdvpr);
		end(tdr);
		while (kit->used > 0)
			must(tdh_phymem_page_reclaim(kit->pages[--kit->used], &metadata));
	}
}

static void set_up(unsigned int lps)
{
	const struct tdx_td_params p = test_td_params();

	machine_bring_up_lps(lps);
	params = test_td_write_params(&p);
	source = machine_vmm_page();
}

static void test_lives_at_once(void **state)
{
	struct worker builders[BUILDERS];
	struct kit kits[BUILDERS];

	set_up(BUILDERS + 1);
	for (unsigned int i = 0; i < BUILDERS; i++) {
		builders[i] = (struct worker){ .work = live, .context = &kits[i] };
		for (unsigned int p = 0; p < LIFE_PAGES; p++)
			kits[i].pages[p] = machine_page();
	}
	crew_run(builders, BUILDERS);
	for (unsigned int i = 0; i < KEYS; i++)
		assert_int_equal(sys_key((uint16_t)(FIRST_KEY + i))->state, HKID_FREE);
	machine_assert_all_returned();
}

/* --- one key --- */

#define CONTENDERS 2
#define TURNS	   400 /* of each */

static unsigned int key_owners;

/* The shortest life that a TD can have. */
static void take_key(struct worker *w)
{
	const struct hpa *tdr = w->context;
	struct tdx_page_metadata metadata;

	for (unsigned int i = 0; i < TURNS; i++) {
		while (crew_expect(&on_create, tdh_mng_create(*tdr, FIRST_KEY)) != TDX_SUCCESS)
			;
		CHECK(__atomic_fetch_add(&key_owners, 1, __ATOMIC_RELAXED) == 0);
		__atomic_fetch_sub(&key_owners, 1, __ATOMIC_RELAXED);
		end(*tdr);
		must(tdh_phymem_page_reclaim(*tdr, &metadata));
	}
}

/* In two TDMRs, so that they meet at the table of keys only. */
static void test_a_key_has_one_owner(void **state)
{
	struct hpa tdrs[CONTENDERS];
	struct worker workers[CONTENDERS];

	set_up(CONTENDERS + 1);
	tdrs[0] = machine_page();
	tdrs[1] = machine_page_high();
	for (unsigned int i = 0; i < CONTENDERS; i++)
		workers[i] = (struct worker){ .work = take_key, .context = &tdrs[i] };
	crew_run(workers, CONTENDERS);
	assert_int_equal(sys_key(FIRST_KEY)->state, HKID_FREE);
	machine_assert_all_returned();
}

/* --- everyone's pages --- */

#define RECLAIMERS 4
#define ROUNDS	   6
#define TD_PAGES   64

static struct test_td ended;
static unsigned int reclaimed; /* calls that succeeded */

/* Each in an order of its own, until the TDR is gone. */
static void reclaim_all(struct worker *w)
{
	struct tdx_page_metadata metadata;
	uint64_t status;

	do {
		for (uint64_t pa = LOW_BASE; pa < LOW_BASE + LOW_USABLE; pa += PAGE_SIZE) {
			struct hpa page = hpa(pa ^ (w->lp & 3) * PAGE_SIZE);

			if (page.pa != ended.tdr.pa &&
			    crew_expect(&on_reclaim, tdh_phymem_page_reclaim(page, &metadata)) ==
				    TDX_SUCCESS)
				__atomic_fetch_add(&reclaimed, 1, __ATOMIC_RELAXED);
		}
		status = crew_expect(&on_reclaim, tdh_phymem_page_reclaim(ended.tdr, &metadata));
		if (status == TDX_SUCCESS)
			__atomic_fetch_add(&reclaimed, 1, __ATOMIC_RELAXED);
	} while (status != TDX_SUCCESS && status != (WRONG_PAGE(RCX)));
}

/* Returns how many pages it has, of whatever size. */
static unsigned int build_and_end(void)
{
	unsigned int count = 0;

	test_td_build(&ended, TD_FINAL);
	for (uint64_t i = 0; i < TD_PAGES; i++)
		test_td_aug_page(&ended, gpa(i * PAGE_SIZE), TDX_LEVEL_4K);
	test_td_aug_page(&ended, gpa(SIZE_2M), TDX_LEVEL_2M);
	must(tdh_vp_flush(ended.tdvpr[0]));
	end(ended.tdr);
	for (unsigned int type = TDX_PAGE_REG; type <= TDX_PAGE_EPT; type++)
		count += machine_count_pages((enum tdx_page_type)type);
	return count;
}

static void test_reclaim_by_all(void **state)
{
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct worker workers[RECLAIMERS];
		unsigned int count;

		set_up(RECLAIMERS + 1);
		count = build_and_end();
		reclaimed = 0;
		for (unsigned int i = 0; i < RECLAIMERS; i++)
			workers[i] = (struct worker){ .work = reclaim_all };
		crew_run(workers, RECLAIMERS);
		assert_int_equal(reclaimed, count);
		machine_assert_all_returned();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_at_once),
		cmocka_unit_test(test_a_key_has_one_owner),
		cmocka_unit_test(test_reclaim_by_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
