/* SPDX-License-Identifier: MIT */
/* The counters of the run, as "@key value" lines (docs/protocol.md). */
#include "cpu/backend.h"
#include "lib/bits.h"
#include "lib/status_name.h"
#include "module/module.h"
#include "monitor/monitor.h"

#include <tdx/ve.h>

static const char *const exit_names[CPU_EXIT_COUNT] = {
	[CPU_EXIT_INTERRUPT] = "interrupt",
	[CPU_EXIT_NMI] = "nmi",
	[CPU_EXIT_INIT] = "init",
	[CPU_EXIT_TRIPLE_FAULT] = "triple_fault",
	[CPU_EXIT_UD] = "ud",
	[CPU_EXIT_TDCALL] = "tdcall",
	[CPU_EXIT_SEAM_UD] = "seam_ud",
	[CPU_EXIT_CPUID] = "cpuid",
	[CPU_EXIT_HLT] = "hlt",
	[CPU_EXIT_INVD] = "invd",
	[CPU_EXIT_WBINVD] = "wbinvd",
	[CPU_EXIT_MONITOR] = "monitor",
	[CPU_EXIT_MWAIT] = "mwait",
	[CPU_EXIT_RDPMC] = "rdpmc",
	[CPU_EXIT_VMCALL] = "vmcall",
	[CPU_EXIT_VIRT_UD] = "virt_ud",
	[CPU_EXIT_PCONFIG] = "pconfig",
	[CPU_EXIT_ENQCMD] = "enqcmd",
	[CPU_EXIT_XSETBV] = "xsetbv",
	[CPU_EXIT_RDMSR] = "rdmsr",
	[CPU_EXIT_WRMSR] = "wrmsr",
	[CPU_EXIT_CR_READ] = "cr_read",
	[CPU_EXIT_CR_WRITE] = "cr_write",
	[CPU_EXIT_IO] = "io",
	[CPU_EXIT_MEMORY] = "memory",
	[CPU_EXIT_TASK_SWITCH] = "task_switch",
	[CPU_EXIT_WINDOW] = "window",
	[CPU_EXIT_BAD_STATE] = "bad_state",
};

static const struct {
	uint8_t reason;
	const char *name;
} ve_names[] = {
	{ TDX_EXIT_CPUID, "cpuid" },
	{ TDX_EXIT_HLT, "hlt" },
	{ TDX_EXIT_INVD, "invd" },
	{ TDX_EXIT_VMCALL, "vmcall" },
	{ TDX_EXIT_CR_ACCESS, "cr_access" },
	{ TDX_EXIT_IO, "io" },
	{ TDX_EXIT_RDMSR, "rdmsr" },
	{ TDX_EXIT_WRMSR, "wrmsr" },
	{ TDX_EXIT_MWAIT, "mwait" },
	{ TDX_EXIT_MONITOR, "monitor" },
	{ TDX_EXIT_EPT_VIOLATION, "ept_violation" },
	{ TDX_EXIT_WBINVD, "wbinvd" },
	{ TDX_EXIT_PCONFIG, "pconfig" },
};

static void counter(const char *group, const char *name, uint64_t value)
{
	if (value)
		print("@%s.%s %lu\n", group, name, value);
}

static void print_hex(const char *key, const uint8_t *bytes, unsigned int count)
{
	print("@%s ", key);
	for (unsigned int i = 0; i < count; i++)
		print("%02x", bytes[i]);
	print("\n");
}

static void print_measurements(const struct module_counters *c)
{
	static const char *const keys[TDX_RTMR_COUNT] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	print_hex("mrtd", c->mrtd, sizeof(c->mrtd));
	for (unsigned int i = 0; i < TDX_RTMR_COUNT; i++)
		print_hex(keys[i], c->rtmr[i], sizeof(c->rtmr[i]));
}

void report_print(void)
{
	const struct module_counters *c = &module_counters;

	for (unsigned int i = 0; i < CPU_EXIT_COUNT; i++)
		counter("exit", exit_names[i], c->exits[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(ve_names); i++)
		counter("ve", ve_names[i].name, c->ve[ve_names[i].reason]);
	for (unsigned int i = 0; i < ARRAY_SIZE(c->tdcalls); i++)
		counter("tdcall", tdg_leaf_name(i), c->tdcalls[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(c->seamcalls); i++)
		counter("seamcall", tdh_leaf_name(i), c->seamcalls[i]);
	print("@entries %lu\n", c->td_entries);
	print("@pages.added %lu\n@pages.accepted %lu\n@pages.augmented %lu\n@pages.removed %lu\n",
	      c->pages_added, c->pages_accepted, c->pages_augmented, c->pages_removed);
	if (c->fault_count)
		print("@td.fault %lx %lx %s\n", c->fault_gpa, c->fault_rip,
		      c->fault_pending ? "pending" : "missing");
	if (c->triple_faults)
		print("@td.triple_fault %lx\n", c->triple_fault_rip);
	if (c->td_ended)
		print_measurements(c);
	print("@monitor.end\n");
}
