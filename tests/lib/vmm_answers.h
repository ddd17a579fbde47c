/* SPDX-License-Identifier: MIT */
/*
 * TDCALL for tests of libtdx-guest's C part: TDG.VP.VMCALL goes to a function of the test. For
 * programs that define no __tdcall_* of their own.
 */
#ifndef TESTS_LIB_VMM_ANSWERS_H
#define TESTS_LIB_VMM_ANSWERS_H

#include <tdx/args.h>

/* The VMM. args: what it is shown, R10-R15 or more; and its answer. */
extern void (*vmm_answer)(struct tdx_module_args *args);

#endif
