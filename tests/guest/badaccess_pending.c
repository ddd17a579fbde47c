/* SPDX-License-Identifier: MIT */
/* Ends badly: touches RAM that it has not accepted. */
#include "tests/guest/runtime.h"

void guest_test(void)
{
	diag("reading 0x%lx", TEST_RAM + 0x123);
	(void)*(volatile uint8_t *)(TEST_RAM + 0x123);
	ok(false, "memory that is not accepted was read");
}
