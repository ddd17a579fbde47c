/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define LIST	      UINT64_C(0x1000)
#define PENDING	      UINT64_C(0x2000)
#define MISSING	      UINT64_C(0x3000)
#define FIELD_UNKNOWN UINT64_C(0x0800000000000fff)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	page = test_td_add_page(&leaf_td, gpa(LIST), 0xaa);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_finalize(&leaf_td);
	c->r[TDX_RDX] = LIST;
	c->r[TDX_R8] = UINT64_MAX;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("not a page", INVALID(RDX), RDX, 8),
	OR_FAULT("shared GPA", INVALID(RDX), RDX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RDX), RDX, BIT(48)),
	EXIT_FAULT("pending", RDX, PENDING),
	EXIT_FAULT("no page", RDX, MISSING),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, R8, FIELD_UNKNOWN),
};

/* The list says of each field what TDG.SYS.RD says of it. */
static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const uint64_t *words = phys_ptr(page);
	unsigned int size = words[0] & 0xffff, at = 1;

	assert_int_equal(out->r[TDX_R8], TDX_FIELD_NONE);
	assert_in_range(size, 32, PAGE_SIZE);
	while (8 * at < size) {
		unsigned int elements = (words[at] >> 34 & 0xf) + 1;
		unsigned int fields = (words[at] >> 38 & 0x1ff) + 1;
		uint64_t id = words[at] & ~bit_range(46, 34);

		for (unsigned int i = 0; i < fields * elements; i++) {
			struct leaf_call c = {
				.r = { [TDX_RAX] = TDG_SYS_RD, [TDX_RDX] = id + i }
			};

			assert_int_equal(leaf_tdcall(&c), TDX_SUCCESS);
			assert_int_equal(c.r[TDX_R8], words[at + 1 + i]);
		}
		at += 1 + fields * elements;
	}
	assert_int_equal(8 * at, size);
	leaf_changes(page);
}

static const struct leaf_case rdall = {
	.leaf = TDG_SYS_RDALL,
	.guest = true,
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
