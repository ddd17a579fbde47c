/* SPDX-License-Identifier: MIT */
/* TDH.MNG.*: every operand wrong in turn, in the order of the checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "module/lock.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	return 0;
}

/* What every leaf says about a page that is no TDR. */
static void refuses_wrong_tdr(uint64_t leaf)
{
	uint64_t free_page = machine_page().pa;

	assert_refused(INVALID(RCX), leaf, free_page + 1, 0, 0, 0);
	assert_refused(INVALID(RCX), leaf, free_page | bit(42), 0, 0, 0);
	assert_refused(OUT_OF_RANGE(RCX), leaf, OUTSIDE_BASE, 0, 0, 0);
	assert_refused(WRONG_PAGE(RCX), leaf, free_page, 0, 0, 0);
}

/* The same, and that a TDR in use by another call is busy. */
static void refuses_busy_tdr(uint64_t leaf)
{
	struct page_locked page;

	assert_int_equal(page_lock(td.tdr, TDX_LEVEL_4K, TDX_PAGE_TDR, PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_refused(BUSY(RCX), leaf, td.tdr.pa, 0, 0, 0);
	page_unlock(&page);
}

static void test_create(void **state)
{
	uint64_t page = machine_page().pa;

	assert_refused(INVALID(RDX), TDH_MNG_CREATE, page, 31, 0, 0);
	assert_refused(INVALID(RDX), TDH_MNG_CREATE, page, 64, 0, 0);
	assert_refused(INVALID(RDX), TDH_MNG_CREATE, page, bit(16) | TEST_HKID, 0, 0);
	assert_refused(INVALID(RCX), TDH_MNG_CREATE, page + 8, TEST_HKID, 0, 0);
	assert_refused(OUT_OF_RANGE(RCX), TDH_MNG_CREATE, OUTSIDE_BASE, TEST_HKID, 0, 0);
	assert_true(lock_try_shared(&sys.kot_lock));
	assert_refused(BUSY(KOT), TDH_MNG_CREATE, page, TEST_HKID, 0, 0);
	lock_release_shared(&sys.kot_lock);
	assert_refused(TDX_HKID_NOT_FREE, TDH_MNG_CREATE, page, GLOBAL_HKID, 0, 0);
	machine.no_entropy = 1;
	assert_refused(TDX_RND_NO_ENTROPY, TDH_MNG_CREATE, page, TEST_HKID, 0, 0);
	assert_int_equal(tdh_mng_create(hpa(page), TEST_HKID), TDX_SUCCESS);
	assert_refused(WRONG_PAGE(RCX), TDH_MNG_CREATE, page, TEST_HKID + 1, 0, 0);
	assert_refused(TDX_HKID_NOT_FREE, TDH_MNG_CREATE, machine_page().pa, TEST_HKID, 0, 0);
}

static void test_key_config(void **state)
{
	test_td_build(&td, TD_CREATED);
	refuses_wrong_tdr(TDH_MNG_KEY_CONFIG);
	refuses_busy_tdr(TDH_MNG_KEY_CONFIG);
	assert_true(lock_try_shared(&sys.ket_lock));
	assert_refused(BUSY(KET), TDH_MNG_KEY_CONFIG, td.tdr.pa, 0, 0, 0);
	lock_release_shared(&sys.ket_lock);
	assert_int_equal(tdh_mng_key_config(td.tdr), TDX_SUCCESS);
	assert_refused(TDX_KEY_CONFIGURED, TDH_MNG_KEY_CONFIG, td.tdr.pa, 0, 0, 0);
	assert_refused(TDX_TD_KEYS_NOT_CONFIGURED, TDH_MNG_ADDCX, machine_page().pa, td.tdr.pa, 0,
		       0);
	machine.lp = 1;
	assert_int_equal(tdh_mng_key_config(td.tdr), TDX_SUCCESS);
	assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_MNG_KEY_CONFIG, td.tdr.pa, 0, 0, 0);
	test_tdr(&td)->fatal = true;
	assert_refused(TDX_TD_FATAL, TDH_MNG_KEY_CONFIG, td.tdr.pa, 0, 0, 0);
}

static void test_addcx(void **state)
{
	uint64_t page = machine_page().pa;

	test_td_build(&td, TD_KEYED);
	assert_refused(INVALID(RDX), TDH_MNG_ADDCX, page, td.tdr.pa + 1, 0, 0);
	assert_refused(WRONG_PAGE(RDX), TDH_MNG_ADDCX, page, page, 0, 0);
	assert_refused(INVALID(RCX), TDH_MNG_ADDCX, page + 8, td.tdr.pa, 0, 0);
	assert_refused(BUSY(RCX), TDH_MNG_ADDCX, td.tdr.pa, td.tdr.pa, 0, 0);
	assert_refused(OUT_OF_RANGE(RCX), TDH_MNG_ADDCX, OUTSIDE_BASE, td.tdr.pa, 0, 0);
	for (unsigned int i = 0; i < TDCX_PAGES_MAX; i++)
		assert_int_equal(tdh_mng_addcx(td.tdr, machine_page()), TDX_SUCCESS);
	assert_refused(TDX_TDCX_NUM_INCORRECT, TDH_MNG_ADDCX, page, td.tdr.pa, 0, 0);
	/* a child of its own, wrong in more than one way: the number wins */
	assert_refused(TDX_TDCX_NUM_INCORRECT, TDH_MNG_ADDCX, page + 8, td.tdr.pa, 0, 0);
}

static void test_addcx_contents(void **state)
{
	static uint8_t zero[PAGE_SIZE], ones[PAGE_SIZE];

	memset(ones, 0xff, sizeof(ones));
	test_td_build(&td, TD_ADDED);
	assert_memory_equal(phys_ptr(td.tdcx[0]), zero, PAGE_SIZE);
	assert_memory_equal(phys_ptr(td.tdcx[2]), ones, PAGE_SIZE);
	assert_true(sept_page_is_free(td.tdcx[3]));
	assert_memory_equal(phys_ptr(td.tdcx[5]), zero, PAGE_SIZE);
	assert_int_equal(test_tdr(&td)->child_count, 6);
}

static void spoil_zero(uint8_t *bytes, size_t size)
{
	bytes[size - 1] = 1;
}

static void test_init_operands(void **state)
{
	struct tdx_td_params params = test_td_params();
	uint64_t pa = test_td_write_params(&params).pa;

	test_td_build(&td, TD_KEYED);
	refuses_wrong_tdr(TDH_MNG_INIT);
	assert_refused(TDX_TDCS_NOT_ALLOCATED, TDH_MNG_INIT, td.tdr.pa, pa, 0, 0);
	setup(state);
	pa = test_td_write_params(&params).pa;
	test_td_build(&td, TD_ADDED);
	refuses_busy_tdr(TDH_MNG_INIT);
	assert_refused(INVALID(RDX), TDH_MNG_INIT, td.tdr.pa, pa + 512, 0, 0);
	assert_refused(INVALID(RDX), TDH_MNG_INIT, td.tdr.pa, pa | UINT64_C(33) << 42, 0, 0);
	assert_true(lock_try_exclusive(&test_tdcs(&td)->op_state_lock));
	assert_refused(BUSY(OP_STATE), TDH_MNG_INIT, td.tdr.pa, pa, 0, 0);
	lock_release_exclusive(&test_tdcs(&td)->op_state_lock);
	/* memory that is not the VMM's reads as ones */
	assert_refused(INVALID(ATTRIBUTES), TDH_MNG_INIT, td.tdr.pa, td.tdcx[0].pa, 0, 0);
	assert_int_equal(seam(TDH_MNG_INIT, td.tdr.pa, pa, 0, 0).status, TDX_SUCCESS);
	assert_refused(TDX_OP_STATE_INCORRECT, TDH_MNG_INIT, td.tdr.pa, pa, 0, 0);
	assert_refused(TDX_OP_STATE_INCORRECT, TDH_MNG_ADDCX, machine_page().pa, td.tdr.pa, 0, 0);
}

/*
 * In the ABI's order. Each case keeps the faults of the cases after it, so that it proves that its
 * own check comes first.
 */
static void spoil(struct tdx_td_params *p, unsigned int fault)
{
	switch (fault) {
	case 0:
		p->attributes |= TDX_ATTR_PERFMON;
		break;
	case 1:
		p->xfam |= TDX_XFAM_PT;
		break;
	case 2:
		p->max_vcpus = 0;
		break;
	case 3:
		p->num_l2_vms = 4;
		break;
	case 4:
		p->reserved_0 = 1;
		break;
	case 5:
		p->config_flags |= bit(3);
		break;
	case 6:
		p->eptp_controls = 0;
		break;
	case 7:
		p->tsc_frequency = 401;
		break;
	case 8:
		spoil_zero(p->reserved_1, sizeof(p->reserved_1));
		break;
	case 9:
		p->msr_config_ctls = 2;
		break;
	case 10:
		spoil_zero(p->reserved_2, sizeof(p->reserved_2));
		break;
	case 11:
		p->cpuid_values[1].edx = UINT32_MAX;
		break;
	case 12:
		p->cpuid_values[47].edx = 1;
		break;
	case 13:
		p->msr_config_ctls |= 1;
		p->ia32_arch_capabilities_config = 1;
		break;
	default:
		fail();
	}
}

static const uint64_t params_status[] = {
	INVALID(ATTRIBUTES),	INVALID(XFAM),
	INVALID(MAX_VCPUS),	INVALID(NUM_L2_VMS),
	INVALID(RDX),		INVALID(CONFIG_FLAGS),
	INVALID(EPTP_CONTROLS), INVALID(TSC_FREQUENCY),
	INVALID(RDX),		INVALID(RDX),
	INVALID(RDX),		INVALID(CPUID_CONFIG),
	INVALID(RDX),		INVALID(ARCH_CAPABILITIES_CONFIG),
};

static void test_init_params_in_order(void **state)
{
	test_td_build(&td, TD_ADDED);
	for (unsigned int first = 0; first < ARRAY_SIZE(params_status); first++) {
		struct tdx_td_params params = test_td_params();
		struct seam_result r;
		uint64_t pa;

		for (unsigned int fault = first; fault < ARRAY_SIZE(params_status); fault++)
			spoil(&params, fault);
		pa = test_td_write_params(&params).pa;
		r = assert_refused(params_status[first], TDH_MNG_INIT, td.tdr.pa, pa, 0, 0);
		if (params_status[first] == INVALID(CPUID_CONFIG))
			assert_int_equal(r.out.rcx, 4); /* leaf 4, sub-leaf 0 */
		else
			assert_int_equal(r.out.rcx, 0);
	}
}

static void assert_params_refused(const struct tdx_td_params *params, uint64_t status)
{
	assert_refused(status, TDH_MNG_INIT, td.tdr.pa, test_td_write_params(params).pa, 0, 0);
}

static void test_init_combinations(void **state)
{
	struct tdx_td_params p = test_td_params();

	test_td_build(&td, TD_ADDED);
	p.xfam = TDX_XFAM_X87;
	assert_params_refused(&p, INVALID(XFAM));
	p.xfam = TDX_XFAM_X87 | TDX_XFAM_SSE | bit(5);
	assert_params_refused(&p, INVALID(XFAM));
	p = test_td_params();
	p.num_l2_vms = 1; /* allowed by the ABI, but this module has no L2 VMs */
	assert_params_refused(&p, INVALID(NUM_L2_VMS));
	p = test_td_params();
	p.config_flags |= TDX_CONFIG_GPAW_52; /* this CPU has four levels */
	assert_params_refused(&p, INVALID(CONFIG_FLAGS));
	fake_cpu_set_gpa_width(52);
	assert_params_refused(&p, INVALID(EPTP_CONTROLS));
	p.tsc_frequency = 3;
	p.eptp_controls = TDX_EPTP_WB | TDX_EPTP_5_LEVELS;
	assert_params_refused(&p, INVALID(TSC_FREQUENCY));
}

static void test_init_effect(void **state)
{
	struct tdx_td_params p = test_td_params();
	const struct tdcs *tdcs;

	p.attributes = TDX_ATTR_DEBUG;
	test_td_build_with(&td, &p, TD_READY);
	tdcs = test_tdcs(&td);
	assert_int_equal(tdcs->op_state, TD_OP_INITIALIZED);
	assert_int_equal(tdcs->attributes, TDX_ATTR_DEBUG);
	assert_int_equal(tdcs->td_ctls, 0);
	assert_int_equal(tdcs->max_vcpus, TEST_MAX_VCPUS);
	assert_int_equal(tdcs->gpaw, 48);
	assert_int_equal(tdcs->sept_levels, 4);
	assert_int_equal(tdcs->epoch, 1);
	assert_memory_equal(tdcs->mrconfigid, p.mrconfigid, 48);
	assert_memory_equal(tdcs->mrowner, p.mrowner, 48);
	assert_memory_equal(tdcs->mrownerconfig, p.mrownerconfig, 48);
	/* the virtual TSC began at zero */
	assert_true(machine.tsc + tdcs->tsc_offset < 10000);
}

static void test_tear_down_order(void **state)
{
	test_td_build(&td, TD_WITH_VCPU);
	refuses_wrong_tdr(TDH_MNG_VPFLUSHDONE);
	refuses_wrong_tdr(TDH_MNG_KEY_FREEID);
	refuses_busy_tdr(TDH_MNG_VPFLUSHDONE);
	refuses_busy_tdr(TDH_MNG_KEY_FREEID);
	assert_refused(TDX_FLUSHVP_NOT_DONE, TDH_MNG_VPFLUSHDONE, td.tdr.pa, 0, 0, 0);
	assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	assert_int_equal(tdh_vp_flush(td.tdvpr[0]), TDX_SUCCESS);
	assert_true(lock_try_shared(&sys.kot_lock));
	assert_refused(BUSY(KOT), TDH_MNG_VPFLUSHDONE, td.tdr.pa, 0, 0, 0);
	lock_release_shared(&sys.kot_lock);
	assert_int_equal(tdh_mng_vpflushdone(td.tdr), TDX_SUCCESS);

	assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_MNG_VPFLUSHDONE, td.tdr.pa, 0, 0, 0);
	assert_refused(TDX_TD_KEYS_NOT_CONFIGURED, TDH_MEM_TRACK, td.tdr.pa, 0, 0, 0);
	assert_refused(TDX_HKID_NOT_FREE, TDH_MNG_CREATE, machine_page().pa, TEST_HKID, 0, 0);
	assert_refused(TDX_WBCACHE_NOT_COMPLETE, TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_refused(TDX_WBCACHE_NOT_COMPLETE, TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	machine.lp = 1;
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_true(lock_try_shared(&sys.kot_lock));
	assert_refused(BUSY(KOT), TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	lock_release_shared(&sys.kot_lock);
	assert_int_equal(tdh_mng_key_freeid(td.tdr), TDX_SUCCESS);
	assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	assert_int_equal(tdh_mng_create(machine_page(), TEST_HKID), TDX_SUCCESS);
}

static void test_reclaimid_does_nothing(void **state)
{
	assert_refused(TDX_SUCCESS, TDH_MNG_KEY_RECLAIMID, 12345, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_create, setup),
		cmocka_unit_test_setup(test_key_config, setup),
		cmocka_unit_test_setup(test_addcx, setup),
		cmocka_unit_test_setup(test_addcx_contents, setup),
		cmocka_unit_test_setup(test_init_operands, setup),
		cmocka_unit_test_setup(test_init_params_in_order, setup),
		cmocka_unit_test_setup(test_init_combinations, setup),
		cmocka_unit_test_setup(test_init_effect, setup),
		cmocka_unit_test_setup(test_tear_down_order, setup),
		cmocka_unit_test_setup(test_reclaimid_does_nothing, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
