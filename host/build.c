/* SPDX-License-Identifier: MIT */
#include "host/build.h"

#include <string.h>

#include "host/tdh_mr.h"
#include "lib/phys.h"

uint64_t td_build_sept(const struct td_builder *b, struct gpa gpa,
		       const struct tdx_sept_entry *ended_at)
{
	unsigned int level = tdx_sept_level(ended_at);
	struct tdx_sept_entry entry;
	struct gpa start = { align_down(gpa.pa, level_size(level)) };
	struct hpa page;

	if (tdx_sept_state(ended_at) != TDX_SEPT_FREE || level == TDX_LEVEL_4K)
		return TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX;
	if (!b->sept_page(b->context, &page))
		return TD_BUILD_NO_PAGE;
	return tdh_mem_sept_add(b->tdr, start, level, page, &entry);
}

static uint64_t add(const struct td_builder *b, struct gpa gpa, struct hpa page)
{
	struct tdx_sept_entry entry;
	uint64_t status, sept;

	for (;;) {
		status = tdh_mem_page_add(b->tdr, gpa, page, b->bounce, &entry);
		if (tdx_status_name(status) != TDX_EPT_WALK_FAILED)
			return status;
		sept = td_build_sept(b, gpa, &entry);
		if (tdx_is_error(sept))
			return sept;
	}
}

static uint64_t extend(const struct td_builder *b, struct gpa gpa)
{
	struct tdx_sept_entry entry;
	uint64_t status = TDX_SUCCESS;

	for (uint64_t at = 0; at < PAGE_SIZE && !tdx_is_error(status); at += TDX_MR_EXTEND_SIZE)
		status = tdh_mr_extend(b->tdr, gpa_add(gpa, at), &entry);
	return status;
}

uint64_t td_build_page(const struct td_builder *b, struct gpa gpa, const void *contents,
		       size_t size, bool measure)
{
	uint8_t *bounce = phys_ptr(b->bounce);
	struct hpa page;
	uint64_t status;

	if (!b->private_page(b->context, gpa, &page))
		return TD_BUILD_NO_PAGE;
	memset(bounce + size, 0, PAGE_SIZE - size);
	if (size)
		memcpy(bounce, contents, size);
	status = add(b, gpa, page);
	if (tdx_is_error(status) || !measure)
		return status;
	return extend(b, gpa);
}

static uint64_t build_section(const struct td_builder *b, const struct tdvf_section *s,
			      const uint8_t *contents, size_t size)
{
	bool measure = s->attributes & TDVF_SECTION_MR_EXTEND;
	uint64_t status;

	for (uint64_t at = 0; at < s->memory_data_size; at += PAGE_SIZE) {
		size_t left = at < size ? size - at : 0;

		status = td_build_page(b, gpa(s->memory_address + at), contents + size - left,
				       left < PAGE_SIZE ? left : PAGE_SIZE, measure);
		if (tdx_is_error(status))
			return status;
	}
	return TDX_SUCCESS;
}

uint64_t td_build_image(const struct td_builder *b, const void *image,
			const struct tdvf_descriptor *descriptor, const void *hob, size_t hob_size)
{
	uint64_t status = TDX_SUCCESS;

	for (uint32_t i = 0; i < descriptor->section_count && !tdx_is_error(status); i++) {
		const struct tdvf_section *s = &descriptor->sections[i];

		if (s->attributes & TDVF_SECTION_PAGE_AUG)
			continue;
		if (s->type == TDVF_SECTION_TD_HOB)
			status = build_section(b, s, hob, hob_size);
		else
			status = build_section(b, s, (const uint8_t *)image + s->data_offset,
					       s->raw_data_size);
	}
	return status;
}
