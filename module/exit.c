/* SPDX-License-Identifier: MIT */
#include "module/exit.h"

#include "lib/bits.h"
#include "module/module.h"
#include "module/sept.h"

#define QUALIFICATION_VISIBLE                                                                      \
	(bit_range(31, 13) | bit_range(6, 0)) /* without what tells of the GLA */

#define INFO_SHIFT	 32
#define INFO_LEVEL_SHIFT 3
#define INFO_STATE_SHIFT 6
#define INFO_LEAF	 bit(14)

/* State codes of TDX Module 1.5, bits 9, 56:53 and 7:6 of its entries. */
static const uint8_t state_code[SEPT_STATE_COUNT] = {
	[SEPT_STATE_FREE] = 0x0e,
	[SEPT_STATE_NL_MAPPED] = 0x00,
	[SEPT_STATE_NL_BLOCKED] = 0x08,
	[SEPT_STATE_MAPPED] = 0x60,
	[SEPT_STATE_BLOCKED] = 0x68,
	[SEPT_STATE_PENDING] = 0x70,
	[SEPT_STATE_PENDING_BLOCKED] = 0x78,
};

void td_exit_with(struct td_exit *e, uint64_t status)
{
	*e = (struct td_exit){ .keep_rbp = true };
	e->gpr[TDX_RAX] = status;
}

void td_exit_triple_fault(struct vcpu *v, struct td_exit *e)
{
	v->state = VCPU_DISABLED;
	module_counters.triple_faults++;
	module_counters.triple_fault_rip = cpu_vcpu_rip(&v->cpu);
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

uint64_t td_exit_accept_details(unsigned int requested_level, unsigned int level,
				enum sept_state state)
{
	uint64_t info = requested_level | (uint64_t)level << INFO_LEVEL_SHIFT |
			(uint64_t)state_code[state] << INFO_STATE_SHIFT |
			(sept_is_leaf(state) ? INFO_LEAF : 0);

	return TDX_EEQ_ACCEPT | info << INFO_SHIFT;
}
