/* SPDX-License-Identifier: MIT */
/* A TD's VCPU on SVM: its VMCB, in the TDVPS page that the module gave, and what its exits mean. */
#include "cpu/svm/instructions.h"
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/insn.h"
#include "lib/phys.h"

#define TD_ASID 2 /* one for all: the TLB is flushed when another VCPU runs */

#define CR0_PE	     bit(0)
#define CR0_MP	     bit(1)
#define CR0_EM	     bit(2)
#define CR0_TS	     bit(3)
#define CR0_NE	     bit(5)
#define CR0_PG	     bit(31)
#define CR4_MCE	     bit(6)
#define EFER_SCE     bit(0)
#define EFER_LME     bit(8)
#define EFER_LMA     bit(10)
#define EFER_NXE     bit(11)
#define RFLAGS_FIXED bit(1)
#define RFLAGS_RF    bit(16)

#define MODRM_VMCALL  0xc1 /* 0F 01 /r */
#define MODRM_PCONFIG 0xc5
#define OPCODE_ENQCMD 0xf8 /* F2 0F 38 /r */

#define NO_IRET UINT64_MAX

/* The others are xstate.c's. */
enum { SCRATCH_OFFERED = 1, SCRATCH_EFER = 2, SCRATCH_IRET_AT = 8 };

static struct vmcb *vmcb_of(const struct cpu_vcpu *v)
{
	return phys_ptr(v->hw_pa);
}

static uint64_t td_intercepts(void)
{
	return bit(SVM_INTERCEPT_INTR) | bit(SVM_INTERCEPT_NMI) | bit(SVM_INTERCEPT_INIT) |
	       bit(SVM_INTERCEPT_RDPMC) | bit(SVM_INTERCEPT_CPUID) | bit(SVM_INTERCEPT_INVD) |
	       bit(SVM_INTERCEPT_HLT) | bit(SVM_INTERCEPT_INVLPGA) | bit(SVM_INTERCEPT_IOIO) |
	       bit(SVM_INTERCEPT_MSR) | bit(SVM_INTERCEPT_TASK_SWITCH) |
	       bit(SVM_INTERCEPT_SHUTDOWN) | bit(SVM_INTERCEPT_VMRUN) | bit(SVM_INTERCEPT_VMMCALL) |
	       bit(SVM_INTERCEPT_VMLOAD) | bit(SVM_INTERCEPT_VMSAVE) | bit(SVM_INTERCEPT_STGI) |
	       bit(SVM_INTERCEPT_CLGI) | bit(SVM_INTERCEPT_SKINIT) | bit(SVM_INTERCEPT_WBINVD) |
	       bit(SVM_INTERCEPT_MONITOR) | bit(SVM_INTERCEPT_MWAIT) | bit(SVM_INTERCEPT_XSETBV);
}

static struct vmcb_segment segment(uint16_t attributes, uint32_t limit)
{
	return (struct vmcb_segment){ .attributes = attributes, .limit = limit };
}

static void reset_segments(struct vmcb *c)
{
	c->cs = segment(0xc9b, 0xffffffff);
	c->ds = c->es = c->fs = c->gs = c->ss = segment(0xc93, 0xffffffff);
	c->ldtr = segment(0x082, 0xffff);
	c->tr = segment(0x08b, 0xffff);
	c->gdtr.limit = 0xffff;
}

/*
 * EFER as the CPU has it follows from the guest's own (every access to that exits) and CR0.PG (so
 * does every write). LME is left out while paging is off, where it means nothing: QEMU loses CR0.PG
 * of the host on an exit from a guest that has LME set and PAE clear.
 */
static void update_efer(struct cpu_vcpu *v)
{
	struct vmcb *c = vmcb_of(v);
	uint64_t efer = v->scratch[SCRATCH_EFER] & ~EFER_LMA;

	if ((c->cr0 & CR0_PG) && (efer & EFER_LME))
		efer |= EFER_LMA;
	v->scratch[SCRATCH_EFER] = efer;
	c->efer = (c->cr0 & CR0_PG ? efer : efer & ~EFER_LME) | SVM_EFER_SVME;
}

