/* SPDX-License-Identifier: MIT */
#include "tests/lib/journal.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/addr.h"
#include "lib/check.h"

#define MAX_COVERED 4
#define MAX_ENTRIES 32768

static struct {
	uint8_t *memory;
	size_t size;
} covered[MAX_COVERED];
static size_t covered_count;

/* In the order of the first writes. Pages of the entries before `open` are protected again. */
static uint8_t *pages[MAX_ENTRIES];
static uint8_t (*copies)[PAGE_SIZE];
static size_t count, open;
static struct sigaction before_journal;

static void protect(void *memory, size_t size, bool writable)
{
	CHECK(mprotect(memory, size, writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0);
}

static bool is_covered(const uint8_t *address)
{
	for (size_t i = 0; i < covered_count; i++) {
		if ((size_t)(address - covered[i].memory) < covered[i].size)
			return true;
	}
	return false;
}

/* Anything else is for whoever came before: cmocka, or a sanitizer. */
static void on_write(int signal, siginfo_t *info, void *context)
{
	uint8_t *page = (uint8_t *)info->si_addr - (uintptr_t)info->si_addr % PAGE_SIZE;

	if (!is_covered(info->si_addr)) {
		sigaction(SIGSEGV, &before_journal, NULL);
		return;
	}
	CHECK(count < MAX_ENTRIES);
	memcpy(copies[count], page, PAGE_SIZE);
	pages[count++] = page;
	protect(page, PAGE_SIZE, true);
}

static void allocate(void)
{
	copies = mmap(NULL, sizeof(*copies) * MAX_ENTRIES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(copies != MAP_FAILED);
}

void journal_cover(void *memory, size_t size)
{
	CHECK(covered_count < MAX_COVERED);
	covered[covered_count].memory = memory;
	covered[covered_count++].size = size;
}

void journal_start(void)
{
	const struct sigaction action = { .sa_sigaction = on_write, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	if (!copies)
		allocate();
	CHECK(sigaction(SIGSEGV, &action, &before) == 0);
	if (before.sa_sigaction != on_write)
		before_journal = before;
	count = open = 0;
	for (size_t i = 0; i < covered_count; i++)
		protect(covered[i].memory, covered[i].size, false);
}

void journal_stop(void)
{
	count = open = 0;
	for (size_t i = 0; i < covered_count; i++)
		protect(covered[i].memory, covered[i].size, true);
}

size_t journal_mark(void)
{
	for (; open < count; open++)
		protect(pages[open], PAGE_SIZE, false);
	return count;
}

void journal_undo(size_t mark)
{
	for (size_t i = count; i-- > mark;) {
		protect(pages[i], PAGE_SIZE, true);
		memcpy(pages[i], copies[i], PAGE_SIZE);
		protect(pages[i], PAGE_SIZE, false);
	}
	count = open = mark;
}

uint8_t *journal_changed(size_t mark, size_t *index, const uint8_t **before)
{
	for (size_t i = mark + *index; i < count; i++) {
		*index = i - mark + 1;
		if (memcmp(pages[i], copies[i], PAGE_SIZE) == 0)
			continue;
		if (before)
			*before = copies[i];
		return pages[i];
	}
	return NULL;
}
