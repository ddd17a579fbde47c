/* SPDX-License-Identifier: MIT */
#include "lib/hob.h"

#include <string.h>

#include "lib/addr.h"
#include "lib/bits.h"

#define HANDOFF_VERSION 9

static const struct hob_guid payload_guid = { PAYLOAD_HOB_GUID };

/* A buffer being filled; `needed` counts on when it is full. */
struct writer {
	uint8_t *buffer;
	size_t size, needed;
};

static void put(struct writer *w, const void *data, size_t size)
{
	if (w->needed + size <= w->size)
		memcpy(w->buffer + w->needed, data, size);
	w->needed += size;
}

size_t td_ram_ranges(uint64_t memory_size, struct memory_range ranges[TD_MAX_RAM_RANGES])
{
	uint64_t below_4g = memory_size < TD_RAM_BELOW_4G ? memory_size : TD_RAM_BELOW_4G;

	ranges[0] = (struct memory_range){ 0, TD_LOW_RAM_END };
	ranges[1] = (struct memory_range){ TD_RAM_FROM, below_4g - TD_RAM_FROM };
	if (memory_size == below_4g)
		return 2;
	ranges[2] = (struct memory_range){ TD_RAM_ABOVE_4G, memory_size - below_4g };
	return 3;
}

/* Each file begins on the first 2 MiB boundary behind the one before. */
static struct payload_file place(uint64_t *at, uint64_t size)
{
	struct payload_file file = { size ? *at : 0, size };

	*at += align_up(size, SIZE_2M);
	return file;
}

void hob_payload(const struct hob_input *in, struct payload_info *payload)
{
	uint64_t at = PAYLOAD_WINDOW_GPA;

	payload->kernel = place(&at, in->kernel_size);
	payload->initrd = place(&at, in->initrd_size);
	payload->cmdline = place(&at, in->cmdline_size);
}

static void put_resource(struct writer *w, enum hob_resource_type type, uint64_t start,
			 uint64_t end)
{
	struct hob_resource hob = {
		.header = { .type = HOB_TYPE_RESOURCE_DESCRIPTOR, .length = sizeof(hob) },
		.resource_type = type,
		.attribute = HOB_RESOURCE_ATTR_RAM,
		.start = start,
		.length = end - start,
	};

	if (start != end)
		put(w, &hob, sizeof(hob));
}

/* Does the VMM add the section's pages, so that the TD finds them accepted? */
static bool section_is_added(const struct tdvf_section *s)
{
	return !(s->attributes & TDVF_SECTION_PAGE_AUG);
}

