/* SPDX-License-Identifier: MIT */
/* The order of the SEAMCALL dispatcher: TDX Module ABI, "SEAMCALL Instruction (Common)". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"

static const struct {
	unsigned int number;
	unsigned int version;
} leaves[] = {
#define SEAMCALL(number, name, version, states) { number, version },
#include "module/seamcall.def"
#undef SEAMCALL
};

/* Leaves that a module may be asked before it is ready. */
static const unsigned int early[] = {
	TDH_SYS_INFO,	TDH_SYS_RD,	    TDH_SYS_RDALL,	 TDH_SYS_INIT,	 TDH_SYS_LP_INIT,
	TDH_SYS_CONFIG, TDH_SYS_KEY_CONFIG, TDH_SYS_LP_SHUTDOWN, TDH_SYS_UPDATE,
};

static bool is_early(unsigned int leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(early); i++) {
		if (early[i] == leaf)
			return true;
	}
	return false;
}

static bool has_row(unsigned int leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (leaves[i].number == leaf)
			return true;
	}
	return false;
}

static void test_reserved_bits_come_first(void **state)
{
	machine_reset();
	for (unsigned int b = 24; b < 64; b++) {
		assert_refused(INVALID(RAX), bit(b) | TDH_SYS_LP_INIT, 0, 0, 0, 0);
		assert_refused(INVALID(RAX), bit(b) | TDH_MEM_TRACK, 0, 0, 0, 0);
	}
}

static void test_version_before_state(void **state)
{
	static const unsigned int versioned[] = { TDH_MEM_SEPT_ADD, TDH_MNG_RD,
						  TDH_VP_INIT,	    TDH_MEM_PAGE_PROMOTE,
						  TDH_VP_RD,	    TDH_MEM_SEPT_REMOVE };

	machine_reset();
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		bool has_version = false;

		for (size_t n = 0; n < ARRAY_SIZE(versioned); n++)
			has_version |= versioned[n] == leaves[i].number;
		assert_int_equal(leaves[i].version, has_version);
		assert_refused(has_version ? TDX_SYS_NOT_READY : INVALID(RAX),
			       SEAM_V1 | leaves[i].number, 0, 0, 0, 0);
	}
	machine_ready();
	for (size_t i = 0; i < ARRAY_SIZE(versioned); i++)
		assert_refused(INVALID(RAX), 2 * SEAM_V1 | versioned[i], 0, 0, 0, 0);
}

static void test_not_ready(void **state)
{
	machine_reset();
	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		if (!is_early(leaf))
			assert_refused(TDX_SYS_NOT_READY, leaf, 0, 0, 0, 0);
		else
			assert_int_not_equal(seam(leaf, bit(63), 0, 0, 0).status,
					     TDX_SYS_NOT_READY);
	}
}

static void test_unknown_leaves(void **state)
{
	machine_ready();
	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		if (!has_row(leaf))
			assert_refused(INVALID(RAX), leaf, 0, 0, 0, 0);
	}
	assert_refused(INVALID(RAX), 0xffff, 0, 0, 0, 0);
}

static void test_shutdown(void **state)
{
	machine_ready();
	assert_int_equal(tdh_sys_shutdown(0), TDX_SUCCESS);
	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		if (leaf != TDH_SYS_LP_SHUTDOWN)
			assert_refused(TDX_SYS_SHUTDOWN, leaf, 0, 0, 0, 0);
	}
	assert_int_equal(tdh_sys_lp_shutdown(), TDX_SUCCESS);
}

static void test_every_call_is_counted(void **state)
{
	machine_ready();
	seam(TDH_MEM_TRACK, 8, 0, 0, 0);
	seam(TDH_MEM_TRACK, 8, 0, 0, 0);
	assert_int_equal(module_counters.seamcalls[TDH_MEM_TRACK], 2);
	assert_int_equal(module_counters.seamcalls[TDH_MNG_CREATE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_bits_come_first),
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_version_before_state),
		cmocka_unit_test(test_unknown_leaves),
		cmocka_unit_test(test_every_call_is_counted),
		cmocka_unit_test(test_shutdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
