/* SPDX-License-Identifier: MIT */
/* From the start of QEMU to its end: one loop that moves bytes and waits for what ends a run. */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <signal.h>
#include <stdbool.h>

#include "tools/options.h"
#include "tools/protocol.h"
#include "tools/qemu.h"

enum stop {
	STOP_NONE,
	STOP_MACHINE, /* QEMU ended */
	STOP_TIMEOUT,
	STOP_ESCAPE,
	STOP_SIGNAL,
	STOP_OUTPUT, /* our stdout takes no more */
	STOP_HOST,   /* we failed; said already */
};

struct outcome {
	enum stop stop;
	int signal;	  /* STOP_SIGNAL: which */
	int output_error; /* STOP_OUTPUT: errno, EPIPE when nobody reads it any more */
	int qemu_status;  /* as waitpid() gives it; STOP_MACHINE */
	double seconds;
	double timeout;	     /* seconds; 0 for none */
	char qemu_said[256]; /* the last line of QEMU's own */
};

/*
 * Blocks the signals that end a run, so that they are noticed between here and session_run() too.
 */
void session_block_signals(sigset_t *signals);

/*
 * Starts the prepared machine and returns when it is gone and all that it wrote is written. The
 * terminal is as before.
 */
void session_run(struct qemu *q, const sigset_t *signals, const struct options *options,
		 struct record *record, struct outcome *outcome);

#endif
