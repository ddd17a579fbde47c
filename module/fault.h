/* SPDX-License-Identifier: MIT */
/*
 * Accesses to guest memory that did not go through: #VE, TD exit, or a translation to be entered.
 * TDX Module Base specification, "EPT Violations Mutated into #VE" and "TD Exit Due to an EPT
 * Violation".
 */
#ifndef MODULE_FAULT_H
#define MODULE_FAULT_H

#include <stdbool.h>

#include "module/exit.h"
#include "module/guest.h"

/* A CPU_EXIT_MEMORY. True: back to the guest. False: TD exit, *out is filled. */
bool fault_handle(const struct guest *g, const struct cpu_exit *x, struct td_exit *out);

/* A memory operand of a TDCALL, for which guest_memory() gave outcome (not MEMORY_OK). True: TD
 * exit, *out is filled; false: the guest goes on at the TDCALL, perhaps with a #VE. */
bool fault_of_operand(const struct guest *g, struct gpa gpa, struct memory_access access,
		      enum memory_outcome outcome, const struct memory_target *t,
		      struct td_exit *out);

#endif
