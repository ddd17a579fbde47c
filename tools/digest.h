/* SPDX-License-Identifier: MIT */
/*
 * The measurements of a TD, computed from what goes into it and from nothing that the machine says:
 * with OpenSSL, where the module and the shim use a library of their own.
 */
#ifndef TOOLS_DIGEST_H
#define TOOLS_DIGEST_H

#include <stdint.h>

#include "tools/payload.h"

#define DIGEST_SIZE  48 /* SHA-384 */
#define RTMR_COUNT   4
#define DIGEST_CHARS (2 * DIGEST_SIZE + 1)

struct measurements {
	uint8_t mrtd[DIGEST_SIZE];
	uint8_t rtmr[RTMR_COUNT][DIGEST_SIZE]; /* at the kernel's first instruction */
};

/*
 * memory_size: of the TD, bytes. Returns 0; STATUS_FILE when the firmware is not a TDVF image,
 * after having said so; STATUS_HOST.
 */
int measure(const struct payload *payload, uint64_t memory_size, struct measurements *m);

void digest_print(char text[DIGEST_CHARS], const uint8_t digest[DIGEST_SIZE]);

#endif
