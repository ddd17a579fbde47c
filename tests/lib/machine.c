/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <tdx/status.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/snapshot.h"

struct region {
	uint64_t base, size;
	size_t first; /* number of its first page */
};

static const struct region regions[] = {
	{ LOW_BASE, LOW_SIZE, 0 },
	{ HIGH_BASE, HIGH_SIZE, LOW_SIZE / PAGE_SIZE },
	{ OUTSIDE_BASE, OUTSIDE_SIZE, (LOW_SIZE + HIGH_SIZE) / PAGE_SIZE },
};

struct machine machine;
static uint8_t *ram;  /* MACHINE_PAGES pages */
static uint8_t *huge; /* HUGE_SIZE bytes at HUGE_BASE, or null */
static _Thread_local unsigned int own_lp = MACHINE_LP;

struct page_set machine_touched;
static uint8_t zeroed[MACHINE_PAGES];
static struct snapshot *ready;
static bool ready_taken;

/* Allocators: next page, end. */
static uint64_t next_page, next_high, next_block, next_vmm;

#define VMM_BASE (LOW_BASE + LOW_USABLE + PAMT_4K_SIZE + PAMT_2M_SIZE + PAMT_1G_SIZE)

void check_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: CHECK(%s)\n", file, line, what);
	abort();
}

size_t machine_page_number(struct hpa pa)
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		uint64_t offset = pa.pa - regions[i].base;

		if (offset < regions[i].size)
			return regions[i].first + offset / PAGE_SIZE;
	}
	return MACHINE_PAGES;
}

/* The PAMT entries of one block are reached through the first of them. */
#define PAMT_RUN (2 * PAGE_SIZE)

static inline bool is_pamt(struct hpa pa)
{
	uint64_t size = PAMT_4K_SIZE + PAMT_2M_SIZE + PAMT_1G_SIZE;

	return pa.pa - (LOW_BASE + LOW_USABLE) < size || pa.pa - (HIGH_BASE + HIGH_USABLE) < size;
}

/* In machine_touched.has[]: this, and zeroed since. */
#define TOUCHED_AND_ZEROED 2

static void note_touch(size_t page)
{
	page_set_add(&machine_touched, page);
	__atomic_store_n(&machine_touched.has[page], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&zeroed[page], 0, __ATOMIC_RELAXED);
}

/* The module asks for each page again and again. */
static inline void touch(size_t page)
{
	if (__atomic_load_n(&machine_touched.has[page], __ATOMIC_RELAXED) != 1)
		note_touch(page);
}

void *phys_ptr(struct hpa pa)
{
	uint64_t offset = pa.pa - LOW_BASE;
	size_t page = offset < LOW_SIZE ? offset / PAGE_SIZE : machine_page_number(pa);

	if (page == MACHINE_PAGES) {
		CHECK(huge && pa.pa - HUGE_BASE < HUGE_SIZE);
		return huge + (pa.pa - HUGE_BASE);
	}
	touch(page);
	if (is_aligned(pa.pa, PAMT_RUN) && is_pamt(pa))
		touch(page + 1);
	return ram + page * PAGE_SIZE + pa.pa % PAGE_SIZE;
}

void machine_zero_page(struct hpa pa)
{
	size_t page = machine_page_number(pa);

	CHECK(page < MACHINE_PAGES);
	if (__atomic_load_n(&zeroed[page], __ATOMIC_RELAXED))
		return;
	touch(page);
	memset(machine_memory(page), 0, PAGE_SIZE);
	__atomic_store_n(&zeroed[page], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&machine_touched.has[page], TOUCHED_AND_ZEROED, __ATOMIC_RELAXED);
}

struct hpa machine_page_at(size_t page)
{
	const struct region *r = regions;

	CHECK(page < MACHINE_PAGES);
	while (page - r->first >= r->size / PAGE_SIZE)
		r++;
	return hpa(r->base + (page - r->first) * PAGE_SIZE);
}

void *machine_memory(size_t page)
{
	return ram + page * PAGE_SIZE;
}

void machine_write_page(size_t page, const void *contents)
{
	memcpy(machine_memory(page), contents, PAGE_SIZE);
	zeroed[page] = 0;
}

struct hpa machine_address(const void *memory)
{
	size_t offset = (size_t)((const uint8_t *)memory - ram);

	return hpa_add(machine_page_at(offset / PAGE_SIZE), offset % PAGE_SIZE);
}

void machine_save_view(uint64_t visible[MACHINE_PAGES / 64])
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		fake_cpu_save_view(hpa(regions[i].base), regions[i].size, visible);
		visible += regions[i].size / PAGE_SIZE / 64;
	}
}

void machine_load_view(const uint64_t visible[MACHINE_PAGES / 64])
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		fake_cpu_load_view(hpa(regions[i].base), regions[i].size, visible);
		visible += regions[i].size / PAGE_SIZE / 64;
	}
}

