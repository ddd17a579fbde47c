/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/tdvf.h"

#define IMAGE_SIZE  0x4000
#define DESCRIPTOR  0x3000 /* where it lies in the image */
#define FOOTER_GUID 0x30   /* before the end */

static union {
	uint8_t bytes[IMAGE_SIZE];
	uint64_t aligned;
} image;

static const uint8_t footer_guid[16] = { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
					 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d };
static const uint8_t tdvf_guid[16] = { 0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47,
				       0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2 };

static void put16(size_t before_end, uint16_t value)
{
	memcpy(&image.bytes[IMAGE_SIZE - before_end], &value, sizeof(value));
}

static void put32(size_t before_end, uint32_t value)
{
	memcpy(&image.bytes[IMAGE_SIZE - before_end], &value, sizeof(value));
}

static struct tdvf_descriptor *descriptor(void)
{
	return (struct tdvf_descriptor *)&image.bytes[DESCRIPTOR];
}

static bool found(void)
{
	const struct tdvf_descriptor *d = NULL;
	bool result = tdvf_find(image.bytes, IMAGE_SIZE, &d);

	assert_ptr_equal(d, result ? descriptor() : NULL);
	return result;
}

static int make_image(void **state)
{
	static const struct tdvf_section sections[] = {
		{ 0, IMAGE_SIZE, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_BFV, TDVF_SECTION_MR_EXTEND },
		{ 0, 0, 0xffffb000, 0x1000, TDVF_SECTION_TD_HOB, 0 },
		{ 0, 0, 0xffff0000, 0xb000, TDVF_SECTION_TEMP_MEM, 0 },
	};

	memset(&image, 0, sizeof(image));
	*descriptor() = (struct tdvf_descriptor){
		.signature = TDVF_SIGNATURE,
		.length = sizeof(struct tdvf_descriptor) + sizeof(sections),
		.version = TDVF_VERSION,
		.section_count = ARRAY_SIZE(sections),
	};
	memcpy(descriptor()->sections, sections, sizeof(sections));
	put32(TDVF_DESCRIPTOR_POINTER, IMAGE_SIZE - DESCRIPTOR);
	return 0;
}

static void test_pointer(void **state)
{
	assert_true(found());
	assert_ptr_equal(tdvf_section(descriptor(), TDVF_SECTION_TD_HOB),
			 &descriptor()->sections[1]);
	assert_null(tdvf_section(descriptor(), TDVF_SECTION_PAYLOAD));
	for (uint32_t wrong = 0; wrong < 0x5000; wrong++) {
		if (wrong == IMAGE_SIZE - DESCRIPTOR)
			continue;
		put32(TDVF_DESCRIPTOR_POINTER, wrong);
		assert_false(found());
	}
	put32(TDVF_DESCRIPTOR_POINTER, UINT32_MAX);
	assert_false(found());
}

/* A table of two entries and the footer; the entry that counts lies lowest. */
static void make_table(void)
{
	put32(TDVF_DESCRIPTOR_POINTER, 0);
	memcpy(&image.bytes[IMAGE_SIZE - FOOTER_GUID], footer_guid, 16);
	put16(FOOTER_GUID + 2, 18 + 26 + 22);
	put16(FOOTER_GUID + 2 + 18, 26); /* 16 bytes of some GUID, 8 bytes of data */
	memcpy(&image.bytes[IMAGE_SIZE - (FOOTER_GUID + 2 + 26 + 16)], tdvf_guid, 16);
	put16(FOOTER_GUID + 2 + 26 + 18, 22);
	put32(FOOTER_GUID + 2 + 26 + 22, IMAGE_SIZE - DESCRIPTOR);
}

static void test_table(void **state)
{
	make_table();
	assert_true(found());
	put16(FOOTER_GUID + 2, 18 + 26 + 21); /* the entry is not all in the table */
	assert_false(found());
	make_table();
	put16(FOOTER_GUID + 2 + 18, 0);
	assert_false(found());
	make_table();
	put16(FOOTER_GUID + 2 + 18, 0xffff);
	assert_false(found());
	make_table();
	put16(FOOTER_GUID + 2, 0xffff);
	assert_false(found());
	put32(TDVF_DESCRIPTOR_POINTER, IMAGE_SIZE - DESCRIPTOR);
	assert_true(found()); /* a broken table does not hide the pointer */
}

static void test_sizes(void **state)
{
	const struct tdvf_descriptor *d = NULL;

	for (size_t size = 0; size < IMAGE_SIZE; size += 8)
		assert_false(tdvf_find(image.bytes + IMAGE_SIZE - size, size, &d) &&
			     size < IMAGE_SIZE - DESCRIPTOR);
	assert_true(found());
}

static void test_header(void **state)
{
	struct tdvf_descriptor good = *descriptor();

	descriptor()->signature++;
	assert_false(found());
	*descriptor() = good;
	descriptor()->version++;
	assert_false(found());
	*descriptor() = good;
	descriptor()->length += 8;
	assert_false(found());
	*descriptor() = good;
	descriptor()->section_count = UINT32_MAX;
	assert_false(found());
	*descriptor() = good;
	descriptor()->section_count = TDVF_MAX_SECTIONS + 1;
	descriptor()->length = 16 + 32 * (TDVF_MAX_SECTIONS + 1);
	assert_false(found());
	*descriptor() = good;
	descriptor()->section_count = 0;
	descriptor()->length = 16;
	assert_false(found());
}

/* One section made wrong at a time. */
static void test_sections(void **state)
{
	static const struct tdvf_section bad[] = {
		/* BFV */
		{ 0, 0, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE + 1, 0xffffc000, IMAGE_SIZE + 0x1000, TDVF_SECTION_BFV, 0 },
		{ 1, IMAGE_SIZE, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ UINT32_MAX, 1, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, 0xffffc000, 0x3000, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, 0xffffc008, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, 0xffffc000, IMAGE_SIZE + 8, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, UINT64_C(1) << 47, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, (UINT64_C(1) << 47) - 0x1000, IMAGE_SIZE, TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, 0xffffc000, -UINT64_C(0x1000), TDVF_SECTION_BFV, 0 },
		{ 0, IMAGE_SIZE, 0xffff8000, IMAGE_SIZE, TDVF_SECTION_BFV, 0 }, /* overlaps */
		{ 0, IMAGE_SIZE, 0xffffc000, IMAGE_SIZE, 9, 0 },
		{ 0, IMAGE_SIZE, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_CFV, 0 }, /* no BFV */
		{ 0, 0, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_TD_HOB, 0 },	/* two */
		{ 0, 8, 0xffffc000, IMAGE_SIZE, TDVF_SECTION_TEMP_MEM, 0 },
		{ 0, 0, 0xffffc000, 0, TDVF_SECTION_TEMP_MEM, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		make_image(state);
		descriptor()->sections[0] = bad[i];
		assert_false(found());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_pointer, make_image),
		cmocka_unit_test_setup(test_table, make_image),
		cmocka_unit_test_setup(test_sizes, make_image),
		cmocka_unit_test_setup(test_header, make_image),
		cmocka_unit_test_setup(test_sections, make_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