void cpu_vcpu_reset(struct cpu_vcpu *v, uint64_t tsc_offset)
{
	struct vmcb *c = vmcb_of(v);

	c->intercept_cr_read = bit(8);
	c->intercept_cr_write = bit(0) | bit(4) | bit(8);
	c->intercept_exceptions = bit(6);
	c->intercepts = td_intercepts();
	c->iopm_pa = phys_of(svm_iopm_td).pa;
	c->msrpm_pa = phys_of(svm_msrpm_td).pa;
	c->tsc_offset = tsc_offset;
	c->asid = TD_ASID;
	c->int_control = SVM_INT_V_MASKING;
	c->nested_control = SVM_NESTED_PAGING;
	c->nested_cr3 = v->sept_root.pa;
	reset_segments(c);
	c->cr0 = CR0_PE | CR0_NE | bit(4); /* ET reads 1 on every CPU */
	c->cr4 = CR4_MCE;
	v->scratch[SCRATCH_EFER] = EFER_SCE | EFER_LME | EFER_NXE;
	v->scratch[SCRATCH_IRET_AT] = NO_IRET;
	update_efer(v);
	c->dr6 = 0xffff0ff0;
	c->dr7 = 0x400;
	c->rflags = RFLAGS_FIXED;
	c->rip = 0xfffffff0;
	c->sfmask = 0x20200;
	c->g_pat = 0x0007040600070406;
	v->xcr0 = 1;
}

unsigned int cpu_gpa_width(void)
{
	uint32_t leaf[4];

	cpu_cpuid(0x80000008, 0, leaf);
	return (leaf[0] & 0xff) < 48 ? leaf[0] & 0xff : 48;
}

/* --- decoding of exits
 * ------------------------------------------------------------------------------------------ */

/* Exits that say all by their code; the length is that of the instruction. */
static enum cpu_exit_kind simple_kind(uint64_t code)
{
	switch (code) {
	case SVM_EXIT_CPUID:
		return CPU_EXIT_CPUID;
	case SVM_EXIT_HLT:
		return CPU_EXIT_HLT;
	case SVM_EXIT_INVD:
		return CPU_EXIT_INVD;
	case SVM_EXIT_WBINVD:
		return CPU_EXIT_WBINVD;
	case SVM_EXIT_MONITOR:
		return CPU_EXIT_MONITOR;
	case SVM_EXIT_MWAIT:
		return CPU_EXIT_MWAIT;
	case SVM_EXIT_RDPMC:
		return CPU_EXIT_RDPMC;
	case SVM_EXIT_XSETBV:
		return CPU_EXIT_XSETBV;
	default:
		return CPU_EXIT_VIRT_UD;
	}
}

static enum cpu_exit_kind ud_kind(const struct insn *insn)
{
	enum svm_seam_opcode opcode = svm_seam_opcode(insn);

	if (opcode == SVM_OPCODE_TDCALL)
		return CPU_EXIT_TDCALL;
	if (opcode != SVM_OPCODE_NONE)
		return CPU_EXIT_SEAM_UD;
	if (insn->map == INSN_MAP_0F && insn->opcode == 0x01 && !insn->prefixes.operand_size &&
	    (insn->modrm == MODRM_VMCALL || insn->modrm == MODRM_PCONFIG))
		return insn->modrm == MODRM_VMCALL ? CPU_EXIT_VMCALL : CPU_EXIT_PCONFIG;
	if (insn->map == INSN_MAP_0F38 && insn->opcode == OPCODE_ENQCMD && insn->memory &&
	    insn->prefixes.repne)
		return CPU_EXIT_ENQCMD;
	return CPU_EXIT_UD;
}

static void explain_io(const struct vmcb *c, struct cpu_exit *e)
{
	uint64_t info = c->exit_info_1;
	uint8_t bytes[INSN_MAX_LENGTH];

	e->kind = CPU_EXIT_IO;
	e->length = (uint8_t)(c->exit_info_2 - c->rip);
	e->io.port = (uint16_t)(info >> 16);
	e->io.size = (uint8_t)(info >> 4 & 7);
	e->io.in = info & SVM_IO_IN;
	e->io.string = info & SVM_IO_STRING;
	e->io.rep = info & SVM_IO_REP;
	/* E4..E7 hold the port; EC..EF and the string forms take it from DX. */
	e->io.immediate = !e->io.string && e->length >= 2 && svm_fetch(c, bytes) >= e->length &&
			  (bytes[e->length - 2] & 0xfc) == 0xe4;
}

