/* SPDX-License-Identifier: MIT */
/*
 * What the module needs from a CPU. Each directory beside this file defines exactly these
 * functions; the linker chooses. Everything here is in the module's terms: a back end translates,
 * and decides nothing about TDX.
 */
#ifndef CPU_BACKEND_H
#define CPU_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/*
 * The VMM's view of physical memory. A page that the module owns is hidden from the VMM, and from
 * the shared half of every TD; hiding takes effect before the caller goes on. size is
 * level_size(0..2), pa aligned to it. What the VMM would have found in a 4 KiB page stays in it;
 * what is in a larger one is undefined.
 */
void cpu_host_hide(struct hpa pa, unsigned int level);
void cpu_host_show(struct hpa pa, unsigned int level);
/*
 * Shows it, and what the VMM finds in it is zero. The zeroing may wait until the VMM, or a TD
 * through its shared half, touches the page; only a device that writes there before either of them
 * would lose what it wrote.
 */
void cpu_host_show_zeroed(struct hpa pa, unsigned int level);
/* True when every byte of the page is RAM that the VMM may access. */
bool cpu_host_can_access(struct hpa page);

/*
 * Secure EPT entries are the hardware's own: the pages that hold them are walked by the CPU. The
 * encoding is the back end's, and all bits of the state survive a round trip. All-zero is not a
 * valid encoding of any state.
 */
enum sept_state {
	SEPT_STATE_FREE,
	SEPT_STATE_NL_MAPPED, /* points to a page of entries */
	SEPT_STATE_NL_BLOCKED,
	SEPT_STATE_MAPPED, /* the guest may access it */
	SEPT_STATE_BLOCKED,
	SEPT_STATE_PENDING, /* waits for TDG.MEM.PAGE.ACCEPT */
	SEPT_STATE_PENDING_BLOCKED,
	SEPT_STATE_COUNT,
};

uint64_t cpu_sept_encode(enum sept_state state, struct hpa pa, unsigned int level);
/*
 * Two bits of an entry that are the module's: cpu_sept_encode() leaves them clear, and the CPU,
 * cpu_sept_state() and cpu_sept_pa() take no notice of them.
 */
enum sept_mark { SEPT_MARK_LOCKED, SEPT_MARK_HOST_FIRST };
uint64_t cpu_sept_mark(enum sept_mark mark);
enum sept_state cpu_sept_state(uint64_t entry);
struct hpa cpu_sept_pa(uint64_t entry);

/*
 * One VCPU. The structure lies in the TDVPR page, its pages are TDVPS pages that the VMM gave; the
 * back end may keep what it likes in hw (one page, 4 KiB) and xstate (one page), and nothing
 * elsewhere.
 */
struct cpu_vcpu {
	uint64_t gpr[16]; /* in register-number order; RSP included (RSP is copied in and out of hw)
			   */
	struct hpa hw_pa;
	struct hpa xstate_pa;
	struct hpa sept_root; /* root of the private half; its entries for shared GPAs are the back
				 end's */
	uint64_t xcr0;
	uint64_t scratch[9]; /* the back end's */
};

/* What a guest's physical address can be: the widest GPA, and the width of physical addresses in
 * page tables. */
unsigned int cpu_gpa_width(void);

/*
 * State after TDH.VP.INIT (TDX Module ABI, "VCPU Initial State"), except the GPRs, which the module
 * sets itself. Both pages are zeroed by the caller. tsc_offset is added to the time-stamp counter
 * that the guest reads.
 */
void cpu_vcpu_reset(struct cpu_vcpu *v, uint64_t tsc_offset);

enum cpu_exit_kind {
	CPU_EXIT_INTERRUPT, /* physical; acknowledged: vector valid, in service in the local APIC */
	CPU_EXIT_NMI,
	CPU_EXIT_INIT,
	CPU_EXIT_TRIPLE_FAULT,
	CPU_EXIT_UD, /* #UD, and it was neither TDCALL nor SEAMCALL */
	CPU_EXIT_TDCALL,
	CPU_EXIT_SEAM_UD, /* SEAMCALL, SEAMRET, SEAMOPS */
	CPU_EXIT_CPUID,
	CPU_EXIT_HLT,
	CPU_EXIT_INVD,
	CPU_EXIT_WBINVD,
	CPU_EXIT_MONITOR,
	CPU_EXIT_MWAIT,
	CPU_EXIT_RDPMC,
	CPU_EXIT_VMCALL,  /* VMCALL; the vendor's other spelling is CPU_EXIT_UD */
	CPU_EXIT_VIRT_UD, /* a virtualisation instruction, #UD in a TD */
	CPU_EXIT_PCONFIG,
	CPU_EXIT_ENQCMD, /* not ENQCMDS, which is CPU_EXIT_UD */
	CPU_EXIT_XSETBV,
	CPU_EXIT_RDMSR,
	CPU_EXIT_WRMSR,
	CPU_EXIT_CR_READ,  /* CR8 only */
	CPU_EXIT_CR_WRITE, /* CR0, CR4, CR8; LMSW appears as a write of the resulting CR0 */
	CPU_EXIT_IO,
	CPU_EXIT_MEMORY, /* nested page fault, private or shared */
	CPU_EXIT_TASK_SWITCH,
	CPU_EXIT_WINDOW,    /* nothing that the module acts upon: the guest goes on */
	CPU_EXIT_BAD_STATE, /* the CPU refused the guest state */
	CPU_EXIT_COUNT,
};

