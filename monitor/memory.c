/* SPDX-License-Identifier: MIT */
/*
 * The monitor's memory: [image 2 MiB][pool], at the top of the last RAM range below 4 GiB. All
 * physical memory is mapped a second time at DIRECT_MAP, so that a physical address is a pointer
 * away.
 */
#include <string.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "monitor/monitor.h"

#define DIRECT_MAP   UINT64_C(0xffff800000000000)
#define VIRTUAL_BASE UINT64_C(0xffffffff80000000)
#define LOAD_ADDRESS 0x200000
#define IMAGE_SIZE   SIZE_2M

#define PTE_TABLE (bit(0) | bit(1))
#define PTE_BLOCK (bit(0) | bit(1) | bit(7))
#define ENTRIES	  512

void move_image(uint64_t to, uint64_t from, uint64_t size, uint64_t cr3);

static struct memory_range ram[VMM_BOOT_MAX_RANGES];
static unsigned int ram_count;
static struct memory_range own;
static uint64_t pool_next;
static uint64_t image_pa = LOAD_ADDRESS;

static uint64_t pml4[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pdpt_direct[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pdpt_image[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pd_image[ENTRIES] __attribute__((aligned(4096)));

void *phys_ptr(struct hpa pa)
{
	return (void *)(DIRECT_MAP + pa.pa);
}

struct hpa phys_of(const void *object)
{
	uint64_t address = (uint64_t)object;

	return hpa(address >= VIRTUAL_BASE ? address - VIRTUAL_BASE + image_pa
					   : address - DIRECT_MAP);
}

bool phys_is_ram(struct hpa page)
{
	for (unsigned int i = 0; i < ram_count; i++)
		if (page.pa - ram[i].base < ram[i].size)
			return true;
	return false;
}

/* One page for each 2 MiB of RAM, one for each GiB of the address space it spans, and a few. */
static uint64_t pool_size(const struct boot_info *boot)
{
	uint64_t pages = 16, end = 0;

	for (unsigned int i = 0; i < boot->ram_count; i++) {
		pages += boot->ram[i].size / SIZE_2M + 2;
		end = boot->ram[i].base + boot->ram[i].size;
	}
	pages += end / SIZE_1G + 4;
	return align_up(pages * PAGE_SIZE, SIZE_2M);
}

void *phys_new_page(void)
{
	void *page = phys_ptr(hpa(pool_next));

	CHECK(pool_next + PAGE_SIZE <= own.base + own.size);
	pool_next += PAGE_SIZE;
	memset(page, 0, PAGE_SIZE);
	return page;
}

static struct memory_range choose_place(const struct boot_info *boot)
{
	uint64_t size = IMAGE_SIZE + pool_size(boot);
	uint64_t base = 0;

	for (unsigned int i = 0; i < boot->ram_count; i++) {
		uint64_t end = align_down(boot->ram[i].base + boot->ram[i].size, SIZE_2M);

		if (end <= SIZE_4G && end >= boot->ram[i].base + size)
			base = end - size;
	}
	if (base < LOAD_ADDRESS + IMAGE_SIZE)
		panic("not enough memory for the monitor: it needs %lu MiB", size >> 20);
	return (struct memory_range){ base, size };
}

static void map_everything(uint64_t image)
{
	uint64_t delta = image - VIRTUAL_BASE;

	pml4[DIRECT_MAP >> 39 & (ENTRIES - 1)] = ((uint64_t)pdpt_direct + delta) | PTE_TABLE;
	pml4[VIRTUAL_BASE >> 39 & (ENTRIES - 1)] = ((uint64_t)pdpt_image + delta) | PTE_TABLE;
	for (unsigned int i = 0; i < ENTRIES; i++)
		pdpt_direct[i] = i * SIZE_1G | PTE_BLOCK | bit(63);
	pdpt_image[VIRTUAL_BASE >> 30 & (ENTRIES - 1)] = ((uint64_t)pd_image + delta) | PTE_TABLE;
	pd_image[0] = image | PTE_BLOCK;
}

void memory_init(const struct boot_info *boot)
{
	memcpy(ram, boot->ram, sizeof(ram));
	ram_count = boot->ram_count;
	own = choose_place(boot);
	pool_next = own.base + IMAGE_SIZE;
	map_everything(own.base);
	image_pa = own.base;
	move_image(own.base, LOAD_ADDRESS, IMAGE_SIZE, own.base + (uint64_t)pml4 - VIRTUAL_BASE);
}

struct memory_range memory_monitor_range(void)
{
	return own;
}
