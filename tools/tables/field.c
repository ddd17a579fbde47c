/* SPDX-License-Identifier: MIT */
/* The metadata fields: who may read and write which bits. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/tables/tables.h"

/* The masks and the number of fields are the table's own words. */
struct row {
	const char *context, *name;
	uint64_t id;
	const char *fields, *elements;
	const char *host[2], *debug[2], *guest[2];
};

static const struct row rows[] = {
#define FIELD(context, name, id, fields, elements, source, host_rd, host_wr, debug_rd, debug_wr,   \
	      guest_rd, guest_wr)                                                                  \
	{ #context,                                                                                \
	  #name,                                                                                   \
	  id,                                                                                      \
	  #fields,                                                                                 \
	  #elements,                                                                               \
	  { #host_rd, #host_wr },                                                                  \
	  { #debug_rd, #debug_wr },                                                                \
	  { #guest_rd, #guest_wr } },
#include "module/fields.def"
#undef FIELD
};

/* "UINT64_C(0x3f)" as "0x3f" */
static void print_mask(const char *how, const char *mask)
{
	static const char wrapper[] = "UINT64_C(";
	const char *inner = strstr(mask, wrapper);

	if (!strcmp(mask, "0"))
		return;
	printf("%s", how);
	if (!strcmp(mask, "ALL"))
		return;
	if (!inner)
		printf(" %s", mask);
	else
		printf(" %.*s%.*s", (int)(inner - mask), mask,
		       (int)strcspn(inner + sizeof(wrapper) - 1, ")"), inner + sizeof(wrapper) - 1);
}

static void print_rights(const char *const rights[2])
{
	print_mask("r", rights[0]);
	if (strcmp(rights[0], "0") && strcmp(rights[1], "0"))
		printf(", ");
	print_mask("w", rights[1]);
	printf(" |");
}

static void print_field(const struct row *row, bool of_td)
{
	printf("| %s | `0x%016" PRIx64 "` | %s of %s | ", row->name, row->id, row->fields,
	       row->elements);
	print_rights(row->host);
	if (of_td) {
		putchar(' ');
		print_rights(row->debug);
	}
	putchar(' ');
	print_rights(row->guest);
	putchar('\n');
}

static void print_fields(const char *context)
{
	bool of_td = strcmp(context, "SYS") != 0;

	printf("| field | identifier | fields of elements | VMM |%s guest |\n"
	       "|---|---|---|---|%s---|\n",
	       of_td ? " VMM, TD debuggable |" : "", of_td ? "---|" : "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].context, context))
			print_field(&rows[i], of_td);
}

void table_fields_sys(void)
{
	print_fields("SYS");
}

void table_fields_td(void)
{
	print_fields("TD");
}

void table_fields_vp(void)
{
	print_fields("VP");
}
