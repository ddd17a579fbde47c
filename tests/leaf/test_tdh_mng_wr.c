/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define FIELD_UNKNOWN	      UINT64_C(0x1110000300000fff)
#define FIELD_HP_LOCK_TIMEOUT UINT64_C(0x9110000300000011)
#define OLD_TIMEOUT	      1000000
#define NEW_TIMEOUT	      20000

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = leaf_td.tdr.pa;
	c->r[TDX_RDX] = FIELD_HP_LOCK_TIMEOUT;
	c->r[TDX_R8] = NEW_TIMEOUT;
	c->r[TDX_R9] = UINT64_MAX;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("not the VMM's", TDX_METADATA_FIELD_NOT_WRITABLE, RDX, TDX_FIELD_TD_ATTRIBUTES),
	REG_FAULT("too short", TDX_METADATA_FIELD_VALUE_NOT_VALID, R8, 9999),
	REG_FAULT("too long", TDX_METADATA_FIELD_VALUE_NOT_VALID, R8, 100000001),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], OLD_TIMEOUT);
	assert_int_equal(test_tdcs(&leaf_td)->hp_lock_timeout, NEW_TIMEOUT);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case wr = {
	.leaf = TDH_MNG_WR,
	.td = LEAF_TD,
	.td_reg = TDX_RCX,
	.op_states = ALL_OP_STATES & ~(BIT(0) | BIT(4) | BIT(5)),
	.outputs = BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(wr) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
