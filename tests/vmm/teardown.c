/* SPDX-License-Identifier: MIT */
/*
 * Taking a TD apart, with each step at the wrong time first: it is refused with the specified
 * status and changes nothing. TDX Module Base Architecture specification, "TD Shutdown and
 * Destruction".
 */
#include <tdx/leaf.h>

#include "host/seamcall.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define MARK	   UINT64_C(0xdeca7)
#define LARGE_GPA  TD_TEST_GPA
#define NO_TDMR	   (64 * SIZE_1G)
#define INVALID(x) tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_##x)

static struct test_td td;

static uint64_t reclaim(struct hpa page)
{
	struct tdx_page_metadata metadata;

	return tdh_phymem_page_reclaim(page, &metadata);
}

static enum tdx_page_type type_of(struct hpa page)
{
	struct tdx_page_metadata metadata;

	must(tdh_phymem_page_rdmd(page, &metadata), "TDH.PHYMEM.PAGE.RDMD");
	return metadata.type;
}

static uint64_t cache_wb(uint64_t command)
{
	struct tdx_module_args args = { .rcx = command };

	return __seamcall(TDH_PHYMEM_CACHE_WB, &args);
}

/* Every page is refused, keeps its type and stays hidden. */
static void test_reclaim_refused(const char *when)
{
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < td.page_count; i++) {
		const struct donated_page *page = &td.pages[i];

		wrong += reclaim(page->pa) != TDX_LIFECYCLE_STATE_INCORRECT;
		wrong += type_of(page->pa) != page->type;
		wrong += !read_is_refused(page->pa.pa);
	}
	is(wrong, 0, "%s: no page can be reclaimed", when);
}

static void test_lives(const char *when)
{
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "%s: the TD runs as before", when);
}

