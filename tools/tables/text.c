/* SPDX-License-Identifier: MIT */
/* Tables whose names are in the text of the source only: MSRs, statuses, operands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tables/tables.h"

/* Calls print for each line of a file of this tree. */
static void each_line(const char *path, void (*print)(const char *line))
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (getline(&line, &size, file) > 0)
		print(line);
	free(line);
	fclose(file);
}

/* MSR(0x0010, 0x0010, NATIVE, VE)		/x TIME_STAMP_COUNTER x/ */
static void print_msr(const char *line)
{
	unsigned int first, last;
	char read[32], write[32];
	int length = 0;
	const char *name, *end;

	if (sscanf(line, "MSR(%x, %x, %31[A-Z_0-9], %31[A-Z_0-9])%n", &first, &last, read, write,
		   &length) != 4 ||
	    !length)
		return;
	printf("| `0x%x`", first);
	if (last != first)
		printf(" to `0x%x`", last);
	name = strstr(line + length, "/* ");
	end = name ? strstr(name, " */") : NULL;
	printf(" | %.*s | %s | %s |\n", end ? (int)(end - name - 3) : 0, end ? name + 3 : "", read,
	       write);
}

void table_msr(void)
{
	puts("| MSR | name | RDMSR | WRMSR |\n|---|---|---|---|");
	each_line("module/msr.def", print_msr);
}

/* #define TDX_OPERAND_INVALID TDX_U64(0xc000010000000000); the masks come before those. */
static void print_status(const char *line)
{
	static int reached;
	char name[64], value[20];

	if (sscanf(line, "#define TDX_%63s TDX_U64(0x%19[0-9a-f])", name, value) != 2)
		return;
	reached |= !strcmp(name, "SUCCESS");
	if (reached)
		printf("| `%s` | %s |\n", value, name);
}

void table_status(void)
{
	puts("| RAX | status |\n|---|---|");
	each_line("include/tdx/status.h", print_status);
}

static void print_operand(const char *line)
{
	char name[64];
	unsigned int id;

	if (sscanf(line, "#define TDX_OPERAND_ID_%63s %u", name, &id) == 2)
		printf("| %u | %s |\n", id, name);
}

void table_operand(void)
{
	puts("| id | operand |\n|---|---|");
	each_line("include/tdx/status.h", print_operand);
}
