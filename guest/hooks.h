/* SPDX-License-Identifier: MIT */
/*
 * What an embedder of libtdx-guest provides; the library needs nothing else from outside. Who is to
 * blame decides what happens:
 *
 *	our own guest	an error for the caller to act on
 *	the module	tdx_panic(), or its status for the caller where a caller can act on it
 *	the VMM		refused or clamped, never trusted and never fatal by itself; tdx_warn()
 */
#ifndef GUEST_HOOKS_H
#define GUEST_HOOKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The module failed a call that cannot fail, or a failure would leave the TD insecure. status: RAX.
 * Must not return. May be called on any VCPU, with interrupts as they were.
 */
void tdx_panic(const char *what, uint64_t status) __attribute__((noreturn));

/*
 * The VMM answered with nonsense, which has been refused. value: what it said. At most
 * TDX_WARN_BURST of these arrive in TDX_WARN_WINDOW TSC ticks (guest/warn.h); suppressed says how
 * many were left out since the last one. May be called on several VCPUs at once.
 */
void tdx_warn(const char *what, uint64_t value, uint64_t suppressed);

#ifdef __cplusplus
}
#endif

#endif
