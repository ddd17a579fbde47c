/* SPDX-License-Identifier: MIT */
/* Acceptance of private memory. TDX Module ABI specification, TDG.MEM.PAGE.ACCEPT. */
#ifndef GUEST_ACCEPT_H
#define GUEST_ACCEPT_H

#include <stdint.h>

#include "lib/addr.h"

/*
 * Accepts [start, start + size), multiples of 4 KiB, in 2 MiB pages where alignment and the VMM's
 * page sizes allow it. Returns the status of the page that failed, or TDX_SUCCESS. A page that was
 * accepted before is a failure (TDX_PAGE_ALREADY_ACCEPTED): its contents are not what the caller
 * thinks, fresh zeroes.
 */
uint64_t tdx_accept_range(struct gpa start, uint64_t size);

#endif
