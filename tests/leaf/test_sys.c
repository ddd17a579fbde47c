/* SPDX-License-Identifier: MIT */
/* TDH.SYS.*: order of the bring-up and every operand wrong in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/backend.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "module/lock.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/snapshot.h"

static void init_all_lps(void)
{
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
}

static int setup_fresh(void **state)
{
	machine_reset();
	return 0;
}

static int setup_lps(void **state)
{
	machine_reset();
	init_all_lps();
	return 0;
}

static void test_init(void **state)
{
	assert_refused(INVALID(RCX), TDH_SYS_INIT, 1, 0, 0, 0);
	assert_refused(TDX_SYS_LP_INIT_NOT_PENDING, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_refused(TDX_SYS_CONFIG_NOT_PENDING, TDH_SYS_CONFIG, 0, 0, 0, 0);
	machine.cmrs[1].base = machine.cmrs[0].base;
	assert_refused(TDX_CMR_LIST_INVALID, TDH_SYS_INIT, 0, 0, 0, 0);
	machine.cmrs[1].base = HIGH_BASE;
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	/* the state is looked at before the operand */
	assert_refused(TDX_SYS_INIT_NOT_PENDING, TDH_SYS_INIT, 1, 0, 0, 0);
}

static void test_lp_init(void **state)
{
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_refused(TDX_SYS_LP_INIT_NOT_DONE, TDH_SYS_INFO, 0, 0, 0, 0);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	assert_refused(TDX_SYS_LP_INIT_DONE, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	/* one is missing */
	assert_refused(TDX_SYS_CONFIG_NOT_PENDING, TDH_SYS_CONFIG, 0, 0, 0, 0);
	machine.lp = 1;
	assert_refused(TDX_SYS_LP_INIT_NOT_DONE, TDH_SYS_INFO, 0, 0, 0, 0);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
}

/* There is no module before this one. */
static void test_update(void **state)
{
	assert_refused(TDX_SYS_STATE_INCORRECT, TDH_SYS_UPDATE, 0, 0, 0, 0);
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	/* one LP is missing */
	assert_refused(TDX_SYS_STATE_INCORRECT, TDH_SYS_UPDATE, 0, 0, 0, 0);
	machine.lp = 1;
	assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	for (machine.lp = 2; machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
	assert_refused(TDX_SYS_INVALID_HANDOFF, TDH_SYS_UPDATE, 0, 0, 0, 0);
	assert_true(lock_try_shared(&sys.lock));
	assert_refused(TDX_SYS_BUSY, TDH_SYS_UPDATE, 0, 0, 0, 0);
	lock_release_shared(&sys.lock);
}

static void test_busy(void **state)
{
	assert_true(lock_try_shared(&sys.lock));
	assert_refused(TDX_SYS_BUSY, TDH_SYS_INIT, 0, 0, 0, 0);
	assert_refused(TDX_SYS_BUSY, TDH_SYS_CONFIG, 0, 0, 0, 0);
	assert_refused(TDX_SYS_BUSY, TDH_SYS_KEY_CONFIG, 0, 0, 0, 0);
	lock_release_shared(&sys.lock);
	assert_true(lock_try_exclusive(&sys.lock));
	assert_refused(TDX_SYS_BUSY, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_refused(TDX_SYS_BUSY, TDH_SYS_INFO, 0, 0, 0, 0);
	lock_release_exclusive(&sys.lock);
}

static void test_info(void **state)
{
	uint64_t info = machine_vmm_page().pa;
	uint64_t cmrs = machine_vmm_page().pa;
	const struct tdx_sysinfo *s = phys_ptr(hpa(info));
	const struct tdx_cmr_info *c = phys_ptr(hpa(cmrs));
	struct seam_result r;

	assert_refused(INVALID(RCX), TDH_SYS_INFO, info + 512, 1024, cmrs, 32);
	assert_refused(INVALID(RCX), TDH_SYS_INFO, info | UINT64_C(32) << 42, 1024, cmrs, 32);
	assert_refused(INVALID(RDX), TDH_SYS_INFO, info, 1023, cmrs, 32);
	assert_refused(INVALID(R8), TDH_SYS_INFO, info, 1024, cmrs + 256, 32);
	assert_refused(INVALID(R9), TDH_SYS_INFO, info, 1024, cmrs, 31);
	r = seam(TDH_SYS_INFO, info, 4096, cmrs, 64);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_int_equal(r.out.rdx, 1024);
	assert_int_equal(r.out.r9, 32);
	assert_int_equal(s->vendor_id, 0x8086);
	assert_int_equal(s->major_version, 1);
	assert_int_equal(s->minor_version, 5);
	assert_int_equal(s->max_tdmrs, 64);
	assert_int_equal(s->pamt_entry_size, 16);
	assert_int_equal(s->tdcs_base_size, 6 * 4096);
	assert_int_equal(s->tdvps_base_size, 6 * 4096);
	assert_int_equal(s->xfam_fixed1, 3);
	assert_int_equal(s->num_cpuid_config, 12);
	assert_int_equal(s->cpuid_config[0].leaf, 1);
	assert_int_equal(c[1].base, HIGH_BASE);
	assert_int_equal(c[2].size, 0);
}

static void test_config_operands(void **state)
{
	struct tdx_tdmr_info tdmrs[2];
	uint64_t array;

	machine_tdmrs(tdmrs);
	array = machine_write_tdmrs(tdmrs, 2).pa;
	assert_refused(INVALID(RCX), TDH_SYS_CONFIG, array + 8, 2, GLOBAL_HKID, 0);
	assert_refused(INVALID(RDX), TDH_SYS_CONFIG, array, 0, GLOBAL_HKID, 0);
	assert_refused(INVALID(RDX), TDH_SYS_CONFIG, array, 65, GLOBAL_HKID, 0);
	assert_refused(INVALID(R8), TDH_SYS_CONFIG, array, 2, 0, 0);
	assert_refused(INVALID(R8), TDH_SYS_CONFIG, array, 2, 64, 0);
	assert_refused(INVALID(R8), TDH_SYS_CONFIG, array, 2, bit(16) | GLOBAL_HKID, 0);
	((uint64_t *)phys_ptr(hpa(array)))[1] += 8;
	assert_refused(INVALID(TDMR_INFO_PA), TDH_SYS_CONFIG, array, 2, GLOBAL_HKID, 0);
	((uint64_t *)phys_ptr(hpa(array)))[1] -= 8;
	assert_int_equal(tdh_sys_config(hpa(array), 2, GLOBAL_HKID), TDX_SUCCESS);
	assert_int_equal(sys_key(GLOBAL_HKID)->state, HKID_RESERVED);
	assert_refused(TDX_SYS_CONFIG_NOT_PENDING, TDH_SYS_CONFIG, array, 2, GLOBAL_HKID, 0);
	assert_refused(TDX_SYS_LP_INIT_NOT_PENDING, TDH_SYS_LP_INIT, 0, 0, 0, 0);
	assert_false(cpu_host_can_access(hpa(tdmrs[1].pamt_4k_base)));
	assert_true(cpu_host_can_access(hpa(tdmrs[1].pamt_4k_base - PAGE_SIZE)));
}

/* One way to get a TDMR wrong each; info bytes as details. */
struct tdmr_case {
	uint64_t status;
	void (*spoil)(struct tdx_tdmr_info t[2]);
};

#define SPOIL(name, what)                                                                          \
	static void name(struct tdx_tdmr_info t[2])                                                \
	{                                                                                          \
		what;                                                                              \
	}

SPOIL(overflow, t[1].size = -t[1].base + SIZE_1G)
SPOIL(descending, {
	struct tdx_tdmr_info swap = t[0];
	t[0] = t[1];
	t[1] = swap;
})
SPOIL(twice, t[1] = t[0])
SPOIL(base_unaligned, t[1].base += SIZE_2M)
SPOIL(size_unaligned, t[0].size += SIZE_2M)
SPOIL(size_zero, t[1].size = 0)
SPOIL(above_key_bits, t[1].size += SIZE_1G)
SPOIL(reserved_unaligned, t[0].reserved[0].offset += 8)
SPOIL(reserved_outside, t[0].reserved[0].size += PAGE_SIZE)
SPOIL(reserved_after_null, { t[0].reserved[2] = t[0].reserved[0]; })
SPOIL(reserved_descending, { t[1].reserved[1].size = PAGE_SIZE; })
SPOIL(pamt_unaligned, t[1].pamt_2m_base += 8)
SPOIL(pamt_too_small, t[0].pamt_1g_size = 0)
SPOIL(pamt_4k_too_small, t[1].pamt_4k_size -= PAGE_SIZE)
SPOIL(pamt_in_no_cmr, t[0].pamt_2m_base = OUTSIDE_BASE)
SPOIL(pamt_in_usable, t[0].pamt_1g_base = LOW_BASE)
SPOIL(pamt_in_usable_of_other, t[1].pamt_1g_base = LOW_BASE)
SPOIL(pamt_in_usable_of_later, t[0].pamt_1g_base = HIGH_BASE)
SPOIL(pamt_on_pamt, t[0].pamt_1g_base = t[0].pamt_2m_base)
SPOIL(pamt_on_pamt_of_other, t[1].pamt_2m_base = t[0].pamt_4k_base)
SPOIL(outside_cmrs, t[1].reserved[0].size -= PAGE_SIZE)

static const struct tdmr_case tdmr_cases[] = {
	{ TDX_NON_ORDERED_TDMR | 1, overflow },
	{ TDX_NON_ORDERED_TDMR | 1, descending },
	{ TDX_NON_ORDERED_TDMR | 1, twice },
	{ TDX_INVALID_TDMR | 1, base_unaligned },
	{ TDX_INVALID_TDMR | 0, size_unaligned },
	{ TDX_INVALID_TDMR | 1, size_zero },
	{ TDX_INVALID_TDMR | 1, above_key_bits },
	{ TDX_INVALID_RESERVED_IN_TDMR | 0, reserved_unaligned },
	{ TDX_INVALID_RESERVED_IN_TDMR | 0, reserved_outside },
	{ TDX_INVALID_RESERVED_IN_TDMR | 2 << 8, reserved_after_null },
	{ TDX_NON_ORDERED_RESERVED_IN_TDMR | 1 | 1 << 8, reserved_descending },
	{ TDX_INVALID_PAMT | 1 | 1 << 8, pamt_unaligned },
	{ TDX_INVALID_PAMT | 0 | 2 << 8, pamt_too_small },
	{ TDX_INVALID_PAMT | 1 | 0 << 8, pamt_4k_too_small },
	{ TDX_PAMT_OUTSIDE_CMRS | 0 | 1 << 8, pamt_in_no_cmr },
	{ TDX_PAMT_OVERLAP | 0 | 2 << 8 | 0 << 16, pamt_in_usable },
	{ TDX_PAMT_OVERLAP | 1 | 2 << 8 | 0 << 16, pamt_in_usable_of_other },
	{ TDX_PAMT_OVERLAP | 0 | 2 << 8 | 1 << 16, pamt_in_usable_of_later },
	{ TDX_PAMT_OVERLAP | 0 | 2 << 8 | 0 << 16, pamt_on_pamt },
	{ TDX_PAMT_OVERLAP | 1 | 1 << 8 | 0 << 16, pamt_on_pamt_of_other },
	{ TDX_TDMR_OUTSIDE_CMRS | 1, outside_cmrs },
};

static void test_config_tdmrs(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(tdmr_cases); i++) {
		struct tdx_tdmr_info tdmrs[2];
		struct seam_result r;
		struct hpa array;

		machine_tdmrs(tdmrs);
		tdmr_cases[i].spoil(tdmrs);
		array = machine_write_tdmrs(tdmrs, 2);
		snapshot_take();
		r = seam(TDH_SYS_CONFIG, array.pa, 2, GLOBAL_HKID, 0);
		if (r.status != tdmr_cases[i].status)
			fail_msg("case %zu: %llx", i, (unsigned long long)r.status);
		snapshot_assert_same();
	}
}

/* Adjacent CMRs count as one. */
static void test_adjacent_cmrs(void **state)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_tdmrs(tdmrs);
	machine.cmrs[0].size = LOW_USABLE / 2;
	machine.cmrs[2] = machine.cmrs[1];
	machine.cmrs[1].base = LOW_BASE + LOW_USABLE / 2;
	machine.cmrs[1].size = LOW_SIZE - LOW_USABLE / 2;
	machine.cmr_count = 3;
	assert_int_equal(tdh_sys_config(machine_write_tdmrs(tdmrs, 2), 2, GLOBAL_HKID),
			 TDX_SUCCESS);
}

static void test_key_config(void **state)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_tdmrs(tdmrs);
	assert_refused(TDX_SYS_KEY_CONFIG_NOT_PENDING, TDH_SYS_KEY_CONFIG, 0, 0, 0, 0);
	assert_int_equal(tdh_sys_config(machine_write_tdmrs(tdmrs, 2), 2, GLOBAL_HKID),
			 TDX_SUCCESS);
	assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	assert_refused(TDX_KEY_CONFIGURED, TDH_SYS_KEY_CONFIG, 0, 0, 0, 0);
	assert_refused(TDX_SYS_NOT_READY, TDH_SYS_TDMR_INIT, LOW_BASE, 0, 0, 0);
	machine.lp = 1;
	assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	assert_int_equal(sys.state, SYS_STATE_READY);
	assert_refused(TDX_SYS_KEY_CONFIG_NOT_PENDING, TDH_SYS_KEY_CONFIG, 0, 0, 0, 0);
}