unsigned int platform_lp(void)
{
	return own_lp == MACHINE_LP ? machine.lp : own_lp;
}

void machine_run_as(unsigned int lp)
{
	own_lp = lp;
}

unsigned int platform_lp_count(void)
{
	return machine.lps;
}

unsigned int platform_package(unsigned int lp)
{
	return lp % machine.packages;
}

unsigned int platform_package_count(void)
{
	return machine.packages;
}

size_t platform_cmrs(struct tdx_cmr_info *cmrs)
{
	memcpy(cmrs, machine.cmrs, machine.cmr_count * sizeof(*cmrs));
	return machine.cmr_count;
}

uint64_t platform_tsc(void)
{
	return __atomic_add_fetch(&machine.tsc, 1000, __ATOMIC_RELAXED);
}

/* Not random, so that a failure can be seen again. */
bool platform_random(void *buffer, size_t size)
{
	uint8_t *bytes = buffer;

	if (machine.no_entropy) {
		machine.no_entropy--;
		return false;
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] =
			(uint8_t)(__atomic_add_fetch(&machine.random, 1, __ATOMIC_RELAXED) * 167);
	return true;
}

void platform_report_key(uint8_t key[32])
{
	memset(key, 0x5a, 32);
}

static void free_memory(uint8_t **memory, size_t size)
{
	if (*memory)
		CHECK(munmap(*memory, size) == 0);
	*memory = NULL;
}

/* It is zero, and what nobody touches costs nothing. */
static uint8_t *allocate_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

static void map_memory(void)
{
	free_memory(&ram, MACHINE_PAGES * PAGE_SIZE);
	free_memory(&huge, HUGE_SIZE);
	ram = allocate_memory(MACHINE_PAGES * PAGE_SIZE);
	memset(zeroed, 0, sizeof(zeroed));
	for (size_t page = 0; page < MACHINE_PAGES; page++)
		touch(page);
}

static void reset_allocators(void)
{
	next_page = LOW_BASE;
	next_block = LOW_BASE + 2 * SIZE_2M;
	next_high = HIGH_BASE;
	next_vmm = VMM_BASE;
}

void machine_reset(void)
{
	machine = (struct machine){
		.lps = 2,
		.packages = 2,
		.tsc = 1000000,
		.cmrs = { { LOW_BASE, LOW_SIZE }, { HIGH_BASE, HIGH_SIZE } },
		.cmr_count = 2,
	};
	fake_cpu_reset();
	map_memory();
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		fake_cpu_add_ram(hpa(regions[i].base), regions[i].size);
	reset_allocators();
	ready_taken = false;
	module_init();
}

/* The PAMT lies behind what is usable; so does, in the TDMR, what is reserved. */
static struct tdx_tdmr_info tdmr(uint64_t base, uint64_t usable)
{
	struct tdx_tdmr_info info = {
		.base = base,
		.size = SIZE_1G,
		.pamt_4k_base = base + usable,
		.pamt_4k_size = PAMT_4K_SIZE,
		.pamt_2m_base = base + usable + PAMT_4K_SIZE,
		.pamt_2m_size = PAMT_2M_SIZE,
		.pamt_1g_base = base + usable + PAMT_4K_SIZE + PAMT_2M_SIZE,
		.pamt_1g_size = PAMT_1G_SIZE,
	};

	if (usable < SIZE_1G) {
		info.reserved[0].offset = usable;
		info.reserved[0].size = SIZE_1G - usable;
	}
	return info;
}

void machine_tdmrs(struct tdx_tdmr_info tdmrs[2])
{
	tdmrs[0] = tdmr(LOW_BASE, LOW_USABLE);
	tdmrs[1] = tdmr(HIGH_BASE, HIGH_USABLE);
}

struct hpa machine_write_tdmrs(const struct tdx_tdmr_info *tdmrs, size_t count)
{
	struct hpa array = machine_vmm_page();
	uint64_t *addresses = phys_ptr(array);

	CHECK(count <= TDX_MAX_TDMRS);
	for (size_t i = 0; i < count; i++) {
		struct hpa pa = machine_vmm_page();

		memcpy(phys_ptr(pa), &tdmrs[i], sizeof(tdmrs[i]));
		addresses[i] = pa.pa;
	}
	return array;
}

static void init_tdmr(uint64_t base)
{
	struct hpa next = { base };

	while (next.pa != base + SIZE_1G)
		assert_int_equal(tdh_sys_tdmr_init(hpa(base), &next), TDX_SUCCESS);
}

static void init_lps(void)
{
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
}

static void configure(const struct tdx_tdmr_info *tdmrs, size_t count)
{
	init_lps();
	assert_int_equal(tdh_sys_config(machine_write_tdmrs(tdmrs, count), count, GLOBAL_HKID),
			 TDX_SUCCESS);
}

