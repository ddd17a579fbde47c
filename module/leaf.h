/* SPDX-License-Identifier: MIT */
/*
 * Dispatch. One leaf = one file under leaf/ = one row in seamcall.def or tdcall.def; the row holds
 * all that the dispatcher must know. A leaf's function reads and writes the caller's registers and
 * returns the status.
 *
 *	SEAMCALL(number, name, highest version, module states in which it is allowed)
 *	TDCALL(number, name, highest version)
 *
 * States: READY; NOT_READY_TOO, in every state but SHUTDOWN; ALWAYS.
 */
#ifndef MODULE_LEAF_H
#define MODULE_LEAF_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/addr.h"
#include "module/vcpu.h"

/* A SEAMCALL under way. r is the VMM's registers; version as in RAX 23:16. */
struct seamcall {
	uint64_t *r; /* r[TDX_RCX] ... */
	unsigned int version;
};

typedef uint64_t seamcall_leaf(struct seamcall *c);

/* A TDCALL under way. What happens to the guest afterwards is the leaf's answer. */
enum tdcall_action {
	TDCALL_RETURN,	/* status into RAX, RIP past the instruction */
	TDCALL_RESTART, /* nothing changed for the guest: it executes the instruction again (a #VE
			   may be queued) */
	TDCALL_EXIT,	/* TD exit; the leaf has filled exit_regs as TDH.VP.ENTER returns them */
};

struct tdcall {
	uint64_t *r; /* the guest's registers */
	unsigned int version;
	struct vcpu *vcpu;
	struct tdr *tdr;
	struct tdcs *tdcs;
	uint64_t status;      /* for TDCALL_RETURN */
	struct td_exit *exit; /* for TDCALL_EXIT */
};

#define TDCALL_LENGTH 4 /* bytes of the instruction */

typedef enum tdcall_action tdcall_leaf(struct tdcall *c);

/* What TDH.VP.ENTER returns to the VMM. gpr[TDX_RAX] is the status. */
struct td_exit {
	uint64_t gpr[TDX_GPR_COUNT];
	bool keep_rbp; /* NO_RBP_MOD: the VMM's RBP is left alone */
	uint16_t xmm_mask;
};

#define SEAMCALL(number, name, version, states) seamcall_leaf leaf_##name;
#define TDCALL(number, name, version)		tdcall_leaf leaf_##name;
#include "module/seamcall.def"
#include "module/tdcall.def"
#undef SEAMCALL
#undef TDCALL

/* dispatch.c: runs the leaf that the guest's RAX names. */
enum tdcall_action module_tdcall(struct tdcall *c);

#endif
