/* SPDX-License-Identifier: MIT */
#include "host/tdh_phymem.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

static uint64_t call(uint64_t leaf, struct hpa pa, struct tdx_page_metadata *metadata)
{
	struct tdx_module_args args = { .rcx = pa.pa };
	uint64_t status = __seamcall_ret(leaf, &args);

	*metadata = (struct tdx_page_metadata){
		.type = (enum tdx_page_type)args.rcx,
		.owner = hpa(args.rdx),
		.level = (unsigned int)args.r8,
		.bepoch = args.r9,
	};
	return status;
}

uint64_t tdh_phymem_page_rdmd(struct hpa pa, struct tdx_page_metadata *metadata)
{
	return call(TDH_PHYMEM_PAGE_RDMD, pa, metadata);
}

uint64_t tdh_phymem_page_reclaim(struct hpa pa, struct tdx_page_metadata *metadata)
{
	return call(TDH_PHYMEM_PAGE_RECLAIM, pa, metadata);
}

uint64_t tdh_phymem_page_wbinvd(struct hpa keyed_pa)
{
	struct tdx_module_args args = { .rcx = keyed_pa.pa };

	return __seamcall(TDH_PHYMEM_PAGE_WBINVD, &args);
}

uint64_t tdh_phymem_cache_wb(bool resume)
{
	struct tdx_module_args args = { .rcx = resume };

	return __seamcall(TDH_PHYMEM_CACHE_WB, &args);
}
