/* SPDX-License-Identifier: MIT */
/*
 * TDCALL. TDX Module ABI specification, "Guest-Side Interface Functions"; tdcall.S has the
 * registers.
 */
#ifndef GUEST_TDCALL_H
#define GUEST_TDCALL_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

/*
 * Each returns RAX, the module's completion status, and loads its registers from args. leaf is RAX:
 * number 15:0, version 23:16. Callee-saved registers are kept.
 *
 *	__tdcall		RCX RDX R8-R11 in; args is not written
 *	__tdcall_ret		RCX RDX R8-R11 in and out
 *	__tdcall_saved_ret	RCX RDX RBX RSI RDI R8-R15 in and out; for TDG.VP.VMCALL
 *	__tdcall_standard	TDG.VP.VMCALL that exposes R10-R15 and nothing else
 */
uint64_t __tdcall(uint64_t leaf, struct tdx_module_args *args);
uint64_t __tdcall_ret(uint64_t leaf, struct tdx_module_args *args);
uint64_t __tdcall_saved_ret(uint64_t leaf, struct tdx_module_args *args);
uint64_t __tdcall_standard(struct tdx_module_args *args);

#endif
