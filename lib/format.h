/* SPDX-License-Identifier: MIT */
/* printf for images without a C library. */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * %c %s %d %i %u %x %p %%, with l, ll and z, width, zero padding and '-'; %.*s. Output goes to put,
 * one character at a time. Anything else is printed as it stands.
 */
void format(void (*put)(void *context, char c), void *context, const char *text, va_list args);

/* As snprintf: writes at most size - 1 characters and a zero, returns how many the whole text has.
 */
size_t format_buffer(char *buffer, size_t size, const char *text, ...)
	__attribute__((format(printf, 3, 4)));

#endif
