/* SPDX-License-Identifier: MIT */
/* Exceptions of an image that runs bare in a TD. */
#ifndef SHIM_TRAP_H
#define SHIM_TRAP_H

#include <stdint.h>

#include <tdx/args.h>

#include "shim/trap_vectors.h"

/* The interrupted context; changes take effect, except of gpr[TDX_RSP]. */
struct trap_frame {
	uint64_t gpr[TDX_GPR_COUNT];
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

/* Sets up the IDT. Interrupts stay off. */
void trap_init(void);

/* Called for each vector; the image's own. */
void trap(struct trap_frame *frame);

/* Makes every further exception fatal to the VCPU, and raises one: a triple fault. */
_Noreturn void trap_die(void);

#endif
