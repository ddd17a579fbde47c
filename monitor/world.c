/* SPDX-License-Identifier: MIT */
/* The VMM's world, seen from above: what it asks of the monitor. */
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "module/module.h"
#include "module/platform.h"
#include "monitor/monitor.h"

#define VECTOR_MC		     18
#define VECTOR_GP		     13
#define SEAMCALL_LENGTH		     4
#define RDMSR_LENGTH		     2
#define MSR_MKTME_KEYID_PARTITIONING 0x87
#define MAX_VIOLATIONS_SHOWN	     64

/*
 * An access to memory that is not the VMM's. On hardware the line that was written or read with the
 * wrong key is found poisoned, which is a machine check; so here, at the very instruction. No byte
 * is transferred.
 */
static void violation(const struct host_exit *exit)
{
	static unsigned int count;

	if (count++ < MAX_VIOLATIONS_SHOWN)
		print("@violation %lx %c %lx\n", exit->memory.gpa,
		      exit->memory.fetch   ? 'x'
		      : exit->memory.write ? 'w'
					   : 'r',
		      exit->rip);
	host_inject(VECTOR_MC, false, 0);
}

static void msr_access(const struct host_exit *exit, uint64_t gpr[16])
{
	if (exit->msr.write || exit->msr.index != MSR_MKTME_KEYID_PARTITIONING) {
		host_inject(VECTOR_GP, true, 0);
		return;
	}
	gpr[TDX_RAX] = PLATFORM_PRIVATE_HKID - 1; /* MKTME keys, id 0 not counted */
	gpr[TDX_RDX] = PLATFORM_HKID_COUNT;
	host_skip(RDMSR_LENGTH);
}

static void port_access(const struct host_exit *exit, uint64_t gpr[16])
{
	if (exit->io.in)
		gpr[TDX_RAX] =
			exit->io.size == 4 ? UINT32_MAX : gpr[TDX_RAX] | byte_mask(exit->io.size);
	else if (exit->io.port == PORT_MACHINE_EXIT) {
		report_print();
		machine_exit((uint32_t)gpr[TDX_RAX]);
	}
}

/* RAX bit 63 asks for the P-SEAMLDR, which this machine does not have. */
static void seamcall(uint64_t gpr[16])
{
	bool loader = gpr[TDX_RAX] >> 63;

	host_skip(SEAMCALL_LENGTH);
	host_set_arithmetic_flags(loader);
	if (!loader)
		module_seamcall(gpr);
}

void world_run(const struct vmm_start *start)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RDI] = start->boot_record };
	struct host_exit exit;

	host_init(start->entry, start->cr3);
	for (;;) {
		host_run(gpr, &exit);
		switch (exit.kind) {
		case HOST_EXIT_SEAMCALL:
			seamcall(gpr);
			break;
		case HOST_EXIT_MSR:
			msr_access(&exit, gpr);
			break;
		case HOST_EXIT_PORT:
			port_access(&exit, gpr);
			break;
		case HOST_EXIT_VIOLATION:
			violation(&exit);
			break;
		case HOST_EXIT_SHUTDOWN:
			panic("the VMM shut down (triple fault) at %lx", exit.rip);
		case HOST_EXIT_UNEXPECTED:
			panic("unexpected exit %lx of the VMM at %lx", exit.code, exit.rip);
		}
	}
}
