/* SPDX-License-Identifier: MIT */
/* What makes a kernel a TDX guest. */
#ifndef TD_H
#define TD_H

#include <stdint.h>

/* The kernel, which start.S calls: 64-bit mode, one VCPU, interrupts off. */
_Noreturn void hello(void);

/* To be called before anything that raises #VE. */
void td_init(void);

/* Where a device is mapped, given its physical address (below 4 GiB). */
volatile void *td_device(uint64_t address);

#endif
