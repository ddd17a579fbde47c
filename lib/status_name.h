/* SPDX-License-Identifier: MIT */
/*
 * Names of numbers of the ABI, for logs, counters and error messages. What has no name is
 * "unknown". Complete against <tdx/status.h> and <tdx/leaf.h>: tests/unit/test_status.c reads both.
 */
#ifndef LIB_STATUS_NAME_H
#define LIB_STATUS_NAME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "TDX_OPERAND_BUSY", whatever the details are; outcomes of SEAMCALL itself have theirs told apart.
 */
const char *tdx_status_text(uint64_t status);

/* "TDR", "RCX": the operand id in the details of the statuses that have one. */
const char *tdx_operand_text(uint32_t id);

/* Leaf 15:0 of RAX without its prefix, in lower case: "mem_page_add", "vp_vmcall". */
const char *tdh_leaf_name(uint64_t leaf);
const char *tdg_leaf_name(uint64_t leaf);

/* Sub-function of TDG.VP.VMCALL (R11): "cpuid", "map_gpa". */
const char *tdvmcall_name(uint64_t function);

#ifdef __cplusplus
}
#endif

#endif
