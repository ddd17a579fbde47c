/* SPDX-License-Identifier: MIT */
/*
 * Completion statuses of the TDX module, as RAX holds them after SEAMCALL and TDCALL.
 * TDX Module ABI specification, "Interface Function Completion Status".
 *
 *	63	ERROR			0 = success, information or warning
 *	62	NON_RECOVERABLE		the same inputs can never succeed
 *	61	FATAL			the TD is fatal from now on
 *	60	HOST_RECOVERABILITY_HINT
 *	47:40	class			39:32	code in the class
 *	31:0	details			operand id, exit reason, MSR index ... ("status name" =
 *value without it)
 */
#ifndef TDX_STATUS_H
#define TDX_STATUS_H

#ifdef __ASSEMBLER__
#define TDX_U64(x) x
#else
#include <stdint.h>
#define TDX_U64(x) UINT64_C(x)
#endif

#define TDX_ERROR		     TDX_U64(0x8000000000000000)
#define TDX_NON_RECOVERABLE	     TDX_U64(0x4000000000000000)
#define TDX_FATAL		     TDX_U64(0x2000000000000000)
#define TDX_HOST_RECOVERABILITY_HINT TDX_U64(0x1000000000000000)
#define TDX_STATUS_NAME_MASK	     TDX_U64(0xffffffff00000000)
#define TDX_STATUS_DETAILS_MASK	     TDX_U64(0x00000000ffffffff)

