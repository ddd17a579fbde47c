/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include <tdx/field.h>

#define FIELD_UNKNOWN UINT64_C(0x0800000000000fff)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_reset();
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	page = machine_vmm_page();
	c->r[TDX_RDX] = page.pa;
	c->r[TDX_R8] = UINT64_MAX;
}

static const struct leaf_fault faults[] = {
	VALUE_FAULT("on another LP", TDX_SYS_LP_INIT_NOT_DONE, leaf_set_lp, 1, 0),
	OR_FAULT("not a page", INVALID(RDX), RDX, 8),
	OR_FAULT("private key id", INVALID(RDX), RDX, UINT64_C(32) << PLATFORM_HKID_SHIFT),
	OR_FAULT("above MAXPA", INVALID(RDX), RDX, BIT(PLATFORM_MAXPA)),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, R8, FIELD_UNKNOWN),
};

/* Header, then identifiers with their values, to the last byte counted. */
static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const uint64_t *words = phys_ptr(page);
	unsigned int size = words[0] & 0xffff, sequences = 0, at = 1;

	assert_int_equal(out->r[TDX_R8], TDX_FIELD_NONE);
	assert_in_range(size, 64, PAGE_SIZE);
	while (8 * at < size) {
		unsigned int elements = (words[at] >> 34 & 0xf) + 1;
		unsigned int fields = (words[at] >> 38 & 0x1ff) + 1;
		uint64_t id = words[at] & ~bit_range(46, 34);

		for (unsigned int i = 0; i < fields * elements; i++) {
			uint64_t value, next;

			assert_int_equal(tdh_sys_rd(id + i, &value, &next), TDX_SUCCESS);
			assert_int_equal(words[at + 1 + i], value);
		}
		at += 1 + fields * elements;
		sequences++;
	}
	assert_int_equal(8 * at, size);
	assert_int_equal(words[0] >> 16, sequences);
	leaf_changes(page);
}

static const struct leaf_case rdall = {
	.leaf = TDH_SYS_RDALL,
	.module_states = LEAF_EARLY,
	.outputs = BIT(TDX_R8),
	.errors_ones = BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rdall) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