/* The 16-bit operand of LMSW, a register or memory. */
static uint64_t lmsw_operand(const struct cpu_vcpu *v, const struct vmcb *c,
			     const struct insn *insn)
{
	const uint64_t bases[6] = { c->es.base, c->cs.base, c->ss.base,
				    c->ds.base, c->fs.base, c->gs.base };
	uint16_t word = 0;

	if (!insn->memory)
		return v->gpr[insn->rm];
	(void)svm_read_linear(c, insn_memory_address(insn, v->gpr, c->rip, bases), &word,
			      sizeof(word));
	return word;
}

/* MOV to CR0, CR4, CR8, MOV from CR8, LMSW (0F 01 /6) and CLTS (0F 06). */
static void explain_cr(const struct cpu_vcpu *v, const struct vmcb *c, struct cpu_exit *e)
{
	struct insn insn;

	e->kind = c->exit_code >= SVM_EXIT_CR0_WRITE ? CPU_EXIT_CR_WRITE : CPU_EXIT_CR_READ;
	e->cr.number = (uint8_t)(c->exit_code & 0xf);
	e->cr.gpr = 16;
	if (!svm_decode(c, &insn)) {
		e->kind = CPU_EXIT_UD;
		return;
	}
	e->length = insn.length;
	if (insn.opcode == 0x06) {
		e->cr.value = c->cr0 & ~CR0_TS;
	} else if (insn.opcode == 0x01) {
		uint64_t changed = CR0_MP | CR0_EM | CR0_TS;

		e->cr.value =
			(c->cr0 & ~changed) | (lmsw_operand(v, c, &insn) & (changed | CR0_PE));
	} else {
		e->cr.gpr = insn.rm;
		e->cr.value = v->gpr[insn.rm];
	}
}

static void explain_memory(const struct vmcb *c, struct cpu_exit *e)
{
	e->kind = CPU_EXIT_MEMORY;
	e->memory.gpa = gpa(c->exit_info_2);
	e->memory.walk = c->exit_info_1 & SVM_NPF_WALK;
	e->memory.fetch = c->exit_info_1 & SVM_NPF_FETCH;
	e->memory.write = c->exit_info_1 & SVM_NPF_WRITE;
	e->memory.read = !e->memory.fetch && !e->memory.write;
}

static void explain_instruction(const struct vmcb *c, struct cpu_exit *e)
{
	struct insn insn;
	bool known = svm_decode(c, &insn);

	e->length = known ? insn.length : 0;
	if (c->exit_code == SVM_EXIT_UD)
		e->kind = known ? ud_kind(&insn) : CPU_EXIT_UD;
	else if (c->exit_code == SVM_EXIT_MSR)
		e->kind = c->exit_info_1 ? CPU_EXIT_WRMSR : CPU_EXIT_RDMSR;
	else
		e->kind = simple_kind(c->exit_code);
}

/*
 * NMIs are blocked while IRET is intercepted, and for the one run in which it then executes: the
 * exit comes before it does.
 */
static void begin_nmi_unblocking(struct cpu_vcpu *v)
{
	struct vmcb *c = vmcb_of(v);

	c->intercepts &= ~bit(SVM_INTERCEPT_IRET);
	v->scratch[SCRATCH_IRET_AT] = c->rip;
}

/* A run has ended behind the IRET, or it has not executed yet. */
static void end_nmi_unblocking(struct cpu_vcpu *v)
{
	if (v->scratch[SCRATCH_IRET_AT] != vmcb_of(v)->rip)
		v->scratch[SCRATCH_IRET_AT] = NO_IRET;
}

bool cpu_vcpu_nmi_blocked(const struct cpu_vcpu *v)
{
	return (vmcb_of(v)->intercepts & bit(SVM_INTERCEPT_IRET)) ||
	       v->scratch[SCRATCH_IRET_AT] != NO_IRET;
}

