/* SPDX-License-Identifier: MIT */
/* Ends badly: a triple fault. */
#include "tests/guest/runtime.h"

void guest_test(void)
{
	trap_die();
}
