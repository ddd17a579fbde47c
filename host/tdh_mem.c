/* SPDX-License-Identifier: MIT */
#include "host/tdh_mem.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

#define VERSION_1 (1 << TDX_VERSION_SHIFT)

/* Flags in RDX, below the TDR. */
#define ALLOW_EXISTING 1
#define SPARSE	       1
#define L2_ATTRIBUTES  1

/* A leaf whose outputs are the entry at which the walk ended. */
static uint64_t call(uint64_t leaf, struct tdx_module_args *args, struct tdx_sept_entry *entry)
{
	uint64_t status = __seamcall_ret(leaf, args);

	*entry = (struct tdx_sept_entry){ .entry = args->rcx, .info = args->rdx };
	return status;
}

/* A leaf whose output is the page that it took back; after an error RCX is an entry. */
static uint64_t call_page(uint64_t leaf, struct tdx_module_args *args, struct hpa *page)
{
	uint64_t status = __seamcall_ret(leaf, args);

	*page = hpa(tdx_is_error(status) ? 0 : args->rcx);
	return status;
}

/* The same where nested VMs have pages, too. */
static uint64_t call_pages(uint64_t leaf, struct tdx_module_args *args,
			   struct tdx_sept_pages *pages)
{
	struct hpa page;
	uint64_t status = call_page(leaf, args, &page);

	*pages = (struct tdx_sept_pages){ { page.pa, args->r9, args->r10, args->r11 } };
	return status;
}

uint64_t tdh_mem_sept_add(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa, .r8 = page.pa };

	return call(TDH_MEM_SEPT_ADD, &args, entry);
}

uint64_t tdh_mem_sept_add_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
			     bool allow_existing, struct tdx_sept_pages *pages,
			     struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = {
		.rcx = gpa.pa | level,
		.rdx = tdr.pa | (allow_existing ? ALLOW_EXISTING : 0),
		.r8 = pages->page[0],
		.r9 = pages->page[1],
		.r10 = pages->page[2],
		.r11 = pages->page[3],
	};
	uint64_t status = call(TDH_MEM_SEPT_ADD | VERSION_1, &args, entry);

	*pages = (struct tdx_sept_pages){ { args.r8, args.r9, args.r10, args.r11 } };
	return status;
}

uint64_t tdh_mem_sept_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call_page(TDH_MEM_SEPT_REMOVE, &args, page);
}

uint64_t tdh_mem_sept_remove_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
				struct tdx_sept_pages *pages)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call_pages(TDH_MEM_SEPT_REMOVE | VERSION_1, &args, pages);
}

uint64_t tdh_mem_sept_rd(struct hpa tdr, struct gpa gpa, unsigned int level,
			 struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call(TDH_MEM_SEPT_RD, &args, entry);
}

uint64_t tdh_mem_sept_rd_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
			    struct tdx_sept_entry *entry, uint64_t *attributes)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa | L2_ATTRIBUTES };
	uint64_t status = call(TDH_MEM_SEPT_RD, &args, entry);

	*attributes = args.r8;
	return status;
}

uint64_t tdh_mem_page_add(struct hpa tdr, struct gpa gpa, struct hpa page, struct hpa source,
			  struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = {
		.rcx = gpa.pa,
		.rdx = tdr.pa,
		.r8 = page.pa,
		.r9 = source.pa,
	};

	return call(TDH_MEM_PAGE_ADD, &args, entry);
}

uint64_t tdh_mem_page_aug(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa, .r8 = page.pa };

	return call(TDH_MEM_PAGE_AUG, &args, entry);
}

uint64_t tdh_mem_page_demote(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa sept,
			     struct tdx_sept_entry *entry)
{
	struct tdx_sept_pages pages = { { sept.pa, TDX_NO_PAGE, TDX_NO_PAGE, TDX_NO_PAGE } };

	return tdh_mem_page_demote_l2(tdr, gpa, level, false, &pages, entry);
}

uint64_t tdh_mem_page_demote_l2(struct hpa tdr, struct gpa gpa, unsigned int level, bool sparse,
				struct tdx_sept_pages *pages, struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = {
		.rcx = gpa.pa | level,
		.rdx = tdr.pa | (sparse ? SPARSE : 0),
		.r8 = pages->page[0],
		.r9 = pages->page[1],
		.r10 = pages->page[2],
		.r11 = pages->page[3],
	};
	uint64_t status = call(TDH_MEM_PAGE_DEMOTE, &args, entry);

	*pages = (struct tdx_sept_pages){ { pages->page[0], args.r9, args.r10, args.r11 } };
	return status;
}

uint64_t tdh_mem_page_promote(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *sept)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call_page(TDH_MEM_PAGE_PROMOTE, &args, sept);
}

uint64_t tdh_mem_page_promote_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
				 struct tdx_sept_pages *pages)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call_pages(TDH_MEM_PAGE_PROMOTE | VERSION_1, &args, pages);
}

uint64_t tdh_mem_page_relocate(struct hpa tdr, struct gpa gpa, struct hpa page, struct hpa *old)
{
	struct tdx_module_args args = { .rcx = gpa.pa, .rdx = tdr.pa, .r8 = page.pa };

	return call_page(TDH_MEM_PAGE_RELOCATE, &args, old);
}

uint64_t tdh_mem_page_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call_page(TDH_MEM_PAGE_REMOVE, &args, page);
}

uint64_t tdh_mem_rd(struct hpa tdr, struct gpa gpa, uint64_t *value)
{
	struct tdx_module_args args = { .rcx = gpa.pa, .rdx = tdr.pa };
	uint64_t status = __seamcall_ret(TDH_MEM_RD, &args);

	*value = args.r8;
	return status;
}

uint64_t tdh_mem_wr(struct hpa tdr, struct gpa gpa, uint64_t value, uint64_t *old)
{
	struct tdx_module_args args = { .rcx = gpa.pa, .rdx = tdr.pa, .r8 = value };
	uint64_t status = __seamcall_ret(TDH_MEM_WR, &args);

	*old = args.r8;
	return status;
}

uint64_t tdh_mem_range_block(struct hpa tdr, struct gpa gpa, unsigned int level,
			     struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call(TDH_MEM_RANGE_BLOCK, &args, entry);
}

uint64_t tdh_mem_range_unblock(struct hpa tdr, struct gpa gpa, unsigned int level,
			       struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call(TDH_MEM_RANGE_UNBLOCK, &args, entry);
}

uint64_t tdh_mem_track(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MEM_TRACK, &args);
}
