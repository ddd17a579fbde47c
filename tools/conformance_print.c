/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tools/conformance.h"
#include "tools/say.h"

#define WIDTH 100

static const char *instruction(const struct leaf *leaf)
{
	return leaf_is_tdcall(leaf) ? "TDCALL" : "SEAMCALL";
}

/* Words, folded; the cursor is at the indentation. */
static void print_folded(int indent, const char *text)
{
	int column = indent;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column > indent && column + 1 + length > WIDTH)
			column = printf("\n%*s", indent, "") - 1;
		else if (column > indent)
			column += printf(" ");
		column += printf("%.*s", length, text);
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}

void conformance_print_table(const struct conformance *c)
{
	size_t emulated = 0;

	for (size_t i = 0; i < c->leaf_count; i++) {
		const struct leaf *leaf = &c->leaves[i];
		char name[LEAF_NAME_SIZE], version[16] = "absent";

		leaf_name(leaf, name);
		emulated += leaf->is_emulated;
		if (leaf->is_emulated)
			snprintf(version, sizeof(version), "version %d", leaf_version(leaf));
		printf("%-8s %2u  %-27s %-10s %s\n", instruction(leaf), leaf->number, name, version,
		       leaf->tests);
		if (*leaf->differs) {
			printf("%13s", "");
			print_folded(13, leaf->differs);
		}
	}
	printf("%zu leaves, %zu emulated\n", c->leaf_count, emulated);
}

static void print_states(const char *what, const bool *allowed, const char *const *names,
			 size_t count)
{
	if (!allowed)
		return;
	printf("  %-12s", what);
	for (size_t i = 0; i < count; i++)
		if (allowed[i])
			printf(" %s", names[i]);
	putchar('\n');
}

static void print_leaf(const struct leaf *leaf)
{
	char name[LEAF_NAME_SIZE];

	leaf_name(leaf, name);
	printf("%s: %s leaf %u\n", name, instruction(leaf), leaf->number);
	if (!leaf->is_emulated)
		puts("  absent       it returns OPERAND_INVALID with operand RAX");
	else if (leaf_version(leaf))
		printf("  versions     0 to %d\n", leaf_version(leaf));
	else
		puts("  version      0");
	if (leaf_module_states(leaf))
		printf("  module       %s\n", leaf_module_states(leaf));
	if (leaf_lifecycle(leaf))
		print_states("life cycle", leaf_lifecycle(leaf)->allowed, lifecycle_names,
			     LIFECYCLE_STATES);
	if (leaf_lifecycle(leaf) && leaf_lifecycle(leaf)->on_fatal)
		puts("  fatal TD     allowed");
	print_states("op state", leaf_op_states(leaf), op_state_names, OP_STATES);
	print_states("VCPU", leaf_vcpu_states(leaf), vcpu_state_names, VCPU_STATES);
	print_states("SEPT entry", leaf_sept_states(leaf), sept_state_names, SEPT_STATES);
	printf("  %-12s ", "differs");
	print_folded(15, *leaf->differs ? leaf->differs : "in nothing");
	printf("  tests        %s\n", leaf->tests);
}

void conformance_print_leaves(const struct conformance *c)
{
	for (size_t i = 0; i < c->leaf_count; i++)
		print_leaf(&c->leaves[i]);
}

static const struct trial *trial_of(const struct conformance *c, const char *name)
{
	for (size_t i = 0; i < c->trial_count; i++)
		if (!strcmp(c->trials[i].name, name))
			return &c->trials[i];
	return NULL;
}

static void print_problem(const struct trial *trial)
{
	if (trial->end != TRIAL_PASSED)
		printf("%8s %s: %s: %s\n", "", trial_end_text(trial->end), trial->name,
		       trial->problem);
}

static void print_result(const struct conformance *c, const struct leaf *leaf)
{
	char name[LEAF_NAME_SIZE], test[TRIAL_NAME_SIZE];
	char problem[CONFORMANCE_PROBLEM];
	const char *tests = leaf->tests;

	leaf_name(leaf, name);
	printf("%-8s %-8s %2u  %-27s %s\n", trial_end_text(conformance_of(c, leaf, problem)),
	       instruction(leaf), leaf->number, name, leaf->tests);
	if (*problem)
		printf("%8s %s\n", "", problem);
	while (next_test(&tests, test))
		print_problem(trial_of(c, test));
}

