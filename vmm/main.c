/* SPDX-License-Identifier: MIT */
/*
 * The reference VMM: makes one TD out of the files that the command hands over, runs it, takes it
 * apart again and ends the machine.
 */
#include "lib/check.h"
#include "lib/phys.h"
#include "vmm/clock.h"
#include "vmm/console.h"
#include "vmm/fwcfg.h"
#include "vmm/interrupts.h"
#include "vmm/ioapic.h"
#include "vmm/lapic.h"
#include "vmm/pages.h"
#include "vmm/platform.h"
#include "vmm/vmcall.h"

_Noreturn void vmm_main(const struct vmm_boot *boot);

static void read_config(struct vmm_config *config)
{
	struct fwcfg_file file;

	if (!fwcfg_find(FILE_CONFIG, &file) || file.size < sizeof(*config))
		fail("The VMM got no configuration.");
	fwcfg_read(&file, hpa_of(config), sizeof(*config));
	if (config->magic != VMM_CONFIG_MAGIC)
		fail("The VMM's configuration is of another version.");
	if (!is_aligned(config->memory_size, SIZE_2M) || config->memory_size == 0)
		fail("The TD's memory size is not a multiple of 2 MiB.");
}

static struct td_file read_file(const char *name)
{
	struct fwcfg_file file;
	struct td_file result = { 0 };

	if (!fwcfg_find(name, &file) || file.size == 0)
		return result;
	result.size = file.size;
	result.pa = pages_alloc(file.size, SIZE_2M);
	fwcfg_read(&file, result.pa, file.size);
	return result;
}

static void report(const struct td *td)
{
	for (unsigned int i = 0; i < VMCALL_COUNT; i++)
		print("@vmcall.%s %lu\n", vmcall_names[i], td->vmcalls[i]);
	print("@pages.shared %lu\n", td->memory.pages_to_shared);
	print("@pages.private %lu\n", td->memory.pages_to_private);
	print("@pages.donated %lu\n", td->pages_donated);
	print("@pages.returned %lu\n", td->pages_returned);
}

_Noreturn void vmm_main(const struct vmm_boot *boot)
{
	static struct td_input input;
	static struct td td;

	interrupts_init();
	print("@vmm.start\n");
	CHECK(boot->magic == VMM_BOOT_MAGIC);

	pages_init(boot);
	fwcfg_init();
	read_config(&input.config);
	console_verbose(input.config.verbose);
	pages_leave_to_td(input.config.memory_size);
	input.firmware = read_file(FILE_FIRMWARE);
	input.kernel = read_file(FILE_KERNEL);
	input.initrd = read_file(FILE_INITRD);
	input.cmdline = read_file(FILE_CMDLINE);

	lapic_init();
	ioapic_init();
	clock_init();
	platform_init();

	td_build(&td, &input);
	note("the TD is built: %lu pages", td.pages_donated);
	td_run(&td);
	td_tear_down(&td);
	report(&td);
	print("@vmm.end\n");
	machine_exit(0);
}