static void test_tdmr_init(void **state)
{
	struct tdx_tdmr_info tdmrs[2];
	struct tdx_page_metadata metadata;
	struct hpa next = { 0 };
	unsigned int calls = 0;

	machine_tdmrs(tdmrs);
	assert_int_equal(tdh_sys_config(machine_write_tdmrs(tdmrs, 2), 2, GLOBAL_HKID),
			 TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_sys_key_config(), TDX_SUCCESS);
	machine.lp = 0;
	assert_refused(INVALID(RCX), TDH_SYS_TDMR_INIT, LOW_BASE + PAGE_SIZE, 0, 0, 0);
	assert_refused(INVALID(RCX), TDH_SYS_TDMR_INIT, LOW_BASE + SIZE_1G, 0, 0, 0);
	assert_refused(INVALID(RCX), TDH_SYS_TDMR_INIT, LOW_BASE | bit(42), 0, 0, 0);
	while (next.pa != LOW_BASE + SIZE_1G) {
		assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE), &metadata), OUT_OF_RANGE(RCX));
		assert_int_equal(tdh_sys_tdmr_init(hpa(LOW_BASE), &next), TDX_SUCCESS);
		calls++;
	}
	assert_int_equal(calls, 256);
	assert_refused(TDX_TDMR_ALREADY_INITIALIZED, TDH_SYS_TDMR_INIT, LOW_BASE, 0, 0, 0);
	assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_NDA);
	assert_int_equal(tdh_phymem_page_rdmd(hpa(LOW_BASE + LOW_USABLE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_RSVD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, setup_fresh),
		cmocka_unit_test_setup(test_lp_init, setup_fresh),
		cmocka_unit_test_setup(test_update, setup_fresh),
		cmocka_unit_test_setup(test_busy, setup_fresh),
		cmocka_unit_test_setup(test_info, setup_lps),
		cmocka_unit_test_setup(test_config_operands, setup_lps),
		cmocka_unit_test_setup(test_config_tdmrs, setup_lps),
		cmocka_unit_test_setup(test_adjacent_cmrs, setup_lps),
		cmocka_unit_test_setup(test_key_config, setup_lps),
		cmocka_unit_test_setup(test_tdmr_init, setup_lps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
