/* SPDX-License-Identifier: MIT */
/* swtdx conformance: what each leaf of the module does, and the tests that show it. */
#include "tools/conformance.h"

#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/report.h"
#include "tools/say.h"
#include "tools/verbs.h"

struct wishes {
	const char *tests, *qemu, *json;
	bool absent, run;
	char **leaves; /* patterns; none: all */
	int leaf_count;
};

bool next_test(const char **tests, char name[TRIAL_NAME_SIZE])
{
	return next_word(tests, name, TRIAL_NAME_SIZE);
}

static struct trial *find_trial(const struct conformance *c, const char *name)
{
	for (size_t i = 0; i < c->trial_count; i++)
		if (!strcmp(c->trials[i].name, name))
			return &c->trials[i];
	return NULL;
}

static enum trial_end worst_of_tests(const struct conformance *c, const struct leaf *leaf)
{
	bool has[TRIAL_NOT_RUN + 1] = { false };
	const char *tests = leaf->tests;
	char name[TRIAL_NAME_SIZE];

	while (next_test(&tests, name)) {
		const struct trial *trial = find_trial(c, name);

		has[trial ? trial->end : TRIAL_NOT_RUN] = true;
	}
	if (has[TRIAL_FAILED])
		return TRIAL_FAILED;
	if (has[TRIAL_NOT_RUN])
		return TRIAL_NOT_RUN;
	return has[TRIAL_PASSED] ? TRIAL_PASSED : TRIAL_SKIPPED;
}

struct calls conformance_answers(const struct conformance *c, const struct leaf *leaf)
{
	struct calls all = { 0 };
	const char *tests = leaf->tests;
	char name[TRIAL_NAME_SIZE];

	while (next_test(&tests, name)) {
		const struct trial *trial = find_trial(c, name);

		for (size_t i = 0; trial && i < trial->calls.count; i++)
			if (answer_is_of(&trial->calls.answers[i], leaf))
				calls_add(&all, &trial->calls.answers[i]);
	}
	return all;
}

static bool is_called(const struct trial *trial, const struct leaf *leaf)
{
	for (size_t i = 0; i < trial->calls.count; i++)
		if (answer_is_of(&trial->calls.answers[i], leaf))
			return true;
	return false;
}

/* A test that passed without calling the leaf; null when there is none. */
static const struct trial *idle_test(const struct conformance *c, const struct leaf *leaf)
{
	const char *tests = leaf->tests;
	char name[TRIAL_NAME_SIZE];

	while (next_test(&tests, name)) {
		const struct trial *trial = find_trial(c, name);

		if (trial && trial->end == TRIAL_PASSED && !is_called(trial, leaf))
			return trial;
	}
	return NULL;
}

static bool succeeds(const struct conformance *c, const struct leaf *leaf)
{
	struct calls answers = conformance_answers(c, leaf);
	bool any = false;

	for (size_t i = 0; i < answers.count; i++)
		any |= answer_is_success(&answers.answers[i]);
	calls_free(&answers);
	return any;
}

static bool has_word(const char *list, const char *wanted)
{
	char word[ANSWER_TEXT_SIZE];

	while (next_word(&list, word, sizeof(word)))
		if (!strcmp(word, wanted))
			return true;
	return false;
}

static void add_word(char list[CONFORMANCE_LIST], const char *word)
{
	size_t length = strlen(list);

	if (!has_word(list, word))
		snprintf(list + length, CONFORMANCE_LIST - length, "%s%s", length ? " " : "", word);
}

void conformance_compare(const struct conformance *c, const struct leaf *leaf,
			 char unshown[CONFORMANCE_LIST], char unspecified[CONFORMANCE_LIST])
{
	static const char always[] = "SUCCESS OPERAND_INVALID|RAX SYS_NOT_READY SYS_SHUTDOWN";
	struct calls answers = conformance_answers(c, leaf);
	const char *specified = leaf->is_emulated ? leaf_statuses(leaf) : NULL;
	const char *next = specified;
	char shown[CONFORMANCE_LIST] = "", word[ANSWER_TEXT_SIZE];

	*unshown = *unspecified = 0;
	for (size_t i = 0; i < answers.count; i++) {
		if (answers.answers[i].is_unknown)
			continue;
		answer_text(&answers.answers[i], word);
		add_word(shown, word);
		if (specified && !has_word(specified, word) && !has_word(always, word))
			add_word(unspecified, word);
	}
	while (next && next_word(&next, word, sizeof(word)))
		if (!has_word(shown, word))
			add_word(unshown, word);
	calls_free(&answers);
}

