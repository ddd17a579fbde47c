/* SPDX-License-Identifier: MIT */
/* What goes into the TD: firmware, kernel, initrd, command line. */
#ifndef TOOLS_PAYLOAD_H
#define TOOLS_PAYLOAD_H

#include "tools/blob.h"
#include "tools/bzimage.h"
#include "tools/options.h"

struct payload {
	struct blob firmware; /* never empty */
	struct blob kernel;   /* empty when there is only a firmware; so are the others then */
	struct blob initrd;
	struct blob cmdline; /* without a terminating zero */
	struct bzimage image;
};

/*
 * Reads and makes all that the options ask for, and checks that it is usable and that it fits into
 * the TD's memory. Returns 0, or a status after having said what is wrong.
 */
int payload_load(const struct options *options, struct payload *payload);
void payload_free(struct payload *payload);

#endif
