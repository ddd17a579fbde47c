/* SPDX-License-Identifier: MIT */
/* The loop of TDH.VP.ENTER: runs the guest and serves its exits until one is the VMM's. */
#ifndef MODULE_RUN_H
#define MODULE_RUN_H

#include "module/guest.h"
#include "module/leaf.h"

/*
 * The VCPU is associated with this LP and holds its reference on the TD epoch. On return *out is
 * what TDH.VP.ENTER hands to the VMM.
 */
void run_guest(const struct guest *g, struct td_exit *out);

#endif
