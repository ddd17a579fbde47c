/* SPDX-License-Identifier: MIT */
/* host/build.c against the module: what is added, in which order it is measured, what fails how.
 * host/extable.c over a table of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include <tdx/field.h>
#include <tdx/report.h>

#include "host/build.h"
#include "host/extable.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_builder.h"

#define CODE_GPA     UINT64_C(0xffffe000)
#define HOB_GPA	     UINT64_C(0x809000)
#define LATER_GPA    UINT64_C(0x200000)
#define CODE_SIZE    (PAGE_SIZE + 100)
#define RECORD_SIZE  128
#define SECTIONS     3
#define HOB_CONTENTS "the hand-off block"

static struct {
	struct test_td td;
	struct td_builder builder;
	unsigned int sept_left, private_left;
	struct hpa last_private;
} s;

static bool sept_page(void *context, struct hpa *page)
{
	if (s.sept_left == 0)
		return false;
	s.sept_left--;
	*page = machine_page();
	return true;
}

static bool private_page(void *context, struct gpa gpa, struct hpa *page)
{
	if (s.private_left == 0)
		return false;
	s.private_left--;
	*page = s.last_private = machine_page();
	return true;
}

static int setup(void **state)
{
	machine_ready();
	memset(&s, 0, sizeof(s));
	test_td_build(&s.td, TD_READY);
	s.sept_left = s.private_left = 100;
	s.builder = (struct td_builder){
		.tdr = s.td.tdr,
		.bounce = machine_vmm_page(),
		.sept_page = sept_page,
		.private_page = private_page,
		.context = &s,
	};
	return 0;
}

static union {
	struct tdvf_descriptor d;
	uint8_t room[sizeof(struct tdvf_descriptor) + SECTIONS * sizeof(struct tdvf_section)];
} metadata;
static uint8_t image[2 * PAGE_SIZE];

static void make_image(void)
{
	static const struct tdvf_section sections[SECTIONS] = {
		{ .data_offset = 8,
		  .raw_data_size = CODE_SIZE,
		  .memory_address = CODE_GPA,
		  .memory_data_size = 2 * PAGE_SIZE,
		  .type = TDVF_SECTION_BFV,
		  .attributes = TDVF_SECTION_MR_EXTEND },
		{ .memory_address = LATER_GPA,
		  .memory_data_size = SIZE_2M,
		  .type = TDVF_SECTION_PERM_MEM,
		  .attributes = TDVF_SECTION_PAGE_AUG },
		{ .memory_address = HOB_GPA,
		  .memory_data_size = PAGE_SIZE,
		  .type = TDVF_SECTION_TD_HOB },
	};

	metadata.d.section_count = SECTIONS;
	memcpy(metadata.d.sections, sections, sizeof(sections));
	for (unsigned int i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7 + i / 251);
}

/* MRTD as the specification has it, by another implementation of SHA-384. */
static void record(EVP_MD_CTX *context, const char *name, uint64_t gpa)
{
	uint8_t block[RECORD_SIZE] = { 0 };

	memcpy(block, name, strlen(name));
	memcpy(block + 16, &gpa, sizeof(gpa));
	EVP_DigestUpdate(context, block, sizeof(block));
}

static void measure_page(EVP_MD_CTX *context, uint64_t gpa, const uint8_t *contents)
{
	record(context, "MEM.PAGE.ADD", gpa);
	for (unsigned int at = 0; contents && at < PAGE_SIZE; at += TDX_MR_EXTEND_SIZE) {
		record(context, "MR.EXTEND", gpa + at);
		EVP_DigestUpdate(context, contents + at, TDX_MR_EXTEND_SIZE);
	}
}

