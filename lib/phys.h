/* SPDX-License-Identifier: MIT */
/*
 * The way from a physical address to memory. Provided by the image that links the code: the monitor
 * maps all RAM, a hosted test has an arena. Valid for RAM only.
 */
#ifndef LIB_PHYS_H
#define LIB_PHYS_H

#include "lib/addr.h"

void *phys_ptr(struct hpa pa);

#endif
