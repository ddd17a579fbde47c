/* SPDX-License-Identifier: MIT */
/* Which pages the VMM may access: a bit each, in chunks that are allocated where there is RAM. */
#include <stdlib.h>
#include <string.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "lib/check.h"

#define PA_WIDTH    48
#define CHUNK_PAGES (UINT64_C(1) << 20)
#define CHUNKS	    (UINT64_C(1) << (PA_WIDTH - PAGE_SHIFT - 20))

struct chunk {
	uint64_t ram[CHUNK_PAGES / 64];
	uint64_t visible[CHUNK_PAGES / 64];
};

static struct chunk *chunks[CHUNKS];

void fake_host_view_reset(void)
{
	for (size_t i = 0; i < CHUNKS; i++) {
		free(chunks[i]);
		chunks[i] = NULL;
	}
}

static struct chunk *chunk_of(uint64_t page)
{
	CHECK(page / CHUNK_PAGES < CHUNKS);
	return chunks[page / CHUNK_PAGES];
}

static bool get(const uint64_t *bits, uint64_t page)
{
	uint64_t word = __atomic_load_n(&bits[page % CHUNK_PAGES / 64], __ATOMIC_RELAXED);

	return word & bit(page % 64);
}

static void set(uint64_t *bits, uint64_t page, bool value)
{
	uint64_t *word = &bits[page % CHUNK_PAGES / 64];

	if (value)
		__atomic_fetch_or(word, bit(page % 64), __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, ~bit(page % 64), __ATOMIC_RELAXED);
}

void fake_cpu_add_ram(struct hpa base, uint64_t size)
{
	for (uint64_t page = base.pa / PAGE_SIZE; page < (base.pa + size) / PAGE_SIZE; page++) {
		struct chunk **chunk = &chunks[page / CHUNK_PAGES];

		if (!*chunk)
			*chunk = calloc(1, sizeof(**chunk));
		CHECK(*chunk);
		set((*chunk)->ram, page, true);
		set((*chunk)->visible, page, true);
	}
}

static uint64_t *view_words(struct hpa base, uint64_t size)
{
	uint64_t page = base.pa / PAGE_SIZE;
	struct chunk *chunk = chunk_of(page);

	CHECK(chunk && is_aligned(base.pa | size, 64 * PAGE_SIZE) &&
	      page % CHUNK_PAGES + size / PAGE_SIZE <= CHUNK_PAGES);
	return &chunk->visible[page % CHUNK_PAGES / 64];
}

void fake_cpu_save_view(struct hpa base, uint64_t size, uint64_t *bits)
{
	memcpy(bits, view_words(base, size), size / PAGE_SIZE / 8);
}

void fake_cpu_load_view(struct hpa base, uint64_t size, const uint64_t *bits)
{
	memcpy(view_words(base, size), bits, size / PAGE_SIZE / 8);
}

/* Hiding what is hidden, or showing what is shown, means that the module has lost count. */
static void change_page(uint64_t page, bool visible)
{
	struct chunk *chunk = chunk_of(page);

	CHECK(chunk && get(chunk->ram, page) && get(chunk->visible, page) != visible);
	set(chunk->visible, page, visible);
}

/* The same of 64 pages, one word of the bitmaps. */
static void change_word(uint64_t page, bool visible)
{
	struct chunk *chunk = chunk_of(page);
	size_t word = page % CHUNK_PAGES / 64;
	uint64_t now = visible ? UINT64_MAX : 0;

	CHECK(chunk && __atomic_load_n(&chunk->ram[word], __ATOMIC_RELAXED) == UINT64_MAX &&
	      __atomic_exchange_n(&chunk->visible[word], now, __ATOMIC_RELAXED) == ~now);
}

static void change(struct hpa pa, unsigned int level, bool visible)
{
	uint64_t page = pa.pa / PAGE_SIZE, end = page + level_size(level) / PAGE_SIZE;

	CHECK(level <= 2 && is_aligned(pa.pa, level_size(level)));
	if (!level)
		change_page(page, visible);
	else
		for (; page < end; page += 64)
			change_word(page, visible);
}

void cpu_host_hide(struct hpa pa, unsigned int level)
{
	change(pa, level, false);
}

void cpu_host_show(struct hpa pa, unsigned int level)
{
	change(pa, level, true);
}

void cpu_host_show_zeroed(struct hpa pa, unsigned int level)
{
	cpu_zero(pa, level_size(level));
	change(pa, level, true);
}

bool cpu_host_can_access(struct hpa pa)
{
	uint64_t page = pa.pa / PAGE_SIZE;
	const struct chunk *chunk = page / CHUNK_PAGES < CHUNKS ? chunk_of(page) : NULL;

	return chunk && get(chunk->visible, page);
}