/* clang-format off */
#define TDX_SUCCESS                                      TDX_U64(0x0000000000000000)
#define TDX_NON_RECOVERABLE_VCPU                         TDX_U64(0x4000000100000000)
#define TDX_NON_RECOVERABLE_TD                           TDX_U64(0x6000000200000000)
#define TDX_INTERRUPTED_RESUMABLE                        TDX_U64(0x8000000300000000)
#define TDX_INTERRUPTED_RESTARTABLE                      TDX_U64(0x8000000400000000)
#define TDX_NON_RECOVERABLE_TD_NON_ACCESSIBLE            TDX_U64(0x6000000500000000)
#define TDX_INVALID_RESUMPTION                           TDX_U64(0xc000000600000000)
#define TDX_NON_RECOVERABLE_TD_WRONG_APIC_MODE           TDX_U64(0xe000000700000000)
#define TDX_CROSS_TD_FAULT                               TDX_U64(0x8000000800000000)
#define TDX_CROSS_TD_TRAP                                TDX_U64(0x9000000900000000)
#define TDX_NON_RECOVERABLE_TD_CORRUPTED_MD              TDX_U64(0x6000000a00000000)
#define TDX_OPERAND_INVALID                              TDX_U64(0xc000010000000000)
#define TDX_OPERAND_ADDR_RANGE_ERROR                     TDX_U64(0xc000010100000000)
#define TDX_OPERAND_BUSY                                 TDX_U64(0x8000020000000000)
#define TDX_PREVIOUS_TLB_EPOCH_BUSY                      TDX_U64(0x8000020100000000)
#define TDX_SYS_BUSY                                     TDX_U64(0x8000020200000000)
#define TDX_RND_NO_ENTROPY                               TDX_U64(0x8000020300000000)
#define TDX_OPERAND_BUSY_HOST_PRIORITY                   TDX_U64(0x8000020400000000)
#define TDX_HOST_PRIORITY_BUSY_TIMEOUT                   TDX_U64(0x9000020500000000)
#define TDX_PAGE_METADATA_INCORRECT                      TDX_U64(0xc000030000000000)
#define TDX_PAGE_ALREADY_FREE                            TDX_U64(0x0000030100000000)
#define TDX_PAGE_NOT_OWNED_BY_TD                         TDX_U64(0xc000030200000000)
#define TDX_PAGE_NOT_FREE                                TDX_U64(0xc000030300000000)
#define TDX_TD_ASSOCIATED_PAGES_EXIST                    TDX_U64(0xc000040000000000)
#define TDX_SYS_INIT_NOT_PENDING                         TDX_U64(0xc000050000000000)
#define TDX_SYS_LP_INIT_NOT_DONE                         TDX_U64(0xc000050200000000)
#define TDX_SYS_LP_INIT_DONE                             TDX_U64(0xc000050300000000)
#define TDX_SYS_NOT_READY                                TDX_U64(0xc000050500000000)
#define TDX_SYS_SHUTDOWN                                 TDX_U64(0xc000050600000000)
#define TDX_SYS_KEY_CONFIG_NOT_PENDING                   TDX_U64(0xc000050700000000)
#define TDX_SYS_STATE_INCORRECT                          TDX_U64(0xc000050800000000)
#define TDX_SYS_INVALID_HANDOFF                          TDX_U64(0xc000050900000000)
#define TDX_SYS_INCOMPATIBLE_SIGSTRUCT                   TDX_U64(0xc000050a00000000)
#define TDX_SYS_LP_INIT_NOT_PENDING                      TDX_U64(0xc000050b00000000)
#define TDX_SYS_CONFIG_NOT_PENDING                       TDX_U64(0xc000050c00000000)
#define TDX_INCOMPATIBLE_SEAM_CAPABILITIES               TDX_U64(0xc000050d00000000)
#define TDX_TD_FATAL                                     TDX_U64(0xe000060400000000)
#define TDX_TD_NON_DEBUG                                 TDX_U64(0xc000060500000000)
#define TDX_TDCS_NOT_ALLOCATED                           TDX_U64(0xc000060600000000)
#define TDX_LIFECYCLE_STATE_INCORRECT                    TDX_U64(0xc000060700000000)
#define TDX_OP_STATE_INCORRECT                           TDX_U64(0xc000060800000000)
#define TDX_NO_VCPUS                                     TDX_U64(0xc000060900000000)
#define TDX_TDCX_NUM_INCORRECT                           TDX_U64(0xc000061000000000)
#define TDX_X2APIC_ID_NOT_UNIQUE                         TDX_U64(0xc000062100000000)
#define TDX_VCPU_STATE_INCORRECT                         TDX_U64(0xc000070000000000)
#define TDX_VCPU_ASSOCIATED                              TDX_U64(0x8000070100000000)
#define TDX_VCPU_NOT_ASSOCIATED                          TDX_U64(0x8000070200000000)
#define TDX_NO_VALID_VE_INFO                             TDX_U64(0xc000070400000000)
#define TDX_MAX_VCPUS_EXCEEDED                           TDX_U64(0xc000070500000000)
#define TDX_TSC_ROLLBACK                                 TDX_U64(0xc000070600000000)
#define TDX_TD_VMCS_FIELD_NOT_INITIALIZED                TDX_U64(0xc000073000000000)
#define TDX_TD_VMCS_FIELD_ERROR                          TDX_U64(0xc000073100000000)
#define TDX_KEY_GENERATION_FAILED                        TDX_U64(0x8000080000000000)
#define TDX_TD_KEYS_NOT_CONFIGURED                       TDX_U64(0x8000081000000000)
#define TDX_KEY_STATE_INCORRECT                          TDX_U64(0xc000081100000000)
#define TDX_KEY_CONFIGURED                               TDX_U64(0x0000081500000000)
#define TDX_WBCACHE_NOT_COMPLETE                         TDX_U64(0x8000081700000000)
#define TDX_HKID_NOT_FREE                                TDX_U64(0xc000082000000000)
#define TDX_NO_HKID_READY_TO_WBCACHE                     TDX_U64(0x0000082100000000)
#define TDX_WBCACHE_RESUME_ERROR                         TDX_U64(0xc000082300000000)
#define TDX_FLUSHVP_NOT_DONE                             TDX_U64(0x8000082400000000)
#define TDX_NUM_ACTIVATED_HKIDS_NOT_SUPPORTED            TDX_U64(0xc000082500000000)
#define TDX_INCORRECT_CPUID_VALUE                        TDX_U64(0xc000090000000000)
#define TDX_LIMIT_CPUID_MAXVAL_SET                       TDX_U64(0xc000090100000000)
#define TDX_INCONSISTENT_CPUID_FIELD                     TDX_U64(0xc000090200000000)
#define TDX_CPUID_MAX_SUBLEAVES_UNRECOGNIZED             TDX_U64(0xc000090300000000)
#define TDX_CPUID_LEAF_1F_FORMAT_UNRECOGNIZED            TDX_U64(0xc000090400000000)
#define TDX_INVALID_WBINVD_SCOPE                         TDX_U64(0xc000090500000000)
#define TDX_INVALID_PKG_ID                               TDX_U64(0xc000090600000000)
#define TDX_ENABLE_MONITOR_FSM_NOT_SET                   TDX_U64(0xc000090700000000)
#define TDX_CPUID_LEAF_NOT_SUPPORTED                     TDX_U64(0xc000090800000000)
#define TDX_SMRR_NOT_LOCKED                              TDX_U64(0xc000091000000000)
#define TDX_INVALID_SMRR_CONFIGURATION                   TDX_U64(0xc000091100000000)
#define TDX_SMRR_OVERLAPS_CMR                            TDX_U64(0xc000091200000000)
#define TDX_SMRR_LOCK_NOT_SUPPORTED                      TDX_U64(0xc000091300000000)
#define TDX_SMRR_NOT_SUPPORTED                           TDX_U64(0xc000091400000000)
#define TDX_INCONSISTENT_MSR                             TDX_U64(0xc000092000000000)
#define TDX_INCORRECT_MSR_VALUE                          TDX_U64(0xc000092100000000)
#define TDX_SEAMREPORT_NOT_AVAILABLE                     TDX_U64(0xc000093000000000)
#define TDX_SEAMDB_GETREF_NOT_AVAILABLE                  TDX_U64(0xc000093100000000)
#define TDX_SEAMDB_REPORT_NOT_AVAILABLE                  TDX_U64(0xc000093200000000)
#define TDX_SEAMVERIFYREPORT_NOT_AVAILABLE               TDX_U64(0xc000093300000000)
#define TDX_INVALID_TDMR                                 TDX_U64(0xc0000a0000000000)
#define TDX_NON_ORDERED_TDMR                             TDX_U64(0xc0000a0100000000)
#define TDX_TDMR_OUTSIDE_CMRS                            TDX_U64(0xc0000a0200000000)
#define TDX_TDMR_ALREADY_INITIALIZED                     TDX_U64(0x00000a0300000000)
#define TDX_INVALID_PAMT                                 TDX_U64(0xc0000a1000000000)
#define TDX_PAMT_OUTSIDE_CMRS                            TDX_U64(0xc0000a1100000000)
#define TDX_PAMT_OVERLAP                                 TDX_U64(0xc0000a1200000000)
#define TDX_INVALID_RESERVED_IN_TDMR                     TDX_U64(0xc0000a2000000000)
#define TDX_NON_ORDERED_RESERVED_IN_TDMR                 TDX_U64(0xc0000a2100000000)
#define TDX_CMR_LIST_INVALID                             TDX_U64(0xc0000a2200000000)
#define TDX_EPT_WALK_FAILED                              TDX_U64(0xc0000b0000000000)
#define TDX_EPT_ENTRY_FREE                               TDX_U64(0xc0000b0100000000)
#define TDX_EPT_ENTRY_NOT_FREE                           TDX_U64(0xc0000b0200000000)
#define TDX_EPT_ENTRY_NOT_PRESENT                        TDX_U64(0xc0000b0300000000)
#define TDX_EPT_ENTRY_NOT_LEAF                           TDX_U64(0xc0000b0400000000)
#define TDX_EPT_ENTRY_LEAF                               TDX_U64(0xc0000b0500000000)
#define TDX_GPA_RANGE_NOT_BLOCKED                        TDX_U64(0xc0000b0600000000)
#define TDX_GPA_RANGE_ALREADY_BLOCKED                    TDX_U64(0x00000b0700000000)
#define TDX_TLB_TRACKING_NOT_DONE                        TDX_U64(0xc0000b0800000000)
#define TDX_EPT_INVALID_PROMOTE_CONDITIONS               TDX_U64(0xc0000b0900000000)
#define TDX_PAGE_ALREADY_ACCEPTED                        TDX_U64(0x00000b0a00000000)
#define TDX_PAGE_SIZE_MISMATCH                           TDX_U64(0xc0000b0b00000000)
#define TDX_GPA_RANGE_BLOCKED                            TDX_U64(0xc0000b0c00000000)
#define TDX_EPT_ENTRY_STATE_INCORRECT                    TDX_U64(0xc0000b0d00000000)
#define TDX_EPT_PAGE_NOT_FREE                            TDX_U64(0xc0000b0e00000000)
#define TDX_L2_SEPT_WALK_FAILED                          TDX_U64(0xc0000b0f00000000)
#define TDX_L2_SEPT_ENTRY_NOT_FREE                       TDX_U64(0xc0000b1000000000)
#define TDX_PAGE_ATTR_INVALID                            TDX_U64(0xc0000b1100000000)
#define TDX_L2_SEPT_PAGE_NOT_PROVIDED                    TDX_U64(0xc0000b1200000000)
#define TDX_METADATA_FIELD_ID_INCORRECT                  TDX_U64(0xc0000c0000000000)
#define TDX_METADATA_FIELD_NOT_WRITABLE                  TDX_U64(0xc0000c0100000000)
#define TDX_METADATA_FIELD_NOT_READABLE                  TDX_U64(0xc0000c0200000000)
#define TDX_METADATA_FIELD_VALUE_NOT_VALID               TDX_U64(0xc0000c0300000000)
#define TDX_METADATA_LIST_OVERFLOW                       TDX_U64(0xc0000c0400000000)
#define TDX_INVALID_METADATA_LIST_HEADER                 TDX_U64(0xc0000c0500000000)
#define TDX_REQUIRED_METADATA_FIELD_MISSING              TDX_U64(0xc0000c0600000000)
#define TDX_METADATA_ELEMENT_SIZE_INCORRECT              TDX_U64(0xc0000c0700000000)
#define TDX_METADATA_LAST_ELEMENT_INCORRECT              TDX_U64(0xc0000c0800000000)
#define TDX_METADATA_FIELD_CURRENTLY_NOT_WRITABLE        TDX_U64(0xc0000c0900000000)
#define TDX_METADATA_WR_MASK_NOT_VALID                   TDX_U64(0xc0000c0a00000000)
#define TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT           TDX_U64(0x00000c0b00000000)
#define TDX_METADATA_FIELD_SKIP                          TDX_U64(0x00000c0c00000000)
#define TDX_SERVTD_ALREADY_BOUND_FOR_TYPE                TDX_U64(0xc0000d0000000000)
#define TDX_SERVTD_TYPE_MISMATCH                         TDX_U64(0xc0000d0100000000)
#define TDX_SERVTD_ATTR_MISMATCH                         TDX_U64(0xc0000d0200000000)
#define TDX_SERVTD_INFO_HASH_MISMATCH                    TDX_U64(0xc0000d0300000000)
#define TDX_SERVTD_UUID_MISMATCH                         TDX_U64(0xc0000d0400000000)
#define TDX_SERVTD_NOT_BOUND                             TDX_U64(0xc0000d0500000000)
#define TDX_SERVTD_BOUND                                 TDX_U64(0xc0000d0600000000)
#define TDX_TARGET_UUID_MISMATCH                         TDX_U64(0xc0000d0700000000)
#define TDX_TARGET_UUID_UPDATED                          TDX_U64(0xc0000d0800000000)
#define TDX_INVALID_MBMD                                 TDX_U64(0xc0000e0000000000)
#define TDX_INCORRECT_MBMD_MAC                           TDX_U64(0xc0000e0100000000)
#define TDX_NOT_WRITE_BLOCKED                            TDX_U64(0xc0000e0200000000)
#define TDX_ALREADY_WRITE_BLOCKED                        TDX_U64(0x00000e0300000000)
#define TDX_NOT_EXPORTED                                 TDX_U64(0xc0000e0400000000)
#define TDX_MIGRATION_STREAM_STATE_INCORRECT             TDX_U64(0xc0000e0500000000)
#define TDX_MAX_MIGS_NUM_EXCEEDED                        TDX_U64(0xc0000e0600000000)
#define TDX_EXPORTED_DIRTY_PAGES_REMAIN                  TDX_U64(0xc0000e0700000000)
#define TDX_MIGRATION_DECRYPTION_KEY_NOT_SET             TDX_U64(0xc0000e0800000000)
#define TDX_TD_NOT_MIGRATABLE                            TDX_U64(0xc0000e0900000000)
#define TDX_PREVIOUS_EXPORT_CLEANUP_INCOMPLETE           TDX_U64(0xc0000e0a00000000)
#define TDX_NUM_MIGS_HIGHER_THAN_CREATED                 TDX_U64(0xc0000e0b00000000)
#define TDX_IMPORT_MISMATCH                              TDX_U64(0xc0000e0c00000000)
#define TDX_MIGRATION_EPOCH_OVERFLOW                     TDX_U64(0xc0000e0d00000000)
#define TDX_MAX_EXPORTS_EXCEEDED                         TDX_U64(0xc0000e0e00000000)
#define TDX_INVALID_PAGE_MAC                             TDX_U64(0xc0000e0f00000000)
#define TDX_MIGRATED_IN_CURRENT_EPOCH                    TDX_U64(0xc0000e1000000000)
#define TDX_DISALLOWED_IMPORT_OVER_REMOVED               TDX_U64(0xc0000e1100000000)
#define TDX_SOME_VCPUS_NOT_MIGRATED                      TDX_U64(0xc0000e1200000000)
#define TDX_ALL_VCPUS_IMPORTED                           TDX_U64(0xc0000e1300000000)
#define TDX_MIN_MIGS_NOT_CREATED                         TDX_U64(0xc0000e1400000000)
#define TDX_VCPU_ALREADY_EXPORTED                        TDX_U64(0xc0000e1500000000)
#define TDX_INVALID_MIGRATION_DECRYPTION_KEY             TDX_U64(0xc0000e1600000000)
#define TDX_INVALID_CPUSVN                               TDX_U64(0xc000100000000000)
#define TDX_INVALID_REPORTMACSTRUCT                      TDX_U64(0xc000100100000000)
#define TDX_L2_EXIT_HOST_ROUTED_ASYNC                    TDX_U64(0x0000110000000000)
#define TDX_L2_EXIT_HOST_ROUTED_TDVMCALL                 TDX_U64(0x0000110100000000)
#define TDX_L2_EXIT_PENDING_INTERRUPT                    TDX_U64(0x0000110200000000)
#define TDX_PENDING_INTERRUPT                            TDX_U64(0x0000112000000000)
#define TDX_TD_EXIT_BEFORE_L2_ENTRY                      TDX_U64(0x0000114000000000)
#define TDX_TD_EXIT_ON_L2_VM_EXIT                        TDX_U64(0x0000114100000000)
#define TDX_TD_EXIT_ON_L2_TO_L1                          TDX_U64(0x0000114200000000)
#define TDX_GLA_NOT_CANONICAL                            TDX_U64(0xc000116000000000)

