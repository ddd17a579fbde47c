/* SPDX-License-Identifier: MIT */
#include "tests/vmm/td.h"

#include <string.h>

#include <tdx/field.h>
#include <tdx/leaf.h>

#include "host/build.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"
#include "vmm/td_params.h"

#define PTE_TABLE     0x03 /* present, writable */
#define PTE_LARGE     0x83
#define ENTRIES	      512
#define TSC_FREQUENCY 40 /* in units of 25 MHz; no test looks at time */

struct hpa td_donate(struct test_td *td, enum tdx_page_type type, unsigned int level)
{
	struct hpa page = pages_alloc(level_size(level), level_size(level));

	CHECK(td->page_count < TD_MAX_PAGES);
	td->pages[td->page_count++] = (struct donated_page){ page, type, level };
	return page;
}

void td_returned(struct test_td *td, struct hpa page)
{
	for (unsigned int i = 0; i < td->page_count; i++) {
		if (td->pages[i].pa.pa != page.pa)
			continue;
		td->pages[i] = td->pages[--td->page_count];
		return;
	}
	CHECK(!"the page was donated");
}

struct hpa td_page(const struct test_td *td, enum tdx_page_type type, unsigned int n)
{
	for (unsigned int i = 0; i < td->page_count; i++)
		if (td->pages[i].type == type && n-- == 0)
			return td->pages[i].pa;
	fail("The TD has too few pages of type %u.", (unsigned int)type);
}

static bool sept_page(void *context, struct hpa *page)
{
	*page = td_donate(context, TDX_PAGE_EPT, TDX_LEVEL_4K);
	return true;
}

static uint64_t add_sept(struct test_td *td, uint64_t at, const struct tdx_sept_entry *entry)
{
	const struct td_builder builder = {
		.tdr = td->tdr,
		.sept_page = sept_page,
		.context = td,
	};

	return td_build_sept(&builder, gpa(at), entry);
}

uint64_t td_add(struct test_td *td, uint64_t at, struct hpa page, struct hpa source)
{
	struct tdx_sept_entry entry;
	uint64_t status;

	do {
		status = tdh_mem_page_add(td->tdr, gpa(at), page, source, &entry);
	} while (tdx_status_name(status) == TDX_EPT_WALK_FAILED && !add_sept(td, at, &entry));
	return status;
}

uint64_t td_augment(struct test_td *td, uint64_t at, unsigned int level, struct hpa page)
{
	struct tdx_sept_entry entry;
	uint64_t status;

	do {
		status = tdh_mem_page_aug(td->tdr, gpa(at), level, page, &entry);
	} while (tdx_status_name(status) == TDX_EPT_WALK_FAILED && !add_sept(td, at, &entry));
	return status;
}

static void create(struct test_td *td)
{
	td->tdr = td_donate(td, TDX_PAGE_TDR, TDX_LEVEL_4K);
	must(tdh_mng_create(td->tdr, platform_hkid()), "TDH.MNG.CREATE");
	must(tdh_mng_key_config(td->tdr), "TDH.MNG.KEY.CONFIG");
	for (unsigned int i = 0; i < platform_info()->tdcs_base_size / PAGE_SIZE; i++)
		must(tdh_mng_addcx(td->tdr, td_donate(td, TDX_PAGE_TDCX, TDX_LEVEL_4K)),
		     "TDH.MNG.ADDCX");
}

static void configure(struct test_td *td, uint64_t attributes)
{
	struct tdx_td_params *params = page_new();
	uint64_t cpuid;

	td_params_fill(params, platform_info(), attributes | TDX_ATTR_SEPT_VE_DISABLE,
		       TSC_FREQUENCY);
	must(tdh_mng_init(td->tdr, hpa_of(params), &cpuid), "TDH.MNG.INIT");
	page_free(hpa_of(params));
}

static void create_vcpu(struct test_td *td)
{
	uint64_t old;

	td->tdvpr = td_donate(td, TDX_PAGE_TDVPR, TDX_LEVEL_4K);
	must(tdh_vp_create(td->tdr, td->tdvpr), "TDH.VP.CREATE");
	for (unsigned int i = 1; i < platform_info()->tdvps_base_size / PAGE_SIZE; i++)
		must(tdh_vp_addcx(td->tdvpr, td_donate(td, TDX_PAGE_TDCX, TDX_LEVEL_4K)),
		     "TDH.VP.ADDCX");
	must(tdh_vp_init(td->tdvpr, 0), "TDH.VP.INIT");
	td->vmm.memory.shared_root = page_new();
	must(tdh_vp_wr(td->tdvpr, TDX_FIELD_VP_VMCS_SHARED_EPTP,
		       hpa_of(td->vmm.memory.shared_root).pa, TDX_EPT_ADDR, &old),
	     "TDH.VP.WR");
}

static void fill_directory(uint64_t *entries, uint64_t base)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		entries[i] = (base + i * SIZE_2M) | PTE_LARGE;
}

