/* SPDX-License-Identifier: MIT */
/* The options of `run` and `measure`. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum accel {
	ACCEL_AUTO,
	ACCEL_TCG,
	ACCEL_KVM,
};

struct options {
	const char *kernel;
	const char *initrd;
	const char *append;
	const char *exec;
	const char *firmware;
	const char *vmm;
	const char *json;
	const char *qemu;
	uint64_t memory; /* bytes */
	double timeout;	 /* seconds; 0 for none, negative when not given */
	enum accel accel;
	bool dry_run, verbose, quiet;
};

#define DEFAULT_MEMORY	(UINT64_C(512) << 20)
#define HELLO_MEMORY	(UINT64_C(16) << 20) /* of the built-in hello-td */
#define MEMORY_UNIT	(UINT64_C(2) << 20)
#define LARGEST_MEMORY	(UINT64_C(56) << 30) /* see add_machine() */
#define DEFAULT_TIMEOUT 600		     /* seconds, when nobody sits at the terminal */

enum verb_options {
	OPTIONS_RUN,
	OPTIONS_MEASURE,
};

/*
 * Reads argv[1..]. Returns 0, STATUS_USAGE after having said what is wrong, or -1 when help is
 * wanted and nothing else.
 */
int options_read(int argc, char **argv, enum verb_options verb, struct options *options);

/* "512M", "1G", "524288K", "536870912". Returns false when it is not a size or does not fit. */
bool size_read(const char *text, uint64_t *size);

#endif