/* "OPERAND_INVALID|RCX 6, SUCCESS 3" */
static void print_answers(const struct conformance *c, const struct leaf *leaf)
{
	struct calls answers = conformance_answers(c, leaf);
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	for (size_t i = 0; i < answers.count && stream; i++) {
		char answer[ANSWER_TEXT_SIZE];

		answer_text(&answers.answers[i], answer);
		fprintf(stream, "%s%s %llu", i ? ", " : "", answer,
			(unsigned long long)answers.answers[i].times);
	}
	if (stream && fclose(stream) == 0 && size) {
		printf("%9s", "");
		print_folded(9, text);
	}
	free(text);
	calls_free(&answers);
}

static void print_list(const char *title, const char *list)
{
	if (!*list)
		return;
	printf("%9s%s: ", "", title);
	print_folded(11 + (int)strlen(title), list);
}

static void print_comparison(const struct conformance *c, const struct leaf *leaf)
{
	char unshown[CONFORMANCE_LIST], unspecified[CONFORMANCE_LIST];

	conformance_compare(c, leaf, unshown, unspecified);
	print_list("not shown", unshown);
	print_list("not specified", unspecified);
}

static unsigned int words(const char *list)
{
	char word[ANSWER_TEXT_SIZE];
	unsigned int count = 0;

	while (next_word(&list, word, sizeof(word)))
		count++;
	return count;
}

/* How many of the statuses that are specified the tests have seen. */
static void print_status_count(const struct conformance *c)
{
	char unshown[CONFORMANCE_LIST], unspecified[CONFORMANCE_LIST];
	unsigned int missing = 0, specified = 0, surplus = 0;

	for (size_t i = 0; i < c->leaf_count; i++) {
		const struct conformance nothing = { 0 };
		const struct leaf *leaf = &c->leaves[i];

		conformance_compare(c, leaf, unshown, unspecified);
		missing += words(unshown);
		surplus += words(unspecified);
		conformance_compare(&nothing, leaf, unshown, unspecified);
		specified += words(unshown);
	}
	printf("statuses: %u specified, %u shown, %u not specified\n", specified,
	       specified - missing, surplus);
}

void conformance_print_results(const struct conformance *c, bool detailed)
{
	unsigned int tests = 0;
	double seconds = 0;

	for (size_t i = 0; i < c->leaf_count; i++) {
		print_result(c, &c->leaves[i]);
		if (detailed) {
			print_answers(c, &c->leaves[i]);
			print_comparison(c, &c->leaves[i]);
		}
	}
	for (size_t i = 0; i < c->trial_count; i++) {
		tests += c->trials[i].passed + c->trials[i].failed;
		seconds += c->trials[i].seconds;
	}
	printf("leaves: %zu passed, %zu failed, %zu skipped, %zu not run; tests: %u in %zu files, "
	       "%.1f s\n",
	       conformance_count(c, TRIAL_PASSED), conformance_count(c, TRIAL_FAILED),
	       conformance_count(c, TRIAL_SKIPPED), conformance_count(c, TRIAL_NOT_RUN), tests,
	       c->trial_count, seconds);
	print_status_count(c);
}

/* The names of the states in which it is allowed; null when it does not look. */
static json_t *json_states(const bool *allowed, const char *const *names, size_t count)
{
	json_t *array;

	if (!allowed)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < count; i++)
		if (allowed[i])
			json_array_append_new(array, json_string(names[i]));
	return array;
}

static json_t *json_words(const char *list)
{
	json_t *array = json_array();
	char word[ANSWER_TEXT_SIZE];

	while (next_word(&list, word, sizeof(word)))
		json_array_append_new(array, json_string(word));
	return array;
}

static void set_comparison(json_t *object, const struct conformance *c, const struct leaf *leaf)
{
	char unshown[CONFORMANCE_LIST], unspecified[CONFORMANCE_LIST];
	bool compared = c->trial_count && leaf->is_emulated && leaf_statuses(leaf);

	conformance_compare(c, leaf, unshown, unspecified);
	json_object_set_new(object, "unshown", compared ? json_words(unshown) : json_null());
	json_object_set_new(object, "unspecified",
			    compared ? json_words(unspecified) : json_null());
}

