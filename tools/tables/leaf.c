/* SPDX-License-Identifier: MIT */
/* The leaves: what each differs in, and in which states it is allowed. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/leaves.h"
#include "tools/tables/tables.h"

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

void table_seamcall(void)
{
	puts("| number | leaf | highest version | the module is | differs from hardware | test |\n"
	     "|---|---|---|---|---|---|");
	print_leaves(false);
}

void table_tdcall(void)
{
	puts("| number | leaf | highest version | differs from hardware | test |\n"
	     "|---|---|---|---|---|");
	print_leaves(true);
}

static void print_states(const struct leaf *leaf, const bool *allowed, size_t count)
{
	char name[LEAF_NAME_SIZE];

	leaf_name(leaf, name);
	printf("| %s |", name);
	for (size_t s = 0; s < count; s++)
		printf(" %s |", allowed[s] ? "x" : "");
}

static void print_state_names(const char *const *states, size_t count)
{
	printf("| leaf |");
	for (size_t s = 0; s < count; s++)
		printf(" %s |", states[s]);
}

static void print_rule(size_t count)
{
	printf("\n|---|");
	for (size_t s = 0; s < count; s++)
		printf(":-:|");
}

static void print_matrix(const char *const *states, size_t count,
			 const bool *(*allowed_of)(const struct leaf *))
{
	print_state_names(states, count);
	print_rule(count);
	putchar('\n');
	for (size_t i = 0; i < leaf_count; i++) {
		const bool *allowed = allowed_of(&leaves[i]);

		if (!allowed)
			continue;
		print_states(&leaves[i], allowed, count);
		putchar('\n');
	}
}

void table_lifecycle(void)
{
	print_state_names(lifecycle_names, LIFECYCLE_STATES);
	printf(" fatal TD | else |");
	print_rule(LIFECYCLE_STATES);
	puts(":-:|---|");
	for (size_t i = 0; i < leaf_count; i++) {
		const struct lifecycle *lifecycle = leaf_lifecycle(&leaves[i]);

		if (!lifecycle)
			continue;
		print_states(&leaves[i], lifecycle->allowed, LIFECYCLE_STATES);
		printf(" %s | %s |\n", lifecycle->on_fatal ? "x" : "", lifecycle->refusal);
	}
}

void table_vcpustate(void)
{
	print_matrix(vcpu_state_names, VCPU_STATES, leaf_vcpu_states);
}

void table_opstate(void)
{
	print_matrix(op_state_names, OP_STATES, leaf_op_states);
}

void table_septstate(void)
{
	print_matrix(sept_state_names, SEPT_STATES, leaf_sept_states);
}

/* Each once, in the order of the row. */
static void print_statuses(const char *statuses)
{
	const char *separator = "", *next = statuses, *earlier;
	char word[80], other[80];

	while (next_word(&next, word, sizeof(word))) {
		const char *end = next;
		bool repeated = false;

		for (earlier = statuses;
		     next_word(&earlier, other, sizeof(other)) && earlier < end;)
			repeated |= !strcmp(other, word);
		if (repeated)
			continue;
		printf("%s%.*s", separator, (int)strcspn(word, "|"), word);
		if (strchr(word, '|'))
			printf("\\%s", strchr(word, '|'));
		separator = ", ";
	}
}

void table_leaf_statuses(void)
{
	char name[LEAF_NAME_SIZE];

	puts("| leaf | statuses |\n|---|---|");
	for (size_t i = 0; i < leaf_count; i++) {
		const char *statuses = leaf_statuses(&leaves[i]);

		if (!statuses || !*statuses)
			continue;
		leaf_name(&leaves[i], name);
		printf("| %s | ", name);
		print_statuses(statuses);
		puts(" |");
	}
}