/* The lowest added section that has memory in [from, end); null when there is none. */
static const struct tdvf_section *next_added(const struct tdvf_descriptor *d, uint64_t from,
					     uint64_t end)
{
	const struct tdvf_section *best = NULL;

	for (uint32_t i = 0; i < d->section_count; i++) {
		const struct tdvf_section *s = &d->sections[i];

		if (section_is_added(s) && s->memory_address + s->memory_data_size > from &&
		    s->memory_address < end && (!best || s->memory_address < best->memory_address))
			best = s;
	}
	return best;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* One range of RAM: unaccepted, but for the sections that lie in it. */
static void put_range(struct writer *w, const struct tdvf_descriptor *d,
		      const struct memory_range *range)
{
	uint64_t at = range->base, end = range->base + range->size;
	const struct tdvf_section *s;

	while (at < end && (s = next_added(d, at, end))) {
		uint64_t section_start = clamp(s->memory_address, at, end);
		uint64_t section_end = clamp(s->memory_address + s->memory_data_size, at, end);

		put_resource(w, HOB_RESOURCE_MEMORY_UNACCEPTED, at, section_start);
		put_resource(w, HOB_RESOURCE_SYSTEM_MEMORY, section_start, section_end);
		at = section_end;
	}
	put_resource(w, HOB_RESOURCE_MEMORY_UNACCEPTED, at, end);
}

static void put_payload(struct writer *w, const struct hob_input *in)
{
	struct payload_info payload;
	struct hob_guid_extension hob = {
		.header = { .type = HOB_TYPE_GUID_EXTENSION,
			    .length = sizeof(hob) + sizeof(payload) },
		.name = payload_guid,
	};

	hob_payload(in, &payload);
	put(w, &hob, sizeof(hob));
	put(w, &payload, sizeof(payload));
}

static void put_list(struct writer *w, uint64_t end_of_hob_list, const struct hob_input *in)
{
	struct memory_range ranges[TD_MAX_RAM_RANGES];
	size_t count = td_ram_ranges(in->memory_size, ranges);
	struct hob_handoff handoff = {
		.header = { .type = HOB_TYPE_HANDOFF, .length = sizeof(handoff) },
		.version = HANDOFF_VERSION,
		.end_of_hob_list = end_of_hob_list,
	};
	struct hob_header end = { .type = HOB_TYPE_END_OF_HOB_LIST, .length = sizeof(end) };

	put(w, &handoff, sizeof(handoff));
	for (size_t i = 0; i < count; i++)
		put_range(w, in->firmware, &ranges[i]);
	put_payload(w, in);
	put(w, &end, sizeof(end));
}

size_t hob_build(void *buffer, size_t size, uint64_t hob_gpa, const struct hob_input *in)
{
	struct writer measure = { NULL, 0, 0 };
	struct writer w = { buffer, size, 0 };

	put_list(&measure, 0, in);
	if (measure.needed > size)
		return 0;
	put_list(&w, hob_gpa + measure.needed, in);
	return w.needed;
}

/* Least length of a block of that type. */
static size_t minimum_length(uint16_t type)
{
	switch (type) {
	case HOB_TYPE_HANDOFF:
		return sizeof(struct hob_handoff);
	case HOB_TYPE_RESOURCE_DESCRIPTOR:
		return sizeof(struct hob_resource);
	case HOB_TYPE_GUID_EXTENSION:
		return sizeof(struct hob_guid_extension);
	default:
		return sizeof(struct hob_header);
	}
}

size_t hob_check(const void *list, size_t size, uint64_t hob_gpa)
{
	const struct hob_handoff *handoff = list;
	const struct hob_header *hob;
	size_t at = 0;

	if (size < sizeof(*handoff) || handoff->header.type != HOB_TYPE_HANDOFF ||
	    handoff->version != HANDOFF_VERSION)
		return 0;
	while (size - at >= sizeof(*hob)) {
		hob = (const void *)((const uint8_t *)list + at);
		if (hob->length < minimum_length(hob->type) || !is_aligned(hob->length, 8) ||
		    hob->length > size - at || (at != 0 && hob->type == HOB_TYPE_HANDOFF))
			return 0;
		at += hob->length;
		if (hob->type == HOB_TYPE_END_OF_HOB_LIST)
			return handoff->end_of_hob_list == hob_gpa + at ? at : 0;
	}
	return 0;
}

const struct hob_header *hob_next(const struct hob_header *hob, enum hob_type type)
{
	while (hob->type != HOB_TYPE_END_OF_HOB_LIST) {
		hob = (const void *)((const uint8_t *)hob + hob->length);
		if (hob->type == type)
			return hob;
	}
	return NULL;
}

bool hob_find_payload(const void *list, struct payload_info *payload)
{
	const struct hob_header *hob = list;
	unsigned int count = 0;

	while ((hob = hob_next(hob, HOB_TYPE_GUID_EXTENSION))) {
		const struct hob_guid_extension *extension = (const void *)hob;

		if (memcmp(&extension->name, &payload_guid, sizeof(payload_guid)) != 0)
			continue;
		if (hob->length != sizeof(*extension) + sizeof(*payload))
			return false;
		memcpy(payload, extension + 1, sizeof(*payload));
		count++;
	}
	return count == 1;
}
