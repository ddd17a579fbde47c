/* SPDX-License-Identifier: MIT */
/* Ends badly: reports a fatal error. */
#include "tests/guest/runtime.h"

void guest_test(void)
{
	tdvmcall_report_fatal_error(0x2a, "The answer is a fatal error, as the test wanted it.");
	ok(false, "the VMM came back from ReportFatalError");
}
