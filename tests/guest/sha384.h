/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GUEST_SHA384_H
#define TESTS_GUEST_SHA384_H

#include <bearssl/bearssl_hash.h>
#include <stddef.h>
#include <stdint.h>

static inline void sha384(const void *data, size_t size, uint8_t digest[48])
{
	br_sha384_context context;

	br_sha384_init(&context);
	br_sha384_update(&context, data, size);
	br_sha384_out(&context, digest);
}

#endif
