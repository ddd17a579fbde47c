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
	struct page_set differs; /* pages that may be other than here */
	bool zero[MACHINE_PAGES];
	uint8_t *memory;
};

static struct snapshot *all;
static struct snapshot *last;

static void suspect_all(struct snapshot *s)
{
	for (size_t page = 0; page < MACHINE_PAGES; page++)
		page_set_add(&s->differs, page);
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	CHECK(s);
	memset(s->zero, true, sizeof(s->zero));
	s->memory = mmap(NULL, MACHINE_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(s->memory != MAP_FAILED);
	suspect_all(s);
	s->next = all;
	all = s;
	return s;
}

/* What has been touched may now differ from every snapshot. */
static void spread_touched(void)
{
	for (struct snapshot *s = all; s; s = s->next) {
		for (size_t i = 0; i < machine_touched.count; i++)
			page_set_add(&s->differs, machine_touched.pages[i]);
	}
	page_set_clear(&machine_touched);
}

static void *saved(const struct snapshot *s, size_t page)
{
	return s->memory + page * PAGE_SIZE;
}

/* From "may differ" to "differs". */
static void compare(struct snapshot *s)
{
	struct page_set *set = &s->differs;
	size_t kept = 0;

	spread_touched();
	for (size_t i = 0; i < set->count; i++) {
		uint16_t page = set->pages[i];

		set->has[page] = memcmp(saved(s, page), machine_memory(page), PAGE_SIZE) != 0;
		if (set->has[page])
			set->pages[kept++] = page;
	}
	set->count = kept;
}

static void copy_tdmrs(struct page_tdmrs *to, const struct page_tdmrs *from)
{
	to->count = from->count;
	memcpy(to->tdmr, from->tdmr, from->count * sizeof(from->tdmr[0]));
}

static void save_page(struct snapshot *s, size_t page)
{
	static const uint8_t zeroes[PAGE_SIZE];

	memcpy(saved(s, page), machine_memory(page), PAGE_SIZE);
	s->zero[page] = memcmp(machine_memory(page), zeroes, PAGE_SIZE) == 0;
}

void snapshot_save(struct snapshot *s)
{
	compare(s);
	for (size_t i = 0; i < s->differs.count; i++)
		save_page(s, s->differs.pages[i]);
	page_set_clear(&s->differs);
	machine_save_view(s->visible);
	s->machine = machine;
	memcpy(&s->sys, &sys, sizeof(sys));
	copy_tdmrs(&s->tdmrs, &page_tdmrs);
}

static void restore_page(const struct snapshot *s, size_t page)
{
	if (s->zero[page])
		machine_zero_page(machine_page_at(page));
	else
		machine_write_page(page, saved(s, page));
	for (struct snapshot *other = all; other; other = other->next) {
		if (other != s)
			page_set_add(&other->differs, page);
	}
}

void snapshot_restore(struct snapshot *s)
{
	spread_touched();
	for (size_t i = 0; i < s->differs.count; i++)
		restore_page(s, s->differs.pages[i]);
	page_set_clear(&machine_touched);
	page_set_clear(&s->differs);
	machine_load_view(s->visible);
	machine = s->machine;
	memcpy(&sys, &s->sys, sizeof(sys));
	copy_tdmrs(&page_tdmrs, &s->tdmrs);
}

size_t snapshot_changes(struct snapshot *s, uint16_t *pages, size_t max)
{
	uint64_t visible[WORDS];
	size_t count = 0;

	compare(s);
	for (; count < s->differs.count && count < max; count++)
		pages[count] = s->differs.pages[count];
	count = s->differs.count;
	machine_save_view(visible);
	for (size_t i = 0; i < WORDS; i++) {
		for (uint64_t rest = s->visible[i] ^ visible[i]; rest; rest &= rest - 1) {
			size_t page = 64 * i + (size_t)__builtin_ctzll(rest);

			if (s->differs.has[page])
				continue;
			if (count++ < max)
				pages[count - 1] = (uint16_t)page;
		}
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
	suspect_all(last); /* a test may write as it likes */
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
