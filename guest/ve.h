/* SPDX-License-Identifier: MIT */
/*
 * Virtualisation exceptions (#VE, vector 20): the instruction or access is not the CPU's to do, the
 * guest asks the VMM or answers itself. TDX Module ABI specification, "Virtualization Exception
 * (#VE)"; GHCI specification, chapter 2.
 */
#ifndef GUEST_VE_H
#define GUEST_VE_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/args.h>
#include <tdx/ve.h>

/* The interrupted context. */
struct tdx_regs {
	uint64_t *gpr; /* the embedder's array of TDX_GPR_COUNT, in register-number order */
	uint64_t rflags;
	bool user; /* CPL > 0 */
};

/* Why an exception was not handled; registers are untouched then. */
enum tdx_ve_error {
	TDX_VE_REFUSED = -1,	 /* by the VMM: as if the instruction had raised #GP */
	TDX_VE_UNSUPPORTED = -2, /* a cause or a form of it that this handler does not know */
	TDX_VE_USER = -3,	 /* user mode may execute CPUID only */
};

/*
 * Handles one #VE, whose information the caller has got with tdg_vp_veinfo_get() before anything
 * that could raise another. Returns the length of the instruction, by which the caller advances
 * RIP, or an enum tdx_ve_error.
 */
int tdx_handle_ve(struct tdx_regs *regs, const struct tdx_ve_info *ve);

#endif
