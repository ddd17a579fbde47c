/* SPDX-License-Identifier: MIT */
/*
 * The machine: QEMU as a child that gets everything through descriptors it inherits. Nothing of it
 * is on disk, and it listens nowhere.
 */
#ifndef TOOLS_QEMU_H
#define TOOLS_QEMU_H

#include <stdio.h>
#include <sys/types.h>

#include "tools/engine.h"
#include "tools/options.h"
#include "tools/payload.h"

/* Our ends of what QEMU writes and reads. */
enum channel {
	CHANNEL_CONSOLE, /* the TD's first serial port, both ways */
	CHANNEL_STATUS,	 /* its second one; only with --exec */
	CHANNEL_MONITOR, /* debug console of the monitor */
	CHANNEL_VMM,	 /* debug console of the VMM */
	CHANNEL_QEMU,	 /* QEMU's own stdout and stderr */
	CHANNEL_COUNT,
};

#define QEMU_MAX_ARGS  80
#define QEMU_MAX_FILES 8

struct qemu {
	pid_t pid;		    /* 0 before the start and after the end */
	int channel[CHANNEL_COUNT]; /* -1 when there is none */
	int theirs[CHANNEL_COUNT];  /* QEMU's ends, until the start */
	int file[QEMU_MAX_FILES];   /* sealed files, until the start */
	unsigned int file_count;
	char *arg[QEMU_MAX_ARGS + 1];
	unsigned int arg_count;
};

/*
 * Makes the files, the channels and the command line. Returns 0, or a status after having said what
 * went wrong. The caller calls qemu_close() in either case.
 */
int qemu_prepare(struct qemu *q, const struct engine *engine, const struct options *options,
		 const struct payload *payload);

/* Starts it; it dies with us. Returns as qemu_prepare(). */
int qemu_start(struct qemu *q);

/* Ends it now, if it runs; the caller still has to wait for it. */
void qemu_kill(const struct qemu *q);

/* Kills and reaps it if it runs, closes everything. */
void qemu_close(struct qemu *q);

/* The command line as a shell takes it. */
void qemu_print(const struct qemu *q, FILE *out);

/* RAM of the whole machine, bytes. */
uint64_t qemu_memory(const struct options *options, const struct payload *payload);

#endif
