/* SPDX-License-Identifier: MIT */
/* SHA-384 by a library that the module does not use, to compare with. */
#ifndef TESTS_LIB_SHA384_H
#define TESTS_LIB_SHA384_H

#include <stddef.h>
#include <stdint.h>

#define SHA384_SIZE 48

/* Over pieces. sha384_end() frees. */
struct sha384;
struct sha384 *sha384_start(void);
void sha384_add(struct sha384 *h, const void *data, size_t size);
void sha384_end(struct sha384 *h, uint8_t digest[SHA384_SIZE]);
/* Over one. */
void sha384(const void *data, size_t size, uint8_t digest[SHA384_SIZE]);

/* What TDH.MEM.PAGE.ADD and TDH.MR.EXTEND (of 256 bytes) put into MRTD. */
void sha384_add_page(struct sha384 *h, uint64_t gpa);
void sha384_add_extend(struct sha384 *h, uint64_t gpa, const void *chunk);

#endif
