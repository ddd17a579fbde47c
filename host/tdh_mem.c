/* SPDX-License-Identifier: MIT */
#include "host/tdh_mem.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

#define NO_L2_PAGE UINT64_MAX

/* A leaf whose outputs are the entry at which the walk ended. */
static uint64_t call(uint64_t leaf, struct tdx_module_args *args, struct tdx_sept_entry *entry)
{
	uint64_t status = __seamcall_ret(leaf, args);

	*entry = (struct tdx_sept_entry){ .entry = args->rcx, .info = args->rdx };
	return status;
}

/* A leaf whose output is the page that it took back. */
static uint64_t call_page(uint64_t leaf, struct hpa tdr, struct gpa gpa, unsigned int level,
			  struct hpa *page)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };
	uint64_t status = __seamcall_ret(leaf, &args);

	*page = hpa(args.rcx);
	return status;
}

uint64_t tdh_mem_sept_add(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa, .r8 = page.pa };

	return call(TDH_MEM_SEPT_ADD, &args, entry);
}

uint64_t tdh_mem_sept_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page)
{
	return call_page(TDH_MEM_SEPT_REMOVE, tdr, gpa, level, page);
}

uint64_t tdh_mem_sept_rd(struct hpa tdr, struct gpa gpa, unsigned int level,
			 struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };

	return call(TDH_MEM_SEPT_RD, &args, entry);
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
	struct tdx_module_args args = {
		.rcx = gpa.pa | level,
		.rdx = tdr.pa,
		.r8 = sept.pa,
		.r9 = NO_L2_PAGE,
		.r10 = NO_L2_PAGE,
		.r11 = NO_L2_PAGE,
	};

	return call(TDH_MEM_PAGE_DEMOTE, &args, entry);
}

uint64_t tdh_mem_page_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page)
{
	return call_page(TDH_MEM_PAGE_REMOVE, tdr, gpa, level, page);
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
