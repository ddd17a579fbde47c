/* SPDX-License-Identifier: MIT */
/* Taking a TD apart: TDX Module Base Architecture specification, "TD Shutdown and Destruction". */
#include <tdx/status.h>

#include "host/tdh.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"
#include "vmm/vmcall.h"

static void write_back_caches(void)
{
	uint64_t status = tdh_phymem_cache_wb(false);

	while (tdx_status_name(status) == TDX_INTERRUPTED_RESUMABLE)
		status = tdh_phymem_cache_wb(true);
	must(status, "TDH.PHYMEM.CACHE.WB");
}

/* The page is the VMM's again when it can be read: a page that still is not ends in a violation. */
static void reclaim(struct td *td, struct hpa page, unsigned int level)
{
	struct tdx_page_metadata metadata;

	must(tdh_phymem_page_reclaim(page, &metadata), "TDH.PHYMEM.PAGE.RECLAIM");
	if (metadata.level != level)
		fail("The TDX module took page %lx back as one of another size.", page.pa);
	(void)*(volatile uint64_t *)page.pa;
	td->pages_returned += level_size(level) / PAGE_SIZE;
}

static void reclaim_window(struct td *td, struct td_window *w)
{
	for (uint64_t at = 0; at < w->size;) {
		uint64_t address = w->gpa + at;
		unsigned int level = TDX_LEVEL_4K;

		if (w->large[address / SIZE_2M - w->gpa / SIZE_2M])
			level = TDX_LEVEL_2M;
		if (memory_page(w, address) == TD_PAGE_PRIVATE)
			reclaim(td, hpa(w->hpa + at), level);
		at += level_size(level);
	}
}

static void reclaim_all(struct td *td)
{
	struct hpa page;

	for (unsigned int i = 0; i < td->memory.count; i++)
		reclaim_window(td, &td->memory.windows[i]);
	while (page_list_take(&td->control_pages, &page)) {
		reclaim(td, page, TDX_LEVEL_4K);
		page_free(page);
	}
	reclaim(td, td->tdr, TDX_LEVEL_4K);
	must(tdh_phymem_page_wbinvd(platform_keyed(td->tdr, platform_global_hkid())),
	     "TDH.PHYMEM.PAGE.WBINVD");
	page_free(td->tdr);
}

void td_tear_down(struct td *td)
{
	must(tdh_vp_flush(td->vcpu.tdvpr), "TDH.VP.FLUSH");
	must(tdh_mng_vpflushdone(td->tdr), "TDH.MNG.VPFLUSHDONE");
	write_back_caches();
	must(tdh_mng_key_freeid(td->tdr), "TDH.MNG.KEY.FREEID");
	reclaim_all(td);
	if (td->pages_returned != td->pages_donated)
		fail("The TDX module got %lu pages and gave %lu back.", td->pages_donated,
		     td->pages_returned);
}
