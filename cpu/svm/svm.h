/* SPDX-License-Identifier: MIT */
/*
 * What the files of the SVM back end share, and what the monitor calls: the VMM's world
 * (cpu/backend.h is the module's side). One logical processor for now: the state of an LP is in one
 * structure.
 */
#ifndef CPU_SVM_H
#define CPU_SVM_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/backend.h"
#include "cpu/svm/vmcb.h"
#include "lib/handoff.h"
#include "lib/insn.h"

/* What a logical processor holds while it switches between the worlds. */
struct svm_lp {
	struct vmcb host_state; /* only for VMLOAD and VMSAVE: FS, GS, TR and the syscall MSRs of
				   the monitor */
	uint8_t hsave[4096];	/* VMRUN's own save area */
	struct cpu_vcpu
		*xstate_owner; /* whose extended state is in the registers; null: the VMM's */
	struct cpu_vcpu *last_vcpu;
} __attribute__((aligned(4096)));

extern struct svm_lp svm_lp;

/* Turns SVM on. False when the CPU has no SVM or no nested paging. */
bool svm_enable(void);

/* vmrun.S: loads the registers but RAX and RSP (the VMCB has those), runs, saves them. Interrupts
 * stay off (GIF = 0). */
void svm_vmrun(uint64_t vmcb_pa, uint64_t gpr[16], uint64_t host_state_pa);
/* vmrun.S: opens a window for exactly one pending physical interrupt and returns its vector, or -1.
 */
int svm_acknowledge_interrupt(void);

/* interrupt.S of the image: the vector that arrived last. */
extern int interrupt_vector;

/* fetch.c: bytes of the instruction at RIP, at most 15, as many as can be read. */
unsigned int svm_fetch(const struct vmcb *c, uint8_t bytes[15]);
bool svm_read_linear(const struct vmcb *c, uint64_t linear, void *to, unsigned int count);
bool svm_decode(const struct vmcb *c, struct insn *insn);

/* fetch.c: 66 0F 01 CC..CF raise #UD on a CPU that does not know them. The last byte, or 0 for
 * another instruction. */
enum svm_seam_opcode {
	SVM_OPCODE_NONE = 0,
	SVM_OPCODE_TDCALL = 0xcc,
	SVM_OPCODE_SEAMRET = 0xcd,
	SVM_OPCODE_SEAMOPS = 0xce,
	SVM_OPCODE_SEAMCALL = 0xcf,
};
enum svm_seam_opcode svm_seam_opcode(const struct insn *insn);
enum insn_mode svm_mode(const struct vmcb *c);
/* fetch.c: GPA to HPA through the nested page table of the VMCB; false when not present. */
bool svm_nested_walk(uint64_t root, uint64_t gpa, uint64_t *pa);

/* host_view.c: the VMM's nested page table. */
void host_view_init(struct memory_range monitor);
uint64_t host_view_root(void);
/* A page that the VMM was given unzeroed is zeroed and shown now. False: it is not such a page. */
bool host_view_refresh(struct hpa page);
/* True when the whole block is accessible and mapped as one. */
bool host_view_block(struct hpa pa);

/* host.c: the VMM forgets its translations before it runs again. */
void host_flush_tlb(void);

/* shared_cache.c */
void shared_cache_flush(void);

/* xstate.c: the extended state of a VCPU into the registers / out of them, for the VMM to use. */
void xstate_load(struct cpu_vcpu *v);
void xstate_give_to_host(void);
/* Before the VMM runs: registers that CR0.TS does not guard. */
void xstate_take_unguarded(void);
/* Where CPU_STATE_TSC_AUX or CPU_STATE_DR + 0..3 of a VCPU that does not run is kept. */
uint64_t *xstate_unguarded(struct cpu_vcpu *v, enum cpu_state what);
void xstate_init(void);

/* permissions.c: permission maps of I/O and MSRs. */
extern uint8_t svm_iopm_td[], svm_iopm_vmm[], svm_msrpm_td[], svm_msrpm_vmm[];
void svm_permissions_init(void);
void svm_intercept_port(uint8_t *iopm, uint16_t port, unsigned int count);

/* The VMM's world, host.c. */
enum host_exit_kind {
	HOST_EXIT_SEAMCALL,
	HOST_EXIT_MSR,	     /* an MSR that is not simply the CPU's: RDMSR or WRMSR, at RIP */
	HOST_EXIT_PORT,	     /* a port of the monitor's own: port, in, size, value */
	HOST_EXIT_VIOLATION, /* access to memory that is not the VMM's */
	HOST_EXIT_SHUTDOWN,
	HOST_EXIT_UNEXPECTED,
};

struct host_exit {
	enum host_exit_kind kind;
	uint64_t rip;
	union {
		struct {
			uint16_t port;
			uint8_t size;
			bool in;
		} io;
		struct {
			uint64_t gpa;
			bool write, fetch;
		} memory;
		struct {
			uint32_t index;
			bool write;
		} msr;
		uint64_t code; /* UNEXPECTED: the hardware's exit code */
	};
};

void host_init(uint64_t entry, uint64_t cr3);
/* Runs the VMM until it needs the monitor. gpr: its registers in number order. */
void host_run(uint64_t gpr[16], struct host_exit *exit);
void host_skip(unsigned int length);
/* As SEAMCALL leaves them: CF says that there is nothing to call, all clear that the call was made.
 */
void host_set_arithmetic_flags(bool carry);
/* Its RFLAGS.IF. */
bool host_takes_interrupts(void);
void host_inject(uint8_t vector, bool has_error, uint32_t error);

#endif
