/* SPDX-License-Identifier: MIT */
#include "module/exit.h"

#include "lib/bits.h"
#include "module/module.h"
#include "module/sept.h"

#define QUALIFICATION_VISIBLE                                                                      \
	(bit_range(31, 13) | bit_range(6, 0)) /* without what tells of the GLA */

#define QUAL_RWX bit_range(5, 3) /* what the entry allowed */

#define INFO_SHIFT	 32
#define INFO_LEVEL_SHIFT 3
#define INFO_STATE_SHIFT 6
#define INFO_LEAF	 bit(14)

void td_exit_with(struct td_exit *e, uint64_t status)
{
	*e = (struct td_exit){ .keep_rbp = true };
	e->gpr[TDX_RAX] = status;
}

void td_exit_triple_fault(struct vcpu *v, struct td_exit *e)
{
	vcpu_set_state(v, VCPU_DISABLED);
	module_count(&module_counters.triple_faults, 1);
	__atomic_store_n(&module_counters.triple_fault_rip, cpu_vcpu_rip(&v->cpu),
			 __ATOMIC_RELAXED);
	td_exit_with(e, TDX_NON_RECOVERABLE_VCPU | TDX_EXIT_TRIPLE_FAULT);
}

void td_exit_memory(struct td_exit *e, uint32_t reason, uint64_t qualification, struct gpa gpa,
		    uint64_t extended)
{
	td_exit_with(e, reason);
	e->gpr[TDX_RCX] = qualification & QUALIFICATION_VISIBLE;
	e->gpr[TDX_RDX] = extended;
	e->gpr[TDX_R8] = gpa.pa & PAGE_MASK;
}

void td_exit_entry(struct td_exit *e, uint32_t type, struct gpa gpa, unsigned int requested_level,
		   unsigned int level, enum sept_state state)
{
	uint64_t qualification = TDX_EPT_QUAL_WRITE | (state == SEPT_STATE_MAPPED ? QUAL_RWX : 0);
	uint64_t info = requested_level | (uint64_t)level << INFO_LEVEL_SHIFT |
			(uint64_t)sept_public_state(state) << INFO_STATE_SHIFT |
			(sept_is_leaf(state) ? INFO_LEAF : 0);

	td_exit_memory(e, TDX_EXIT_EPT_VIOLATION, qualification, gpa, type | info << INFO_SHIFT);
}
