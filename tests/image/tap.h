/* SPDX-License-Identifier: MIT */
/* TAP from an image, in whatever world it runs. The image's runtime writes the characters. */
#ifndef TESTS_IMAGE_TAP_H
#define TESTS_IMAGE_TAP_H

#include <stdbool.h>
#include <stdint.h>

/* The runtime's: one character on COM1. */
void tap_put(void *context, char c);

/* One test each. is() says what it got when that is not what was expected. */
void ok(bool passed, const char *text, ...) __attribute__((format(printf, 2, 3)));
void is(uint64_t actual, uint64_t expected, const char *text, ...)
	__attribute__((format(printf, 3, 4)));
/* A line for people. */
void diag(const char *text, ...) __attribute__((format(printf, 1, 2)));
/* The test program cannot go on: text becomes "Bail out! text". The runtime ends the image. */
void tap_bail_out(const char *text, ...) __attribute__((format(printf, 1, 2)));
/* The plan, "1..N", behind the last test. */
void tap_plan(void);

#endif
