/* SPDX-License-Identifier: MIT */
/* What the command says to its user, on stderr, and the exit statuses that go with it. */
#ifndef TOOLS_SAY_H
#define TOOLS_SAY_H

#include <stdbool.h>

/* Exit statuses of `swtdx run`; documented in swtdx(1), EXIT STATUS. */
enum status {
	STATUS_OK = 0,
	STATUS_USAGE = 101,
	STATUS_FILE = 102,	     /* missing, unreadable or of the wrong kind */
	STATUS_KERNEL = 103,	     /* not a usable bzImage */
	STATUS_MEMORY = 104,	     /* too small */
	STATUS_ENGINE = 105,	     /* QEMU missing, too old, or without SVM */
	STATUS_NOT_A_TD = 106,	     /* the kernel never said that it is a TD */
	STATUS_FATAL = 107,	     /* the TD reported a fatal error */
	STATUS_TRIPLE_FAULT = 108,   /* of the TD */
	STATUS_UNACCEPTED = 109,     /* the TD touched memory that it had not accepted */
	STATUS_HALTED = 110,	     /* the TD stopped for ever */
	STATUS_RESET = 111,	     /* the TD reset itself */
	STATUS_NO_EXEC_STATUS = 112, /* --exec ended without a status */
	STATUS_NOT_CONFORMANT = 113, /* a test of `swtdx conformance --run` failed */
	STATUS_MACHINE = 120,	     /* monitor, module or VMM failed */
	STATUS_HOST = 121,	     /* this computer: no memory, cannot write, QEMU crashed */
	STATUS_TIMEOUT = 124,
	STATUS_USER = 130,
	STATUS_SIGNAL = 128, /* + number */
};

/* Says "swtdx: ..." and returns status, so that a caller can say why and leave in one statement. */
int fail(int status, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* From now on, fail() only keeps its sentence for last_failure(), for a caller that shows it
 * itself. */
void keep_failures_quiet(bool quiet);

/* Says "swtdx: ...". */
void note(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* What fail() said last, without "swtdx: "; empty when it has said nothing. */
const char *last_failure(void);

#endif
