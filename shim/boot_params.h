/* SPDX-License-Identifier: MIT */
/* What a boot loader and an x86 Linux kernel tell each other. Linux,
 * Documentation/arch/x86/boot.rst and zero-page.rst. */
#ifndef SHIM_BOOT_PARAMS_H
#define SHIM_BOOT_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#define BOOT_FLAG     0xaa55
#define HEADER_MAGIC  0x53726448 /* "HdrS" */
#define BOOT_PROTOCOL 0x020c	 /* 2.12: xloadflags */

#define SETUP_SECTOR_SIZE     512
#define SETUP_SECTS_DEFAULT   4
#define ENTRY_64	      0x200 /* behind the load address */
#define LOADED_HIGH	      (1 << 0)
#define XLF_KERNEL_64	      (1 << 0)
#define LOADER_TYPE_UNDEFINED 0xff

struct setup_header {
	uint8_t setup_sects; /* at 0x1f1 of the file and of boot_params */
	uint16_t root_flags;
	uint32_t syssize; /* of the protected-mode part, in 16 bytes */
	uint16_t ram_size;
	uint16_t vid_mode;
	uint16_t root_dev;
	uint16_t boot_flag;
	uint8_t jump_opcode;
	uint8_t jump_distance; /* from 0x202: where the header ends */
	uint32_t header;
	uint16_t version;
	uint32_t realmode_swtch;
	uint16_t start_sys_seg;
	uint16_t kernel_version;
	uint8_t type_of_loader;
	uint8_t loadflags;
	uint16_t setup_move_size;
	uint32_t code32_start;
	uint32_t ramdisk_image;
	uint32_t ramdisk_size;
	uint32_t bootsect_kludge;
	uint16_t heap_end_ptr;
	uint8_t ext_loader_ver;
	uint8_t ext_loader_type;
	uint32_t cmd_line_ptr;
	uint32_t initrd_addr_max;
	uint32_t kernel_alignment;
	uint8_t relocatable_kernel;
	uint8_t min_alignment;
	uint16_t xloadflags;
	uint32_t cmdline_size;
	uint32_t hardware_subarch;
	uint64_t hardware_subarch_data;
	uint32_t payload_offset;
	uint32_t payload_length;
	uint64_t setup_data;
	uint64_t pref_address;
	uint32_t init_size;
	uint32_t handover_offset;
	uint32_t kernel_info_offset;
} __attribute__((packed));

#define SETUP_HEADER_OFFSET 0x1f1
#define SETUP_HEADER_JUMP   0x202 /* jump_distance counts from here */

enum e820_type { E820_RAM = 1, E820_ACPI = 3 };

struct e820_entry {
	uint64_t address;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

#define E820_MAX_ENTRIES 128

struct boot_params {
	uint8_t unused_0[0x70];
	uint64_t acpi_rsdp_addr;
	uint8_t unused_1[0x170];
	uint8_t e820_entries;
	uint8_t unused_2[8];
	struct setup_header hdr;
	uint8_t unused_3[0x2d0 - SETUP_HEADER_OFFSET - sizeof(struct setup_header)];
	struct e820_entry e820_table[E820_MAX_ENTRIES];
	uint8_t unused_4[0x330];
} __attribute__((packed));

_Static_assert(offsetof(struct boot_params, acpi_rsdp_addr) == 0x70 &&
		       offsetof(struct boot_params, e820_entries) == 0x1e8 &&
		       offsetof(struct boot_params, hdr) == SETUP_HEADER_OFFSET &&
		       offsetof(struct boot_params, hdr.header) == SETUP_HEADER_JUMP &&
		       offsetof(struct boot_params, hdr.init_size) == 0x260 &&
		       offsetof(struct boot_params, e820_table) == 0x2d0 &&
		       sizeof(struct boot_params) == 4096,
	       "boot_params");

#endif
