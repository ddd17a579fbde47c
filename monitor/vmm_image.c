/* SPDX-License-Identifier: MIT */
/*
 * Loads the VMM: an ELF64 image, linked in the last 2 GiB of the address space, put below the
 * monitor. Its page tables map all of 512 GiB at its own address and the image where it was linked.
 * lib/handoff.h has the contract.
 */
#include <elf.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "monitor/monitor.h"

#define VMM_BASE  UINT64_C(0xffffffff80000000)
#define VMM_LIMIT (64 * SIZE_2M)
#define PTE_TABLE (bit(0) | bit(1))
#define PTE_BLOCK (bit(0) | bit(1) | bit(7))
#define ENTRIES	  512

enum { TABLE_PML4, TABLE_PDPT_LOW, TABLE_PDPT_HIGH, TABLE_PD_HIGH, TABLE_BOOT_RECORD, TABLE_COUNT };

static const Elf64_Phdr *program_header(const uint8_t *file, unsigned int i)
{
	const Elf64_Ehdr *elf = (const void *)file;

	return (const void *)(file + elf->e_phoff + i * sizeof(Elf64_Phdr));
}

static bool segment_fits(const Elf64_Phdr *segment, uint64_t file_size)
{
	return segment->p_offset <= file_size &&
	       segment->p_filesz <= file_size - segment->p_offset &&
	       segment->p_filesz <= segment->p_memsz && segment->p_vaddr >= VMM_BASE &&
	       segment->p_vaddr - VMM_BASE <= VMM_LIMIT &&
	       segment->p_memsz <= VMM_LIMIT - (segment->p_vaddr - VMM_BASE);
}

/* Checks the file; returns how much memory the image takes from its base on. */
static uint64_t image_size(const uint8_t *file, uint64_t file_size)
{
	const Elf64_Ehdr *elf = (const void *)file;
	uint64_t end = 0;

	if (file_size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64 ||
	    elf->e_phoff + (uint64_t)elf->e_phnum * sizeof(Elf64_Phdr) > file_size)
		panic("the VMM image is not an x86-64 ELF file");
	for (unsigned int i = 0; i < elf->e_phnum; i++) {
		const Elf64_Phdr *segment = program_header(file, i);

		if (segment->p_type != PT_LOAD)
			continue;
		if (!segment_fits(segment, file_size))
			panic("segment %u of the VMM image is outside its address range", i);
		if (segment->p_vaddr - VMM_BASE + segment->p_memsz > end)
			end = segment->p_vaddr - VMM_BASE + segment->p_memsz;
	}
	return align_up(end, SIZE_2M);
}

static void copy_segments(const uint8_t *file, uint64_t base)
{
	const Elf64_Ehdr *elf = (const void *)file;

	for (unsigned int i = 0; i < elf->e_phnum; i++) {
		const Elf64_Phdr *segment = program_header(file, i);

		if (segment->p_type == PT_LOAD)
			memcpy(phys_ptr(hpa(base + segment->p_vaddr - VMM_BASE)),
			       file + segment->p_offset, segment->p_filesz);
	}
}

static void make_tables(uint64_t tables, uint64_t image, uint64_t size)
{
	uint64_t *table = phys_ptr(hpa(tables));

	table[TABLE_PML4 * ENTRIES] = (tables + TABLE_PDPT_LOW * PAGE_SIZE) | PTE_TABLE;
	table[TABLE_PML4 * ENTRIES + 511] = (tables + TABLE_PDPT_HIGH * PAGE_SIZE) | PTE_TABLE;
	for (unsigned int i = 0; i < ENTRIES; i++)
		table[TABLE_PDPT_LOW * ENTRIES + i] = i * SIZE_1G | PTE_BLOCK;
	table[TABLE_PDPT_HIGH * ENTRIES + 510] = (tables + TABLE_PD_HIGH * PAGE_SIZE) | PTE_TABLE;
	for (uint64_t i = 0; i < size / SIZE_2M; i++)
		table[TABLE_PD_HIGH * ENTRIES + i] = (image + i * SIZE_2M) | PTE_BLOCK;
}

/* RAM without the monitor: it is at the end of its range, so no range is split. */
static void fill_boot_record(const struct boot_info *boot, struct vmm_boot *record,
			     struct memory_range image)
{
	struct memory_range monitor = memory_monitor_range();

	record->magic = VMM_BOOT_MAGIC;
	record->image = image;
	for (unsigned int i = 0; i < boot->ram_count; i++) {
		struct memory_range range = boot->ram[i];

		if (monitor.base - range.base < range.size)
			range.size = monitor.base - range.base;
		if (range.size)
			record->ranges[record->range_count++] = range;
	}
}

struct vmm_start vmm_image_load(const struct boot_info *boot)
{
	const uint8_t *file = phys_ptr(hpa(boot->vmm_image.base));
	uint64_t size = image_size(file, boot->vmm_image.size);
	uint64_t total = size + SIZE_2M;
	struct memory_range monitor = memory_monitor_range();
	uint64_t base = monitor.base - total;
	uint64_t tables = base + size;

	if (base < boot->vmm_image.base + boot->vmm_image.size || !phys_is_ram(hpa(base)))
		panic("not enough memory for the VMM: it needs %lu MiB", total >> 20);
	memset(phys_ptr(hpa(base)), 0, size + TABLE_COUNT * PAGE_SIZE);
	copy_segments(file, base);
	make_tables(tables, base, size);
	fill_boot_record(boot, phys_ptr(hpa(tables + TABLE_BOOT_RECORD * PAGE_SIZE)),
			 (struct memory_range){ base, total });
	return (struct vmm_start){
		.entry = ((const Elf64_Ehdr *)file)->e_entry,
		.cr3 = tables,
		.boot_record = tables + TABLE_BOOT_RECORD * PAGE_SIZE,
	};
}
