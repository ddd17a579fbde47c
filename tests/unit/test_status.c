/* SPDX-License-Identifier: MIT */
/*
 * Names of statuses, operands, leaves and TDVMCALLs. The headers are read as text: each constant
 * that they define must have its name in the tables. Runs in the top folder.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/status_name.h"

#define STATUS_HEADER "include/tdx/status.h"
#define LEAF_HEADER   "include/tdx/leaf.h"

struct constant {
	char name[80];
	uint64_t value;
};

/* The next "#define NAME NUMBER" or "#define NAME TDX_U64(NUMBER)" of a header. */
static bool next_constant(FILE *header, struct constant *c)
{
	char line[256], number[80];
	char *end;

	while (fgets(line, sizeof(line), header)) {
		if (sscanf(line, "#define %79s TDX_U64(%79[0-9a-fx])", c->name, number) != 2 &&
		    sscanf(line, "#define %79s %79s", c->name, number) != 2)
			continue;
		c->value = strtoull(number, &end, 0);
		if (*end == 0)
			return true;
	}
	return false;
}

/* Calls check for each constant of the header whose name starts with prefix. */
static void each_constant(const char *path, const char *prefix,
			  void (*check)(const struct constant *c, const char *rest),
			  unsigned int at_least)
{
	FILE *header = fopen(path, "r");
	unsigned int count = 0;
	struct constant c;

	if (!header) {
		fail_msg("%s cannot be opened", path);
		return;
	}
	while (next_constant(header, &c)) {
		if (strncmp(c.name, prefix, strlen(prefix)) == 0) {
			check(&c, c.name + strlen(prefix));
			count++;
		}
	}
	fclose(header);
	assert_in_range(count, at_least, UINT32_MAX);
}

static bool is_flag_or_mask(const struct constant *c)
{
	return strstr(c->name, "_MASK") || (c->value >> 60 && !(c->value << 4));
}

static void check_status(const struct constant *c, const char *rest)
{
	if (strncmp(rest, "OPERAND_ID_", 11) == 0 || is_flag_or_mask(c))
		return;
	assert_string_equal(tdx_status_text(c->value), c->name);
}

static void test_every_status(void **state)
{
	each_constant(STATUS_HEADER, "TDX_", check_status, 150);
}

static void check_operand(const struct constant *c, const char *rest)
{
	assert_string_equal(tdx_operand_text((uint32_t)c->value), rest);
}

static void test_every_operand(void **state)
{
	each_constant(STATUS_HEADER, "TDX_OPERAND_ID_", check_operand, 40);
}

static void assert_lower_case(const char *name, const char *constant)
{
	char lower[80] = "";

	for (size_t i = 0; constant[i]; i++)
		lower[i] = (char)tolower(constant[i]);
	assert_string_equal(name, lower);
}

static void check_tdh(const struct constant *c, const char *rest)
{
	assert_lower_case(tdh_leaf_name(c->value), rest);
}

static void check_tdg(const struct constant *c, const char *rest)
{
	assert_lower_case(tdg_leaf_name(c->value), rest);
}

static void check_vmcall(const struct constant *c, const char *rest)
{
	if (strncmp(rest, "STATUS_", 7) != 0)
		assert_lower_case(tdvmcall_name(c->value), rest);
}

static void test_every_leaf(void **state)
{
	each_constant(LEAF_HEADER, "TDH_", check_tdh, 60);
	each_constant(LEAF_HEADER, "TDG_", check_tdg, 20);
	each_constant(LEAF_HEADER, "TDVMCALL_", check_vmcall, 15);
}

static void test_details(void **state)
{
	assert_string_equal(tdx_status_text(tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_TDR)),
			    "TDX_OPERAND_BUSY");
	assert_string_equal(tdx_status_text(TDX_SUCCESS | 48), "TDX_SUCCESS");
	assert_string_equal(tdx_status_text(TDX_SEAMCALL_GP), "TDX_SEAMCALL_GP");
	assert_string_equal(tdx_status_text(TDX_SW_ERROR), "TDX_SW_ERROR");
}

static void test_unknown(void **state)
{
	assert_string_equal(tdx_status_text(UINT64_C(0xc000fe0000000000)), "unknown");
	assert_string_equal(tdx_status_text(TDX_SW_ERROR | 1), "unknown");
	assert_string_equal(tdx_operand_text(UINT32_MAX), "unknown");
	assert_string_equal(tdx_operand_text(16), "unknown");
	assert_string_equal(tdh_leaf_name(46), "unknown");
	assert_string_equal(tdh_leaf_name(UINT64_MAX), "unknown");
	assert_string_equal(tdg_leaf_name(13), "unknown");
	assert_string_equal(tdvmcall_name(0), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_status), cmocka_unit_test(test_every_operand),
		cmocka_unit_test(test_every_leaf),   cmocka_unit_test(test_details),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
