/* SPDX-License-Identifier: MIT */
#include <bearssl/bearssl_hash.h>

#include <tdx/report.h>

#include "guest/leaf.h"
#include "shim/shim.h"

void measure(unsigned int index, const void *data, size_t size)
{
	static uint8_t digest[TDX_MR_SIZE] __attribute__((aligned(64)));
	br_sha384_context context;
	uint64_t status;

	br_sha384_init(&context);
	br_sha384_update(&context, data, size);
	br_sha384_out(&context, digest);
	status = tdg_mr_rtmr_extend(gpa((uintptr_t)digest), index);
	if (status != TDX_SUCCESS)
		fail(SHIM_NOT_MEASURED, "RTMR %u is not extended: 0x%lx.", index, status);
}
