/* SPDX-License-Identifier: MIT */
/*
 * The way to the tdx_warn() hook, for the library's own use: the VMM decides how often there is
 * something to warn of, and must not be able to flood the log. The clock is the TSC, which in a TD
 * is the module's and not the VMM's.
 */
#ifndef GUEST_WARN_H
#define GUEST_WARN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TDX_WARN_BURST	8
#define TDX_WARN_WINDOW (UINT64_C(1) << 32) /* TSC ticks: 1 to 4 seconds */

/* Calls tdx_warn() unless TDX_WARN_BURST calls have been made in this window. Any VCPU, any time.
 */
void tdx_warn_limited(const char *what, uint64_t value);

/* The same at a given time: for tests. */
void tdx_warn_at(uint64_t tsc, const char *what, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