static void bring_up(const struct tdx_tdmr_info *tdmrs, size_t count)
{
	configure(tdmrs, count);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	machine.lp = 0;
	for (size_t i = 0; i < count; i++)
		init_tdmr(tdmrs[i].base);
}

static void bring_up_small(void)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_tdmrs(tdmrs);
	bring_up(tdmrs, ARRAY_SIZE(tdmrs));
}

void machine_init_lps(void)
{
	machine_reset();
	init_lps();
}

void machine_configure(void)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_reset();
	machine_tdmrs(tdmrs);
	configure(tdmrs, ARRAY_SIZE(tdmrs));
}

void machine_bring_up(void)
{
	machine_reset();
	bring_up_small();
}

void machine_bring_up_lps(unsigned int lps)
{
	machine_reset();
	machine.lps = lps;
	machine.packages = 1;
	bring_up_small();
}

void machine_bring_up_huge(void)
{
	const struct tdx_tdmr_info tdmrs[] = {
		tdmr(LOW_BASE, LOW_USABLE),
		tdmr(HUGE_BASE, SIZE_1G),
		tdmr(HIGH_BASE, HIGH_USABLE),
	};

	machine_reset();
	huge = allocate_memory(HUGE_SIZE);
	fake_cpu_add_ram(hpa(HUGE_BASE), HUGE_SIZE);
	machine.cmrs[1] = (struct tdx_cmr_info){ HUGE_BASE, HUGE_SIZE };
	machine.cmrs[2] = (struct tdx_cmr_info){ HIGH_BASE, HIGH_SIZE };
	machine.cmr_count = 3;
	bring_up(tdmrs, ARRAY_SIZE(tdmrs));
}

static struct hpa take(uint64_t *next, uint64_t end, uint64_t size)
{
	struct hpa pa = hpa(*next);

	CHECK(*next + size <= end);
	*next += size;
	for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE)
		memset(phys_ptr(hpa_add(pa, offset)), 0xee, PAGE_SIZE);
	return pa;
}

struct hpa machine_page(void)
{
	return take(&next_page, LOW_BASE + 2 * SIZE_2M, PAGE_SIZE);
}

struct hpa machine_page_high(void)
{
	return take(&next_high, HIGH_BASE + HIGH_USABLE, PAGE_SIZE);
}

struct hpa machine_block(void)
{
	return take(&next_block, LOW_BASE + LOW_USABLE, SIZE_2M);
}

struct hpa machine_vmm_page(void)
{
	struct hpa pa = take(&next_vmm, LOW_BASE + LOW_SIZE, PAGE_SIZE);

	memset(phys_ptr(pa), 0, PAGE_SIZE);
	return pa;
}

static void assert_returned(struct hpa page)
{
	static const uint8_t zeroes[PAGE_SIZE];
	const struct pamt_entry *entry = page_entry(page, TDX_LEVEL_4K);

	assert_true(cpu_host_can_access(page));
	assert_memory_equal(phys_ptr(page), zeroes, PAGE_SIZE);
	assert_memory_equal(entry, zeroes, sizeof(*entry));
	assert_memory_equal(page_entry(page, TDX_LEVEL_2M), zeroes, sizeof(*entry));
}

static void assert_range_returned(uint64_t base, uint64_t end)
{
	for (uint64_t pa = base; pa < end; pa += PAGE_SIZE)
		assert_returned(hpa(pa));
}

void machine_assert_all_returned(void)
{
	assert_range_returned(LOW_BASE, next_page);
	assert_range_returned(LOW_BASE + 2 * SIZE_2M, next_block);
	assert_range_returned(HIGH_BASE, next_high);
}

static unsigned int count_in(uint64_t base, uint64_t size, enum tdx_page_type type)
{
	unsigned int count = 0;

	for (uint64_t pa = base; pa < base + size;) {
		struct tdx_page_metadata metadata;

		assert_int_equal(tdh_phymem_page_rdmd(hpa(pa), &metadata), TDX_SUCCESS);
		count += metadata.type == type;
		pa += level_size(metadata.level);
	}
	return count;
}

unsigned int machine_count_pages(enum tdx_page_type type)
{
	return count_in(LOW_BASE, LOW_USABLE, type) + count_in(HIGH_BASE, HIGH_USABLE, type);
}

void machine_ready(void)
{
	if (!ready_taken) {
		machine_bring_up();
		if (!ready)
			ready = snapshot_new();
		snapshot_save(ready);
		ready_taken = true;
		return;
	}
	snapshot_restore(ready);
	reset_allocators();
	next_vmm += 3 * PAGE_SIZE; /* the TDMR list is still there */
	fake_cpu_set_gpa_width(48);
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	memset(&module_counters, 0, sizeof(module_counters));
}
