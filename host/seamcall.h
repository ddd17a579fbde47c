/* SPDX-License-Identifier: MIT */
/*
 * The SEAMCALL instruction as three C functions. fn is RAX on entry (leaf, version << 16); the
 * return value is RAX afterwards: the module's status, or why the instruction did not reach it:
 *
 *	TDX_SEAMCALL_VMFAILINVALID	no module is loaded, or it is disabled
 *	TDX_SEAMCALL_GP			TDX is not enabled on this platform
 *	TDX_SEAMCALL_UD			the CPU has no SEAMCALL, or VMX is off
 *
 * The last two need the image's trap handler to call tdx_extable_fixup() (host/extable.h).
 *
 * TDX Module ABI specification, "SEAMCALL Instruction"; Intel SDM, "SEAMCALL".
 */
#ifndef HOST_SEAMCALL_H
#define HOST_SEAMCALL_H

#include <stdint.h>

#include <tdx/args.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RCX, RDX, R8..R11 in; nothing comes back. */
uint64_t __seamcall(uint64_t fn, struct tdx_module_args *args);

/* RCX, RDX, R8..R11 in and out. Registers that a leaf does not write come back as they were. */
uint64_t __seamcall_ret(uint64_t fn, struct tdx_module_args *args);

/* RCX, RDX, RBX, RSI, RDI, R8..R15 in and out: for TDH.VP.ENTER. */
uint64_t __seamcall_saved_ret(uint64_t fn, struct tdx_module_args *args);

#ifdef __cplusplus
}
#endif

#endif
