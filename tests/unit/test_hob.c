/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "lib/bits.h"
#include "lib/hob.h"

#define HOB_GPA UINT64_C(0xfffef000)

static uint64_t buffer[512];

static const struct tdvf_descriptor *firmware(const struct tdvf_section *sections, uint32_t count)
{
	static union {
		struct tdvf_descriptor d;
		uint8_t room[sizeof(struct tdvf_descriptor) + 8 * sizeof(struct tdvf_section)];
	} image;

	image.d = (struct tdvf_descriptor){ .section_count = count };
	if (count)
		memcpy(image.d.sections, sections, count * sizeof(*sections));
	return &image.d;
}

static size_t build(uint64_t memory_size, const struct tdvf_descriptor *d)
{
	struct hob_input in = { .memory_size = memory_size, .firmware = d, .kernel_size = 1 };

	memset(buffer, 0, sizeof(buffer));
	return hob_build(buffer, sizeof(buffer), HOB_GPA, &in);
}

struct expected {
	enum hob_resource_type type;
	uint64_t start, end;
};

static void assert_resources(const struct expected *expected, size_t count)
{
	const struct hob_header *hob = (const void *)buffer;

	for (size_t i = 0; i < count; i++) {
		const struct hob_resource *r;

		hob = hob_next(hob, HOB_TYPE_RESOURCE_DESCRIPTOR);
		assert_non_null(hob);
		r = (const void *)hob;
		assert_int_equal(r->resource_type, expected[i].type);
		assert_int_equal(r->attribute, HOB_RESOURCE_ATTR_RAM);
		assert_int_equal(r->start, expected[i].start);
		assert_int_equal(r->start + r->length, expected[i].end);
	}
	assert_null(hob_next(hob, HOB_TYPE_RESOURCE_DESCRIPTOR));
}

static void test_small_memory(void **state)
{
	static const struct expected expected[] = {
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0, 0xa0000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x100000, 0x20000000 },
	};
	const struct hob_handoff *handoff = (const void *)buffer;
	size_t size = build(0x20000000, firmware(NULL, 0));

	assert_int_equal(size % 8, 0);
	assert_int_equal(hob_check(buffer, sizeof(buffer), HOB_GPA), size);
	assert_int_equal(handoff->version, 9);
	assert_int_equal(handoff->end_of_hob_list, HOB_GPA + size);
	assert_resources(expected, ARRAY_SIZE(expected));
}

static void test_large_memory(void **state)
{
	static const struct expected expected[] = {
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0, 0xa0000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x100000, 0x60000000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x100000000, 0x160000000 },
	};

	assert_true(build(UINT64_C(0xc0000000), firmware(NULL, 0)) > 0);
	assert_resources(expected, ARRAY_SIZE(expected));
}

static void test_sections(void **state)
{
	static const struct tdvf_section sections[] = {
		{ .type = TDVF_SECTION_BFV,
		  .memory_address = 0xffff0000,
		  .memory_data_size = 0x10000 },
		{ .type = TDVF_SECTION_TEMP_MEM,
		  .memory_address = 0x810000,
		  .memory_data_size = 0x2000 },
		{ .type = TDVF_SECTION_TD_HOB,
		  .memory_address = 0x809000,
		  .memory_data_size = 0x1000 },
		{ .type = TDVF_SECTION_PERM_MEM,
		  .memory_address = 0x900000,
		  .memory_data_size = 0x1000,
		  .attributes = TDVF_SECTION_PAGE_AUG },
		/* over the end of the lower range, into the hole, and over the end of RAM */
		{ .type = TDVF_SECTION_TEMP_MEM,
		  .memory_address = 0x9f000,
		  .memory_data_size = 0x2000 },
		{ .type = TDVF_SECTION_TEMP_MEM,
		  .memory_address = 0xff000,
		  .memory_data_size = 0x2000 },
		{ .type = TDVF_SECTION_CFV,
		  .memory_address = 0xfff000,
		  .memory_data_size = 0x2000 },
	};
	static const struct expected expected[] = {
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0, 0x9f000 },
		{ HOB_RESOURCE_SYSTEM_MEMORY, 0x9f000, 0xa0000 },
		{ HOB_RESOURCE_SYSTEM_MEMORY, 0x100000, 0x101000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x101000, 0x809000 },
		{ HOB_RESOURCE_SYSTEM_MEMORY, 0x809000, 0x80a000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x80a000, 0x810000 },
		{ HOB_RESOURCE_SYSTEM_MEMORY, 0x810000, 0x812000 },
		{ HOB_RESOURCE_MEMORY_UNACCEPTED, 0x812000, 0xfff000 },
		{ HOB_RESOURCE_SYSTEM_MEMORY, 0xfff000, 0x1000000 },
	};

	assert_true(build(0x1000000, firmware(sections, ARRAY_SIZE(sections))) > 0);
	assert_resources(expected, ARRAY_SIZE(expected));
}

