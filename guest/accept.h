/* SPDX-License-Identifier: MIT */
/* Acceptance of private memory. TDX Module ABI specification, TDG.MEM.PAGE.ACCEPT. */
#ifndef GUEST_ACCEPT_H
#define GUEST_ACCEPT_H

#include <stdint.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Accepts one page of 4 KiB, as tdx_accept_range() with the shortest way there. gpa: private and
 * 4 KiB-aligned, which nobody checks: its low bits would be a level. */
uint64_t tdx_accept_page(struct gpa gpa);

/*
 * Accepts [start, start + size), private and multiples of 4 KiB, in the largest pages (1 GiB,
 * 2 MiB, 4 KiB) that alignment, the module and the VMM's page sizes allow. Returns TDX_SUCCESS, or
 * the status of the page that failed; pages before it are accepted then, none behind it.
 *
 *	TDX_OPERAND_INVALID | RCX	the caller: not such a range. For ends that are not aligned
 *					and for a range that wraps nothing has been accepted.
 *	TDX_PAGE_ALREADY_ACCEPTED	the caller, or the VMM that did not take away what it was
 *					to take: the page is not the fresh zeroes it should be
 *	TDX_OPERAND_BUSY | RCX		the VMM kept the page's entry busy for long
 */
uint64_t tdx_accept_range(struct gpa start, uint64_t size);

/*
 * Accepts what of the range is not accepted yet and leaves the rest as it is. For a range whose
 * contents nobody relies on, after a conversion that went wrong: anywhere else a page that turns
 * out to be accepted is a page of somebody else's. Otherwise as tdx_accept_range().
 */
uint64_t tdx_accept_again(struct gpa start, uint64_t size);

#ifdef __cplusplus
}
#endif

#endif
