/* SPDX-License-Identifier: MIT */
#include "tools/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/say.h"

enum option_id {
	OPTION_KERNEL = 256,
	OPTION_INITRD,
	OPTION_APPEND,
	OPTION_MEMORY,
	OPTION_EXEC,
	OPTION_TIMEOUT,
	OPTION_JSON,
	OPTION_ACCEL,
	OPTION_QEMU,
	OPTION_FIRMWARE,
	OPTION_VMM,
	OPTION_DRY_RUN,
	OPTION_VERBOSE,
	OPTION_QUIET,
	OPTION_HELP = 'h',
};

#define OPTIONS_OF_A_TD                                                                            \
	{ "kernel", required_argument, NULL, OPTION_KERNEL },                                      \
		{ "initrd", required_argument, NULL, OPTION_INITRD },                              \
		{ "append", required_argument, NULL, OPTION_APPEND },                              \
		{ "memory", required_argument, NULL, OPTION_MEMORY },                              \
		{ "exec", required_argument, NULL, OPTION_EXEC },                                  \
		{ "firmware", required_argument, NULL, OPTION_FIRMWARE },                          \
		{ "json", required_argument, NULL, OPTION_JSON },                                  \
		{ "verbose", no_argument, NULL, OPTION_VERBOSE },                                  \
	{                                                                                          \
		"help", no_argument, NULL, OPTION_HELP                                             \
	}

static const struct option run_options[] = {
	OPTIONS_OF_A_TD,
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "accel", required_argument, NULL, OPTION_ACCEL },
	{ "qemu", required_argument, NULL, OPTION_QEMU },
	{ "vmm", required_argument, NULL, OPTION_VMM },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ 0 },
};

static const struct option measure_options[] = { OPTIONS_OF_A_TD, { 0 } };

static const char *const verb_name[] = { [OPTIONS_RUN] = "run", [OPTIONS_MEASURE] = "measure" };

/* Binary units; the letter stands for log2 of the unit. */
static int unit_shift(char letter)
{
	switch (toupper((unsigned char)letter)) {
	case 0:
		return 0;
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	case 'T':
		return 40;
	default:
		return -1;
	}
}

bool size_read(const char *text, uint64_t *size)
{
	unsigned long long number;
	char *end;
	int shift;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	shift = unit_shift(*end);
	if (errno || shift < 0 || (*end && end[1]) || number > UINT64_MAX >> shift)
		return false;
	*size = (uint64_t)number << shift;
	return true;
}

static int read_memory(const char *text, uint64_t *memory)
{
	if (!size_read(text, memory))
		return fail(STATUS_USAGE, "--memory %s: not a size; write it like 512M or 2G",
			    text);
	if (*memory < MEMORY_UNIT)
		return fail(STATUS_USAGE, "--memory %s: less than 2M; write it like 512M or 2G",
			    text);
	if (*memory % MEMORY_UNIT)
		return fail(STATUS_USAGE, "--memory %s: must be a multiple of 2M", text);
	if (*memory > LARGEST_MEMORY)
		return fail(STATUS_USAGE, "--memory %s: more than the largest TD, 56G", text);
	return 0;
}

static int read_timeout(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(*seconds) || *seconds < 0 || *seconds > 1e9)
		return fail(STATUS_USAGE, "--timeout %s: not a number of seconds", text);
	return 0;
}

static int read_accel(const char *text, enum accel *accel)
{
	static const char *const names[] = {
		[ACCEL_AUTO] = "auto", [ACCEL_TCG] = "tcg", [ACCEL_KVM] = "kvm"
	};

	for (*accel = ACCEL_AUTO; *accel <= ACCEL_KVM; (*accel)++)
		if (!strcmp(text, names[*accel]))
			return 0;
	return fail(STATUS_USAGE, "--accel %s: must be auto, tcg or kvm", text);
}

