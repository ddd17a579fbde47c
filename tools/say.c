/* SPDX-License-Identifier: MIT */
#include "tools/say.h"

#include <stdarg.h>
#include <stdio.h>

static char failure[1024];
static bool failures_are_quiet;

void keep_failures_quiet(bool quiet)
{
	failures_are_quiet = quiet;
}

int fail(int status, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	vsnprintf(failure, sizeof(failure), text, args);
	va_end(args);
	if (!failures_are_quiet)
		fprintf(stderr, "swtdx: %s\n", failure);
	return status;
}

void note(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	fputs("swtdx: ", stderr);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
}

const char *last_failure(void)
{
	return failure;
}
