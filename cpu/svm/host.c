/* SPDX-License-Identifier: MIT */
/*
 * The VMM's world: the whole machine as it is, except the memory that host_view.c hides and the few
 * things that are the monitor's. Physical interrupts reach the VMM directly.
 */
#include "cpu/svm/instructions.h"
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/insn.h"
#include "lib/phys.h"

#define VMM_ASID 1
#define CR0_TS	 bit(3)

#define RFLAGS_CARRY	  bit(0)
#define RFLAGS_IF	  bit(9)
#define RFLAGS_ARITHMETIC (bit(0) | bit(2) | bit(4) | bit(6) | bit(7) | bit(11))
#define VECTOR_UD	  6
#define VECTOR_NM	  7
#define VECTOR_GP	  13

static struct vmcb vmm __attribute__((aligned(4096)));
static bool hides_xstate; /* CR0.TS is ours: the registers hold a TD's state */

void host_flush_tlb(void)
{
	vmm.tlb_control = SVM_TLB_FLUSH_ALL;
}

static struct vmcb_segment flat(uint16_t selector, uint16_t attributes)
{
	return (struct vmcb_segment){ .selector = selector,
				      .attributes = attributes,
				      .limit = 0xffffffff };
}

void host_init(uint64_t entry, uint64_t cr3)
{
	vmm.intercept_exceptions = bit(VECTOR_UD);
	vmm.intercepts =
		bit(SVM_INTERCEPT_IOIO) | bit(SVM_INTERCEPT_MSR) | bit(SVM_INTERCEPT_SHUTDOWN) |
		bit(SVM_INTERCEPT_VMRUN) | bit(SVM_INTERCEPT_VMMCALL) | bit(SVM_INTERCEPT_VMLOAD) |
		bit(SVM_INTERCEPT_VMSAVE) | bit(SVM_INTERCEPT_STGI) | bit(SVM_INTERCEPT_CLGI) |
		bit(SVM_INTERCEPT_SKINIT) | bit(SVM_INTERCEPT_INVLPGA) | bit(SVM_INTERCEPT_INIT);
	vmm.iopm_pa = phys_of(svm_iopm_vmm).pa;
	vmm.msrpm_pa = phys_of(svm_msrpm_vmm).pa;
	vmm.asid = VMM_ASID;
	vmm.nested_control = SVM_NESTED_PAGING;
	vmm.nested_cr3 = host_view_root();
	vmm.cs = flat(8, 0xa9b);
	vmm.ds = vmm.es = vmm.ss = vmm.fs = vmm.gs = flat(16, 0xc93);
	vmm.tr = (struct vmcb_segment){ .attributes = 0x8b, .limit = 0xffff };
	vmm.ldtr = (struct vmcb_segment){ .attributes = 0x82, .limit = 0xffff };
	vmm.efer = bit(0) | bit(8) | bit(10) | bit(11) | SVM_EFER_SVME;
	vmm.cr0 = bit(31) | bit(16) | bit(5) | bit(4) | bit(1) | bit(0);
	vmm.cr3 = cr3;
	vmm.cr4 = bit(5) | bit(6) | bit(9) | bit(10);
	vmm.rflags = bit(1);
	vmm.rip = entry;
	vmm.dr6 = 0xffff0ff0;
	vmm.dr7 = 0x400;
	vmm.g_pat = 0x0007040600070406;
	vmm.tlb_control = SVM_TLB_FLUSH_ALL;
}

void host_skip(unsigned int length)
{
	vmm.rip += length;
}

void host_set_arithmetic_flags(bool carry)
{
	vmm.rflags = (vmm.rflags & ~RFLAGS_ARITHMETIC) | (carry ? RFLAGS_CARRY : 0);
}

bool host_takes_interrupts(void)
{
	return vmm.rflags & RFLAGS_IF;
}

void host_inject(uint8_t vector, bool has_error, uint32_t error)
{
	vmm.event_inject = SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | vector |
			   (has_error ? SVM_EVENT_HAS_ERROR : 0);
	vmm.event_error = error;
}

/*
 * While the registers hold a TD's extended state the VMM's first use of them is caught by CR0.TS;
 * it is given the initial state then. Whatever it does to CR0 meanwhile ends the hiding too. A VMM
 * that uses CR0.TS itself gets the initial state at once.
 */
