/* SPDX-License-Identifier: MIT */
/* What can be wrong with a state or a register: the edits of leaf_case.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/check.h"
#include "module/sept.h"
#include "tests/lib/leaf_case.h"

#define MSR_TSC_ADJUST	  0x3b
#define MSR_MISC_ENABLE	  0x1a0
#define MISC_LIMIT_MAXVAL BIT(22)

void leaf_or(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	c->r[reg] |= value;
}

static uint16_t *page_lock_of(uint64_t pa)
{
	uint64_t key_bits = ~(BIT(PLATFORM_HKID_SHIFT) - 1);

	return &page_entry(hpa(pa & ~key_bits & ~(PAGE_SIZE - 1)), TDX_LEVEL_4K)->lock;
}

void leaf_lock_page(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	*page_lock_of(c->r[reg]) = HELD_EXCLUSIVE;
}

void leaf_hold_page(struct hpa page)
{
	*page_lock_of(page.pa) = HELD_SHARED;
}

void leaf_lock_page_shared(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	*page_lock_of(c->r[reg]) = HELD_SHARED;
}

void leaf_name_tdcx(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct hpa page = leaf_td.tdcx[TDCX_CPUID];

	c->r[reg] = page.pa ? page.pa : LEAF_FREE_PAGE;
}

void leaf_name_tdr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	c->r[reg] = leaf_td.tdr.pa;
}

static struct tdcs *tdcs(void)
{
	return phys_ptr(leaf_td.tdcx[TDCX_CONTROL]);
}

void leaf_lock_tree(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->sept_lock = HELD_EXCLUSIVE;
}

void leaf_share_tree(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->sept_lock = HELD_SHARED;
}

/* And the VMM waits for it: what a failure would leave behind is there already. */
void leaf_lock_entry(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct sept_slot slot;
	struct gpa where;

	if (value)
		c->r[reg] = value;
	where = gpa(c->r[TDX_RCX] & TDX_GPA_ADDR_MASK);
	assert_true(
		sept_walk(test_tdr(&leaf_td), where, c->r[TDX_RCX] & TDX_GPA_LEVEL_MASK, &slot));
	*slot.entry |= cpu_sept_mark(SEPT_MARK_LOCKED) | cpu_sept_mark(SEPT_MARK_HOST_FIRST);
}

void leaf_lock_kot(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.kot_lock = HELD_EXCLUSIVE;
}

void leaf_share_kot(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.kot_lock = HELD_SHARED;
}

void leaf_lock_ket(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.ket_lock = HELD_EXCLUSIVE;
}

void leaf_set_lp(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.lp = (unsigned int)value;
}

void leaf_take_entropy(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.no_entropy = 1;
}

void leaf_lock_sys(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.lock = HELD_EXCLUSIVE;
}

void leaf_share_sys(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.lock = HELD_SHARED;
}

void leaf_set_vcpu_state(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_vcpu(&leaf_td, 0)->state = (uint32_t)value;
}

void leaf_set_vcpu_pages(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_vcpu(&leaf_td, 0)->page_count = (uint32_t)value;
}

void leaf_shift_tsc(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	fake_cpu_set_msr(MSR_TSC_ADJUST, 1);
}

void leaf_limit_cpuid(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	fake_cpu_set_msr(MSR_MISC_ENABLE, MISC_LIMIT_MAXVAL);
}

void leaf_undo_track(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->epoch--;
}

void leaf_stay_in_epoch(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->epoch_refcount[(tdcs()->epoch - 1) & 1] = 1;
}

void leaf_lock_tdr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	*page_lock_of(leaf_td.tdr.pa) = HELD_EXCLUSIVE;
}

void leaf_set_module_state(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.state = (enum sys_state)value;
}

void leaf_set_fatal(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdr(&leaf_td)->fatal = true;
}

void leaf_set_lifecycle(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdr(&leaf_td)->lifecycle = (uint32_t)value;
}

void leaf_set_tdcx_count(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdr(&leaf_td)->tdcx_count = (uint32_t)value;
}

void leaf_lock_op_state(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->op_state_lock = HELD_EXCLUSIVE;
}

void leaf_set_op_state(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	tdcs()->op_state = (uint32_t)value;
}