/*
 * Outcomes of the SEAMCALL instruction itself, before the module runs. Class 0xFF is reserved for callers' software, so
 * no module returns these; the values are those that Linux uses.
 */
#define TDX_SW_ERROR                                 TDX_U64(0x8000ff0000000000)
#define TDX_SEAMCALL_VMFAILINVALID                   TDX_U64(0x8000ff00ffff0000)
#define TDX_SEAMCALL_GP                              TDX_U64(0x8000ff000000000d)
#define TDX_SEAMCALL_UD                              TDX_U64(0x8000ff0000000006)

/* Operand ids, in the details of a status. General registers have their number. */
#define TDX_OPERAND_ID_RAX                                0
#define TDX_OPERAND_ID_RCX                                1
#define TDX_OPERAND_ID_RDX                                2
#define TDX_OPERAND_ID_RBX                                3
#define TDX_OPERAND_ID_RBP                                5
#define TDX_OPERAND_ID_RSI                                6
#define TDX_OPERAND_ID_RDI                                7
#define TDX_OPERAND_ID_R8                                 8
#define TDX_OPERAND_ID_R9                                 9
#define TDX_OPERAND_ID_R10                                10
#define TDX_OPERAND_ID_R11                                11
#define TDX_OPERAND_ID_R12                                12
#define TDX_OPERAND_ID_R13                                13
#define TDX_OPERAND_ID_R14                                14
#define TDX_OPERAND_ID_R15                                15
#define TDX_OPERAND_ID_ATTRIBUTES                         64
#define TDX_OPERAND_ID_XFAM                               65
#define TDX_OPERAND_ID_CONFIG_FLAGS                       66
#define TDX_OPERAND_ID_EPTP_CONTROLS                      67
#define TDX_OPERAND_ID_MAX_VCPUS                          68
#define TDX_OPERAND_ID_CPUID_CONFIG                       69
#define TDX_OPERAND_ID_TSC_FREQUENCY                      70
#define TDX_OPERAND_ID_NUM_L2_VMS                         71
#define TDX_OPERAND_ID_ARCH_CAPABILITIES_CONFIG           72
#define TDX_OPERAND_ID_PAGE                               95
#define TDX_OPERAND_ID_TDMR_INFO_PA                       96
#define TDX_OPERAND_ID_GPA_LIST_ENTRY                     97
#define TDX_OPERAND_ID_MIG_BUFF_LIST_ENTRY                98
#define TDX_OPERAND_ID_NEW_PAGE_LIST_ENTRY                99
#define TDX_OPERAND_ID_TDR                                128
#define TDX_OPERAND_ID_TDCX                               129
#define TDX_OPERAND_ID_TDVPR                              130
#define TDX_OPERAND_ID_REG_PAGE                           132
#define TDX_OPERAND_ID_TDCS                               144
#define TDX_OPERAND_ID_TDVPS                              145
#define TDX_OPERAND_ID_SEPT_TREE                          146
#define TDX_OPERAND_ID_SEPT_ENTRY                         147
#define TDX_OPERAND_ID_RTMR                               168
#define TDX_OPERAND_ID_TD_EPOCH                           169
#define TDX_OPERAND_ID_L2_VAPIC_GPA                       170
#define TDX_OPERAND_ID_MIGSC                              171
#define TDX_OPERAND_ID_OP_STATE                           172
#define TDX_OPERAND_ID_MIG                                173
#define TDX_OPERAND_ID_SERVTD_BINDINGS                    174
#define TDX_OPERAND_ID_METADATA_FIELD                     176
#define TDX_OPERAND_ID_SYS                                184
#define TDX_OPERAND_ID_TDMR                               185
#define TDX_OPERAND_ID_KOT                                186
#define TDX_OPERAND_ID_KET                                187
#define TDX_OPERAND_ID_WBCACHE                            188
/* clang-format on */

#ifndef __ASSEMBLER__
/* The status without its details: what is compared with the constants above. */
static inline uint64_t tdx_status_name(uint64_t status)
{
	return status & TDX_STATUS_NAME_MASK;
}

/* True for errors; information such as TDX_PAGE_ALREADY_ACCEPTED is not one. */
static inline int tdx_is_error(uint64_t status)
{
	return (status & TDX_ERROR) != 0;
}

/* A status that names an operand, e.g. tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX). */
static inline uint64_t tdx_operand(uint64_t status, uint32_t operand)
{
	return status | operand;
}
#endif

#endif
