/* SPDX-License-Identifier: MIT */
#include "module/operand.h"

#include <string.h>

#include "lib/phys.h"
#include "module/fault.h"

uint64_t operand_check(const struct tdcall *c, uint64_t value, const struct operand_rule *rule)
{
	bool is_private = td_gpa_is_private(c->tdcs, gpa(value));
	bool is_shared = rule->shared_allowed && td_gpa_is_shared(c->tdcs, gpa(value));

	if (!is_aligned(value, rule->align) || (!is_private && !is_shared))
		return tdx_operand(TDX_OPERAND_INVALID, rule->id);
	return TDX_SUCCESS;
}

bool operand_find(struct tdcall *c, uint64_t value, const struct operand_rule *rule,
		  struct guest_operand *op, enum tdcall_action *action)
{
	const struct memory_access access = { .read = true, .write = rule->write };
	const struct guest g = tdcall_guest(c);
	struct memory_target t;
	enum memory_outcome outcome = guest_memory(&g, gpa(value), access, &t);

	if (outcome == MEMORY_OK) {
		*op = (struct guest_operand){ t.pa, t.shared };
		return true;
	}
	*action = fault_of_operand(&g, gpa(value), access, outcome, &t, c->exit) ? TDCALL_EXIT
										 : TDCALL_RESTART;
	return false;
}

void operand_read(const struct guest_operand *op, void *to, uint64_t size)
{
	if (op->shared)
		vmm_read(op->pa, to, size);
	else
		memcpy(to, phys_ptr(op->pa), size);
}

void operand_write(const struct guest_operand *op, const void *from, uint64_t size)
{
	if (op->shared)
		vmm_write(op->pa, from, size);
	else
		memcpy(phys_ptr(op->pa), from, size);
}
