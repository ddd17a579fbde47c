/* SPDX-License-Identifier: MIT */
#include "lib/tdvf.h"

#include <string.h>

#include "lib/addr.h"
#include "lib/bits.h"

/*
 * The table of GUIDed entries, at the image's end. It is read downwards: an entry is its data, its
 * length (16 bits, counting data, length and GUID) and its GUID. The last entry, the footer, has
 * the length of the whole table.
 */
#define TABLE_END	   0x20 /* before the image's end */
#define TABLE_ENTRY_HEADER 18	/* length and GUID */

static const struct hob_guid table_footer_guid = { { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
						     0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08,
						     0x2d } };
static const struct hob_guid table_tdvf_guid = { { 0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47,
						   0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e,
						   0xc2 } };

static uint32_t read32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint16_t read16(const uint8_t *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static bool entry_is(const uint8_t *entry_end, const struct hob_guid *guid)
{
	return memcmp(entry_end - sizeof(*guid), guid, sizeof(*guid)) == 0;
}

/* Distance of the descriptor from the image's end, by the table; 0 when the table does not say. */
static uint32_t table_pointer(const uint8_t *image, size_t size)
{
	const uint8_t *at, *start;
	uint16_t length;

	if (size < TABLE_END + TABLE_ENTRY_HEADER)
		return 0;
	at = image + size - TABLE_END;
	length = read16(at - TABLE_ENTRY_HEADER);
	if (!entry_is(at, &table_footer_guid) || length < TABLE_ENTRY_HEADER ||
	    length > size - TABLE_END)
		return 0;
	start = at - length;
	at -= TABLE_ENTRY_HEADER;
	while (at - start >= TABLE_ENTRY_HEADER) {
		length = read16(at - TABLE_ENTRY_HEADER);
		if (length < TABLE_ENTRY_HEADER || length > at - start)
			return 0;
		if (entry_is(at, &table_tdvf_guid) && length == TABLE_ENTRY_HEADER + 4)
			return read32(at - length);
		at -= length;
	}
	return 0;
}

static uint32_t descriptor_distance(const uint8_t *image, size_t size)
{
	uint32_t distance = table_pointer(image, size);

	if (distance == 0 && size >= TDVF_DESCRIPTOR_POINTER)
		distance = read32(image + size - TDVF_DESCRIPTOR_POINTER);
	return distance;
}

static bool section_data_valid(const struct tdvf_section *s, size_t image_size)
{
	if (s->raw_data_size > s->memory_data_size || s->data_offset > image_size ||
	    s->raw_data_size > image_size - s->data_offset)
		return false;
	switch (s->type) {
	case TDVF_SECTION_BFV:
		return s->raw_data_size != 0;
	case TDVF_SECTION_TD_HOB:
	case TDVF_SECTION_TEMP_MEM:
	case TDVF_SECTION_PERM_MEM:
		return s->raw_data_size == 0;
	default:
		return s->type <= TDVF_SECTION_TD_PARAMS;
	}
}

static bool section_memory_valid(const struct tdvf_section *s)
{
	return is_aligned(s->memory_address, PAGE_SIZE) &&
	       is_aligned(s->memory_data_size, PAGE_SIZE) && s->memory_data_size != 0 &&
	       s->memory_address < bit(47) && s->memory_data_size <= bit(47) - s->memory_address;
}

static bool sections_overlap(const struct tdvf_section *a, const struct tdvf_section *b)
{
	return a->memory_address < b->memory_address + b->memory_data_size &&
	       b->memory_address < a->memory_address + a->memory_data_size;
}

static bool section_valid(const struct tdvf_descriptor *d, uint32_t index, size_t image_size)
{
	const struct tdvf_section *s = &d->sections[index];

	if (!section_data_valid(s, image_size) || !section_memory_valid(s))
		return false;
	for (uint32_t i = 0; i < index; i++) {
		const struct tdvf_section *other = &d->sections[i];

		if (sections_overlap(s, other) ||
		    (s->type == TDVF_SECTION_TD_HOB && other->type == TDVF_SECTION_TD_HOB))
			return false;
	}
	return true;
}

static bool descriptor_valid(const struct tdvf_descriptor *d, size_t room, size_t image_size)
{
	if (d->signature != TDVF_SIGNATURE || d->version != TDVF_VERSION ||
	    d->section_count > TDVF_MAX_SECTIONS ||
	    d->length != sizeof(*d) + d->section_count * sizeof(d->sections[0]) || d->length > room)
		return false;
	for (uint32_t i = 0; i < d->section_count; i++)
		if (!section_valid(d, i, image_size))
			return false;
	return tdvf_section(d, TDVF_SECTION_BFV);
}

bool tdvf_find(const void *image, size_t size, const struct tdvf_descriptor **d)
{
	uint32_t distance = descriptor_distance(image, size);
	const struct tdvf_descriptor *found;

	if (distance < sizeof(*found) || distance > size || !is_aligned(size - distance, 8))
		return false;
	found = (const void *)((const uint8_t *)image + size - distance);
	if (!descriptor_valid(found, distance, size))
		return false;
	*d = found;
	return true;
}

const struct tdvf_section *tdvf_section(const struct tdvf_descriptor *d,
					enum tdvf_section_type type)
{
	for (uint32_t i = 0; i < d->section_count; i++)
		if (d->sections[i].type == type)
			return &d->sections[i];
	return NULL;
}