struct cpu_exit {
	enum cpu_exit_kind kind;
	uint8_t length; /* of the instruction, prefixes included; 0 where the exit is not an
			   instruction's own */
	/* The exit came while this event was on its way to the guest; it is lost unless injected
	 * again. */
	bool event_pending;
	uint8_t event_vector;
	bool event_is_exception, event_is_nmi, event_has_error;
	uint32_t event_error;
	union {
		uint8_t vector; /* INTERRUPT */
		struct {
			uint16_t port;
			uint8_t size; /* 1, 2, 4 */
			bool in, string, rep, immediate;
		} io;
		struct {
			uint8_t number;
			uint8_t gpr;	/* the register operand; for LMSW and CLTS value holds the
					   result and gpr is 16 */
			uint64_t value; /* CR_WRITE: what the guest writes */
		} cr;
		struct {
			struct gpa gpa; /* exact, with offset and SHARED bit */
			bool read, write, fetch;
			bool walk; /* by the guest's page walk, not by the access itself */
		} memory;
	};
};

/*
 * Runs the guest until something happens that the hardware cannot do alone. The caller runs with
 * interrupts off; a physical interrupt ends the run, whatever the guest's own interrupt flag.
 */
void cpu_vcpu_run(struct cpu_vcpu *v, struct cpu_exit *exit);

/* State that the module looks at or changes between runs. */
uint64_t cpu_vcpu_rip(const struct cpu_vcpu *v);
void cpu_vcpu_set_rip(struct cpu_vcpu *v, uint64_t rip);
uint64_t cpu_vcpu_rflags(const struct cpu_vcpu *v);
uint64_t cpu_vcpu_cr0(const struct cpu_vcpu *v);
uint64_t cpu_vcpu_cr2(const struct cpu_vcpu *v);
uint64_t cpu_vcpu_cr3(const struct cpu_vcpu *v);
uint64_t cpu_vcpu_cr4(const struct cpu_vcpu *v);
uint64_t cpu_vcpu_efer(const struct cpu_vcpu *v);
void cpu_vcpu_set_cr0(struct cpu_vcpu *v, uint64_t value);
void cpu_vcpu_set_cr2(struct cpu_vcpu *v, uint64_t value);
void cpu_vcpu_set_cr4(struct cpu_vcpu *v, uint64_t value);
void cpu_vcpu_set_efer(struct cpu_vcpu *v, uint64_t value);
void cpu_vcpu_set_xcr0(struct cpu_vcpu *v, uint64_t value);
unsigned int cpu_vcpu_cpl(const struct cpu_vcpu *v);
bool cpu_vcpu_is_64bit(const struct cpu_vcpu *v); /* CS.L and EFER.LMA: executes 64-bit code */
uint64_t cpu_vcpu_segment_base(const struct cpu_vcpu *v,
			       unsigned int segment); /* ES CS SS DS FS GS = 0..5 */

/*
 * All of it by number, for a debugger (debug TDs); GPRs and XCR0 are in struct cpu_vcpu. Setting
 * what the CPU does not accept makes the next run end with CPU_EXIT_BAD_STATE. Access rights are in
 * the VMCS' layout.
 */
enum cpu_state {
	CPU_STATE_SELECTOR,			   /* ES CS SS DS FS GS LDTR TR */
	CPU_STATE_ACCESS = CPU_STATE_SELECTOR + 8, /* the same */
	CPU_STATE_LIMIT = CPU_STATE_ACCESS + 8,	   /* the same, GDTR IDTR */
	CPU_STATE_BASE = CPU_STATE_LIMIT + 10,	   /* the same */
	CPU_STATE_DR = CPU_STATE_BASE + 10,	   /* DR0 to DR3 */
	CPU_STATE_DR6 = CPU_STATE_DR + 4,
	CPU_STATE_DR7,
	CPU_STATE_CR0,
	CPU_STATE_CR2,
	CPU_STATE_CR3,
	CPU_STATE_CR4,
	CPU_STATE_EFER,
	CPU_STATE_RIP,
	CPU_STATE_RFLAGS,
	CPU_STATE_INTERRUPTIBILITY, /* 1: the shadow of STI or MOV SS */
	CPU_STATE_PAT,
	CPU_STATE_SYSENTER_CS,
	CPU_STATE_SYSENTER_ESP,
	CPU_STATE_SYSENTER_EIP,
	CPU_STATE_STAR,
	CPU_STATE_LSTAR,
	CPU_STATE_FMASK,
	CPU_STATE_KERNEL_GS_BASE,
	CPU_STATE_TSC_AUX,
	CPU_STATE_COUNT,
};

