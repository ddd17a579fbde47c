/* SPDX-License-Identifier: MIT */
/*
 * A TD and its VCPU, as the VMM sees them. Everything about a TD hangs on these; what is global in
 * the VMM belongs to the machine.
 */
#ifndef VMM_TD_H
#define VMM_TD_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/args.h>
#include <tdx/tdvf.h>
#include <tdx/types.h>

#include "lib/addr.h"
#include "lib/handoff.h"
#include "vmm/guest_apic.h"
#include "vmm/memory.h"

#define TD_SHARED_BIT (UINT64_C(1) << 47) /* of a GPA: TDs have 48-bit ones */

enum td_end {
	TD_RUNS,
	TD_POWEROFF,
	TD_RESET,
	TD_FATAL, /* it reported a fatal error */
	TD_TRIPLE_FAULT,
	TD_UNACCEPTED, /* it touched memory that it had not accepted, or that is not there */
	TD_HALTED,     /* it halts and nothing can wake it */
	TD_ERROR,      /* the module or the VMM failed */
};

enum vmcall_kind {
	VMCALL_CPUID,
	VMCALL_HLT,
	VMCALL_IO,
	VMCALL_RDMSR,
	VMCALL_WRMSR,
	VMCALL_MMIO,
	VMCALL_MAP_GPA,
	VMCALL_GET_TD_VM_CALL_INFO,
	VMCALL_REPORT_FATAL_ERROR,
	VMCALL_SETUP_EVENT_NOTIFY_INTERRUPT,
	VMCALL_UNKNOWN,
	VMCALL_COUNT,
};

struct vcpu {
	uint64_t gpr[TDX_GPR_COUNT]; /* of the last TD exit; a struct tdx_module_args by a cast */
	struct td *td;
	struct hpa tdvpr;
	struct tdx_posted_interrupts *posted;
	struct guest_apic apic;
	uint8_t event_notify_vector; /* 0: none was set up */
	/* The same EPT violation again and again, or TDH.VP.ENTER busy, ends the TD. */
	uint64_t last_violation;
	unsigned int repeated;
};

struct td {
	struct hpa tdr;
	uint16_t hkid;
	uint16_t tsc_frequency; /* in units of 25 MHz */
	uint64_t tsc_offset;	/* the TD's time-stamp counter minus the machine's */
	struct vcpu vcpu;
	struct td_memory memory;
	struct page_list control_pages; /* of the module's: TDCX, TDVPR, secure EPT */
	enum td_end end;
	enum td_progress progress;
	/* for the report */
	uint64_t vmcalls[VMCALL_COUNT];
	uint64_t pages_donated, pages_returned; /* 4 KiB units */
};

/* What a TD is made of. Files lie in the VMM's memory; size 0: there is none. */
struct td_file {
	struct hpa pa;
	uint64_t size;
};

struct td_input {
	struct vmm_config config;
	struct td_file firmware, kernel, initrd, cmdline;
};

/* Builds a TD that is ready to run. */
void td_build(struct td *td, const struct td_input *in);
/* Runs it until td->end is not TD_RUNS. */
void td_run(struct td *td);
/* Takes everything back; prints what was donated and what came back. */
void td_tear_down(struct td *td);

/* The first call says how the TD ended, later ones change nothing. */
void td_set_end(struct td *td, enum td_end end);
/* The TD got that far; said once, when it happens. */
void td_set_progress(struct td *td, enum td_progress progress);
/* A page for the module, noted in control_pages. False: none left. */
bool td_control_page(struct td *td, struct hpa *page);

/* An interrupt for the VCPU: it takes it when it next runs, by its priority. Vectors below 16 are
 * none. */
void vcpu_post(struct vcpu *v, uint8_t vector);
/* Was something posted that the VCPU has not taken over? */
bool vcpu_has_posted(const struct vcpu *v);

/* run.c's view of the services: answers the TDG.VP.VMCALL in v->gpr. */
void vmcall_handle(struct vcpu *v);

#endif
