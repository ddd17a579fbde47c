/* SPDX-License-Identifier: MIT */
#include "host/tdh_mig.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

static uint64_t call_td(uint64_t leaf, struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(leaf, &args);
}

/* A bundle of metadata alone. */
static uint64_t call_mbmd(uint64_t leaf, struct hpa tdr, uint64_t mbmd, uint64_t stream)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .r8 = mbmd, .r10 = stream };

	return __seamcall(leaf, &args);
}

/* State of the TD or a VCPU: a bundle with pages. */
static uint64_t call_state(uint64_t leaf, struct hpa root, uint64_t mbmd, uint64_t pages,
			   uint64_t stream, uint64_t *count)
{
	struct tdx_module_args args = { .rcx = root.pa, .r8 = mbmd, .r9 = pages, .r10 = stream };
	uint64_t status = __seamcall_ret(leaf, &args);

	*count = args.rdx;
	return status;
}

static uint64_t call_list(uint64_t leaf, struct hpa tdr, uint64_t *gpa_list)
{
	struct tdx_module_args args = { .rcx = *gpa_list, .rdx = tdr.pa };
	uint64_t status = __seamcall_ret(leaf, &args);

	*gpa_list = args.rcx;
	return status;
}

static uint64_t call_mem(uint64_t leaf, struct tdx_module_args *args, uint64_t *gpa_list,
			 uint64_t *count)
{
	uint64_t status = __seamcall_saved_ret(leaf, args);

	*gpa_list = args->rcx;
	*count = args->rdx;
	return status;
}

uint64_t tdh_mig_stream_create(struct hpa tdr, struct hpa page)
{
	struct tdx_module_args args = { .rcx = page.pa, .rdx = tdr.pa };

	return __seamcall(TDH_MIG_STREAM_CREATE, &args);
}

uint64_t tdh_export_state_immutable(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream,
				    uint64_t *exported)
{
	return call_state(TDH_EXPORT_STATE_IMMUTABLE, tdr, mbmd, pages, stream, exported);
}

uint64_t tdh_export_blockw(struct hpa tdr, uint64_t *gpa_list)
{
	return call_list(TDH_EXPORT_BLOCKW, tdr, gpa_list);
}

uint64_t tdh_export_unblockw(struct hpa tdr, struct gpa gpa, unsigned int level,
			     struct tdx_sept_entry *entry)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = tdr.pa };
	uint64_t status = __seamcall_ret(TDH_EXPORT_UNBLOCKW, &args);

	*entry = (struct tdx_sept_entry){ .entry = args.rcx, .info = args.rdx };
	return status;
}

uint64_t tdh_export_mem(struct hpa tdr, uint64_t *gpa_list, uint64_t mbmd, uint64_t pages,
			uint64_t stream, const struct hpa mac_lists[2], uint64_t *exported)
{
	struct tdx_module_args args = {
		.rcx = *gpa_list,
		.rdx = tdr.pa,
		.r8 = mbmd,
		.r9 = pages,
		.r10 = stream,
		.r11 = mac_lists[0].pa,
		.r12 = mac_lists[1].pa,
	};

	return call_mem(TDH_EXPORT_MEM, &args, gpa_list, exported);
}

uint64_t tdh_export_track(struct hpa tdr, uint64_t mbmd, uint64_t stream)
{
	return call_mbmd(TDH_EXPORT_TRACK, tdr, mbmd, stream);
}

uint64_t tdh_export_pause(struct hpa tdr)
{
	return call_td(TDH_EXPORT_PAUSE, tdr);
}

uint64_t tdh_export_state_td(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream,
			     uint64_t *exported)
{
	return call_state(TDH_EXPORT_STATE_TD, tdr, mbmd, pages, stream, exported);
}

uint64_t tdh_export_state_vp(struct hpa tdvpr, uint64_t mbmd, uint64_t pages, uint64_t stream,
			     uint64_t *exported)
{
	return call_state(TDH_EXPORT_STATE_VP, tdvpr, mbmd, pages, stream, exported);
}

uint64_t tdh_export_abort(struct hpa tdr, uint64_t mbmd, uint64_t stream)
{
	return call_mbmd(TDH_EXPORT_ABORT, tdr, mbmd, stream);
}

uint64_t tdh_export_restore(struct hpa tdr, uint64_t *gpa_list)
{
	return call_list(TDH_EXPORT_RESTORE, tdr, gpa_list);
}

uint64_t tdh_import_state_immutable(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream)
{
	uint64_t count;

	return call_state(TDH_IMPORT_STATE_IMMUTABLE, tdr, mbmd, pages, stream, &count);
}

uint64_t tdh_import_mem(struct hpa tdr, uint64_t *gpa_list, uint64_t mbmd, uint64_t pages,
			uint64_t stream, const struct hpa mac_lists[2], uint64_t new_pages,
			uint64_t *imported)
{
	struct tdx_module_args args = {
		.rcx = *gpa_list,
		.rdx = tdr.pa,
		.r8 = mbmd,
		.r9 = pages,
		.r10 = stream,
		.r11 = mac_lists[0].pa,
		.r12 = mac_lists[1].pa,
		.r13 = new_pages,
	};

	return call_mem(TDH_IMPORT_MEM, &args, gpa_list, imported);
}

uint64_t tdh_import_track(struct hpa tdr, uint64_t mbmd, uint64_t stream)
{
	return call_mbmd(TDH_IMPORT_TRACK, tdr, mbmd, stream);
}

uint64_t tdh_import_state_td(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream)
{
	uint64_t count;

	return call_state(TDH_IMPORT_STATE_TD, tdr, mbmd, pages, stream, &count);
}

uint64_t tdh_import_state_vp(struct hpa tdvpr, uint64_t mbmd, uint64_t pages, uint64_t stream)
{
	uint64_t count;

	return call_state(TDH_IMPORT_STATE_VP, tdvpr, mbmd, pages, stream, &count);
}

uint64_t tdh_import_commit(struct hpa tdr)
{
	return call_td(TDH_IMPORT_COMMIT, tdr);
}

uint64_t tdh_import_end(struct hpa tdr)
{
	return call_td(TDH_IMPORT_END, tdr);
}

uint64_t tdh_import_abort(struct hpa tdr, uint64_t mbmd, uint64_t stream)
{
	return call_mbmd(TDH_IMPORT_ABORT, tdr, mbmd, stream);
}