static int take(struct options *options, enum option_id id, const char *value)
{
	switch (id) {
	case OPTION_KERNEL:
		options->kernel = value;
		return 0;
	case OPTION_INITRD:
		options->initrd = value;
		return 0;
	case OPTION_APPEND:
		options->append = value;
		return 0;
	case OPTION_EXEC:
		options->exec = value;
		return 0;
	case OPTION_FIRMWARE:
		options->firmware = value;
		return 0;
	case OPTION_VMM:
		options->vmm = value;
		return 0;
	case OPTION_JSON:
		options->json = value;
		return 0;
	case OPTION_QEMU:
		options->qemu = value;
		return 0;
	case OPTION_MEMORY:
		return read_memory(value, &options->memory);
	case OPTION_TIMEOUT:
		return read_timeout(value, &options->timeout);
	case OPTION_ACCEL:
		return read_accel(value, &options->accel);
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return 0;
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_QUIET:
		options->quiet = true;
		return 0;
	case OPTION_HELP:
		return -1;
	}
	return STATUS_USAGE;
}

static int check_company(const struct options *options, const char *verb)
{
	if (!options->kernel && (options->initrd || options->append || options->exec))
		return fail(STATUS_USAGE,
			    "%s: --initrd, --append and --exec need --kernel FILE, for example "
			    "/boot/vmlinuz-*; see swtdx doctor",
			    verb);
	return 0;
}

static uint64_t default_memory(const struct options *options)
{
	bool hello = !options->kernel && !options->firmware && !options->vmm;

	return hello ? HELLO_MEMORY : DEFAULT_MEMORY;
}

/* The option that was meant by a word with one dash, or null. */
static const char *meant(const struct option *table, const char *word)
{
	size_t length = strcspn(word, "=");

	for (; word[0] == '-' && table->name; table++)
		if (strlen(table->name) == length - 1 &&
		    !strncmp(table->name, word + 1, length - 1))
			return table->name;
	return NULL;
}

/* The option that a file is for, by its name. */
static const char *file_option(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && !strcmp(name + length - 3, ".fd") ? "firmware" : "kernel";
}

/* Says what is wrong with a word that no option is or takes, and what was meant if that is clear.
 */
static int refuse(const struct options *options, const struct option *table, const char *verb,
		  const char *word)
{
	const char *option = meant(table, word);

	if (option)
		return fail(STATUS_USAGE, "%s: '%s' is not an option; do you mean --%s?", verb,
			    word, option);
	if ((options->exec || options->append) && strncmp(word, "--", 2))
		return fail(STATUS_USAGE, "%s: '%s' is not an option; put all of %s in quotes",
			    verb, word, options->exec ? "--exec's command" : "--append's string");
	if (!options->kernel && *word != '-' && access(word, F_OK) == 0)
		return fail(STATUS_USAGE, "%s: '%s' is not an option; do you mean --%s %s?", verb,
			    word, file_option(word), word);
	return fail(STATUS_USAGE, "%s: '%s' is not an option; see swtdx help %s", verb, word, verb);
}

/* A forgotten value makes the next option one. */
static bool lacks_value(int id, const char *word)
{
	return id == ':' || (optarg && !strchr(word, '=') && id != OPTION_EXEC &&
			     id != OPTION_APPEND && !strncmp(optarg, "--", 2));
}

int options_read(int argc, char **argv, enum verb_options verb, struct options *options)
{
	const struct option *table = verb == OPTIONS_RUN ? run_options : measure_options;
	const char *name = verb_name[verb], *word;
	int id, status = 0;

	*options = (struct options){ .timeout = -1 };
	opterr = 0;
	optind = 1;
	while (!status) {
		word = argv[optind];
		id = getopt_long(argc, argv, "+:h", table, NULL);
		if (id == -1)
			break;
		if (id == '?')
			return refuse(options, table, name, word);
		if (lacks_value(id, word))
			return fail(STATUS_USAGE, "%s: %s needs a value; see swtdx help %s", name,
				    word, name);
		status = take(options, (enum option_id)id, optarg);
	}
	if (!status && optind < argc)
		return refuse(options, table, name, argv[optind]);
	if (!options->memory)
		options->memory = default_memory(options);
	return status ? status : check_company(options, name);
}
