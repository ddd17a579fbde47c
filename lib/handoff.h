/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the machine agree on before any of them runs: the ports of the debug console,
 * the files that the command hands to the VMM, the record that the monitor hands to the VMM, the
 * block that the VMM hands to the shim. These are swtdx' own conventions; nothing here is Intel's.
 */
#ifndef LIB_HANDOFF_H
#define LIB_HANDOFF_H

#include <stdint.h>

/*
 * Ports.
 * Each of monitor and VMM has a line-oriented debug console of its own, which the TD cannot reach.
 * Lines are for people, except those that begin with '@': "@key value", which the command collects.
 * The keys are listed in docs/protocol.md.
 */
#define PORT_MONITOR_CONSOLE 0x0e9
#define PORT_VMM_CONSOLE     0x0ea
#define PORT_MACHINE_EXIT                                                                          \
	0x0f4 /* VMM: 32-bit write ends the machine; the monitor prints its counters first */

/* Ports that the VMM serves itself, for the TD; all others reach the emulator's devices. */
#define PORT_TD_POWER	   0x604 /* ACPI sleep control (8-bit): value of \_S5 powers off */
#define PORT_TD_STATUS	   0x605 /* ACPI sleep status, reads 0 */
#define PORT_TD_RESET	   0x606 /* ACPI reset register (8-bit) */
#define PORT_TD_PROGRESS   0x607 /* shim: enum td_progress, what it is about to do (8-bit) */
#define TD_POWER_S5_TYPE   5
#define TD_POWER_OFF_VALUE (TD_POWER_S5_TYPE << 2 | 1 << 5) /* SLP_TYP | SLP_EN */
#define TD_RESET_VALUE	   1

enum td_progress {
	TD_PROGRESS_SHIM = 1, /* the shim runs */
	TD_PROGRESS_MEASURED, /* kernel, initrd and command line are in the RTMRs */
	TD_PROGRESS_KERNEL,   /* the next instruction is the kernel's */
	TD_PROGRESS_GUEST,    /* the VMM's own finding: the kernel knows that it is a TD, it made a
				 TDVMCALL */
};

/* Files in the emulator's fw_cfg, for the VMM. All but the firmware may be absent. */
#define FILE_FIRMWARE "opt/org.swtdx/firmware" /* TDVF image */
#define FILE_KERNEL   "opt/org.swtdx/kernel"
#define FILE_INITRD   "opt/org.swtdx/initrd"
#define FILE_CMDLINE  "opt/org.swtdx/cmdline" /* no terminating zero */
#define FILE_CONFIG   "opt/org.swtdx/config"  /* struct vmm_config */

/* A firmware image ends at 4 GiB; what lies below that and is no device. */
#define FIRMWARE_MAX (16 * UINT64_C(1048576))

#define VMM_CONFIG_MAGIC 0x474643584454 /* "TDXCFG" */

struct vmm_config {
	uint64_t magic;
	uint64_t memory_size; /* of the TD, bytes, a multiple of 2 MiB; RAM in the TD ends there (no
				 hole is counted out) */
	uint64_t attributes;  /* TD_PARAMS.ATTRIBUTES */
	uint32_t verbose;     /* 1: log each step */
	uint32_t reserved;
};

/*
 * Monitor to VMM, RDI at its entry point: 64-bit mode, interrupts off, all physical memory mapped
 * at its own address (writable), the VMM's image mapped where it was linked. Stack: the VMM's own.
 */
#define VMM_BOOT_MAGIC	    0x544f4f4256584454
#define VMM_BOOT_MAX_RANGES 32

struct memory_range {
	uint64_t base;
	uint64_t size;
};

struct vmm_boot {
	uint64_t magic;
	uint32_t range_count;
	uint32_t reserved;
	struct memory_range ranges[VMM_BOOT_MAX_RANGES]; /* RAM that is the VMM's, ascending;
							    excludes the monitor's */
	struct memory_range
		image; /* the VMM's own image and page tables, inside one of the ranges */
};

/*
 * VMM to shim, a HOB GUID extension in the TD HOB: where the kernel and its company lie. They are
 * in shared memory, in a window of GPAs that holds nothing else, so that the block depends on sizes
 * only and its measurement is repeatable.
 */
/* clang-format off */
#define PAYLOAD_HOB_GUID { 0x5f, 0x6e, 0x39, 0x9c, 0x21, 0x64, 0x4f, 0x47, 0x91, 0x0d, 0x5b, 0x3c, 0x9a, 0x7e, 0x14, 0xd2 }
/* clang-format on */
#define PAYLOAD_WINDOW_GPA                                                                         \
	UINT64_C(0x8000000000) /* without the SHARED bit; each file starts on a 2 MiB boundary */

struct payload_file {
	uint64_t gpa; /* without the SHARED bit; 0 when the file is absent */
	uint64_t size;
};

struct payload_info {
	struct payload_file kernel;
	struct payload_file initrd;
	struct payload_file cmdline;
};

#endif
