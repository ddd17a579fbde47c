/* SPDX-License-Identifier: MIT */
/*
 * Memory operands of TDCALL leaves. TDX Module ABI, "Guest-Side (TDCALL) Interface Functions": a
 * GPA in a register, private or (where the leaf says so) shared; an access to it has the same
 * results as one by the guest's own instruction.
 */
#ifndef MODULE_OPERAND_H
#define MODULE_OPERAND_H

#include <stdbool.h>
#include <stdint.h>

#include "module/guest.h"
#include "module/leaf.h"

struct guest_operand {
	struct hpa pa;
	bool shared;
};

struct operand_rule {
	uint32_t id;	/* TDX_OPERAND_ID_* of its register */
	uint32_t align; /* and no operand is longer than this or a page */
	bool shared_allowed;
	bool write;
};

static inline struct guest tdcall_guest(const struct tdcall *c)
{
	return (struct guest){ c->vcpu, c->tdr, c->tdcs };
}

/* Is value a GPA that the rule allows? OPERAND_INVALID|id otherwise. No memory is looked at. */
uint64_t operand_check(const struct tdcall *c, uint64_t value, const struct operand_rule *rule);

/*
 * Finds the memory behind a checked value. False: the leaf ends with *action, a #VE or TD exit that
 * has been prepared, or the instruction starts again.
 */
bool operand_find(struct tdcall *c, uint64_t value, const struct operand_rule *rule,
		  struct guest_operand *op, enum tdcall_action *action);

void operand_read(const struct guest_operand *op, void *to, uint64_t size);
void operand_write(const struct guest_operand *op, const void *from, uint64_t size);

/* The leaf returns this status. */
static inline enum tdcall_action tdcall_return(struct tdcall *c, uint64_t status)
{
	c->status = status;
	return TDCALL_RETURN;
}

#endif
