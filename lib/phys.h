/* SPDX-License-Identifier: MIT */
/*
 * The way from a physical address to memory. Provided by the image that links the code: the monitor
 * maps all RAM, a hosted test has an arena. Valid for RAM only.
 */
#ifndef LIB_PHYS_H
#define LIB_PHYS_H

#include "lib/addr.h"

void *phys_ptr(struct hpa pa);

/* Only the monitor has these; the back ends that run on a real CPU need them. */
struct hpa phys_of(const void *object); /* of the image's own objects, and of what phys_ptr() and
					   phys_new_page() return */
bool phys_is_ram(struct hpa page);
void *phys_new_page(
	void); /* a zeroed page out of a pool that is large enough for all that asks; never fails */

#endif
