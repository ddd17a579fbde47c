/* SPDX-License-Identifier: MIT */
/* libtdx-host's leaves: the registers of each, as tables of the TDX Module ABI have them. */
#include <string.h>

#include "host/seamcall.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/status_name.h"
#include "tests/calls/script.h"

#define V1    (UINT64_C(1) << TDX_VERSION_SHIFT)
#define TDR   hpa(0x111000)
#define TDVPR hpa(0x222000)
#define PAGE  hpa(0x333000)
#define OTHER hpa(0x444000)
#define GPA   gpa(0x40200000)
#define FIELD UINT64_C(0x9110000300000010)

static uint64_t v, n;
static struct tdx_sept_entry entry;
static struct hpa page;

static void assert_entry(void)
{
	assert_int_equal(entry.entry, OUT(RCX));
	assert_int_equal(entry.info, OUT(RDX));
}

static void test_sys(void **state)
{
	struct tdx_cpuid_mismatch m;

	assert_leaf(TDH_SYS_INIT, tdh_sys_init(), 0);
	assert_leaf(TDH_SYS_INIT, tdh_sys_init_mismatch(&m), 0);
	assert_int_equal(m.leaf, low32(OUT(RCX)));
	assert_int_equal(m.subleaf, high32(OUT(RCX)));
	assert_int_equal(m.mask.ebx, high32(OUT(RDX)));
	assert_int_equal(m.mask.ecx, low32(OUT(R8)));
	assert_int_equal(m.expected.eax, low32(OUT(R9)));
	assert_int_equal(m.expected.edx, high32(OUT(R10)));
	assert_leaf(TDH_SYS_LP_INIT, tdh_sys_lp_init(), 0);
	assert_leaf(TDH_SYS_LP_INIT, tdh_sys_lp_init_mismatch(&m), 0);
	assert_leaf(TDH_SYS_INFO, tdh_sys_info(PAGE, OTHER, &v), .rcx = PAGE.pa, .rdx = 1024,
		    .r8 = OTHER.pa, .r9 = 32);
	assert_int_equal(v, OUT(R9));
	assert_leaf(TDH_SYS_RD, tdh_sys_rd(FIELD, &v, &n), .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_int_equal(n, OUT(RDX));
	v = FIELD;
	assert_leaf(TDH_SYS_RDALL, tdh_sys_rdall(PAGE, &v), .rdx = PAGE.pa, .r8 = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDH_SYS_CONFIG, tdh_sys_config(PAGE, 2, 33), .rcx = PAGE.pa, .rdx = 2,
		    .r8 = 33);
	assert_leaf(TDH_SYS_KEY_CONFIG, tdh_sys_key_config(), 0);
	assert_leaf(TDH_SYS_TDMR_INIT, tdh_sys_tdmr_init(PAGE, &page), .rcx = PAGE.pa);
	assert_int_equal(page.pa, OUT(RDX));
	assert_leaf(TDH_SYS_LP_SHUTDOWN, tdh_sys_lp_shutdown(), 0);
	assert_leaf(TDH_SYS_SHUTDOWN, tdh_sys_shutdown(3), .rcx = 3);
	assert_leaf(TDH_SYS_UPDATE, tdh_sys_update(), 0);
	assert_leaf(TDH_SYS_DISABLE, tdh_sys_disable(), 0);
}

static void test_mng(void **state)
{
	assert_leaf(TDH_MNG_CREATE, tdh_mng_create(TDR, 34), .rcx = TDR.pa, .rdx = 34);
	assert_leaf(TDH_MNG_KEY_CONFIG, tdh_mng_key_config(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_MNG_ADDCX, tdh_mng_addcx(TDR, PAGE), .rcx = PAGE.pa, .rdx = TDR.pa);
	assert_leaf(TDH_MNG_INIT, tdh_mng_init(TDR, PAGE, &v), .rcx = TDR.pa, .rdx = PAGE.pa);
	assert_int_equal(v, OUT(RCX));
	assert_leaf(TDH_MNG_RD, tdh_mng_rd(TDR, FIELD, &v), .rcx = TDR.pa, .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDH_MNG_RD | V1, tdh_mng_rd_next(TDR, FIELD, &v, &n), .rcx = TDR.pa,
		    .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_int_equal(n, OUT(RDX));
	assert_leaf(TDH_MNG_WR, tdh_mng_wr(TDR, FIELD, 5, 6, &v), .rcx = TDR.pa, .rdx = FIELD,
		    .r8 = 5, .r9 = 6);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDH_MNG_VPFLUSHDONE, tdh_mng_vpflushdone(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_MNG_KEY_FREEID, tdh_mng_key_freeid(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_MNG_KEY_RECLAIMID, tdh_mng_key_reclaimid(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_MR_EXTEND, tdh_mr_extend(TDR, GPA, &entry), .rcx = GPA.pa, .rdx = TDR.pa);
	assert_entry();
	assert_leaf(TDH_MR_FINALIZE, tdh_mr_finalize(TDR), .rcx = TDR.pa);
}

static void test_vp(void **state)
{
	struct tdx_module_args args;

	assert_leaf(TDH_VP_CREATE, tdh_vp_create(TDR, TDVPR), .rcx = TDVPR.pa, .rdx = TDR.pa);
	assert_leaf(TDH_VP_ADDCX, tdh_vp_addcx(TDVPR, PAGE), .rcx = PAGE.pa, .rdx = TDVPR.pa);
	assert_leaf(TDH_VP_INIT, tdh_vp_init(TDVPR, 5), .rcx = TDVPR.pa, .rdx = 5);
	assert_leaf(TDH_VP_INIT | V1, tdh_vp_init_x2apic(TDVPR, 5, 6), .rcx = TDVPR.pa, .rdx = 5,
		    .r8 = 6);
	args = (struct tdx_module_args){ .rbx = 3, .r15 = 15 };
	assert_leaf(TDH_VP_ENTER, tdh_vp_enter(TDVPR, &args), .rcx = TDVPR.pa, .rbx = 3, .r15 = 15);
	assert_int_equal(args.rbx, OUT(RBX));
	assert_int_equal(args.rdi, OUT(RDI));
	assert_int_equal(args.r15, OUT(R15));
	args = (struct tdx_module_args){ 0 };
	assert_leaf(TDH_VP_ENTER, tdh_vp_enter_flags(TDVPR, TDX_VP_ENTER_RESUME_L1, &args),
		    .rcx = TDVPR.pa | bit(53));
	assert_leaf(TDH_VP_FLUSH, tdh_vp_flush(TDVPR), .rcx = TDVPR.pa);
	assert_leaf(TDH_VP_RD, tdh_vp_rd(TDVPR, FIELD, &v), .rcx = TDVPR.pa, .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDH_VP_RD | V1, tdh_vp_rd_next(TDVPR, FIELD, &v, &n), .rcx = TDVPR.pa,
		    .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_int_equal(n, OUT(RDX));
	assert_leaf(TDH_VP_WR, tdh_vp_wr(TDVPR, FIELD, 5, 6, &v), .rcx = TDVPR.pa, .rdx = FIELD,
		    .r8 = 5, .r9 = 6);
	assert_int_equal(v, OUT(R8));
}

static void test_mem(void **state)
{
	assert_leaf(TDH_MEM_SEPT_ADD, tdh_mem_sept_add(TDR, GPA, 1, PAGE, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa, .r8 = PAGE.pa);
	assert_entry();
	assert_leaf(TDH_MEM_SEPT_REMOVE, tdh_mem_sept_remove(TDR, GPA, 1, &page), .rcx = GPA.pa | 1,
		    .rdx = TDR.pa);
	assert_int_equal(page.pa, OUT(RCX));
	assert_leaf(TDH_MEM_SEPT_RD, tdh_mem_sept_rd(TDR, GPA, 1, &entry), .rcx = GPA.pa | 1,
		    .rdx = TDR.pa);
	assert_entry();
	assert_leaf(TDH_MEM_PAGE_ADD, tdh_mem_page_add(TDR, GPA, PAGE, OTHER, &entry),
		    .rcx = GPA.pa, .rdx = TDR.pa, .r8 = PAGE.pa, .r9 = OTHER.pa);
	assert_entry();
	assert_leaf(TDH_MEM_PAGE_AUG, tdh_mem_page_aug(TDR, GPA, 1, PAGE, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa, .r8 = PAGE.pa);
	assert_entry();
	assert_leaf(TDH_MEM_PAGE_DEMOTE, tdh_mem_page_demote(TDR, GPA, 1, PAGE, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa, .r8 = PAGE.pa, .r9 = UINT64_MAX,
		    .r10 = UINT64_MAX, .r11 = UINT64_MAX);
	assert_entry();
	assert_leaf(TDH_MEM_PAGE_PROMOTE, tdh_mem_page_promote(TDR, GPA, 1, &page),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_int_equal(page.pa, OUT(RCX));
	assert_leaf(TDH_MEM_PAGE_RELOCATE, tdh_mem_page_relocate(TDR, GPA, PAGE, &page),
		    .rcx = GPA.pa, .rdx = TDR.pa, .r8 = PAGE.pa);
	assert_int_equal(page.pa, OUT(RCX));
	assert_leaf(TDH_MEM_PAGE_REMOVE, tdh_mem_page_remove(TDR, GPA, 1, &page), .rcx = GPA.pa | 1,
		    .rdx = TDR.pa);
	assert_int_equal(page.pa, OUT(RCX));
	assert_leaf(TDH_MEM_RANGE_BLOCK, tdh_mem_range_block(TDR, GPA, 1, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_entry();
	assert_leaf(TDH_MEM_RANGE_UNBLOCK, tdh_mem_range_unblock(TDR, GPA, 1, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_entry();
	assert_leaf(TDH_MEM_TRACK, tdh_mem_track(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_MEM_RD, tdh_mem_rd(TDR, GPA, &v), .rcx = GPA.pa, .rdx = TDR.pa);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDH_MEM_WR, tdh_mem_wr(TDR, GPA, 7, &v), .rcx = GPA.pa, .rdx = TDR.pa, .r8 = 7);
	assert_int_equal(v, OUT(R8));
}

/* After an error RCX is an entry, not an address. */
static void test_no_page_after_error(void **state)
{
	struct tdx_sept_pages pages;

	script_reset();
	script.rax = TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX;
	page = PAGE;
	assert_int_equal(tdh_mem_page_remove(TDR, GPA, 0, &page), script.rax);
	assert_int_equal(page.pa, 0);
	assert_int_equal(tdh_mem_page_promote_l2(TDR, GPA, 1, &pages), script.rax);
	assert_int_equal(pages.page[0], 0);
}

static void test_nested(void **state)
{
	struct tdx_sept_pages p = { { 1, 2, 3, 4 } };

	assert_leaf(TDH_MEM_SEPT_ADD | V1, tdh_mem_sept_add_l2(TDR, GPA, 1, true, &p, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa | 1, .r8 = 1, .r9 = 2, .r10 = 3, .r11 = 4);
	assert_entry();
	assert_int_equal(p.page[0], OUT(R8));
	assert_int_equal(p.page[3], OUT(R11));
	assert_leaf(TDH_MEM_SEPT_REMOVE | V1, tdh_mem_sept_remove_l2(TDR, GPA, 1, &p),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_int_equal(p.page[0], OUT(RCX));
	assert_int_equal(p.page[1], OUT(R9));
	assert_leaf(TDH_MEM_SEPT_RD, tdh_mem_sept_rd_l2(TDR, GPA, 1, &entry, &v), .rcx = GPA.pa | 1,
		    .rdx = TDR.pa | 1);
	assert_int_equal(v, OUT(R8));
	p = (struct tdx_sept_pages){ { 1, 2, 3, 4 } };
	assert_leaf(TDH_MEM_PAGE_DEMOTE, tdh_mem_page_demote_l2(TDR, GPA, 1, true, &p, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa | 1, .r8 = 1, .r9 = 2, .r10 = 3, .r11 = 4);
	assert_int_equal(p.page[0], 1);
	assert_int_equal(p.page[3], OUT(R11));
	assert_leaf(TDH_MEM_PAGE_PROMOTE | V1, tdh_mem_page_promote_l2(TDR, GPA, 1, &p),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_int_equal(p.page[2], OUT(R10));
}

static void test_phymem(void **state)
{
	struct tdx_page_metadata m;

	assert_leaf(TDH_PHYMEM_PAGE_RDMD, tdh_phymem_page_rdmd(PAGE, &m), .rcx = PAGE.pa);
	assert_int_equal(m.owner.pa, OUT(RDX));
	assert_int_equal(m.level, low32(OUT(R8)));
	assert_int_equal(m.bepoch, OUT(R9));
	assert_leaf(TDH_PHYMEM_PAGE_RECLAIM, tdh_phymem_page_reclaim(PAGE, &m), .rcx = PAGE.pa);
	assert_leaf(TDH_PHYMEM_PAGE_WBINVD, tdh_phymem_page_wbinvd(PAGE), .rcx = PAGE.pa);
	assert_leaf(TDH_PHYMEM_CACHE_WB, tdh_phymem_cache_wb(true), .rcx = 1);
}

static void test_servtd(void **state)
{
	struct tdx_servtd_binding b;

	assert_leaf(TDH_SERVTD_BIND, tdh_servtd_bind(TDR, OTHER, 1, 2, 3, &b), .rcx = TDR.pa,
		    .rdx = OTHER.pa, .r8 = 1, .r9 = 2, .r10 = 3);
	assert_int_equal(b.handle, OUT(RCX));
	assert_int_equal(b.uuid[0], OUT(R10));
	assert_int_equal(b.uuid[3], OUT(R13));
	assert_leaf(TDH_SERVTD_PREBIND, tdh_servtd_prebind(TDR, PAGE, 1, 2, 3), .rcx = TDR.pa,
		    .rdx = PAGE.pa, .r8 = 1, .r9 = 2, .r10 = 3);
}

/* The bundles: MBMD 8, pages 9, stream 10. */
static void test_export(void **state)
{
	const struct hpa macs[2] = { { 11 }, { 12 } };
	uint64_t list = 77;

	assert_leaf(TDH_MIG_STREAM_CREATE, tdh_mig_stream_create(TDR, PAGE), .rcx = PAGE.pa,
		    .rdx = TDR.pa);
	assert_leaf(TDH_EXPORT_STATE_IMMUTABLE, tdh_export_state_immutable(TDR, 8, 9, 10, &v),
		    .rcx = TDR.pa, .r8 = 8, .r9 = 9, .r10 = 10);
	assert_int_equal(v, OUT(RDX));
	assert_leaf(TDH_EXPORT_BLOCKW, tdh_export_blockw(TDR, &list), .rcx = 77, .rdx = TDR.pa);
	assert_int_equal(list, OUT(RCX));
	assert_leaf(TDH_EXPORT_UNBLOCKW, tdh_export_unblockw(TDR, GPA, 1, &entry),
		    .rcx = GPA.pa | 1, .rdx = TDR.pa);
	assert_entry();
	list = 77;
	assert_leaf(TDH_EXPORT_MEM, tdh_export_mem(TDR, &list, 8, 9, 10, macs, &v), .rcx = 77,
		    .rdx = TDR.pa, .r8 = 8, .r9 = 9, .r10 = 10, .r11 = 11, .r12 = 12);
	assert_int_equal(list, OUT(RCX));
	assert_int_equal(v, OUT(RDX));
	assert_leaf(TDH_EXPORT_TRACK, tdh_export_track(TDR, 8, 10), .rcx = TDR.pa, .r8 = 8,
		    .r10 = 10);
	assert_leaf(TDH_EXPORT_PAUSE, tdh_export_pause(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_EXPORT_STATE_TD, tdh_export_state_td(TDR, 8, 9, 10, &v), .rcx = TDR.pa,
		    .r8 = 8, .r9 = 9, .r10 = 10);
	assert_leaf(TDH_EXPORT_STATE_VP, tdh_export_state_vp(TDVPR, 8, 9, 10, &v), .rcx = TDVPR.pa,
		    .r8 = 8, .r9 = 9, .r10 = 10);
	assert_leaf(TDH_EXPORT_ABORT, tdh_export_abort(TDR, 8, 10), .rcx = TDR.pa, .r8 = 8,
		    .r10 = 10);
	list = 77;
	assert_leaf(TDH_EXPORT_RESTORE, tdh_export_restore(TDR, &list), .rcx = 77, .rdx = TDR.pa);
}

static void test_import(void **state)
{
	const struct hpa macs[2] = { { 11 }, { 12 } };
	uint64_t list = 77;

	assert_leaf(TDH_IMPORT_STATE_IMMUTABLE, tdh_import_state_immutable(TDR, 8, 9, 10),
		    .rcx = TDR.pa, .r8 = 8, .r9 = 9, .r10 = 10);
	assert_leaf(TDH_IMPORT_MEM, tdh_import_mem(TDR, &list, 8, 9, 10, macs, 13, &v), .rcx = 77,
		    .rdx = TDR.pa, .r8 = 8, .r9 = 9, .r10 = 10, .r11 = 11, .r12 = 12, .r13 = 13);
	assert_int_equal(list, OUT(RCX));
	assert_int_equal(v, OUT(RDX));
	assert_leaf(TDH_IMPORT_TRACK, tdh_import_track(TDR, 8, 10), .rcx = TDR.pa, .r8 = 8,
		    .r10 = 10);
	assert_leaf(TDH_IMPORT_STATE_TD, tdh_import_state_td(TDR, 8, 9, 10), .rcx = TDR.pa, .r8 = 8,
		    .r9 = 9, .r10 = 10);
	assert_leaf(TDH_IMPORT_STATE_VP, tdh_import_state_vp(TDVPR, 8, 9, 10), .rcx = TDVPR.pa,
		    .r8 = 8, .r9 = 9, .r10 = 10);
	assert_leaf(TDH_IMPORT_COMMIT, tdh_import_commit(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_IMPORT_END, tdh_import_end(TDR), .rcx = TDR.pa);
	assert_leaf(TDH_IMPORT_ABORT, tdh_import_abort(TDR, 8, 10), .rcx = TDR.pa, .r8 = 8,
		    .r10 = 10);
}

/* Every leaf that has a name, but the one that no module has. */
static void test_all_leaves(void **state)
{
	for (unsigned int leaf = 0; leaf < 128; leaf++)
		if (leaf != TDH_MEM_SEPT_WR && strcmp(tdh_leaf_name(leaf), "unknown") != 0 &&
		    !(script_seen[TRAP_SEAMCALL][leaf / 64] & bit(leaf % 64)))
			fail_msg("%s has not been called", tdh_leaf_name(leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sys),	   cmocka_unit_test(test_mng),
		cmocka_unit_test(test_vp),	   cmocka_unit_test(test_mem),
		cmocka_unit_test(test_nested),	   cmocka_unit_test(test_no_page_after_error),
		cmocka_unit_test(test_phymem),	   cmocka_unit_test(test_servtd),
		cmocka_unit_test(test_export),	   cmocka_unit_test(test_import),
		cmocka_unit_test(test_all_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