static void expected_mrtd(uint8_t mrtd[TDX_MR_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t code[2 * PAGE_SIZE] = { 0 };

	memcpy(code, image + 8, CODE_SIZE);
	EVP_DigestInit_ex(context, EVP_sha384(), NULL);
	measure_page(context, CODE_GPA, code);
	measure_page(context, CODE_GPA + PAGE_SIZE, code + PAGE_SIZE);
	measure_page(context, HOB_GPA, NULL);
	EVP_DigestFinal_ex(context, mrtd, NULL);
	EVP_MD_CTX_free(context);
}

static uint64_t build(void)
{
	return td_build_image(&s.builder, image, &metadata.d, HOB_CONTENTS, sizeof(HOB_CONTENTS));
}

static void test_image(void **state)
{
	uint8_t expected[TDX_MR_SIZE], mrtd[TDX_MR_SIZE];

	assert_int_equal(build(), TDX_SUCCESS);
	assert_int_equal(s.private_left, 100 - 3);
	assert_memory_equal(phys_ptr(s.last_private), HOB_CONTENTS, sizeof(HOB_CONTENTS));
	assert_int_equal(test_td_sept_state(&s.td, gpa(HOB_GPA), TDX_LEVEL_4K), TDX_SEPT_MAPPED);

	test_td_add_vcpu(&s.td);
	test_td_finalize(&s.td);
	for (unsigned int i = 0; i < TDX_MR_SIZE / 8; i++) {
		uint64_t value;

		assert_int_equal(tdh_mng_rd(s.td.tdr, TDX_FIELD_TD_MRTD + i, &value), TDX_SUCCESS);
		memcpy(mrtd + 8 * i, &value, sizeof(value));
	}
	expected_mrtd(expected);
	assert_memory_equal(mrtd, expected, TDX_MR_SIZE);
}

/* Whatever page is the one that is missing, the builder says so. */
static void test_pages_run_out(void **state)
{
	for (unsigned int left = 0; left < 3; left++) {
		setup(state);
		s.private_left = left;
		assert_int_equal(build(), TD_BUILD_NO_PAGE);
	}
	for (unsigned int left = 0; left < 4; left++) {
		setup(state);
		s.sept_left = left;
		assert_int_equal(build(), TD_BUILD_NO_PAGE);
	}
}

static void test_module_refuses(void **state)
{
	assert_int_equal(build(), TDX_SUCCESS);
	assert_int_equal(tdx_status_name(build()), TDX_EPT_ENTRY_STATE_INCORRECT);
}

/* A walk that ended at something that is there cannot be helped by one more page. */
static void test_sept_only_where_absent(void **state)
{
	struct tdx_sept_entry leaf = { .info = TDX_LEVEL_2M | TDX_SEPT_MAPPED << 8 };
	struct tdx_sept_entry lowest = { .info = TDX_LEVEL_4K | TDX_SEPT_FREE << 8 };

	assert_int_equal(td_build_sept(&s.builder, gpa(0), &leaf),
			 TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX);
	assert_int_equal(td_build_sept(&s.builder, gpa(0), &lowest),
			 TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX);
	assert_int_equal(s.sept_left, 100);
}

static void test_extable(void **state)
{
	struct tdx_extable_entry table[2] = { { 1000, 2000 }, { -1000, 3000 } };
	uint64_t first = (uint64_t)(uintptr_t)&table[0], second = (uint64_t)(uintptr_t)&table[1];
	uint64_t rip = first + 1000;

	assert_true(tdx_extable_search(table, table + 2, &rip));
	assert_int_equal(rip, first + offsetof(struct tdx_extable_entry, fixup) + 2000);
	rip = second - 1000;
	assert_true(tdx_extable_search(table, table + 2, &rip));
	assert_int_equal(rip, second + offsetof(struct tdx_extable_entry, fixup) + 3000);
	rip = first + 1001;
	assert_false(tdx_extable_search(table, table + 2, &rip));
	assert_int_equal(rip, first + 1001);
	assert_false(tdx_extable_search(table, table, &rip));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_image, setup),
		cmocka_unit_test_setup(test_pages_run_out, setup),
		cmocka_unit_test_setup(test_module_refuses, setup),
		cmocka_unit_test_setup(test_sept_only_where_absent, setup),
		cmocka_unit_test(test_extable),
	};

	make_image();
	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
