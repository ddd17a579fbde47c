/* SPDX-License-Identifier: MIT */
#include "module/run.h"

#include "lib/bits.h"
#include "module/control.h"
#include "module/cpuid.h"
#include "module/exit.h"
#include "module/fault.h"
#include "module/module.h"
#include "module/msr.h"
#include "module/vapic.h"
#include "module/ve.h"

#define INTERRUPTION_VALID bit(31)
#define INTERRUPTION_NMI   (UINT64_C(2) << 8 | 2) /* type NMI, vector 2 */
#define ENTRY_FAILURE	   bit(31)

/* CR access qualification: register number 3:0, type 5:4, GPR 11:8, LMSW's operand 31:16. */
#define CR_QUAL_TYPE_SHIFT 4
#define CR_QUAL_LMSW	   3
#define CR_QUAL_GPR_SHIFT  8
#define CR_QUAL_LMSW_SHIFT 16
#define CR_NO_GPR	   16

/* True: the guest goes on. False: TD exit, *out is filled. */
typedef bool exit_handler(const struct guest *g, const struct cpu_exit *x, struct td_exit *out);

static bool exit_interrupt(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	td_exit_with(out, TDX_EXIT_EXTERNAL_INTERRUPT);
	out->gpr[TDX_R9] = INTERRUPTION_VALID | x->vector;
	return false;
}

static bool exit_nmi(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	td_exit_with(out, TDX_EXIT_EXCEPTION_NMI);
	out->gpr[TDX_R9] = INTERRUPTION_VALID | INTERRUPTION_NMI;
	return false;
}

static bool exit_init(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	td_exit_with(out, TDX_EXIT_INIT);
	return false;
}

static bool exit_task_switch(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	td_exit_with(out, TDX_EXIT_TASK_SWITCH);
	return false;
}

static bool exit_triple_fault(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	td_exit_triple_fault(g->vcpu, out);
	return false;
}

static bool exit_bad_state(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	g->tdr->fatal = true;
	td_exit_with(out, TDX_NON_RECOVERABLE_TD | ENTRY_FAILURE | TDX_EXIT_ENTRY_FAILED_STATE);
	return false;
}

static bool exit_ud(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	raise_ud(g->vcpu);
	return true;
}

static bool exit_gp(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	raise_gp(g->vcpu);
	return true;
}

/* The instruction is the guest's to emulate. */
static bool ve(const struct guest *g, const struct cpu_exit *x, enum tdx_exit_reason reason,
	       uint64_t qualification)
{
	ve_raise_instruction(g->vcpu, reason, qualification, x->length);
	return true;
}

static bool done(const struct guest *g, const struct cpu_exit *x)
{
	cpu_vcpu_skip(&g->vcpu->cpu, x->length);
	return true;
}

static bool exit_hlt(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_HLT, 0);
}

static bool exit_invd(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_INVD, 0);
}

static bool exit_wbinvd(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_WBINVD, 0);
}

static bool exit_monitor(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_MONITOR, 0);
}

static bool exit_mwait(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_MWAIT, 0);
}

static bool exit_vmcall(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_VMCALL, 0);
}

static bool exit_pconfig(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return ve(g, x, TDX_EXIT_PCONFIG, 0);
}

static bool exit_cpuid(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint64_t *gpr = g->vcpu->cpu.gpr;
	struct tdx_cpuid_value value;

	if (!cpuid_execute(g->vcpu, g->tdr, low32(gpr[TDX_RAX]), low32(gpr[TDX_RCX]), &value))
		return ve(g, x, TDX_EXIT_CPUID, 0);
	gpr[TDX_RAX] = value.eax;
	gpr[TDX_RBX] = value.ebx;
	gpr[TDX_RCX] = value.ecx;
	gpr[TDX_RDX] = value.edx;
	return done(g, x);
}

static bool finish_msr(const struct guest *g, const struct cpu_exit *x, enum msr_result result,
		       enum tdx_exit_reason reason)
{
	switch (result) {
	case MSR_DONE:
		return done(g, x);
	case MSR_VE:
		return ve(g, x, reason, 0);
	case MSR_GP:
		break;
	}
	raise_gp(g->vcpu);
	return true;
}

static bool exit_rdmsr(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint64_t *gpr = g->vcpu->cpu.gpr;
	uint64_t value;
	enum msr_result result = msr_read(g, low32(gpr[TDX_RCX]), &value);

	if (result == MSR_DONE) {
		gpr[TDX_RAX] = low32(value);
		gpr[TDX_RDX] = high32(value);
	}
	return finish_msr(g, x, result, TDX_EXIT_RDMSR);
}

static uint64_t edx_eax(const struct guest *g)
{
	return make64(low32(g->vcpu->cpu.gpr[TDX_RDX]), low32(g->vcpu->cpu.gpr[TDX_RAX]));
}

static bool exit_wrmsr(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint32_t msr = low32(g->vcpu->cpu.gpr[TDX_RCX]);

	return finish_msr(g, x, msr_write(g, msr, edx_eax(g)), TDX_EXIT_WRMSR);
}

static bool exit_io(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint64_t qualification = (uint64_t)(x->io.size - 1) | (x->io.in ? TDX_IO_QUAL_IN : 0) |
				 (x->io.string ? TDX_IO_QUAL_STRING : 0) |
				 (x->io.rep ? TDX_IO_QUAL_REP : 0) |
				 (x->io.immediate ? TDX_IO_QUAL_IMMEDIATE : 0) |
				 (uint64_t)x->io.port << TDX_IO_QUAL_PORT_SHIFT;

	return ve(g, x, TDX_EXIT_IO, qualification);
}