static void fill_image_page(uint64_t at, uint64_t *page)
{
	memset(page, 0, PAGE_SIZE);
	switch (at) {
	case GUEST_CODE:
		memcpy(page, guest_code, PAGE_SIZE);
		break;
	case GUEST_PML4:
		page[0] = GUEST_PDPT | PTE_TABLE;
		break;
	case GUEST_PDPT:
		page[0] = GUEST_PD_LOW | PTE_TABLE;
		page[GUEST_SHARED / SIZE_1G] = GUEST_PD_SHARED | PTE_TABLE;
		page[GUEST_SECOND / SIZE_1G] = SIZE_1G | PTE_LARGE;
		page[GUEST_CODE / SIZE_1G] = GUEST_PD_TOP | PTE_TABLE;
		break;
	case GUEST_PD_LOW:
		fill_directory(page, 0);
		break;
	case GUEST_PD_SHARED:
		fill_directory(page, TD_SHARED_BIT);
		break;
	case GUEST_PD_TOP:
		fill_directory(page, align_down(GUEST_CODE, SIZE_1G));
		break;
	default:
		page[0] = TD_DATA_VALUE;
	}
}

static void add_image_page(struct test_td *td, uint64_t at, uint64_t *bounce)
{
	fill_image_page(at, bounce);
	must(td_add(td, at, td_donate(td, TDX_PAGE_REG, TDX_LEVEL_4K), hpa_of(bounce)),
	     "TDH.MEM.PAGE.ADD");
}

void td_begin_with(struct test_td *td, uint64_t attributes)
{
	uint64_t *bounce = page_new();

	*td = (struct test_td){ 0 };
	create(td);
	configure(td, attributes);
	create_vcpu(td);
	add_image_page(td, TD_DATA_GPA, bounce);
	for (uint64_t at = GUEST_IMAGE; at <= GUEST_CODE; at += PAGE_SIZE)
		add_image_page(td, at, bounce);
	page_free(hpa_of(bounce));
}

void td_begin(struct test_td *td)
{
	td_begin_with(td, 0);
}

static void must_exit(uint64_t status, uint64_t reason, const char *what)
{
	if (status != reason)
		fail("%s: TDH.VP.ENTER ended with %016lx.", what, status);
}

void td_start(struct test_td *td)
{
	must(tdh_mr_finalize(td->tdr), "TDH.MR.FINALIZE");
	must_exit(td_resume(td), TDX_EXIT_TDCALL, "The TD's start");
}

uint64_t td_resume(struct test_td *td)
{
	return tdh_vp_enter(td->tdvpr, &td->args);
}

uint64_t td_do(struct test_td *td, uint64_t command, uint64_t first, uint64_t second,
	       uint64_t third)
{
	td->args = (struct tdx_module_args){
		.r10 = command,
		.r11 = first,
		.r12 = second,
		.r13 = third,
	};
	return td_resume(td);
}

uint64_t td_read(struct test_td *td, uint64_t at)
{
	must_exit(td_do(td, GUEST_READ, at, 0, 0), TDX_EXIT_TDCALL, "A read");
	return td->args.r12;
}

void td_write(struct test_td *td, uint64_t at, uint64_t value)
{
	must_exit(td_do(td, GUEST_WRITE, at, value, 0), TDX_EXIT_TDCALL, "A write");
}

uint64_t td_accept(struct test_td *td, uint64_t at, unsigned int level)
{
	must_exit(td_do(td, GUEST_TDCALL, TDG_MEM_PAGE_ACCEPT, at | level, 0), TDX_EXIT_TDCALL,
		  "TDG.MEM.PAGE.ACCEPT");
	return td->args.r12;
}

bool td_read_violates(struct test_td *td, uint64_t linear, uint64_t at)
{
	return td_do(td, GUEST_READ, linear, 0, 0) == TDX_EXIT_EPT_VIOLATION && td->args.r8 == at;
}

/* Zeroed by the module, and no longer hidden. */
static bool is_back(const struct donated_page *page)
{
	for (uint64_t at = 0; at < level_size(page->level); at += PAGE_SIZE)
		if (!is_zero_page(hpa_add(page->pa, at)))
			return false;
	return true;
}

static bool reclaim(const struct donated_page *page)
{
	struct tdx_page_metadata metadata;

	must(tdh_phymem_page_reclaim(page->pa, &metadata), "TDH.PHYMEM.PAGE.RECLAIM");
	return metadata.type == page->type && metadata.level == page->level && is_back(page);
}

/* The TDR, which was donated first, goes last. */
bool td_end(struct test_td *td)
{
	bool well = true;

	must(tdh_vp_flush(td->tdvpr), "TDH.VP.FLUSH");
	must(tdh_mng_vpflushdone(td->tdr), "TDH.MNG.VPFLUSHDONE");
	must(tdh_phymem_cache_wb(false), "TDH.PHYMEM.CACHE.WB");
	must(tdh_mng_key_freeid(td->tdr), "TDH.MNG.KEY.FREEID");
	for (unsigned int i = td->page_count; i-- > 0;)
		well &= reclaim(&td->pages[i]);
	td->page_count = 0;
	return well;
}
