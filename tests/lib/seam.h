/* SPDX-License-Identifier: MIT */
/* One SEAMCALL by its registers, for tests that give what no wrapper would. */
#ifndef TESTS_LIB_SEAM_H
#define TESTS_LIB_SEAM_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/addr.h"

struct seam_result {
	uint64_t status;
	struct tdx_module_args out;
};

/* R10 and R11 are all-ones on entry. fn: leaf and version << TDX_VERSION_SHIFT. */
struct seam_result seam(uint64_t fn, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9);

/* The call must fail with that status, and the whole machine be as before. */
struct seam_result seam_refused(uint64_t status, uint64_t fn, uint64_t rcx, uint64_t rdx,
				uint64_t r8, uint64_t r9, const char *file, int line);
#define assert_refused(status, fn, rcx, rdx, r8, r9)                                               \
	seam_refused(status, fn, rcx, rdx, r8, r9, __FILE__, __LINE__)

/* A status with its operand: INVALID(RCX) ... */
#define INVALID(reg)	  (TDX_OPERAND_INVALID | TDX_OPERAND_ID_##reg)
#define OUT_OF_RANGE(reg) (TDX_OPERAND_ADDR_RANGE_ERROR | TDX_OPERAND_ID_##reg)
#define BUSY(reg)	  (TDX_OPERAND_BUSY | TDX_OPERAND_ID_##reg)
#define WRONG_PAGE(reg)	  (TDX_PAGE_METADATA_INCORRECT | TDX_OPERAND_ID_##reg)

#define SEAM_V1 (UINT64_C(1) << TDX_VERSION_SHIFT)

#endif
