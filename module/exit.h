/* SPDX-License-Identifier: MIT */
/* TD exits: what TDH.VP.ENTER returns. TDX Module ABI, "TDH.VP.ENTER Leaf", output operands. */
#ifndef MODULE_EXIT_H
#define MODULE_EXIT_H

#include "module/leaf.h"

/* All registers zero but RAX; RBP stays the VMM's. */
void td_exit_with(struct td_exit *e, uint64_t status);

/* The VCPU is disabled for ever. */
void td_exit_triple_fault(struct vcpu *v, struct td_exit *e);

/* EPT violation or misconfiguration: the page's GPA only, and no hint at where in the TD. */
void td_exit_memory(struct td_exit *e, uint32_t reason, uint64_t qualification, struct gpa gpa,
		    uint64_t extended);

/*
 * EPT violation of a TDCALL leaf that would change an entry, and found one of that level in that
 * state in its way: type is TDX_EEQ_ACCEPT or TDX_EEQ_ATTR_WR, the rest is in RDX.
 */
void td_exit_entry(struct td_exit *e, uint32_t type, struct gpa gpa, unsigned int requested_level,
		   unsigned int level, enum sept_state state);

#endif
