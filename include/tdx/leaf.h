/* SPDX-License-Identifier: MIT */
/*
 * Leaf numbers of SEAMCALL (TDH) and TDCALL (TDG), and sub-functions of TDG.VP.VMCALL.
 * TDX Module ABI specification, "Interface Functions"; GHCI specification, "TDG.VP.VMCALL
 * Interface".
 *
 * RAX on entry: leaf 15:0, version 23:16, the rest zero.
 */
#ifndef TDX_LEAF_H
#define TDX_LEAF_H

#include <tdx/status.h>

#define TDX_LEAF_MASK	  0xffff
#define TDX_VERSION_SHIFT 16
#define TDX_VERSION_MASK  0xff

/* clang-format off */
/* SEAMCALL: host to module. */
#define TDH_VP_ENTER                           0
#define TDH_MNG_ADDCX                          1
#define TDH_MEM_PAGE_ADD                       2
#define TDH_MEM_SEPT_ADD                       3
#define TDH_VP_ADDCX                           4
#define TDH_MEM_PAGE_RELOCATE                  5
#define TDH_MEM_PAGE_AUG                       6
#define TDH_MEM_RANGE_BLOCK                    7
#define TDH_MNG_KEY_CONFIG                     8
#define TDH_MNG_CREATE                         9
#define TDH_VP_CREATE                          10
#define TDH_MNG_RD                             11
#define TDH_MEM_RD                             12
#define TDH_MNG_WR                             13
#define TDH_MEM_WR                             14
#define TDH_MEM_PAGE_DEMOTE                    15
#define TDH_MR_EXTEND                          16
#define TDH_MR_FINALIZE                        17
#define TDH_VP_FLUSH                           18
#define TDH_MNG_VPFLUSHDONE                    19
#define TDH_MNG_KEY_FREEID                     20
#define TDH_MNG_INIT                           21
#define TDH_VP_INIT                            22
#define TDH_MEM_PAGE_PROMOTE                   23
#define TDH_PHYMEM_PAGE_RDMD                   24
#define TDH_MEM_SEPT_RD                        25
#define TDH_VP_RD                              26
#define TDH_MNG_KEY_RECLAIMID                  27
#define TDH_PHYMEM_PAGE_RECLAIM                28
#define TDH_MEM_PAGE_REMOVE                    29
#define TDH_MEM_SEPT_REMOVE                    30
#define TDH_SYS_KEY_CONFIG                     31
#define TDH_SYS_INFO                           32
#define TDH_SYS_INIT                           33
#define TDH_SYS_RD                             34
#define TDH_SYS_LP_INIT                        35
#define TDH_SYS_TDMR_INIT                      36
#define TDH_SYS_RDALL                          37
#define TDH_MEM_TRACK                          38
#define TDH_MEM_RANGE_UNBLOCK                  39
#define TDH_PHYMEM_CACHE_WB                    40
#define TDH_PHYMEM_PAGE_WBINVD                 41
#define TDH_MEM_SEPT_WR                        42
#define TDH_VP_WR                              43
#define TDH_SYS_LP_SHUTDOWN                    44
#define TDH_SYS_CONFIG                         45
#define TDH_SERVTD_BIND                        48
#define TDH_SERVTD_PREBIND                     49
#define TDH_SYS_SHUTDOWN                       52
#define TDH_SYS_UPDATE                         53
#define TDH_EXPORT_ABORT                       64
#define TDH_EXPORT_BLOCKW                      65
#define TDH_EXPORT_RESTORE                     66
#define TDH_EXPORT_MEM                         68
#define TDH_SYS_DISABLE                        69
#define TDH_EXPORT_PAUSE                       70
#define TDH_EXPORT_TRACK                       71
#define TDH_EXPORT_STATE_IMMUTABLE             72
#define TDH_EXPORT_STATE_TD                    73
#define TDH_EXPORT_STATE_VP                    74
#define TDH_EXPORT_UNBLOCKW                    75
#define TDH_IMPORT_ABORT                       80
#define TDH_IMPORT_END                         81
#define TDH_IMPORT_COMMIT                      82
#define TDH_IMPORT_MEM                         83
#define TDH_IMPORT_TRACK                       84
#define TDH_IMPORT_STATE_IMMUTABLE             85
#define TDH_IMPORT_STATE_TD                    86
#define TDH_IMPORT_STATE_VP                    87
#define TDH_MIG_STREAM_CREATE                  96

/* TDCALL: guest to module. */
#define TDG_VP_VMCALL                          0
#define TDG_VP_INFO                            1
#define TDG_MR_RTMR_EXTEND                     2
#define TDG_VP_VEINFO_GET                      3
#define TDG_MR_REPORT                          4
#define TDG_VP_CPUIDVE_SET                     5
#define TDG_MEM_PAGE_ACCEPT                    6
#define TDG_VM_RD                              7
#define TDG_VM_WR                              8
#define TDG_VP_RD                              9
#define TDG_VP_WR                              10
#define TDG_SYS_RD                             11
#define TDG_SYS_RDALL                          12
#define TDG_SERVTD_RD                          18
#define TDG_SERVTD_WR                          20
#define TDG_MR_VERIFYREPORT                    22
#define TDG_MEM_PAGE_ATTR_RD                   23
#define TDG_MEM_PAGE_ATTR_WR                   24
#define TDG_VP_ENTER                           25
#define TDG_VP_INVEPT                          26
#define TDG_VP_INVVPID                         27
#define TDG_SERVTD_REBIND_APPROVE              33

/* TDG.VP.VMCALL: guest to VMM; R11 with R10 = 0. Instructions have the VMX exit reason as their number. */
#define TDVMCALL_CPUID                         10
#define TDVMCALL_HLT                           12
#define TDVMCALL_IO                            30
#define TDVMCALL_RDMSR                         31
#define TDVMCALL_WRMSR                         32
#define TDVMCALL_MMIO                          48
#define TDVMCALL_WBINVD                        54
#define TDVMCALL_PCONFIG                       65
#define TDVMCALL_GET_TD_VM_CALL_INFO           0x10000
#define TDVMCALL_MAP_GPA                       0x10001
#define TDVMCALL_GET_QUOTE                     0x10002
#define TDVMCALL_REPORT_FATAL_ERROR            0x10003
#define TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT  0x10004
#define TDVMCALL_SERVICE                       0x10005
#define TDVMCALL_MIGTD                         0x10006

/* R10 after TDG.VP.VMCALL: the VMM's answer. Never to be confused with RAX, the module's. */
#define TDVMCALL_STATUS_SUCCESS                TDX_U64(0x0000000000000000)
#define TDVMCALL_STATUS_RETRY                  TDX_U64(0x0000000000000001)
#define TDVMCALL_STATUS_INVALID_OPERAND        TDX_U64(0x8000000000000000)
#define TDVMCALL_STATUS_GPA_INUSE              TDX_U64(0x8000000000000001)
#define TDVMCALL_STATUS_ALIGN_ERROR            TDX_U64(0x8000000000000002)
#define TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED    TDX_U64(0x8000000000000003)
/* clang-format on */

#endif
