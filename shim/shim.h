/* SPDX-License-Identifier: MIT */
/*
 * shim: the firmware of a TD that boots Linux. It accepts the memory, brings kernel, initrd and
 * command line from shared into private memory, measures them, and enters the kernel as a boot
 * loader does.
 *
 * Everything that it reads comes from a VMM that may lie. The TD HOB is in private memory and does
 * not change while it is read, but may say anything. The payload is in shared memory: each byte is
 * fetched once, then checked and measured where it was fetched to.
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/handoff.h"

/* Error codes of TDG.VP.VMCALL<ReportFatalError>, beside the message. */
enum shim_error {
	SHIM_BAD_HOB = 1,
	SHIM_NOT_ACCEPTED,
	SHIM_BAD_KERNEL,
	SHIM_NO_ROOM,
	SHIM_NOT_MEASURED,
	SHIM_EXCEPTION,
	SHIM_PANIC,
};

/* Reports a sentence of at most TDVMCALL_FATAL_MESSAGE_SIZE characters; ends the TD. */
_Noreturn void fail(enum shim_error error, const char *text, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Memory.
 * The shim keeps two things below 640 KiB: the ACPI tables, which stay, and what it hands to the
 * kernel, which copies it.
 */
#define BOOT_PARAMS_ADDRESS UINT64_C(0x10000)
#define CMDLINE_ADDRESS	    UINT64_C(0x20000)
#define CMDLINE_MAX_SIZE    UINT64_C(0x10000) /* with a terminating zero */
#define ACPI_ADDRESS	    UINT64_C(0x9e000)
#define ACPI_SIZE	    UINT64_C(0x2000)

#define MEMORY_MAX_RANGES 16

/* RAM in ascending order, adjacent ranges merged. The first is [0, 640 KiB), the second begins at
 * 1 MiB. */
struct memory_map {
	size_t count;
	struct memory_range ranges[MEMORY_MAX_RANGES];
};

/* Reads the resource descriptors of a TD HOB and accepts what is not accepted yet, and the legacy
 * hole between 640 KiB and 1 MiB, in which kernels look for tables. */
void memory_accept(const void *hob, struct memory_map *map);

/*
 * The payload, through a window of shared memory.
 * payload_open() maps it; payload_copy() fetches bytes of a file, each of which must be asked for
 * once only.
 */
void payload_open(const struct payload_info *payload, uint64_t shared_bit);
void payload_copy(void *to, const struct payload_file *file, uint64_t offset, uint64_t size);

/* RTMR[index] is extended with SHA-384 of the data. */
void measure(unsigned int index, const void *data, size_t size);

/* Builds the tables at ACPI_ADDRESS; returns the address of the RSDP. */
uint64_t acpi_build(void);

/* A kernel in its place. */
struct linux_kernel {
	const void *file; /* the whole file, in private memory */
	uint64_t load_address;
	uint64_t end; /* of the memory that it needs before it manages memory itself */
	uint64_t initrd_limit;
	uint64_t cmdline_limit; /* without the terminating zero */
};

void linux_load(const struct payload_file *file, const struct memory_map *map,
		struct linux_kernel *kernel);
/* Where an initrd of that size goes. */
uint64_t linux_initrd_address(const struct linux_kernel *kernel, const struct memory_map *map,
			      uint64_t size);
/* Fills in boot_params; the setup header of the kernel is in place already. */
void linux_prepare(const struct linux_kernel *kernel, const struct memory_map *map,
		   uint64_t initrd_address, uint64_t initrd_size, uint64_t acpi_rsdp);
_Noreturn void linux_enter(const struct linux_kernel *kernel);

#endif
