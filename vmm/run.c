/* SPDX-License-Identifier: MIT */
/* The run loop: why the TD stopped, and what to do about it. TDX Module ABI, "TDH.VP.ENTER". */
#include <tdx/leaf.h>
#include <tdx/status.h>
#include <tdx/ve.h>

#include "host/tdh_vp.h"
#include "lib/bits.h"
#include "lib/status_name.h"
#include "vmm/console.h"
#include "vmm/interrupts.h"
#include "vmm/lapic.h"
#include "vmm/td.h"

#define EXIT_REASON(rax)      (0xffff & (rax))
#define EEQ_TYPE(rdx)	      (0xf & (rdx))
#define EEQ_ACCEPT_LEVEL(rdx) ((rdx) >> 32 & TDX_GPA_LEVEL_MASK)
#define INTERRUPT_VALID	      bit(31)
#define MAX_REPEATED	      64

static void end_with_gpa(struct vcpu *v, uint64_t address)
{
	if (v->td->end == TD_RUNS)
		print("@td.gpa %lx\n", address);
	td_set_end(v->td, TD_UNACCEPTED);
}

/* What cannot be mended by trying again must not be tried for ever. */
static bool is_stuck(struct vcpu *v, uint64_t what)
{
	if (v->last_violation != what)
		v->repeated = 0;
	v->last_violation = what;
	return ++v->repeated > MAX_REPEATED;
}

static void private_violation(struct vcpu *v, uint64_t address)
{
	uint64_t eeq = v->gpr[TDX_RDX];
	struct td_window *w = memory_window(v->td, address);
	unsigned int largest = TDX_LEVEL_2M;

	if (!w || memory_page(w, address) == TD_PAGE_SHARED ||
	    EEQ_TYPE(eeq) == TDX_EEQ_PENDING_EPT_VIOLATION || is_stuck(v, address)) {
		end_with_gpa(v, address);
		return;
	}
	if (EEQ_TYPE(eeq) == TDX_EEQ_ACCEPT && EEQ_ACCEPT_LEVEL(eeq) < TDX_LEVEL_2M)
		largest = TDX_LEVEL_4K;
	memory_augment(v->td, w, address, largest);
}

/* Converted memory is mapped at once, so there is nothing that the VMM could add. */
static void ept_violation(struct vcpu *v)
{
	uint64_t address = v->gpr[TDX_R8];

	if (address & TD_SHARED_BIT)
		end_with_gpa(v, address);
	else
		private_violation(v, address);
}

static void end_with_error(struct vcpu *v, uint64_t status)
{
	print("@vmm.error TDH.VP.ENTER ended with %s, exit reason %lu (%016lx).\n",
	      tdx_status_text(status), EXIT_REASON(status), status);
	td_set_end(v->td, TD_ERROR);
}

static void failed_entry(struct vcpu *v, uint64_t status)
{
	if (tdx_status_name(status) == TDX_NON_RECOVERABLE_VCPU &&
	    EXIT_REASON(status) == TDX_EXIT_TRIPLE_FAULT)
		td_set_end(v->td, TD_TRIPLE_FAULT);
	else if ((status & TDX_NON_RECOVERABLE) || is_stuck(v, status))
		end_with_error(v, status);
}

static void external_interrupt(uint64_t information)
{
	if (information & INTERRUPT_VALID)
		interrupts_handle((uint8_t)information);
}

static void handle_exit(struct vcpu *v, uint64_t status)
{
	if (status & (TDX_ERROR | TDX_NON_RECOVERABLE)) {
		failed_entry(v, status);
		return;
	}
	switch (EXIT_REASON(status)) {
	case TDX_EXIT_TDCALL:
		vmcall_handle(v);
		break;
	case TDX_EXIT_EXTERNAL_INTERRUPT:
		external_interrupt(v->gpr[TDX_R9]);
		break;
	case TDX_EXIT_EPT_VIOLATION:
		ept_violation(v);
		break;
	case TDX_EXIT_EXCEPTION_NMI:
	case TDX_EXIT_SMI:
		break;
	case TDX_EXIT_TRIPLE_FAULT:
		td_set_end(v->td, TD_TRIPLE_FAULT);
		break;
	default:
		end_with_error(v, status);
	}
}

void td_set_progress(struct td *td, enum td_progress progress)
{
	static const char *const names[] = {
		[TD_PROGRESS_SHIM] = "shim",
		[TD_PROGRESS_MEASURED] = "measured",
		[TD_PROGRESS_KERNEL] = "kernel",
		[TD_PROGRESS_GUEST] = "guest",
	};

	td->progress = progress;
	print("@progress %s\n", names[progress]);
}

static const char *const end_name[] = {
	[TD_POWEROFF] = "poweroff",	[TD_RESET] = "reset",
	[TD_FATAL] = "fatal",		[TD_TRIPLE_FAULT] = "triple-fault",
	[TD_UNACCEPTED] = "unaccepted", [TD_HALTED] = "halted",
	[TD_ERROR] = "error",
};

void td_run(struct td *td)
{
	struct vcpu *v = &td->vcpu;

	interrupts_set_target(v);
	guest_timer_check(v);
	print("@td.enter\n");
	while (td->end == TD_RUNS)
		handle_exit(v, tdh_vp_enter(v->tdvpr, (struct tdx_module_args *)v->gpr));
	interrupts_set_target(NULL);
	lapic_timer_start(0);
	print("@td.end %s\n", end_name[td->end]);
}