static void explain_interrupt(struct cpu_exit *e)
{
	int vector = svm_acknowledge_interrupt();

	/* An interrupt that was withdrawn meanwhile is none. */
	e->kind = vector < 0 ? CPU_EXIT_WINDOW : CPU_EXIT_INTERRUPT;
	e->vector = (uint8_t)vector;
}

static void explain(struct cpu_vcpu *v, const struct vmcb *c, struct cpu_exit *e)
{
	switch (c->exit_code) {
	case SVM_EXIT_INTR:
		explain_interrupt(e);
		break;
	case SVM_EXIT_NMI:
		e->kind = CPU_EXIT_NMI;
		break;
	case SVM_EXIT_INIT:
		e->kind = CPU_EXIT_INIT;
		break;
	case SVM_EXIT_SHUTDOWN:
		e->kind = CPU_EXIT_TRIPLE_FAULT;
		break;
	case SVM_EXIT_IRET:
		begin_nmi_unblocking(v);
		e->kind = CPU_EXIT_WINDOW;
		break;
	case SVM_EXIT_TASK_SWITCH:
		e->kind = CPU_EXIT_TASK_SWITCH;
		break;
	case SVM_EXIT_IOIO:
		explain_io(c, e);
		break;
	case SVM_EXIT_NPF:
		explain_memory(c, e);
		break;
	case SVM_EXIT_CR8_READ:
	case SVM_EXIT_CR0_WRITE:
	case SVM_EXIT_CR4_WRITE:
	case SVM_EXIT_CR8_WRITE:
		explain_cr(v, c, e);
		break;
	case UINT64_MAX:
	case UINT32_MAX:
		e->kind = CPU_EXIT_BAD_STATE;
		break;
	default:
		explain_instruction(c, e);
	}
}

static void explain_event(const struct vmcb *c, struct cpu_exit *e)
{
	uint32_t info = c->exit_int_info;
	uint32_t type = info & SVM_EVENT_TYPE_MASK;

	e->event_pending = (info & SVM_EVENT_VALID) && type != SVM_EVENT_SOFTWARE;
	e->event_vector = info & SVM_EVENT_VECTOR;
	e->event_is_exception = type == SVM_EVENT_EXCEPTION;
	e->event_is_nmi = type == SVM_EVENT_NMI;
	e->event_has_error = info & SVM_EVENT_HAS_ERROR;
	e->event_error = c->exit_int_error;
}

/* --- running
 * ----------------------------------------------------------------------------------------------------
 */

void cpu_vcpu_run(struct cpu_vcpu *v, struct cpu_exit *exit)
{
	struct vmcb *c = vmcb_of(v);

	xstate_load(v);
	if (svm_lp.last_vcpu != v) {
		c->tlb_control = SVM_TLB_FLUSH_ALL;
		svm_lp.last_vcpu = v;
	}
	c->rax = v->gpr[0];
	c->rsp = v->gpr[4];
	svm_vmrun(v->hw_pa.pa, v->gpr, phys_of(&svm_lp.host_state).pa);
	v->gpr[0] = c->rax;
	v->gpr[4] = c->rsp;
	c->tlb_control = 0;
	c->event_inject = 0;
	*exit = (struct cpu_exit){ 0 };
	end_nmi_unblocking(v);
	explain(v, c, exit);
	explain_event(c, exit);
}

void cpu_vcpu_skip(struct cpu_vcpu *v, unsigned int length)
{
	struct vmcb *c = vmcb_of(v);

	c->rip += length;
	if (svm_mode(c) != INSN_MODE_64)
		c->rip = low32(c->rip);
	c->int_state &= ~(uint64_t)SVM_INT_SHADOW;
	c->rflags &= ~RFLAGS_RF;
}

void cpu_vcpu_inject_exception(struct cpu_vcpu *v, uint8_t vector, bool has_error, uint32_t error)
{
	struct vmcb *c = vmcb_of(v);

	c->event_inject = SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | vector |
			  (has_error ? SVM_EVENT_HAS_ERROR : 0);
	c->event_error = error;
}