static bool exit_cr_read(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	g->vcpu->cpu.gpr[x->cr.gpr & 15] = vapic_cr8(g->vcpu);
	return done(g, x);
}

static uint64_t cr_qualification(const struct cpu_exit *x)
{
	if (x->cr.gpr != CR_NO_GPR)
		return x->cr.number | (uint64_t)x->cr.gpr << CR_QUAL_GPR_SHIFT;
	return x->cr.number | CR_QUAL_LMSW << CR_QUAL_TYPE_SHIFT |
	       (x->cr.value & 0xffff) << CR_QUAL_LMSW_SHIFT;
}

static bool finish_control(const struct guest *g, const struct cpu_exit *x,
			   enum control_result result)
{
	switch (result) {
	case CONTROL_DONE:
		return done(g, x);
	case CONTROL_VE:
		return ve(g, x, TDX_EXIT_CR_ACCESS, cr_qualification(x));
	case CONTROL_GP:
		break;
	}
	raise_gp(g->vcpu);
	return true;
}

static bool exit_cr_write(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint64_t value = x->cr.value;

	if (!cpu_vcpu_is_64bit(&g->vcpu->cpu))
		value = low32(value);
	switch (x->cr.number) {
	case 0:
		return finish_control(g, x, control_write_cr0(g->vcpu, value));
	case 4:
		return finish_control(g, x, control_write_cr4(g, value));
	case 8:
		return finish_control(g, x,
				      vapic_set_cr8(g->vcpu, value) ? CONTROL_DONE : CONTROL_GP);
	default:
		return exit_ud(g, x, out);
	}
}

static bool exit_xsetbv(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	uint32_t index = low32(g->vcpu->cpu.gpr[TDX_RCX]);

	return finish_control(g, x, control_write_xcr(g, index, edx_eax(g)));
}

static bool exit_tdcall(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	struct cpu_vcpu *cpu = &g->vcpu->cpu;
	struct tdcall c = {
		.r = cpu->gpr, .vcpu = g->vcpu, .tdr = g->tdr, .tdcs = g->tdcs, .exit = out
	};

	if (!cpu_vcpu_is_64bit(cpu) || cpu_vcpu_cpl(cpu) != 0)
		return exit_gp(g, x, out);
	switch (module_tdcall(&c)) {
	case TDCALL_RETURN:
		cpu->gpr[TDX_RAX] = c.status;
		return done(g, x);
	case TDCALL_RESTART:
		return true;
	case TDCALL_EXIT:
		break;
	}
	return false;
}

/* The guest goes on as it is. */
static bool exit_window(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	return true;
}

static exit_handler *const handlers[CPU_EXIT_COUNT] = {
	[CPU_EXIT_INTERRUPT] = exit_interrupt,
	[CPU_EXIT_NMI] = exit_nmi,
	[CPU_EXIT_INIT] = exit_init,
	[CPU_EXIT_TRIPLE_FAULT] = exit_triple_fault,
	[CPU_EXIT_UD] = exit_ud,
	[CPU_EXIT_TDCALL] = exit_tdcall,
	[CPU_EXIT_SEAM_UD] = exit_ud,
	[CPU_EXIT_CPUID] = exit_cpuid,
	[CPU_EXIT_HLT] = exit_hlt,
	[CPU_EXIT_INVD] = exit_invd,
	[CPU_EXIT_WBINVD] = exit_wbinvd,
	[CPU_EXIT_MONITOR] = exit_monitor,
	[CPU_EXIT_MWAIT] = exit_mwait,
	[CPU_EXIT_RDPMC] = exit_gp,
	[CPU_EXIT_VMCALL] = exit_vmcall,
	[CPU_EXIT_VIRT_UD] = exit_ud,
	[CPU_EXIT_PCONFIG] = exit_pconfig,
	[CPU_EXIT_ENQCMD] = exit_gp,
	[CPU_EXIT_XSETBV] = exit_xsetbv,
	[CPU_EXIT_RDMSR] = exit_rdmsr,
	[CPU_EXIT_WRMSR] = exit_wrmsr,
	[CPU_EXIT_CR_READ] = exit_cr_read,
	[CPU_EXIT_CR_WRITE] = exit_cr_write,
	[CPU_EXIT_IO] = exit_io,
	[CPU_EXIT_MEMORY] = fault_handle,
	[CPU_EXIT_TASK_SWITCH] = exit_task_switch,
	[CPU_EXIT_WINDOW] = exit_window,
	[CPU_EXIT_BAD_STATE] = exit_bad_state,
};

/*
 * TDH.VP.WR of PEND_NMI: not while #VE information waits or another NMI is handled, nor in place of
 * another event.
 */
static void inject_pending_nmi(struct vcpu *v)
{
	if (!v->pend_nmi || v->ve_valid || cpu_vcpu_nmi_blocked(&v->cpu) ||
	    cpu_vcpu_injecting(&v->cpu))
		return;
	v->pend_nmi = false;
	cpu_vcpu_inject_nmi(&v->cpu);
}

void run_guest(const struct guest *g, struct td_exit *out)
{
	struct vcpu *v = g->vcpu;
	struct cpu_exit x;

	module_count(&module_counters.td_entries, 1);
	vapic_merge_posted(v);
	do {
		inject_pending_nmi(v);
		cpu_vcpu_run(&v->cpu, &x);
		module_count(&module_counters.exits[x.kind], 1);
		if (v->offered_vector >= 0 && cpu_vcpu_interrupt_taken(&v->cpu))
			vapic_interrupt_taken(v);
		if (x.event_pending)
			reinject(v, &x);
	} while (handlers[x.kind](g, &x, out));
}
