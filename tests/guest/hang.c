/* SPDX-License-Identifier: MIT */
/* Ends badly: never. */
#include "tests/guest/runtime.h"

void guest_test(void)
{
	for (;;)
		__asm__ volatile("pause");
}
