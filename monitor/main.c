/* SPDX-License-Identifier: MIT */
/*
 * The monitor, from the loader to the loop: it takes the top of low RAM, turns SVM on, builds the
 * VMM's view of the machine, and runs the VMM in it. Everything after that happens because the VMM,
 * or a TD, asks.
 */
#include "cpu/svm/svm.h"
#include "module/module.h"
#include "monitor/monitor.h"

_Noreturn void monitor_main(uint64_t multiboot_information);

static struct boot_info boot;

void monitor_main(uint64_t multiboot_information)
{
	struct vmm_start start;

	print("@monitor.start\n");
	multiboot_read(multiboot_information, &boot);
	memory_init(&boot);
	traps_init();
	if (!svm_enable())
		panic("this CPU has no SVM with nested paging: start QEMU with -cpu max,+svm,+npt");
	platform_init(&boot);
	host_view_init(memory_monitor_range());
	start = vmm_image_load(&boot);
	crypto_init();
	module_init();
	world_run(&start);
}
