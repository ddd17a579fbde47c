/* SPDX-License-Identifier: MIT */
/*
 * The shared EPT: the VMM's, in its own memory, architectural format (Intel SDM, "EPT Translation
 * Mechanism"). The module walks it in software; what it finds goes into the back end's cache.
 */
#ifndef MODULE_SHARED_H
#define MODULE_SHARED_H

#include "module/guest.h"

/* guest_memory() for a GPA with the SHARED bit. */
enum memory_outcome shared_walk(const struct guest *g, struct gpa address,
				struct memory_access access, struct memory_target *target);

/* Lets the guest reach what shared_walk() found. False when the VMM itself may not access it. */
bool shared_enter(const struct guest *g, struct gpa address, const struct memory_target *target);

#endif
