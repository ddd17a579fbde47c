/* SPDX-License-Identifier: MIT */
/* What CPUID gives to a TD, by leaf and register. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/tables/tables.h"

#define REGISTERS 4
#define ANY	  UINT32_MAX
/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define R(a, b, c, d) { a, b, c, d }
/* clang-format on */

static const char *const register_names[REGISTERS] = { "EAX", "EBX", "ECX", "EDX" };

static const struct row {
	uint32_t leaf, subleaf;
	uint32_t zero[REGISTERS], one[REGISTERS], config[REGISTERS], allow[REGISTERS];
} rows[] = {
#define CPUID(leaf, subleaf, zero, one, config, allow) { leaf, subleaf, zero, one, config, allow },
#include "module/cpuid.def"
#undef CPUID
};

static const struct absent_row {
	uint32_t leaf, subleaf, bits[REGISTERS];
} absent_rows[] = {
#define CPUID_ABSENT(leaf, subleaf, ...) { leaf, subleaf, { __VA_ARGS__ } },
#include "module/cpuid.def"
#undef CPUID_ABSENT
};

static const struct xfam_row {
	const char *components;
	uint32_t leaf, subleaf, bits[REGISTERS];
} xfam_rows[] = {
#define CPUID_XFAM(components, leaf, subleaf, ...) { #components, leaf, subleaf, { __VA_ARGS__ } },
#include "module/cpuid.def"
#undef CPUID_XFAM
};

static uint32_t absent(const struct row *row, int reg)
{
	for (size_t i = 0; i < ARRAY_SIZE(absent_rows); i++)
		if (absent_rows[i].leaf == row->leaf && absent_rows[i].subleaf == row->subleaf)
			return absent_rows[i].bits[reg];
	return 0;
}

static void print_leaf(uint32_t leaf, uint32_t subleaf)
{
	if (subleaf == ANY)
		printf("| 0x%x |", leaf);
	else
		printf("| 0x%x.%u |", leaf, subleaf);
}

static void print_bits(uint32_t bits)
{
	if (bits)
		printf(" `%08x` |", bits);
	else
		printf(" |");
}

/* A register of which every bit is 0 has no row. */
static bool print_register(const struct row *row, int reg)
{
	uint32_t config = row->config[reg], gone = absent(row, reg);
	uint32_t cpu = ~(row->zero[reg] | row->one[reg] | config | gone);
	uint32_t allow = row->allow[reg] & cpu;

	if (!(cpu | config | row->one[reg]))
		return false;
	print_leaf(row->leaf, row->subleaf);
	printf(" %s |", register_names[reg]);
	print_bits(row->one[reg]);
	print_bits(cpu & ~allow);
	print_bits(allow);
	print_bits(config);
	putchar('\n');
	return true;
}

void table_cpuid(void)
{
	puts("| leaf | register | always 1 | the CPU's | the CPU's where TD_PARAMS has 1 | "
	     "TD_PARAMS' |\n"
	     "|---|---|---|---|---|---|");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool any = false;

		for (int reg = 0; reg < REGISTERS; reg++)
			any |= print_register(&rows[i], reg);
		if (any)
			continue;
		print_leaf(rows[i].leaf, rows[i].subleaf);
		puts(" all 0 | | | | |");
	}
}

void table_cpuid_xfam(void)
{
	puts("| leaf | without | EAX | EBX | ECX | EDX |\n"
	     "|---|---|---|---|---|---|");
	for (size_t i = 0; i < ARRAY_SIZE(xfam_rows); i++) {
		const struct xfam_row *row = &xfam_rows[i];

		print_leaf(row->leaf, row->subleaf);
		printf(" %s |", row->components);
		for (int reg = 0; reg < REGISTERS; reg++)
			print_bits(row->bits[reg]);
		putchar('\n');
	}
}