enum trial_end conformance_of(const struct conformance *c, const struct leaf *leaf,
			      char problem[CONFORMANCE_PROBLEM])
{
	enum trial_end end = worst_of_tests(c, leaf);
	const struct trial *idle = idle_test(c, leaf);
	char unshown[CONFORMANCE_LIST], unspecified[CONFORMANCE_LIST];
	char unwanted[CONFORMANCE_PROBLEM];
	char *text = problem ? problem : unwanted;

	*text = 0;
	if (end != TRIAL_PASSED)
		return end;
	conformance_compare(c, leaf, unshown, unspecified);
	if (idle)
		snprintf(text, CONFORMANCE_PROBLEM, "%s never calls it", idle->name);
	else if (leaf->can_succeed && !succeeds(c, leaf))
		snprintf(text, CONFORMANCE_PROBLEM, "none of its tests calls it successfully");
	else if (*unspecified)
		snprintf(text, CONFORMANCE_PROBLEM, "it answered what is not specified: %.90s",
			 unspecified);
	return *text ? TRIAL_FAILED : TRIAL_PASSED;
}

size_t conformance_count(const struct conformance *c, enum trial_end end)
{
	size_t count = 0;

	for (size_t i = 0; i < c->leaf_count; i++)
		count += conformance_of(c, &c->leaves[i], NULL) == end;
	return count;
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		exit(fail(STATUS_HOST, "out of memory"));
	return memory;
}

/* --- which leaves --- */

static bool matches(const struct leaf *leaf, const char *pattern)
{
	char name[LEAF_NAME_SIZE];

	leaf_name(leaf, name);
	return !fnmatch(pattern, name, FNM_CASEFOLD) ||
	       !fnmatch(pattern, leaf->constant, FNM_CASEFOLD);
}

static bool is_wanted(const struct leaf *leaf, const struct wishes *w)
{
	bool named = !w->leaf_count;

	for (int i = 0; i < w->leaf_count && !named; i++)
		named = matches(leaf, w->leaves[i]);
	return named && !(w->absent && leaf->is_emulated);
}

/* Returns 0, or STATUS_USAGE after having said which name is none. */
static int check_names(const struct wishes *w)
{
	for (int n = 0; n < w->leaf_count; n++) {
		bool known = false;

		for (size_t i = 0; i < leaf_count; i++)
			known |= matches(&leaves[i], w->leaves[n]);
		if (!known)
			return fail(STATUS_USAGE,
				    "conformance: %s is no leaf; write it like TDH.MEM.PAGE.ADD or "
				    "'TDG.VP.*'",
				    w->leaves[n]);
	}
	return 0;
}

static void choose_leaves(struct conformance *c, const struct wishes *w)
{
	c->leaves = allocate(leaf_count, sizeof(*c->leaves));
	for (size_t i = 0; i < leaf_count; i++)
		if (is_wanted(&leaves[i], w))
			c->leaves[c->leaf_count++] = leaves[i];
}

/* --- their tests --- */

static void add_tests(struct conformance *c, const struct leaf *leaf)
{
	const char *tests = leaf->tests;
	struct trial *trial = &c->trials[c->trial_count];

	while (next_test(&tests, trial->name)) {
		if (!find_trial(c, trial->name))
			trial = &c->trials[++c->trial_count];
	}
}

static void collect_tests(struct conformance *c)
{
	size_t most = 1;

	for (size_t i = 0; i < c->leaf_count; i++)
		for (const char *p = c->leaves[i].tests; *p; p++)
			most += *p == ' ' || p == c->leaves[i].tests;
	c->trials = allocate(most, sizeof(*c->trials));
	for (size_t i = 0; i < c->leaf_count; i++)
		add_tests(c, &c->leaves[i]);
}

/* The command lies in the folder above the tests when it is run where it was built. */
static const char *tests_beside_command(char path[PATH_MAX])
{
	static const char name[] = "tests";
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	char *slash;

	path[length < 0 ? 0 : length] = 0;
	slash = strrchr(path, '/');
	memcpy(slash ? slash + 1 : path, name, sizeof(name));
	return path;
}

