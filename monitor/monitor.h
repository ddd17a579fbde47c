/* SPDX-License-Identifier: MIT */
/* What the files of the monitor share. The order of start is in main.c. */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/handoff.h"

/* console.c: text on the monitor's debug console. Lines that begin with '@' are for the command. */
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *text, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void machine_exit(uint32_t code);

/* multiboot.c: what the loader left in low memory, copied before anything moves. */
struct boot_info {
	struct memory_range ram[VMM_BOOT_MAX_RANGES]; /* ascending, page-aligned */
	unsigned int ram_count;
	struct memory_range vmm_image; /* the boot module, an ELF file */
};
void multiboot_read(uint64_t information, struct boot_info *boot);

/* memory.c: where the monitor lives, and its pool of pages. Moves the image to the top of low RAM.
 */
void memory_init(const struct boot_info *boot);
struct memory_range memory_monitor_range(void);

/* traps.c */
void traps_init(void);

/* vmm_image.c: loads the VMM's ELF below the monitor; returns entry point and page tables. */
struct vmm_start {
	uint64_t entry, cr3, boot_record;
};
struct vmm_start vmm_image_load(const struct boot_info *boot);

/* world.c: the loop that runs the VMM; does not return. */
_Noreturn void world_run(const struct vmm_start *start);

/* report.c: the counters, as '@' lines. */
void report_print(void);

/* crypto.c: what the crypto library needs before its first use. */
void crypto_init(void);

/* platform.c */
void platform_init(const struct boot_info *boot);

#endif