static json_t *json_answers(const struct conformance *c, const struct leaf *leaf)
{
	struct calls answers = conformance_answers(c, leaf);
	json_t *object = json_object();

	for (size_t i = 0; i < answers.count; i++) {
		char text[ANSWER_TEXT_SIZE];
		json_int_t times;

		answer_text(&answers.answers[i], text);
		times = json_integer_value(json_object_get(object, text));
		times += (json_int_t)answers.answers[i].times;
		json_object_set_new(object, text, json_integer(times));
	}
	calls_free(&answers);
	return object;
}

static json_t *json_leaf(const struct conformance *c, const struct leaf *leaf)
{
	const char *states = leaf_module_states(leaf);
	const struct lifecycle *lifecycle = leaf_lifecycle(leaf);
	char problem[CONFORMANCE_PROBLEM];
	enum trial_end end = conformance_of(c, leaf, problem);
	json_t *object = json_object();
	char name[LEAF_NAME_SIZE];

	leaf_name(leaf, name);
	json_object_set_new(object, "name", json_string(name));
	json_object_set_new(object, "instruction", json_string(instruction(leaf)));
	json_object_set_new(object, "number", json_integer(leaf->number));
	json_object_set_new(object, "emulated", json_boolean(leaf->is_emulated));
	json_object_set_new(object, "highest_version",
			    leaf->is_emulated ? json_integer(leaf_version(leaf)) : json_null());
	json_object_set_new(object, "module", states ? json_string(states) : json_null());
	json_object_set_new(object, "lifecycle_states",
			    json_states(lifecycle ? lifecycle->allowed : NULL, lifecycle_names,
					LIFECYCLE_STATES));
	json_object_set_new(object, "on_fatal_td",
			    lifecycle ? json_boolean(lifecycle->on_fatal) : json_null());
	json_object_set_new(object, "op_states",
			    json_states(leaf_op_states(leaf), op_state_names, OP_STATES));
	json_object_set_new(object, "vcpu_states",
			    json_states(leaf_vcpu_states(leaf), vcpu_state_names, VCPU_STATES));
	json_object_set_new(object, "sept_states",
			    json_states(leaf_sept_states(leaf), sept_state_names, SEPT_STATES));
	json_object_set_new(object, "differs", json_string(leaf->differs));
	json_object_set_new(object, "tests", json_words(leaf->tests));
	json_object_set_new(object, "result",
			    c->trial_count ? json_string(trial_end_text(end)) : json_null());
	json_object_set_new(object, "answers",
			    c->trial_count ? json_answers(c, leaf) : json_null());
	set_comparison(object, c, leaf);
	json_object_set_new(object, "problem", *problem ? json_string(problem) : json_null());
	return object;
}

static json_t *json_trial(const struct trial *trial)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(trial->name));
	json_object_set_new(object, "path", *trial->path ? json_string(trial->path) : json_null());
	json_object_set_new(object, "result", json_string(trial_end_text(trial->end)));
	json_object_set_new(object, "problem",
			    *trial->problem ? json_string(trial->problem) : json_null());
	json_object_set_new(object, "passed", json_integer(trial->passed));
	json_object_set_new(object, "failed", json_integer(trial->failed));
	json_object_set_new(object, "skipped", json_integer(trial->skipped));
	json_object_set_new(object, "seconds", json_real(trial->seconds));
	return object;
}

int conformance_print_json(const struct conformance *c, FILE *file)
{
	json_t *object = json_object(), *rows = json_array(), *trials = json_array();
	int error;

	for (size_t i = 0; i < c->leaf_count; i++)
		json_array_append_new(rows, json_leaf(c, &c->leaves[i]));
	for (size_t i = 0; i < c->trial_count; i++)
		json_array_append_new(trials, json_trial(&c->trials[i]));
	json_object_set_new(object, "version", json_string(SWTDX_VERSION));
	json_object_set_new(object, "leaves", rows);
	json_object_set_new(object, "tests", trials);
	error = json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(object);
	if (error || fputc('\n', file) == EOF || fflush(file) == EOF)
		return fail(STATUS_HOST, "cannot write the JSON file: %s", strerror(errno));
	return 0;
}
