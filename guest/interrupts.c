/* SPDX-License-Identifier: MIT */
/* On its own, so that a program in which interrupts are always on can say something else. */
#include "guest/ve_cause.h"
#include "lib/bits.h"

bool tdx_interrupts_on(void)
{
	return __builtin_ia32_readeflags_u64() & bit(9);
}
