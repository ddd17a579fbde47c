/* SPDX-License-Identifier: MIT */
#include "guest/leaf.h"
#include "guest/vmcall.h"
#include "lib/hob.h"
#include "shim/crypto.h"
#include "shim/shim.h"
#include "shim/start.h"
#include "shim/trap.h"

enum rtmr { RTMR_HOB = 0, RTMR_KERNEL = 1, RTMR_CONFIGURATION = 2 };

static void progress(enum td_progress step)
{
	tdvmcall_io_write(PORT_TD_PROGRESS, 1, step);
}

/* The TD HOB is trusted to be where the image reserved memory for it, and nowhere else. */
static const void *open_hob(uint64_t hob_gpa)
{
	size_t length;

	if (hob_gpa != (uintptr_t)hob_start)
		fail(SHIM_BAD_HOB, "The TD HOB is at 0x%lx, not in its section.", hob_gpa);
	length = hob_check(hob_start, (size_t)(image_start - hob_start), hob_gpa);
	if (length == 0)
		fail(SHIM_BAD_HOB, "The TD HOB is malformed.");
	measure(RTMR_HOB, hob_start, length);
	return hob_start;
}

static void load_cmdline(const struct payload_file *file, const struct linux_kernel *kernel)
{
	char *cmdline = (char *)CMDLINE_ADDRESS;

	if (file->size > kernel->cmdline_limit || file->size >= CMDLINE_MAX_SIZE)
		fail(SHIM_BAD_KERNEL, "The command line is longer than this kernel takes.");
	payload_copy(cmdline, file, 0, file->size);
	cmdline[file->size] = 0;
	measure(RTMR_CONFIGURATION, cmdline, file->size);
}

static uint64_t load_initrd(const struct payload_file *file, const struct linux_kernel *kernel,
			    const struct memory_map *map)
{
	uint64_t address;

	if (file->size == 0)
		return 0;
	address = linux_initrd_address(kernel, map, file->size);
	payload_copy((void *)address, file, 0, file->size);
	measure(RTMR_CONFIGURATION, (const void *)address, file->size);
	return address;
}

_Noreturn void image_main(uint64_t hob_gpa)
{
	struct tdx_vp_info info;
	struct payload_info payload;
	struct memory_map map;
	struct linux_kernel kernel;
	const void *hob;
	uint64_t initrd;

	trap_init();
	crypto_init();
	progress(TD_PROGRESS_SHIM);
	tdg_vp_info(&info);
	hob = open_hob(hob_gpa);
	if (!hob_find_payload(hob, &payload) || payload.kernel.size == 0)
		fail(SHIM_BAD_HOB, "The TD HOB names no kernel.");
	memory_accept(hob, &map);
	payload_open(&payload, tdx_shared_bit(&info));

	linux_load(&payload.kernel, &map, &kernel);
	measure(RTMR_KERNEL, kernel.file, payload.kernel.size);
	load_cmdline(&payload.cmdline, &kernel);
	initrd = load_initrd(&payload.initrd, &kernel, &map);
	progress(TD_PROGRESS_MEASURED);

	linux_prepare(&kernel, &map, initrd, payload.initrd.size, acpi_build());
	progress(TD_PROGRESS_KERNEL);
	linux_enter(&kernel);
}
