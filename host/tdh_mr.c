/* SPDX-License-Identifier: MIT */
#include "host/tdh_mr.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

uint64_t tdh_mr_extend(struct hpa tdr, struct gpa gpa, struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa, .rdx = tdr.pa };
	uint64_t status = __seamcall_ret(TDH_MR_EXTEND, &args);

	*entry = (struct tdx_sept_entry){ .entry = args.rcx, .info = args.rdx };
	return status;
}

uint64_t tdh_mr_finalize(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MR_FINALIZE, &args);
}
