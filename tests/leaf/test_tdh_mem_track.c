/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_tdcs(&leaf_td)->epoch_refcount[1] = 1; /* that of the present epoch */
	c->r[TDX_RCX] = leaf_td.tdr.pa;
}

static void lock_epoch(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdcs(&leaf_td)->epoch_lock = (uint16_t)value;
}

static void enter_before(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_tdcs(&leaf_td)->epoch_refcount[0] = 1;
}

static const struct leaf_fault faults[] = {
	{ .name = "epoch locked",
	  .status = BUSY(TD_EPOCH),
	  .reg = NO_REG,
	  .value = HELD_EXCLUSIVE,
	  .make = lock_epoch,
	  .edits = EDITS_TRACKING },
	{ .name = "a VCPU enters",
	  .status = BUSY(TD_EPOCH),
	  .reg = NO_REG,
	  .value = HELD_SHARED,
	  .make = lock_epoch,
	  .edits = EDITS_TRACKING },
	STATE_FAULT("a VCPU of before inside", TDX_PREVIOUS_TLB_EPOCH_BUSY, enter_before, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(test_tdcs(&leaf_td)->epoch, 2);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case track = {
	.leaf = TDH_MEM_TRACK,
	.td = LEAF_TD,
	.td_reg = TDX_RCX,
	.op_states = ALL_OP_STATES & ~(BIT(0) | BIT(10)),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(track) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