void cpu_vcpu_inject_nmi(struct cpu_vcpu *v)
{
	struct vmcb *c = vmcb_of(v);

	c->event_inject = SVM_EVENT_VALID | SVM_EVENT_NMI | 2;
	c->intercepts |= bit(SVM_INTERCEPT_IRET);
}

void cpu_vcpu_inject_interrupt(struct cpu_vcpu *v, uint8_t vector)
{
	vmcb_of(v)->event_inject = SVM_EVENT_VALID | SVM_EVENT_INTERRUPT | vector;
}

void cpu_vcpu_set_resume_flag(struct cpu_vcpu *v)
{
	vmcb_of(v)->rflags |= RFLAGS_RF;
}

bool cpu_vcpu_injecting(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->event_inject & SVM_EVENT_VALID;
}

void cpu_vcpu_offer_interrupt(struct cpu_vcpu *v, int vector)
{
	struct vmcb *c = vmcb_of(v);

	v->scratch[SCRATCH_OFFERED] = vector >= 0;
	c->int_control = SVM_INT_V_MASKING;
	if (vector < 0)
		return;
	c->int_vector = (uint32_t)vector;
	c->int_control |=
		SVM_INT_V_IRQ | SVM_INT_IGNORE_TPR | (uint32_t)(vector >> 4) << SVM_INT_PRIO_SHIFT;
}

bool cpu_vcpu_interrupt_taken(struct cpu_vcpu *v)
{
	bool taken = v->scratch[SCRATCH_OFFERED] && !(vmcb_of(v)->int_control & SVM_INT_V_IRQ);

	if (taken)
		v->scratch[SCRATCH_OFFERED] = 0;
	return taken;
}

void cpu_vcpu_flush_tlb(struct cpu_vcpu *v)
{
	vmcb_of(v)->tlb_control = SVM_TLB_FLUSH_ALL;
}

/* --- state
 * ------------------------------------------------------------------------------------------------------
 */

uint64_t cpu_vcpu_rip(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->rip;
}

void cpu_vcpu_set_rip(struct cpu_vcpu *v, uint64_t rip)
{
	vmcb_of(v)->rip = rip;
}

uint64_t cpu_vcpu_rflags(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->rflags;
}

uint64_t cpu_vcpu_cr0(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->cr0;
}

uint64_t cpu_vcpu_cr2(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->cr2;
}

uint64_t cpu_vcpu_cr3(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->cr3;
}

uint64_t cpu_vcpu_cr4(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->cr4;
}

uint64_t cpu_vcpu_efer(const struct cpu_vcpu *v)
{
	return v->scratch[SCRATCH_EFER];
}

/* Paging on with EFER.LME set enters long mode, paging off leaves it. */
void cpu_vcpu_set_cr0(struct cpu_vcpu *v, uint64_t value)
{
	vmcb_of(v)->cr0 = value;
	update_efer(v);
	cpu_vcpu_flush_tlb(v);
}

void cpu_vcpu_set_cr2(struct cpu_vcpu *v, uint64_t value)
{
	vmcb_of(v)->cr2 = value;
}

void cpu_vcpu_set_cr4(struct cpu_vcpu *v, uint64_t value)
{
	vmcb_of(v)->cr4 = value;
	cpu_vcpu_flush_tlb(v);
}

void cpu_vcpu_set_efer(struct cpu_vcpu *v, uint64_t value)
{
	v->scratch[SCRATCH_EFER] = value;
	update_efer(v);
}

unsigned int cpu_vcpu_cpl(const struct cpu_vcpu *v)
{
	return vmcb_of(v)->cpl;
}

bool cpu_vcpu_is_64bit(const struct cpu_vcpu *v)
{
	return svm_mode(vmcb_of(v)) == INSN_MODE_64;
}

uint64_t cpu_vcpu_segment_base(const struct cpu_vcpu *v, unsigned int number)
{
	const struct vmcb *c = vmcb_of(v);
	const struct vmcb_segment *segments[] = { &c->es, &c->cs, &c->ss, &c->ds, &c->fs, &c->gs };

	return segments[number]->base;
}