static int find_tests(struct conformance *c, const struct wishes *w)
{
	char beside[PATH_MAX];
	const char *folder = w->tests ? w->tests : tests_beside_command(beside);
	size_t found = 0;

	for (size_t i = 0; i < c->trial_count; i++) {
		trial_find(&c->trials[i], folder);
		found += c->trials[i].kind != TRIAL_ABSENT;
	}
	if (found || !c->trial_count)
		return 0;
	return fail(
		STATUS_FILE,
		"there are no tests in %s; build them with `make check-build` in swtdx's source "
		"and say --tests build/tests",
		folder);
}

static void show_progress(const struct conformance *c, size_t index)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kswtdx: %zu of %zu: %s", index + 1, c->trial_count,
			c->trials[index].name);
}

static void run_tests(struct conformance *c, const struct wishes *w)
{
	for (size_t i = 0; i < c->trial_count; i++) {
		show_progress(c, i);
		trial_run(&c->trials[i], w->qemu);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* --- the verb --- */

static int verdict(const struct conformance *c)
{
	if (conformance_count(c, TRIAL_FAILED))
		return STATUS_NOT_CONFORMANT;
	for (size_t i = 0; i < c->trial_count; i++)
		if (c->trials[i].end == TRIAL_NOT_RUN)
			return fail(STATUS_FILE, "%s did not run: %s", c->trials[i].name,
				    c->trials[i].problem);
	return STATUS_OK;
}

static void print(const struct conformance *c, const struct wishes *w)
{
	if (w->run)
		conformance_print_results(c, w->leaf_count > 0);
	else if (w->leaf_count)
		conformance_print_leaves(c);
	else
		conformance_print_table(c);
}

static int tell(const struct conformance *c, const struct wishes *w, FILE *json)
{
	int status = 0;

	if (json != stdout)
		print(c, w);
	if (json)
		status = conformance_print_json(c, json);
	if (json && json != stdout && fclose(json) == EOF && !status)
		status = fail(STATUS_HOST, "cannot write %s", w->json);
	return status;
}

static int conform(struct conformance *c, const struct wishes *w)
{
	FILE *json = NULL;
	int status = check_names(w);

	if (status)
		return status;
	choose_leaves(c, w);
	if (w->run) {
		collect_tests(c);
		status = find_tests(c, w);
	}
	if (!status)
		status = report_open(w->json, &json);
	if (status)
		return status;
	run_tests(c, w);
	status = tell(c, w, json);
	return status ? status : verdict(c);
}

/* Returns 0, STATUS_USAGE after having said what is wrong, or -1 for help. */
static int read_options(int argc, char **argv, struct wishes *w)
{
	static const struct option table[] = {
		{ "absent", no_argument, NULL, 'a' },
		{ "run", no_argument, NULL, 'r' },
		{ "tests", required_argument, NULL, 't' },
		{ "qemu", required_argument, NULL, 'q' },
		{ "json", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int id;

	*w = (struct wishes){ 0 };
	opterr = 0;
	optind = 1;
	while ((id = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		switch (id) {
		case 'a':
			w->absent = true;
			break;
		case 'r':
			w->run = true;
			break;
		case 't':
			w->tests = optarg;
			break;
		case 'q':
			w->qemu = optarg;
			break;
		case 'j':
			w->json = optarg;
			break;
		case 'h':
			return -1;
		case ':':
			return fail(STATUS_USAGE,
				    "conformance: %s needs a value; see swtdx help conformance",
				    argv[optind - 1]);
		default:
			return fail(STATUS_USAGE,
				    "conformance: %s is not an option; see swtdx help conformance",
				    argv[optind - 1]);
		}
	}
	w->leaves = argv + optind;
	w->leaf_count = argc - optind;
	if (!w->run && (w->tests || w->qemu))
		return fail(STATUS_USAGE, "conformance: --tests and --qemu need --run");
	return 0;
}

int verb_conformance(int argc, char **argv)
{
	struct conformance c = { 0 };
	struct wishes w;
	int status = read_options(argc, argv, &w);

	if (status < 0)
		return help_print("conformance") ? STATUS_OK : STATUS_HOST;
	if (!status)
		status = conform(&c, &w);
	for (size_t i = 0; i < c.trial_count; i++)
		calls_free(&c.trials[i].calls);
	free(c.leaves);
	free(c.trials);
	return status;
}
