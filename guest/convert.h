/* SPDX-License-Identifier: MIT */
/*
 * Memory that changes between private and shared. GHCI specification, TDG.VP.VMCALL<MapGPA>; TDX
 * Module ABI specification, TDG.MEM.PAGE.ACCEPT.
 *
 * Both take [start, start + size) as private addresses (SHARED bit clear), multiples of 4 KiB;
 * shared_bit is tdx_shared_bit() of tdg_vp_info(). The contents are lost either way: a private page
 * begins as zeroes, a shared one as whatever the VMM wants. The caller owns the range, and no VCPU
 * or device may touch it meanwhile. The page tables are the caller's, too, in this order:
 *
 *	to shared	map the range with the SHARED bit, flush the TLBs of all VCPUs, then
 *			tdx_make_shared(): no access to what is no longer private can be left
 *	to private	tdx_make_private(), then map it without the SHARED bit: no access can reach
 *			a page that is not accepted
 *
 * The VMM may fail in the middle, and what it says about where it stopped is worth nothing. Then
 * the whole range is asked back to what it was; the outcome is one of these.
 */
#ifndef GUEST_CONVERT_H
#define GUEST_CONVERT_H

#include <stdint.h>

#include "guest/vmcall.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tdx_convert {
	TDX_CONVERT_DONE = 0,

	/* The caller: not such a range. Nothing was asked, nothing has changed. */
	TDX_CONVERT_INVALID = -1,

	/* The VMM refused; the range is what it was before and can be used as that (map it so
	 * again), but its contents are undefined. */
	TDX_CONVERT_REFUSED = -2,

	/* The VMM refused, or put what cannot be accepted there, and did not take it back either:
	 * part of the range is private and part shared, nobody can tell which. It must never be
	 * used or freed again. tdx_warn() has been called. */
	TDX_CONVERT_LOST = -3,
};

enum tdx_convert tdx_make_shared(struct gpa start, uint64_t size, uint64_t shared_bit);
enum tdx_convert tdx_make_private(struct gpa start, uint64_t size, uint64_t shared_bit);

#ifdef __cplusplus
}
#endif

#endif