static void test_payload(void **state)
{
	struct hob_input in = {
		.memory_size = 0x20000000,
		.firmware = firmware(NULL, 0),
		.kernel_size = SIZE_2M + 1,
		.cmdline_size = 7,
	};
	struct payload_info payload;

	assert_true(hob_build(buffer, sizeof(buffer), HOB_GPA, &in) > 0);
	assert_true(hob_find_payload(buffer, &payload));
	assert_int_equal(payload.kernel.gpa, PAYLOAD_WINDOW_GPA);
	assert_int_equal(payload.kernel.size, SIZE_2M + 1);
	assert_int_equal(payload.initrd.gpa, 0);
	assert_int_equal(payload.initrd.size, 0);
	assert_int_equal(payload.cmdline.gpa, PAYLOAD_WINDOW_GPA + 2 * SIZE_2M);
	assert_int_equal(payload.cmdline.size, 7);
}

static void test_room(void **state)
{
	struct hob_input in = { .memory_size = 0x20000000, .firmware = firmware(NULL, 0) };
	size_t size = hob_build(buffer, sizeof(buffer), HOB_GPA, &in);

	memset(buffer, 0xee, sizeof(buffer));
	for (size_t room = 0; room < size; room++)
		assert_int_equal(hob_build(buffer, room, HOB_GPA, &in), 0);
	assert_int_equal(*(uint8_t *)buffer, 0xee);
	assert_int_equal(hob_build(buffer, size, HOB_GPA, &in), size);
	assert_int_equal(((uint8_t *)buffer)[size], 0xee);
}

/* A list that is cut short is refused; one with a wrong length too, unless that leads to the end of
 * a later block: then it is another list of the same extent. */
static void test_malformed(void **state)
{
	struct hob_header *header = (void *)buffer;
	struct hob_handoff *handoff = (void *)buffer;
	size_t size = build(0x20000000, firmware(NULL, 0));

	for (size_t room = 0; room < size; room++)
		assert_int_equal(hob_check(buffer, room, HOB_GPA), 0);
	assert_int_equal(hob_check(buffer, sizeof(buffer), HOB_GPA + 8), 0);
	for (;; header = (void *)((uint8_t *)header + header->length)) {
		uint16_t length = header->length;

		for (unsigned int wrong = 0; wrong < 0x10000; wrong++) {
			size_t checked;

			header->length = (uint16_t)wrong;
			checked = hob_check(buffer, sizeof(buffer), HOB_GPA);
			assert_true(checked == 0 || (checked == size && wrong >= length));
		}
		header->length = length;
		if (header->type == HOB_TYPE_END_OF_HOB_LIST)
			break;
	}
	handoff->version = 8;
	assert_int_equal(hob_check(buffer, sizeof(buffer), HOB_GPA), 0);
	handoff->version = 9;
	assert_int_equal(hob_check(buffer, sizeof(buffer), HOB_GPA), size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_memory), cmocka_unit_test(test_large_memory),
		cmocka_unit_test(test_sections),     cmocka_unit_test(test_payload),
		cmocka_unit_test(test_room),	     cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
