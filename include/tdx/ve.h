/* SPDX-License-Identifier: MIT */
/*
 * Exit reasons, exit qualifications and virtualisation exceptions.
 * Intel SDM volume 3, appendix C; TDX Module ABI specification, TDG.VP.VEINFO.GET and TDH.VP.ENTER.
 */
#ifndef TDX_VE_H
#define TDX_VE_H

#include <stdint.h>

#define TDX_VE_VECTOR 20

/* VMX basic exit reasons that a TD or its VMM can meet. */
enum tdx_exit_reason {
	TDX_EXIT_EXCEPTION_NMI = 0,
	TDX_EXIT_EXTERNAL_INTERRUPT = 1,
	TDX_EXIT_TRIPLE_FAULT = 2,
	TDX_EXIT_INIT = 3,
	TDX_EXIT_SMI = 6,
	TDX_EXIT_TASK_SWITCH = 9,
	TDX_EXIT_CPUID = 10,
	TDX_EXIT_HLT = 12,
	TDX_EXIT_INVD = 13,
	TDX_EXIT_RDPMC = 15,
	TDX_EXIT_VMCALL = 18,
	TDX_EXIT_CR_ACCESS = 28,
	TDX_EXIT_IO = 30,
	TDX_EXIT_RDMSR = 31,
	TDX_EXIT_WRMSR = 32,
	TDX_EXIT_ENTRY_FAILED_STATE = 33,
	TDX_EXIT_MWAIT = 36,
	TDX_EXIT_MONITOR = 39,
	TDX_EXIT_EPT_VIOLATION = 48,
	TDX_EXIT_EPT_MISCONFIG = 49,
	TDX_EXIT_WBINVD = 54,
	TDX_EXIT_PCONFIG = 65,
	TDX_EXIT_SEAMCALL = 76,
	TDX_EXIT_TDCALL = 77,
};

/* Qualification of EPT violations */
#define TDX_EPT_QUAL_READ	 (UINT64_C(1) << 0)
#define TDX_EPT_QUAL_WRITE	 (UINT64_C(1) << 1)
#define TDX_EPT_QUAL_FETCH	 (UINT64_C(1) << 2)
#define TDX_EPT_QUAL_ENTRY_SHIFT 3 /* R, W, X of the entry in 5:3 */
#define TDX_EPT_QUAL_GLA_VALID	 (UINT64_C(1) << 7)
#define TDX_EPT_QUAL_TRANSLATED	 (UINT64_C(1) << 8) /* the access itself, not a page walk */

/* Qualification of I/O: size - 1 in 2:0, port in 31:16 */
#define TDX_IO_QUAL_SIZE_MASK  0x7
#define TDX_IO_QUAL_IN	       (UINT64_C(1) << 3)
#define TDX_IO_QUAL_STRING     (UINT64_C(1) << 4)
#define TDX_IO_QUAL_REP	       (UINT64_C(1) << 5)
#define TDX_IO_QUAL_IMMEDIATE  (UINT64_C(1) << 6)
#define TDX_IO_QUAL_PORT_SHIFT 16

/* Extended exit qualification, RDX 3:0 of TDH.VP.ENTER */
enum tdx_ext_exit_qual {
	TDX_EEQ_NONE = 0,
	TDX_EEQ_ACCEPT = 1,
	TDX_EEQ_GPA_DETAILS = 2,
	TDX_EEQ_TD_ENTRY_MSR_LOAD_FAILURE = 3,
	TDX_EEQ_TD_ENTRY_XSTATE_LOAD_FAILURE = 4,
	TDX_EEQ_ATTR_WR = 5,
	TDX_EEQ_PENDING_EPT_VIOLATION = 6,
};

/* What TDG.VP.VEINFO.GET returns, RCX RDX R8 R9 R10. */
struct tdx_ve_info {
	uint32_t exit_reason;
	uint64_t exit_qualification;
	uint64_t gla;
	uint64_t gpa;
	uint32_t instruction_length;
	uint32_t instruction_info;
};

#endif
