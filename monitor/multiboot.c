/* SPDX-License-Identifier: MIT */
/* Multiboot 1: memory map and the one module. */
#include "monitor/monitor.h"

#include <string.h>

#include "lib/bits.h"
#include "lib/check.h"

#define INFO_MODULES	bit(3)
#define INFO_MEMORY_MAP bit(6)
#define MAP_RAM		1

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper;
	uint32_t boot_device, command_line;
	uint32_t module_count, modules;
	uint32_t symbols[4];
	uint32_t map_length, map;
};

struct multiboot_module {
	uint32_t start, end, text, reserved;
};

struct multiboot_map_entry {
	uint32_t size; /* of the rest */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

#define CONVENTIONAL_END 0xa0000

/*
 * The firmware keeps a kilobyte or so below 640 KiB for itself (EBDA); nobody uses it any more, and
 * a TD wants the whole.
 */
static struct memory_range usable(const struct multiboot_map_entry *entry)
{
	uint64_t base = align_up(entry->base, PAGE_SIZE);
	uint64_t end = align_down(entry->base + entry->length, PAGE_SIZE);

	if (base == 0 && end > CONVENTIONAL_END / 2 && end < CONVENTIONAL_END)
		end = CONVENTIONAL_END;
	return (struct memory_range){ base, end > base ? end - base : 0 };
}

void multiboot_read(uint64_t information, struct boot_info *boot)
{
	const struct multiboot_info *info = (const void *)information;
	const struct multiboot_module *module = (const void *)(uint64_t)info->modules;

	CHECK((info->flags & INFO_MODULES) && (info->flags & INFO_MEMORY_MAP) &&
	      info->module_count == 1);
	boot->vmm_image = (struct memory_range){ module->start, module->end - module->start };
	for (uint32_t at = 0; at < info->map_length;) {
		const struct multiboot_map_entry *entry = (const void *)(uint64_t)(info->map + at);
		struct memory_range range = usable(entry);

		if (entry->type == MAP_RAM && range.size) {
			CHECK(boot->ram_count < ARRAY_SIZE(boot->ram));
			boot->ram[boot->ram_count++] = range;
		}
		at += entry->size + sizeof(entry->size);
	}
}