static void hide_xstate(void)
{
	xstate_take_unguarded();
	if (hides_xstate || !svm_lp.xstate_owner)
		return;
	if (vmm.cr0 & CR0_TS) {
		xstate_give_to_host();
		return;
	}
	hides_xstate = true;
	vmm.cr0 |= CR0_TS;
	vmm.intercept_exceptions |= bit(VECTOR_NM);
	vmm.intercept_cr_read |= bit(0);
	vmm.intercept_cr_write |= bit(0);
}

static void show_xstate(void)
{
	xstate_give_to_host();
	hides_xstate = false;
	vmm.cr0 &= ~CR0_TS;
	vmm.intercept_exceptions &= ~(uint32_t)bit(VECTOR_NM);
	vmm.intercept_cr_read &= (uint16_t)~bit(0);
	vmm.intercept_cr_write &= (uint16_t)~bit(0);
}

static bool is_seamcall(void)
{
	struct insn insn;

	return svm_mode(&vmm) == INSN_MODE_64 && svm_decode(&vmm, &insn) &&
	       svm_seam_opcode(&insn) == SVM_OPCODE_SEAMCALL;
}

/* True when the monitor has to act; false when the exit is dealt with. */
static bool explain(const uint64_t gpr[16], struct host_exit *e)
{
	e->rip = vmm.rip;
	switch (vmm.exit_code) {
	case SVM_EXIT_UD:
		e->kind = HOST_EXIT_SEAMCALL;
		if (!is_seamcall())
			host_inject(VECTOR_UD, false, 0);
		else if (vmm.cpl)
			host_inject(VECTOR_GP, true, 0);
		else
			return true;
		return false;
	case SVM_EXIT_NM:
	case SVM_EXIT_CR0_READ:
	case SVM_EXIT_CR0_WRITE:
		show_xstate();
		return false;
	case SVM_EXIT_MSR:
		e->kind = HOST_EXIT_MSR;
		e->msr.index = low32(gpr[1]);
		e->msr.write = vmm.exit_info_1;
		return true;
	case SVM_EXIT_IOIO:
		e->kind = HOST_EXIT_PORT;
		e->io.port = (uint16_t)(vmm.exit_info_1 >> 16);
		e->io.size = (uint8_t)(vmm.exit_info_1 >> 4 & 7);
		e->io.in = vmm.exit_info_1 & SVM_IO_IN;
		vmm.rip = vmm.exit_info_2;
		return true;
	case SVM_EXIT_NPF:
		if (host_view_refresh(hpa(align_down(vmm.exit_info_2, PAGE_SIZE))))
			return false;
		e->kind = HOST_EXIT_VIOLATION;
		e->memory.gpa = vmm.exit_info_2;
		e->memory.write = vmm.exit_info_1 & SVM_NPF_WRITE;
		e->memory.fetch = vmm.exit_info_1 & SVM_NPF_FETCH;
		return true;
	case SVM_EXIT_SHUTDOWN:
		e->kind = HOST_EXIT_SHUTDOWN;
		return true;
	case SVM_EXIT_VMRUN:
	case SVM_EXIT_VMMCALL:
	case SVM_EXIT_VMLOAD:
	case SVM_EXIT_VMSAVE:
	case SVM_EXIT_STGI:
	case SVM_EXIT_CLGI:
	case SVM_EXIT_SKINIT:
	case SVM_EXIT_INVLPGA:
		host_inject(VECTOR_UD, false, 0);
		return false;
	default:
		e->kind = HOST_EXIT_UNEXPECTED;
		e->code = vmm.exit_code;
		return true;
	}
}

/* An event that the exit interrupted on its way is sent again. */
static void repeat_event(void)
{
	vmm.event_inject = vmm.exit_int_info & SVM_EVENT_VALID ? vmm.exit_int_info : 0;
	vmm.event_error = vmm.exit_int_error;
}

void host_run(uint64_t gpr[16], struct host_exit *exit)
{
	do {
		hide_xstate();
		vmm.rax = gpr[0];
		vmm.rsp = gpr[4];
		svm_vmrun(phys_of(&vmm).pa, gpr, phys_of(&svm_lp.host_state).pa);
		gpr[0] = vmm.rax;
		gpr[4] = vmm.rsp;
		vmm.tlb_control = 0;
		repeat_event();
	} while (!explain(gpr, exit));
}
