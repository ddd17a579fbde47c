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

struct region {
	uint64_t base, size;
	uint8_t *memory;
};

static struct region regions[] = {
	{ OUTSIDE_BASE, OUTSIDE_SIZE, NULL },
	{ LOW_BASE, LOW_SIZE, NULL },
	{ HIGH_BASE, HIGH_SIZE, NULL },
	{ HUGE_BASE, HUGE_SIZE, NULL },
};

#define SMALL_REGIONS (ARRAY_SIZE(regions) - 1) /* all but the huge one */

struct machine machine;
static _Thread_local unsigned int own_lp = MACHINE_LP;

#define MEMORY_SIZE (OUTSIDE_SIZE + LOW_SIZE + HIGH_SIZE)

struct snapshot {
	bool taken;
	struct sys sys;
	uint8_t visible[MEMORY_SIZE / PAGE_SIZE];
	uint8_t *memory; /* MEMORY_SIZE */
};

static struct snapshot ready, last;

/* Allocators: next page, end. */
static uint64_t next_page, next_high, next_block, next_vmm;

#define VMM_BASE (LOW_BASE + LOW_USABLE + PAMT_4K_SIZE + PAMT_2M_SIZE + PAMT_1G_SIZE)

void check_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: CHECK(%s)\n", file, line, what);
	abort();
}

static struct region *region_of(struct hpa pa)
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		if (pa.pa - regions[i].base < regions[i].size)
			return &regions[i];
	}
	return NULL;
}

void *phys_ptr(struct hpa pa)
{
	struct region *r = region_of(pa);

	CHECK(r);
	return r->memory + (pa.pa - r->base);
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
	static uint8_t counter;
	uint8_t *bytes = buffer;

	if (machine.no_entropy) {
		machine.no_entropy--;
		return false;
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED) * 167);
	return true;
}

void platform_report_key(uint8_t key[32])
{
	memset(key, 0x5a, 32);
}

static void map_memory(struct region *r)
{
	if (r->memory) {
		CHECK(madvise(r->memory, r->size, MADV_DONTNEED) == 0);
		return;
	}
	r->memory = mmap(NULL, r->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(r->memory != MAP_FAILED);
}

static void add_region(struct region *r)
{
	map_memory(r);
	fake_cpu_add_ram(hpa(r->base), r->size);
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
	for (size_t i = 0; i < SMALL_REGIONS; i++)
		add_region(&regions[i]);
	reset_allocators();
	ready.taken = false;
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

static void bring_up(const struct tdx_tdmr_info *tdmrs, size_t count)
{
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
	assert_int_equal(tdh_sys_config(machine_write_tdmrs(tdmrs, count), count, GLOBAL_HKID),
			 TDX_SUCCESS);
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
	add_region(&regions[SMALL_REGIONS]);
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
	memset(phys_ptr(pa), 0xee, size);
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

static void take_visible(uint8_t *visible)
{
	for (size_t i = 0; i < SMALL_REGIONS; i++) {
		for (uint64_t offset = 0; offset < regions[i].size; offset += PAGE_SIZE)
			*visible++ = cpu_host_can_access(hpa(regions[i].base + offset));
	}
}

static void take_snapshot(struct snapshot *s)
{
	uint8_t *copy;

	if (!s->memory)
		s->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(s->memory != MAP_FAILED);
	copy = s->memory;
	for (size_t i = 0; i < SMALL_REGIONS; i++) {
		memcpy(copy, regions[i].memory, regions[i].size);
		copy += regions[i].size;
	}
	take_visible(s->visible);
	s->sys = sys;
	s->taken = true;
}

static void restore_visible(const uint8_t *visible)
{
	for (size_t i = 0; i < SMALL_REGIONS; i++) {
		for (uint64_t offset = 0; offset < regions[i].size; offset += PAGE_SIZE) {
			struct hpa page = hpa(regions[i].base + offset);

			if (*visible && !cpu_host_can_access(page))
				cpu_host_show(page, TDX_LEVEL_4K);
			if (!*visible && cpu_host_can_access(page))
				cpu_host_hide(page, TDX_LEVEL_4K);
			visible++;
		}
	}
}

static void restore(const struct snapshot *s)
{
	const uint8_t *copy = s->memory;

	for (size_t i = 0; i < SMALL_REGIONS; i++) {
		memcpy(regions[i].memory, copy, regions[i].size);
		copy += regions[i].size;
	}
	restore_visible(s->visible);
	sys = s->sys;
}

void machine_ready(void)
{
	if (!ready.taken) {
		machine_bring_up();
		take_snapshot(&ready);
		return;
	}
	restore(&ready);
	reset_allocators();
	next_vmm += 3 * PAGE_SIZE; /* the TDMR list is still there */
	fake_cpu_set_gpa_width(48);
	machine.lp = 0;
	machine.no_entropy = 0;
	memset(&module_counters, 0, sizeof(module_counters));
}

void snapshot_take(void)
{
	take_snapshot(&last);
}

void snapshot_assert_same(void)
{
	static uint8_t visible[MEMORY_SIZE / PAGE_SIZE];
	const uint8_t *copy = last.memory;

	CHECK(last.taken);
	for (size_t i = 0; i < SMALL_REGIONS; i++) {
		if (memcmp(copy, regions[i].memory, regions[i].size) != 0)
			assert_memory_equal(copy, regions[i].memory, regions[i].size);
		copy += regions[i].size;
	}
	take_visible(visible);
	assert_memory_equal(visible, last.visible, sizeof(visible));
	assert_memory_equal(&sys, &last.sys, sizeof(sys));
}
