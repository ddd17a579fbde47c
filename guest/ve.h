/* SPDX-License-Identifier: MIT */
/*
 * Virtualisation exceptions (#VE, vector 20): the instruction or access is not the CPU's to do, the
 * guest asks the VMM or answers itself. TDX Module ABI specification, "Virtualization Exception
 * (#VE)"; GHCI specification, chapter 2.
 *
 * What is asked and what is not is the embedder's policy. All errors but TDX_VE_REFUSED have their
 * source in the guest itself: what it did, or what its policy forbids. The module's failures are
 * tdx_panic().
 */
#ifndef GUEST_VE_H
#define GUEST_VE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/args.h>
#include <tdx/ve.h>

#include "lib/insn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why an exception was not handled; registers are untouched then. */
enum tdx_ve_error {
	TDX_VE_REFUSED = -1,	   /* by the VMM: as if the instruction had raised #GP */
	TDX_VE_UNSUPPORTED = -2,   /* a cause or a form of it that this handler does not know */
	TDX_VE_USER = -3,	   /* user mode may execute CPUID only */
	TDX_VE_FORBIDDEN = -4,	   /* by the policy */
	TDX_VE_INTERRUPTS = -5,	   /* HLT handled with interrupts on: a wake-up could be lost */
	TDX_VE_PRIVATE = -6,	   /* access to private memory that is not there */
	TDX_VE_FETCH = -7,	   /* the code at RIP cannot be read */
	TDX_VE_TRUNCATED = -8,	   /* it can, but not all of the instruction */
	TDX_VE_TOO_LONG = -9,	   /* more than 15 bytes */
	TDX_VE_INSTRUCTION = -10,  /* not one that is emulated, or none at all */
	TDX_VE_LOCK = -11,	   /* LOCK where none may be */
	TDX_VE_CROSSES_PAGE = -12, /* the access is not within one page */
	TDX_VE_MISMATCH = -13,	   /* the instruction at RIP is not what caused the exception */
	TDX_VE_MEMORY = -14,	   /* a hook cannot read or write the other operand */
};

/* In order of strictness: where several rules apply, the lowest counts. */
enum tdx_ve_action {
	TDX_VE_FAIL,  /* TDX_VE_FORBIDDEN */
	TDX_VE_EMPTY, /* without asking: what a machine says that has no such thing */
	TDX_VE_ASK,   /* the VMM */
};

struct tdx_ve_rule {
	uint32_t first, last; /* inclusive */
	enum tdx_ve_action action;
};

/* The first rule that contains a number counts. */
struct tdx_ve_rules {
	const struct tdx_ve_rule *rules;
	size_t count;
	enum tdx_ve_action otherwise;
};

/*
 * Hooks are called with interrupts as they are; they may fault if the embedder can handle that, and
 * may raise a #VE of their own. A null hook is one that fails. All zeros is a policy that refuses
 * everything.
 */
struct tdx_ve_policy {
	struct tdx_ve_rules cpuid;  /* by leaf. EMPTY: zeros */
	struct tdx_ve_rules rdmsr;  /* by MSR. EMPTY: 0 */
	struct tdx_ve_rules wrmsr;  /* EMPTY: without effect */
	struct tdx_ve_rules ports;  /* by port, each byte. EMPTY: all ones, without effect */
	enum tdx_ve_action wbinvd;  /* EMPTY: without effect */
	enum tdx_ve_action monitor; /* and MWAIT. EMPTY: without effect; they cannot be asked for */
	enum tdx_ve_action rdpmc;   /* EMPTY: 0; cannot be asked for */
	enum tdx_ve_action vmcall;  /* ASK: as a KVM hypercall. EMPTY: RAX = -TDX_KVM_ENOSYS */
	bool string_io;		    /* INS and OUTS are unrolled, else refused */
	bool mmio_all; /* MMIO: all of insn_access(), else the INSN_ACCESS_BASIC ones only */

	/* The SHARED bit of GPAs (tdx_shared_bit()). 0: there is no MMIO. */
	uint64_t shared_bit;

	void *context; /* for the hooks */
	/*
	 * Copies bytes of code from a linear address, none beyond the page of the first one.
	 * Returns how many it could, 0 to count. Needed for MMIO and string I/O.
	 */
	size_t (*fetch)(void *context, uint64_t linear, uint8_t *to, size_t count);
	/* Base of FS or GS. Needed for operands that use them. */
	bool (*segment_base)(void *context, enum insn_segment segment, uint64_t *base);
	/* Whether MMIO may go to this address. Null: to any in shared memory. */
	bool (*mmio_allowed)(void *context, uint64_t gpa, unsigned int size, bool write);
	/*
	 * The memory operand of MOVS that is not the MMIO, and that of INS and OUTS: 1, 2, 4 or 8
	 * bytes that may cross a page.
	 */
	bool (*read)(void *context, uint64_t linear, void *to, size_t size);
	bool (*write)(void *context, uint64_t linear, const void *from, size_t size);
};

/*
 * What applies without a policy: CPUID 0x40000000 to 0x4fffffff, all MSRs and all ports are the
 * VMM's to answer, other CPUID leaves are empty; the rest is refused, MMIO too.
 */
extern const struct tdx_ve_policy tdx_ve_default_policy;

/* The interrupted context. */
struct tdx_regs {
	uint64_t *gpr;	 /* the embedder's array of TDX_GPR_COUNT, in register-number order */
	uint64_t rip;	 /* needed for MMIO and string I/O; not advanced here */
	uint64_t rflags; /* its arithmetic flags are written by some MMIO instructions */
	bool user;	 /* CPL > 0 */
	const struct tdx_ve_policy *policy; /* null: the default */
};

/*
 * Handles one #VE, whose information the caller has got with tdg_vp_veinfo_get() before anything
 * that could raise another. 64-bit code only. Returns the length of the instruction, by which the
 * caller advances RIP, or an enum tdx_ve_error. 0 stands for a string instruction that is not at
 * its end: it is to be resumed as it is, its registers tell how far it has come. To be called with
 * interrupts off if HLT is to work.
 */
int tdx_handle_ve(struct tdx_regs *regs, const struct tdx_ve_info *ve);

/* For before the kernel can handle anything else: port I/O, no strings, by the same rules. */
int tdx_handle_ve_early(struct tdx_regs *regs, const struct tdx_ve_info *ve);

/*
 * RDMSR and WRMSR without a #VE, for code that expects to be refused: 0, TDX_VE_REFUSED (by the
 * VMM) or TDX_VE_FORBIDDEN. *value is 0 on error. For MSRs that the CPU itself handles, use the
 * instruction.
 */
int tdx_rdmsr_safe(const struct tdx_ve_policy *policy, uint32_t index, uint64_t *value);
int tdx_wrmsr_safe(const struct tdx_ve_policy *policy, uint32_t index, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