uint64_t cpu_vcpu_state(const struct cpu_vcpu *v, enum cpu_state what);
void cpu_vcpu_set_state(struct cpu_vcpu *v, enum cpu_state what, uint64_t value);
/* Its extended state, an XSAVE area of a page in the standard format, with all that the CPU held of
 * it: what is changed there is the guest's at the next run. */
uint64_t *cpu_vcpu_xstate(struct cpu_vcpu *v);

/* Which CR4 bits and XCR0 | XSS components this CPU has. */
uint64_t cpu_cr4_supported(void);
uint64_t cpu_xstate_supported(void);

/* RIP past the instruction that ended the run; ends an interrupt shadow, as completing an
 * instruction does. */
void cpu_vcpu_skip(struct cpu_vcpu *v, unsigned int length);

/* Next run begins with this event. At most one a run; the later call wins. */
void cpu_vcpu_inject_exception(struct cpu_vcpu *v, uint8_t vector, bool has_error, uint32_t error);
void cpu_vcpu_inject_nmi(struct cpu_vcpu *v);
void cpu_vcpu_inject_interrupt(struct cpu_vcpu *v,
			       uint8_t vector); /* at once: only for an event that was under way */
bool cpu_vcpu_injecting(const struct cpu_vcpu *v);
/* RFLAGS.RF, as a fault leaves it for its handler to find. */
void cpu_vcpu_set_resume_flag(struct cpu_vcpu *v);
/* From an NMI's injection until the guest has executed the IRET that ends its handler. */
bool cpu_vcpu_nmi_blocked(const struct cpu_vcpu *v);

/*
 * Offers an external interrupt: the guest takes it as soon as it can (RFLAGS.IF, no shadow), during
 * a run. After each run, taken() tells once whether it did. vector < 0 withdraws the offer.
 */
void cpu_vcpu_offer_interrupt(struct cpu_vcpu *v, int vector);
bool cpu_vcpu_interrupt_taken(struct cpu_vcpu *v);

/*
 * MSRs that the guest reads and writes without an exit (set once, at module initialisation), and
 * access to those of them that the VCPU's structure holds. has() is false for an MSR that this CPU
 * does not have: then the module keeps a value.
 */
bool cpu_msr_has(uint32_t msr);
void cpu_msr_pass_through(uint32_t msr, bool read, bool write);

/* An MSR of the machine on this LP: 0x3b (TSC_ADJUST) or 0x1a0 (MISC_ENABLE). */
uint64_t cpu_msr(uint32_t msr);

/* CPUID as this CPU has it: out is EAX EBX ECX EDX. */
void cpu_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
/* CPUID 0xD.0/1 EBX for the given components in force. */
uint32_t cpu_xsave_size(uint64_t components, bool compacted);

/* XMM registers that a TDVMCALL exposes, bit n = XMMn. Exporting zeroes the others for the VMM. */
void cpu_vcpu_export_xmm(struct cpu_vcpu *v, uint16_t mask);
void cpu_vcpu_import_xmm(struct cpu_vcpu *v, uint16_t mask);
/* The VCPU leaves this LP (TDH.VP.FLUSH): whatever of it the CPU still holds goes to its pages. */
void cpu_vcpu_flush(struct cpu_vcpu *v);

/* Translations: private ones of a TD are forgotten before the next run; */
void cpu_vcpu_flush_tlb(struct cpu_vcpu *v);
/*
 * shared ones live in a cache of the back end's. enter() adds one that the module has walked for
 * (the page or block of that level is accessible to the VMM, else it is refused and false
 * returned); forget() drops all of this TD's.
 */
bool cpu_shared_enter(struct cpu_vcpu *v, struct gpa gpa, struct hpa pa, unsigned int level,
		      bool write, bool exec);
void cpu_shared_forget(struct cpu_vcpu *v);

/*
 * Does a physical interrupt wait for this logical processor: one that would end a TD's run, or
 * (for_host) that the VMM would take now? Leaves that can be interrupted ask between their steps.
 */
bool cpu_interrupt_pending(bool for_host);

/* Fills pages (size a multiple of 4 KiB) with zeroes / copies one page; as fast as this CPU can. */
void cpu_zero(struct hpa pa, uint64_t size);

#endif
