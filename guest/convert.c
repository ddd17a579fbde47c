/* SPDX-License-Identifier: MIT */
#include "guest/convert.h"

#include <stdbool.h>

#include "guest/accept.h"
#include "guest/leaf.h"
#include "guest/warn.h"
#include "lib/addr.h"

static bool range_valid(struct gpa start, uint64_t size, uint64_t shared_bit)
{
	return is_aligned(start.pa | size, PAGE_SIZE) && size != 0 && size <= shared_bit &&
	       start.pa <= shared_bit - size;
}

static enum tdx_convert lost(const char *what, uint64_t value)
{
	tdx_warn_limited(what, value);
	return TDX_CONVERT_LOST;
}

enum tdx_convert tdx_make_shared(struct gpa start, uint64_t size, uint64_t shared_bit)
{
	struct tdvmcall_status status;
	uint64_t accepted;

	if (!range_valid(start, size, shared_bit))
		return TDX_CONVERT_INVALID;
	if (tdvmcall_ok(tdvmcall_map_gpa(gpa_add(start, shared_bit), size)))
		return TDX_CONVERT_DONE;
	status = tdvmcall_map_gpa(start, size);
	if (!tdvmcall_ok(status))
		return lost("MapGPA: half shared, and not taken back", status.r10);
	accepted = tdx_accept_again(start, size);
	if (accepted != TDX_SUCCESS)
		return lost("MapGPA: half shared, and private pages not accepted", accepted);
	return TDX_CONVERT_REFUSED;
}

enum tdx_convert tdx_make_private(struct gpa start, uint64_t size, uint64_t shared_bit)
{
	struct tdvmcall_status status;
	uint64_t accepted;

	if (!range_valid(start, size, shared_bit))
		return TDX_CONVERT_INVALID;
	if (!tdvmcall_ok(tdvmcall_map_gpa(start, size))) {
		status = tdvmcall_map_gpa(gpa_add(start, shared_bit), size);
		if (!tdvmcall_ok(status))
			return lost("MapGPA: half private, and not taken back", status.r10);
		return TDX_CONVERT_REFUSED;
	}
	accepted = tdx_accept_range(start, size);
	if (accepted != TDX_SUCCESS)
		return lost("MapGPA: private pages not accepted", accepted);
	return TDX_CONVERT_DONE;
}
