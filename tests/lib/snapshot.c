/* SPDX-License-Identifier: MIT */
#include "tests/lib/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/check.h"
#include "tests/lib/machine.h"

#define WORDS (MACHINE_PAGES / 64)

struct snapshot {
	struct snapshot *next;
	struct machine machine;
	struct sys sys;
	struct page_tdmrs tdmrs;
	uint64_t visible[WORDS];
	uint8_t differs[MACHINE_PAGES]; /* pages that may be other than here */
	uint8_t *memory;
};

static struct snapshot *all;
static struct snapshot *last;

struct snapshot *snapshot_new(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	CHECK(s);
	s->memory = mmap(NULL, MACHINE_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(s->memory != MAP_FAILED);
	memset(s->differs, 1, sizeof(s->differs));
	s->next = all;
	all = s;
	return s;
}

/* Eight pages at a time; most words are zero. */
static uint64_t eight(const uint8_t *flags, size_t page)
{
	uint64_t word;

	memcpy(&word, flags + page, sizeof(word));
	return word;
}

/* What has been touched may now differ from every snapshot. */
static void spread_touched(void)
{
	for (size_t page = 0; page < MACHINE_PAGES; page += 8) {
		uint64_t touched = eight(machine_touched, page);

		if (!touched)
			continue;
		for (struct snapshot *s = all; s; s = s->next) {
			uint64_t differs = eight(s->differs, page) | touched;

			memcpy(s->differs + page, &differs, sizeof(differs));
		}
		memset(machine_touched + page, 0, sizeof(touched));
	}
}

static size_t next_difference(const struct snapshot *s, size_t page)
{
	while (page < MACHINE_PAGES && !s->differs[page])
		page += page % 8 || eight(s->differs, page) ? 1 : 8;
	return page;
}

static void *saved(const struct snapshot *s, size_t page)
{
	return s->memory + page * PAGE_SIZE;
}

static bool page_differs(const struct snapshot *s, const uint64_t *visible, size_t page)
{
	return ((s->visible[page / 64] ^ visible[page / 64]) >> page % 64 & 1) ||
	       memcmp(saved(s, page), machine_memory(page), PAGE_SIZE) != 0;
}

/* From "may differ" to "differs". */
static void compare(struct snapshot *s)
{
	uint64_t visible[WORDS];

	spread_touched();
	machine_save_view(visible);
	for (size_t i = 0; i < WORDS; i++) {
		for (uint64_t rest = s->visible[i] ^ visible[i]; rest; rest &= rest - 1)
			s->differs[64 * i + (size_t)__builtin_ctzll(rest)] = 1;
	}
	for (size_t page = next_difference(s, 0); page < MACHINE_PAGES;
	     page = next_difference(s, page + 1))
		s->differs[page] = page_differs(s, visible, page);
}

static void copy_tdmrs(struct page_tdmrs *to, const struct page_tdmrs *from)
{
	to->count = from->count;
	memcpy(to->tdmr, from->tdmr, from->count * sizeof(from->tdmr[0]));
}

void snapshot_save(struct snapshot *s)
{
	compare(s);
	for (size_t page = next_difference(s, 0); page < MACHINE_PAGES;
	     page = next_difference(s, page + 1))
		memcpy(saved(s, page), machine_memory(page), PAGE_SIZE);
	memset(s->differs, 0, sizeof(s->differs));
	machine_save_view(s->visible);
	s->machine = machine;
	memcpy(&s->sys, &sys, sizeof(sys));
	copy_tdmrs(&s->tdmrs, &page_tdmrs);
}

static void restore_page(struct snapshot *s, size_t page)
{
	memcpy(machine_memory(page), saved(s, page), PAGE_SIZE);
	for (struct snapshot *other = all; other; other = other->next)
		other->differs[page] = other != s;
}

void snapshot_restore(struct snapshot *s)
{
	spread_touched();
	for (size_t page = next_difference(s, 0); page < MACHINE_PAGES;
	     page = next_difference(s, page + 1))
		restore_page(s, page);
	machine_load_view(s->visible);
	machine = s->machine;
	memcpy(&sys, &s->sys, sizeof(sys));
	copy_tdmrs(&page_tdmrs, &s->tdmrs);
}

size_t snapshot_changes(struct snapshot *s, uint16_t *pages, size_t max)
{
	size_t count = 0;

	compare(s);
	for (size_t page = next_difference(s, 0); page < MACHINE_PAGES;
	     page = next_difference(s, page + 1)) {
		if (count < max)
			pages[count] = (uint16_t)page;
		count++;
	}
	return count;
}

bool snapshot_sys_changed(const struct snapshot *s)
{
	const void *now = &sys, *then = &s->sys;

	return memcmp(now, then, sizeof(sys)) != 0;
}

void snapshot_take(void)
{
	if (!last)
		last = snapshot_new();
	memset(last->differs, 1, sizeof(last->differs)); /* a test may write as it likes */
	snapshot_save(last);
}

void snapshot_assert_same(void)
{
	uint16_t page;

	CHECK(last);
	if (snapshot_changes(last, &page, 1)) {
		print_error("page %#llx has changed\n",
			    (unsigned long long)machine_page_at(page).pa);
		assert_memory_equal(machine_memory(page), saved(last, page), PAGE_SIZE);
		fail_msg("the VMM can access it: %d", cpu_host_can_access(machine_page_at(page)));
	}
	assert_memory_equal(&sys, &last->sys, sizeof(sys));
}
