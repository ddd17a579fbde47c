/* SPDX-License-Identifier: MIT */
#include "host/tdh_servtd.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

uint64_t tdh_servtd_bind(struct hpa target_tdr, struct hpa service_tdr, uint64_t slot,
			 uint16_t type, uint64_t attributes, struct tdx_servtd_binding *binding)
{
	struct tdx_module_args args = {
		.rcx = target_tdr.pa,
		.rdx = service_tdr.pa,
		.r8 = slot,
		.r9 = type,
		.r10 = attributes,
	};
	uint64_t status = __seamcall_saved_ret(TDH_SERVTD_BIND, &args);

	*binding = (struct tdx_servtd_binding){
		.handle = args.rcx,
		.uuid = { args.r10, args.r11, args.r12, args.r13 },
	};
	return status;
}

uint64_t tdh_servtd_prebind(struct hpa target_tdr, struct hpa info_hash, uint64_t slot,
			    uint16_t type, uint64_t attributes)
{
	struct tdx_module_args args = {
		.rcx = target_tdr.pa,
		.rdx = info_hash.pa,
		.r8 = slot,
		.r9 = type,
		.r10 = attributes,
	};

	return __seamcall(TDH_SERVTD_PREBIND, &args);
}
