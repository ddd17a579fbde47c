/* SPDX-License-Identifier: MIT */
/* For the offsets.c files: each line becomes a #define in the generated offsets.h that assembly
 * includes. */
#ifndef LIB_DEFINE_OFFSET_H
#define LIB_DEFINE_OFFSET_H

#include <stddef.h>

#define DEFINE(name, value)	   __asm__ volatile(".ascii \"@offset " #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, offsetof(struct type, member))

#endif
