/* SPDX-License-Identifier: MIT */
/*
 * All host-side leaves of the TDX module, one C function each, by their names in the TDX Module ABI
 * specification, "Host-Side (SEAMCALL) Interface Functions".
 *
 * Each returns the status that the module left in RAX (tdx/status.h). Every leaf can return
 *
 *	TDX_OPERAND_INVALID | TDX_OPERAND_ID_RAX	the module has no such leaf or version
 *	TDX_SYS_NOT_READY, TDX_SYS_SHUTDOWN		not in this state of the module
 *	TDX_SEAMCALL_*					the instruction failed (host/seamcall.h)
 *
 * and each leaf that takes a page TDX_OPERAND_INVALID (not aligned, key id bits),
 * TDX_OPERAND_ADDR_RANGE_ERROR (in no TDMR), TDX_OPERAND_BUSY and TDX_PAGE_METADATA_INCORRECT
 * (another type of page) with the operand; what else a leaf returns is said with it. All of them
 * are the caller's doing but two: TDX_OPERAND_BUSY and TDX_RND_NO_ENTROPY say that another logical
 * processor, a TD or the random number generator was in the way, and mean "try again"; the module
 * never waits. A TD cannot make a leaf fail otherwise, except where that is said.
 *
 * Addresses are physical, in bytes, without key id bits; pages are 4 KiB. Statuses without
 * TDX_ERROR may be other than 0: see tdx_is_error(). Outputs are written whatever the status; the
 * module leaves 0 where it has nothing to say.
 */
#ifndef HOST_TDH_H
#define HOST_TDH_H

#include "host/tdh_mem.h"
#include "host/tdh_mig.h"
#include "host/tdh_mng.h"
#include "host/tdh_mr.h"
#include "host/tdh_phymem.h"
#include "host/tdh_servtd.h"
#include "host/tdh_sys.h"
#include "host/tdh_vp.h"

#endif
