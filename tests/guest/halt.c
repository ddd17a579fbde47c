/* SPDX-License-Identifier: MIT */
/* Ends badly: halts with interrupts blocked, so that nothing can wake it. */
#include "tests/guest/runtime.h"

void guest_test(void)
{
	for (;;)
		tdvmcall_hlt(true);
}
