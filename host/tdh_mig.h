/* SPDX-License-Identifier: MIT */
/*
 * TDH.EXPORT.*, TDH.IMPORT.*, TDH.MIG.*: the migration of a TD. Intel TDX Module TD Migration
 * Architecture specification; the formats of the operands that are not plain addresses are there:
 *
 *	gpa_list	GPA_LIST_INFO: a page of up to 512 GPAs, and which of them
 *	mbmd		address and size of the bundle's metadata
 *	pages		address and last index of a page of buffer addresses
 *	stream		index of the migration stream, and whether an interrupted call is resumed
 *
 * All can return TDX_OPERAND_BUSY (try again), TDX_OP_STATE_INCORRECT and statuses of class 0x0e.
 * On the importing side class 0x0e is also what a damaged or forged bundle gives: the fault of
 * whoever sent it. TDX_INTERRUPTED_RESUMABLE: call again, with the gpa_list that came back and the
 * stream's resume flag. TDX_SUCCESS of a call with a gpa_list has the number of its entries that
 * failed in its details, and their statuses are in the list.
 */
#ifndef HOST_TDH_MIG_H
#define HOST_TDH_MIG_H

#include <stdint.h>

#include "host/tdh_mem.h"
#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Gives a page for a stream's context. TDX_MAX_MIGS_NUM_EXCEEDED. */
uint64_t tdh_mig_stream_create(struct hpa tdr, struct hpa page);

/* In the order of an export: blocks writes, exports; pauses the TD; exports the rest. *exported:
 * pages of buffers that were filled. */
uint64_t tdh_export_state_immutable(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream,
				    uint64_t *exported);
uint64_t tdh_export_blockw(struct hpa tdr, uint64_t *gpa_list);
uint64_t tdh_export_unblockw(struct hpa tdr, struct gpa gpa, unsigned int level,
			     struct tdx_sept_entry *entry);
uint64_t tdh_export_mem(struct hpa tdr, uint64_t *gpa_list, uint64_t mbmd, uint64_t pages,
			uint64_t stream, const struct hpa mac_lists[2], uint64_t *exported);
uint64_t tdh_export_track(struct hpa tdr, uint64_t mbmd, uint64_t stream);
uint64_t tdh_export_pause(struct hpa tdr);
uint64_t tdh_export_state_td(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream,
			     uint64_t *exported);
uint64_t tdh_export_state_vp(struct hpa tdvpr, uint64_t mbmd, uint64_t pages, uint64_t stream,
			     uint64_t *exported);

/* Ends an export: the TD goes on here, its pages one list after the other. */
uint64_t tdh_export_abort(struct hpa tdr, uint64_t mbmd, uint64_t stream);
uint64_t tdh_export_restore(struct hpa tdr, uint64_t *gpa_list);

uint64_t tdh_import_state_immutable(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream);
/* new_pages: as pages, what becomes the TD's memory; all-ones to import in place. *imported: pages
 * that were used. */
uint64_t tdh_import_mem(struct hpa tdr, uint64_t *gpa_list, uint64_t mbmd, uint64_t pages,
			uint64_t stream, const struct hpa mac_lists[2], uint64_t new_pages,
			uint64_t *imported);
uint64_t tdh_import_track(struct hpa tdr, uint64_t mbmd, uint64_t stream);
uint64_t tdh_import_state_td(struct hpa tdr, uint64_t mbmd, uint64_t pages, uint64_t stream);
uint64_t tdh_import_state_vp(struct hpa tdvpr, uint64_t mbmd, uint64_t pages, uint64_t stream);

/* The TD can run here and nowhere else; no more memory is imported; or nothing of it will be. */
uint64_t tdh_import_commit(struct hpa tdr);
uint64_t tdh_import_end(struct hpa tdr);
uint64_t tdh_import_abort(struct hpa tdr, uint64_t mbmd, uint64_t stream);

#ifdef __cplusplus
}
#endif

#endif
