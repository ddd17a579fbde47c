/* SPDX-License-Identifier: MIT */
/*
 * tables < TEXT: writes a text of docs/ with its tables as the module has them now. A table's place
 * is from the line <!-- table: NAME --> to the line <!-- end of table -->. `make docs` runs it, in
 * the tree's first folder.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/tables/tables.h"

static const struct {
	const char *name;
	void (*print)(void);
} tables[] = {
	{ "seamcall", table_seamcall },
	{ "tdcall", table_tdcall },
	{ "lifecycle", table_lifecycle },
	{ "opstate", table_opstate },
	{ "vcpustate", table_vcpustate },
	{ "septstate", table_septstate },
	{ "fields-sys", table_fields_sys },
	{ "fields-td", table_fields_td },
	{ "fields-vp", table_fields_vp },
	{ "cpuid", table_cpuid },
	{ "cpuid-xfam", table_cpuid_xfam },
	{ "msr", table_msr },
	{ "leaf-statuses", table_leaf_statuses },
	{ "status", table_status },
	{ "operand", table_operand },
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
