/* SPDX-License-Identifier: MIT */
/*
 * tables < TEXT: writes a text of docs/ with its tables as the module has them now. A table's place
 * is the line <!-- table: NAME --> up to the line <!-- end of table -->. `make docs` runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/leaves.h"

/* "`leaf/test_mem`, `vmm/conversion`" */
static void print_tests(const char *tests)
{
	const char *separator = "";
	size_t length;

	for (; *tests; tests += length) {
		tests += strspn(tests, " ");
		length = strcspn(tests, " ");
		printf("%s`%.*s`", separator, (int)length, tests);
		separator = ", ";
	}
}

static void print_leaf(const struct leaf *leaf)
{
	char name[LEAF_NAME_SIZE];

	leaf_name(leaf, name);
	printf("| %u | %s | ", leaf->number, name);
	if (leaf->is_emulated)
		printf("%d", leaf_version(leaf));
	else
		printf("absent");
	if (!leaf_is_tdcall(leaf))
		printf(" | %s", leaf->is_emulated ? leaf_module_states(leaf) : "");
	printf(" | %s | ", leaf->differs);
	print_tests(leaf->tests);
	puts(" |");
}

static void print_leaves(bool tdcalls)
{
	for (size_t i = 0; i < leaf_count; i++)
		if (leaf_is_tdcall(&leaves[i]) == tdcalls)
			print_leaf(&leaves[i]);
}

static void print_seamcalls(void)
{
	puts("| number | leaf | highest version | the module is | differs from hardware | test |\n"
	     "|---|---|---|---|---|---|");
	print_leaves(false);
}

static void print_tdcalls(void)
{
	puts("| number | leaf | highest version | differs from hardware | test |\n"
	     "|---|---|---|---|---|");
	print_leaves(true);
}

static const struct {
	const char *name;
	void (*print)(void);
} tables[] = {
	{ "seamcall", print_seamcalls },
	{ "tdcall", print_tdcalls },
};

static bool print_table(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (!strcmp(name, tables[i].name)) {
			tables[i].print();
			return true;
		}
	}
	return false;
}

int main(void)
{
	static const char end[] = "<!-- end of table -->\n";
	bool copying = true;
	char *line = NULL, name[32];
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		copying |= !strcmp(line, end);
		if (copying)
			fputs(line, stdout);
		if (copying && sscanf(line, "<!-- table: %31s -->", name) == 1) {
			copying = false;
			if (!print_table(name)) {
				fprintf(stderr, "tables: there is no table %s\n", name);
				return 1;
			}
		}
	}
	free(line);
	if (!copying) {
		fprintf(stderr, "tables: table %s has no end\n", name);
		return 1;
	}
	return fflush(stdout) == EOF || ferror(stdout);
}
