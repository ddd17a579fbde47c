/* SPDX-License-Identifier: MIT */
/* What the header of a Linux bzImage says (Linux Documentation/arch/x86/boot.rst). */
#ifndef TOOLS_BZIMAGE_H
#define TOOLS_BZIMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/blob.h"

struct bzimage {
	char version[128];	    /* "6.12.95+deb12-cloud-amd64"; empty when it does not say */
	uint64_t preferred_address; /* where it likes to be decompressed */
	uint32_t init_size;	    /* bytes that it needs there */
	uint32_t cmdline_size;	    /* longest command line, without the zero */
};

/* Whether it has the header of one. */
bool bzimage_is_one(const struct blob *file);

/* Returns 0, or STATUS_KERNEL after having said what is wrong with the file. */
int bzimage_check(const struct blob *file, const char *path, struct bzimage *image);

#endif
