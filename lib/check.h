/* SPDX-License-Identifier: MIT */
/*
 * assert	a bug of ours; absent when NDEBUG is defined; never for what a caller, guest or
 * device can cause CHECK	it would be unsafe to go on; always there
 */
#ifndef LIB_CHECK_H
#define LIB_CHECK_H

_Noreturn void check_failed(const char *file, int line, const char *what); /* the image's */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			check_failed(__FILE__, __LINE__, #condition);                              \
	} while (0)

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) CHECK(condition)
#endif

#endif