static void test_running(void)
{
	test_reclaim_refused("a running TD");
	is(tdh_mng_key_freeid(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT, "KEY.FREEID of a running TD");
	is(cache_wb(0), TDX_NO_HKID_READY_TO_WBCACHE, "CACHE.WB without a flushed key");
	is(cache_wb(1), TDX_WBCACHE_RESUME_ERROR, "CACHE.WB resumed, but never interrupted");
	is(cache_wb(2), INVALID(RCX), "CACHE.WB with an unknown command");
	is(tdh_mng_vpflushdone(td.tdr), TDX_FLUSHVP_NOT_DONE, "VPFLUSHDONE before VP.FLUSH");
	is(tdh_mng_key_config(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT, "KEY.CONFIG once more");
	test_lives("after all that");
}

static void test_flush(void)
{
	is(tdh_vp_flush(td.tdr), tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX),
	   "VP.FLUSH of a page that is no TDVPR");
	is(tdh_vp_flush(td.tdvpr), TDX_SUCCESS, "VP.FLUSH");
	is(tdh_vp_flush(td.tdvpr), TDX_VCPU_NOT_ASSOCIATED, "VP.FLUSH twice");
	is(tdh_mng_key_freeid(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT,
	   "KEY.FREEID before VPFLUSHDONE");
	test_lives("after VP.FLUSH");
	is(tdh_mng_vpflushdone(td.tdr), TDX_FLUSHVP_NOT_DONE,
	   "VPFLUSHDONE: it has been entered again");
	is(tdh_vp_flush(td.tdvpr), TDX_SUCCESS, "VP.FLUSH");
}

static void test_blocked(void)
{
	struct hpa page = pages_alloc(PAGE_SIZE, PAGE_SIZE);

	is(tdh_mng_vpflushdone(td.tdr), TDX_SUCCESS, "VPFLUSHDONE");
	is(tdh_mng_vpflushdone(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT, "VPFLUSHDONE twice");
	is(td_resume(&td), TDX_TD_KEYS_NOT_CONFIGURED, "VP.ENTER after VPFLUSHDONE");
	is(tdh_vp_flush(td.tdvpr), TDX_TD_KEYS_NOT_CONFIGURED, "VP.FLUSH after VPFLUSHDONE");
	is(tdh_mng_key_config(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT,
	   "KEY.CONFIG after VPFLUSHDONE");
	is(tdh_mem_track(td.tdr), TDX_TD_KEYS_NOT_CONFIGURED, "MEM.TRACK after VPFLUSHDONE");
	is(tdh_mng_key_freeid(td.tdr), TDX_WBCACHE_NOT_COMPLETE, "KEY.FREEID before CACHE.WB");
	test_reclaim_refused("before CACHE.WB");
	is(tdh_mng_create(page, platform_hkid()), TDX_HKID_NOT_FREE,
	   "MNG.CREATE with the key id of a TD that is being taken apart");
	is(type_of(page), TDX_PAGE_NDA, "the page stays the VMM's");
	is(cache_wb(0), TDX_SUCCESS, "CACHE.WB");
	is(cache_wb(0), TDX_SUCCESS, "CACHE.WB twice, as the key is still flushed");
	test_reclaim_refused("before KEY.FREEID");
}

static void test_operands(void)
{
	struct hpa own = pages_alloc(PAGE_SIZE, PAGE_SIZE);
	struct hpa large = td_page(&td, TDX_PAGE_REG, 7);

	is(reclaim(own), tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX),
	   "RECLAIM of the VMM's own page");
	is(reclaim(hpa_add(td.tdvpr, 8)), INVALID(RCX), "RECLAIM of half a page");
	is(reclaim(platform_keyed(td.tdvpr, platform_hkid())), INVALID(RCX),
	   "RECLAIM of a page with a key id");
	is(reclaim(hpa_add(large, PAGE_SIZE)), INVALID(RCX), "RECLAIM inside of a large page");
	is(reclaim(hpa(NO_TDMR)), tdx_operand(TDX_OPERAND_ADDR_RANGE_ERROR, TDX_OPERAND_ID_RCX),
	   "RECLAIM outside of every TDMR");
}

static void reclaim_child(const struct donated_page *page)
{
	struct hpa pa = page->pa;

	is(reclaim(pa), TDX_SUCCESS, "RECLAIM of a page of type %u", (unsigned int)page->type);
	ok(type_of(pa) == TDX_PAGE_NDA && is_zero_page(pa), "it is the VMM's, and zero");
	is(reclaim(pa), tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX),
	   "RECLAIM of it once more");
}

/* The TDR was donated first. */
static void test_reclaim(void)
{
	is(tdh_mng_key_freeid(td.tdr), TDX_SUCCESS, "KEY.FREEID");
	is(tdh_mng_key_freeid(td.tdr), TDX_LIFECYCLE_STATE_INCORRECT, "KEY.FREEID twice");
	is(td_resume(&td), TDX_TD_KEYS_NOT_CONFIGURED, "VP.ENTER after KEY.FREEID");
	test_operands();
	while (td.page_count > 1) {
		is(reclaim(td.tdr), TDX_TD_ASSOCIATED_PAGES_EXIST,
		   "RECLAIM of the TDR while %u pages are left", td.page_count - 1);
		reclaim_child(&td.pages[--td.page_count]);
	}
	reclaim_child(&td.pages[0]);
	is(tdh_phymem_page_wbinvd(platform_keyed(td.tdr, platform_global_hkid())), TDX_SUCCESS,
	   "PAGE.WBINVD of what was the TDR");
	is(tdh_mng_vpflushdone(td.tdr),
	   tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX), "there is no TD any more");
}

/* A TD that has got no further than its root page ends in the same way. */
static void test_unfinished(void)
{
	struct hpa tdr = pages_alloc(PAGE_SIZE, PAGE_SIZE);

	is(tdh_mng_create(tdr, platform_hkid()), TDX_SUCCESS, "a TD without a key");
	is(reclaim(tdr), TDX_LIFECYCLE_STATE_INCORRECT, "RECLAIM of its TDR");
	is(tdh_mng_vpflushdone(tdr), TDX_SUCCESS, "VPFLUSHDONE");
	is(tdh_mng_key_freeid(tdr), TDX_WBCACHE_NOT_COMPLETE, "KEY.FREEID before CACHE.WB");
	is(cache_wb(0), TDX_SUCCESS, "CACHE.WB");
	is(tdh_mng_key_freeid(tdr), TDX_SUCCESS, "KEY.FREEID");
	is(reclaim(tdr), TDX_SUCCESS, "RECLAIM of its TDR");
}

static void take_apart_untouched(void)
{
	must(tdh_vp_flush(td.tdvpr), "TDH.VP.FLUSH");
	must(tdh_mng_vpflushdone(td.tdr), "TDH.MNG.VPFLUSHDONE");
	must(cache_wb(0), "TDH.PHYMEM.CACHE.WB");
	must(tdh_mng_key_freeid(td.tdr), "TDH.MNG.KEY.FREEID");
	while (td.page_count)
		must(reclaim(td.pages[--td.page_count].pa), "TDH.PHYMEM.PAGE.RECLAIM");
}

/* A page that goes from one TD to the next in place, and that the VMM has not touched in between.
 */
static void test_in_place(void)
{
	struct hpa page;

	td_begin(&td);
	td_start(&td);
	page = td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_4K);
	must(td_augment(&td, TD_TEST_GPA, TDX_LEVEL_4K, page), "TDH.MEM.PAGE.AUG");
	must(td_accept(&td, TD_TEST_GPA, TDX_LEVEL_4K), "TDG.MEM.PAGE.ACCEPT");
	td_write(&td, TD_TEST_GPA, MARK);
	take_apart_untouched();

	td_begin(&td);
	is(td_add(&td, TD_TEST_GPA, page, page), TDX_SUCCESS, "PAGE.ADD in place of its page");
	td.pages[td.page_count++] = (struct donated_page){ page, TDX_PAGE_REG, TDX_LEVEL_4K };
	td_start(&td);
	is(td_read(&td, TD_TEST_GPA), 0, "the next TD finds nothing of the one before");
	ok(td_end(&td), "it ends in the right order");
}

void vmm_test(const struct vmm_boot *boot)
{
	platform_init();
	td_begin(&td);
	td_start(&td);
	must(td_augment(&td, LARGE_GPA, TDX_LEVEL_2M, td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_2M)),
	     "TDH.MEM.PAGE.AUG");
	must(td_accept(&td, LARGE_GPA, TDX_LEVEL_2M), "TDG.MEM.PAGE.ACCEPT");
	td_write(&td, LARGE_GPA, MARK);

	test_running();
	test_flush();
	test_blocked();
	test_reclaim();
	test_unfinished();

	td_begin(&td);
	td_start(&td);
	test_lives("a second TD");
	ok(td_end(&td), "it ends in the right order");
	test_in_place();
}
