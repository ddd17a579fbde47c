/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "lib/addr.h"
#include "shim/boot_params.h"
#include "shim/shim.h"

/* The setup header lies in the first bytes of the file, within one page. */
#define HEAD_SIZE PAGE_SIZE

static struct boot_params *boot_params(void)
{
	return (struct boot_params *)BOOT_PARAMS_ADDRESS;
}

static uint64_t setup_size(const struct setup_header *h)
{
	unsigned int sectors = h->setup_sects ? h->setup_sects : SETUP_SECTS_DEFAULT;

	return (sectors + 1) * SETUP_SECTOR_SIZE;
}

static void check_header(const struct setup_header *h, uint64_t file_size)
{
	if (h->boot_flag != BOOT_FLAG || h->header != HEADER_MAGIC)
		fail(SHIM_BAD_KERNEL, "The kernel is not a bzImage.");
	if (h->version < BOOT_PROTOCOL)
		fail(SHIM_BAD_KERNEL, "The kernel's boot protocol 0x%x is too old.", h->version);
	if (!(h->loadflags & LOADED_HIGH) || !(h->xloadflags & XLF_KERNEL_64))
		fail(SHIM_BAD_KERNEL, "The kernel has no 64-bit entry point.");
	if (file_size <= setup_size(h) + ENTRY_64 || (file_size - setup_size(h)) / 16 < h->syssize)
		fail(SHIM_BAD_KERNEL, "The kernel is truncated.");
}

/* RAM from 1 MiB up to where the first hole begins: kernel and initrd go there. */
static uint64_t low_memory_end(const struct memory_map *map)
{
	return map->ranges[1].base + map->ranges[1].size;
}

static uint64_t load_address(const struct setup_header *h)
{
	uint64_t alignment = h->kernel_alignment;

	if (!h->relocatable_kernel || alignment == 0 || (alignment & (alignment - 1)))
		return h->pref_address;
	return align_up(h->pref_address, alignment);
}

static void place(const struct setup_header *h, uint64_t file_size, const struct memory_map *map,
		  struct linux_kernel *kernel)
{
	uint64_t start = load_address(h), end = low_memory_end(map);
	uint64_t size = file_size - setup_size(h);

	if (size < h->init_size)
		size = h->init_size;
	if (start < map->ranges[1].base + setup_size(h) || start >= end || size > end - start)
		fail(SHIM_NO_ROOM, "The TD has too little memory for this kernel.");
	kernel->load_address = start;
	kernel->end = start + size;
	kernel->file = (const void *)(start - setup_size(h));
	kernel->initrd_limit = (uint64_t)h->initrd_addr_max + 1;
	kernel->cmdline_limit = h->cmdline_size;
}

/* The part of the header that this kernel has; boot_params is zero otherwise. */
static void keep_header(const struct setup_header *h)
{
	size_t size = SETUP_HEADER_JUMP + h->jump_distance - SETUP_HEADER_OFFSET;

	memcpy(&boot_params()->hdr, h, size < sizeof(*h) ? size : sizeof(*h));
}

void linux_load(const struct payload_file *file, const struct memory_map *map,
		struct linux_kernel *kernel)
{
	static uint8_t head[HEAD_SIZE];
	const struct setup_header *h = (const void *)(head + SETUP_HEADER_OFFSET);

	if (file->size < sizeof(head))
		fail(SHIM_BAD_KERNEL, "The kernel is truncated.");
	payload_copy(head, file, 0, sizeof(head));
	check_header(h, file->size);
	place(h, file->size, map, kernel);
	memcpy((void *)kernel->file, head, sizeof(head));
	payload_copy((uint8_t *)kernel->file + sizeof(head), file, sizeof(head),
		     file->size - sizeof(head));
	keep_header(h);
}

uint64_t linux_initrd_address(const struct linux_kernel *kernel, const struct memory_map *map,
			      uint64_t size)
{
	uint64_t end = low_memory_end(map);

	if (end > kernel->initrd_limit)
		end = kernel->initrd_limit;
	if (end < kernel->end || size > end - kernel->end ||
	    align_down(end - size, PAGE_SIZE) < kernel->end)
		fail(SHIM_NO_ROOM, "The TD has too little memory for kernel and initrd.");
	return align_down(end - size, PAGE_SIZE);
}

static void add_e820(struct boot_params *p, uint64_t start, uint64_t size, enum e820_type type)
{
	p->e820_table[p->e820_entries++] = (struct e820_entry){ start, size, type };
}

static void build_e820(struct boot_params *p, const struct memory_map *map)
{
	add_e820(p, 0, ACPI_ADDRESS, E820_RAM);
	add_e820(p, ACPI_ADDRESS, ACPI_SIZE, E820_ACPI);
	for (size_t i = 1; i < map->count; i++)
		add_e820(p, map->ranges[i].base, map->ranges[i].size, E820_RAM);
}

void linux_prepare(const struct linux_kernel *kernel, const struct memory_map *map,
		   uint64_t initrd_address, uint64_t initrd_size, uint64_t acpi_rsdp)
{
	struct boot_params *p = boot_params();

	p->hdr.type_of_loader = LOADER_TYPE_UNDEFINED;
	p->hdr.code32_start = (uint32_t)kernel->load_address;
	p->hdr.ramdisk_image = (uint32_t)initrd_address;
	p->hdr.ramdisk_size = (uint32_t)initrd_size;
	p->hdr.cmd_line_ptr = (uint32_t)CMDLINE_ADDRESS;
	p->hdr.setup_data = 0;
	p->acpi_rsdp_addr = acpi_rsdp;
	build_e820(p, map);
}

_Noreturn void linux_enter(const struct linux_kernel *kernel)
{
	__asm__ volatile("jmp *%0"
			 :
			 : "r"(kernel->load_address + ENTRY_64), "S"(BOOT_PARAMS_ADDRESS)
			 : "memory");
	__builtin_unreachable();
}
