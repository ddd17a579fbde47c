/* SPDX-License-Identifier: MIT */
/*
 * How fast private memory is given, accepted and taken back, in pages a second: make bench-memory.
 * The TD accepts a whole range in one command, so that switches between the worlds count for the
 * VMM's leaves only, as they do for a VMM and a TD at work.
 */
#include <string.h>

#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/clock.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define AT	 (TD_TEST_GPA + SIZE_2M) /* GPA of the range */
#define MEMORY	 (16 * SIZE_2M)
#define SMALL	 1024 /* pages of 4 KiB */
#define LARGE	 (MEMORY / SIZE_2M)
#define A_SECOND UINT64_C(1000000) /* in the clock's unit */

static struct test_td td;

struct range {
	struct hpa memory;
	unsigned int level;
	uint64_t pages;
};

static uint64_t rate(uint64_t pages, uint64_t ticks)
{
	return pages * clock_tsc_ticks(A_SECOND) / (ticks ? ticks : 1);
}

static uint64_t give(const struct range *r)
{
	uint64_t start = rdtsc();

	for (uint64_t i = 0; i < r->pages; i++) {
		uint64_t offset = i * level_size(r->level);

		must(td_augment(&td, AT + offset, r->level, hpa_add(r->memory, offset)),
		     "TDH.MEM.PAGE.AUG");
	}
	return rdtsc() - start;
}

static uint64_t accept(const struct range *r)
{
	uint64_t start = rdtsc();

	is(td_do(&td, GUEST_ACCEPT, AT | r->level, r->pages, level_size(r->level)), TDX_EXIT_TDCALL,
	   "the TD accepts");
	is(td.args.r12, TDX_SUCCESS, "all of it");
	return rdtsc() - start;
}

/* One TRACK for all of it, as the ABI means it. */
static uint64_t take(const struct range *r)
{
	uint64_t start = rdtsc();
	struct tdx_sept_entry entry;
	struct hpa page;

	for (uint64_t i = 0; i < r->pages; i++)
		must(tdh_mem_range_block(td.tdr, gpa(AT + i * level_size(r->level)), r->level,
					 &entry),
		     "TDH.MEM.RANGE.BLOCK");
	must(tdh_mem_track(td.tdr), "TDH.MEM.TRACK");
	for (uint64_t i = 0; i < r->pages; i++)
		must(tdh_mem_page_remove(td.tdr, gpa(AT + i * level_size(r->level)), r->level,
					 &page),
		     "TDH.MEM.PAGE.REMOVE");
	return rdtsc() - start;
}

/* Accepting looks at every byte, but writes only what is not zero. */
static void measure(struct hpa memory, unsigned int level, uint64_t pages, bool used)
{
	const struct range r = { memory, level, pages };
	uint64_t aug, accepted, removed;

	if (used)
		memset(phys_ptr(memory), 0xee, pages * level_size(level));
	aug = give(&r);
	accepted = accept(&r);
	removed = take(&r);
	diag("{\"page\": %lu, \"pages\": %lu, \"used\": %s, \"aug_per_s\": %lu, "
	     "\"accept_per_s\": %lu, \"aug_accept_per_s\": %lu, \"remove_per_s\": %lu}",
	     level_size(level), pages, used ? "true" : "false", rate(pages, aug),
	     rate(pages, accepted), rate(pages, aug + accepted), rate(pages, removed));
}

/* The TD keeps its pages of entries from the first range on; those of 4 KiB come last. */
void vmm_test(const struct vmm_boot *boot)
{
	struct hpa memory;

	platform_init();
	clock_init();
	memory = pages_alloc(MEMORY, SIZE_2M);
	td_begin(&td);
	td_start(&td);
	for (unsigned int used = 0; used < 2; used++)
		measure(memory, TDX_LEVEL_2M, LARGE, used);
	for (unsigned int used = 0; used < 2; used++)
		measure(memory, TDX_LEVEL_4K, SMALL, used);
	ok(td_end(&td), "every page comes back");
}
