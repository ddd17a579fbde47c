/* SPDX-License-Identifier: MIT */
/* What an embedder of libtdx-guest provides. */
#ifndef GUEST_HOOKS_H
#define GUEST_HOOKS_H

#include <stdint.h>

/* The module failed a call that cannot fail, or a failure would leave the TD insecure. status: RAX.
 */
void tdx_panic(const char *what, uint64_t status) __attribute__((noreturn));

/* The VMM answered with nonsense, which has been refused. value: what it said. */
void tdx_warn(const char *what, uint64_t value);

#endif
