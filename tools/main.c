/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "tools/say.h"
#include "tools/verbs.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", verb_run },	   { "measure", verb_measure }, { "conformance", verb_conformance },
	{ "doctor", verb_doctor }, { "help", verb_help },
};

void check_failed(const char *file, int line, const char *what)
{
	_exit(fail(STATUS_HOST, "bug: %s:%d: %s does not hold", file, line, what));
}

/* A descriptor that we open must not become stdin, stdout or stderr by accident. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int version(void)
{
	puts("swtdx " SWTDX_VERSION);
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	open_standard_files();
	if (!strcmp(verb, "--version"))
		return version();
	if (!strcmp(verb, "--help") || !strcmp(verb, "-h"))
		return help_print(NULL) ? STATUS_OK : STATUS_HOST;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verb, verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	if (!*verb)
		return fail(STATUS_USAGE,
			    "which verb? run, measure, conformance or doctor; see swtdx --help");
	if (*verb == '-')
		return fail(STATUS_USAGE,
			    "%s: the verb comes first, as in swtdx run; see swtdx --help", verb);
	return fail(STATUS_USAGE, "%s is not a verb; see swtdx --help", verb);
}
