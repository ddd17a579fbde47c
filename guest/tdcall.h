/* SPDX-License-Identifier: MIT */
/*
 * TDCALL. TDX Module ABI specification, "Guest-Side Interface Functions"; lib/module_call.inc has
 * the registers.
 *
 * Each returns RAX, the module's completion status (TDX_*), whole and unjudged. Callee-saved
 * registers are kept, and no register comes back with a value that the VMM wrote except as an
 * output. To be called at CPL 0 in 64-bit mode, anywhere else the instruction raises #GP.
 */
#ifndef GUEST_TDCALL_H
#define GUEST_TDCALL_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * leaf is RAX: number 15:0, version 23:16. Operands that the leaf does not have must be 0 in args.
 *
 *	__tdcall		RCX RDX R8-R11 in; args is not written
 *	__tdcall_ret		RCX RDX R8-R11 in and out
 *	__tdcall_saved_ret	RCX RDX RBX RSI RDI R8-R15 in and out. With TDG.VP.VMCALL the mask
 *				in args->rcx must not select RBP or an XMM register: neither is
 *				loaded, saved or cleared.
 */
uint64_t __tdcall(uint64_t leaf, struct tdx_module_args *args);
uint64_t __tdcall_ret(uint64_t leaf, struct tdx_module_args *args);
uint64_t __tdcall_saved_ret(uint64_t leaf, struct tdx_module_args *args);

/* A leaf with no more operands than these and no output. R9-R11 are 0. */
uint64_t __tdcall_regs(uint64_t leaf, uint64_t rcx, uint64_t rdx, uint64_t r8);

/* What comes back from TDG.VP.VMCALL: the module's word and the VMM's. */
struct tdvmcall_registers {
	uint64_t rax; /* TDX_* */
	uint64_t r10; /* TDVMCALL_STATUS_*, means nothing unless rax is TDX_SUCCESS */
};

/* TDG.VP.VMCALL of the standard set (R10 = 0) that exposes R10-R15 and nothing else. *out: R11. */
struct tdvmcall_registers __tdvmcall_regs(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					  uint64_t r15);
struct tdvmcall_registers __tdvmcall_regs_ret(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					      uint64_t r15, uint64_t *out);

/*
 * The form of the first TDX kernels, over __tdcall_ret(). out may be null. Written whatever the
 * status.
 */
struct tdx_module_output {
	uint64_t rcx;
	uint64_t rdx;
	uint64_t r8;
	uint64_t r9;
	uint64_t r10;
	uint64_t r11;
};

uint64_t __tdx_module_call(uint64_t fn, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9,
			   struct tdx_module_output *out);

#ifdef __cplusplus
}
#endif

#endif
