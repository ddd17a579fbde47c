/* SPDX-License-Identifier: MIT */
/* CR0, CR4, CR8 and XCR0 of a TD. TDX Module ABI, "Control Register Virtualization". */
#ifndef MODULE_CONTROL_H
#define MODULE_CONTROL_H

#include <stdint.h>

#include "module/guest.h"

enum control_result {
	CONTROL_DONE, /* written; the instruction completes */
	CONTROL_GP,   /* #GP(0) */
	CONTROL_VE,   /* #VE, exit reason CR access */
};

enum control_result control_write_cr0(struct vcpu *v, uint64_t value);
enum control_result control_write_cr4(const struct guest *g, uint64_t value);
/* XSETBV with register number index. */
enum control_result control_write_xcr(const struct guest *g, uint32_t index, uint64_t value);

#endif
