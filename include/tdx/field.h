/* SPDX-License-Identifier: MIT */
/*
 * Metadata field identifiers. TDX Module ABI specification, "Metadata Access".
 *
 *	23:0 field code   33:32 element size code   37:34 last element   46:38 last field   50
 *INC_SIZE 51 WRITE_MASK_VALID   54:52 context (0 SYS, 1 TD, 2 VP)   61:56 class   63 NON_ARCH
 *
 * Single reads and writes look at class and field code only.
 */
#ifndef TDX_FIELD_H
#define TDX_FIELD_H

#include <stdint.h>

#define TDX_FIELD_CODE_MASK	UINT64_C(0x0000000000ffffff)
#define TDX_FIELD_CONTEXT_SHIFT 52
#define TDX_FIELD_CLASS_SHIFT	56
#define TDX_FIELD_CLASS_MASK	0x3f
#define TDX_FIELD_NONE                                                                             \
	UINT64_MAX /* as input: "which is the first?"; as output: "there is no next" */

enum tdx_field_context { TDX_CONTEXT_SYS = 0, TDX_CONTEXT_TD = 1, TDX_CONTEXT_VP = 2 };

/* The fields that the reference VMM and the guest library name; module/fields.def holds every one.
 */
#define TDX_FIELD_SYS_TDX_FEATURES0    UINT64_C(0x0a00000300000008)
#define TDX_FIELD_SYS_TDCS_BASE_SIZE   UINT64_C(0x9800000100000100)
#define TDX_FIELD_SYS_TDVPS_BASE_SIZE  UINT64_C(0x9800000100000200)
#define TDX_FIELD_SYS_PAMT_4K_ENTRY    UINT64_C(0x9100000100000010)
#define TDX_FIELD_SYS_NUM_CPUID_CONFIG UINT64_C(0x9900000100000004)
#define TDX_FIELD_TD_ATTRIBUTES	       UINT64_C(0x1110000300000000)
#define TDX_FIELD_TD_XFAM	       UINT64_C(0x1110000300000001)
#define TDX_FIELD_TD_CONFIG_FLAGS      UINT64_C(0x1110000300000016)
#define TDX_FIELD_TD_CTLS	       UINT64_C(0x1110000300000017)
#define TDX_FIELD_TD_NOTIFY_ENABLES    UINT64_C(0x9110000300000010)
#define TDX_FIELD_TD_MRTD	       UINT64_C(0x1310000300000000)
#define TDX_FIELD_TD_RTMR	       UINT64_C(0x1310000300000040)
#define TDX_FIELD_VP_VMCS_PI_VECTOR    UINT64_C(0x0020000100000002)
#define TDX_FIELD_VP_VMCS_PI_DESC      UINT64_C(0x0020000300002016)
#define TDX_FIELD_VP_VMCS_SHARED_EPTP  UINT64_C(0x002000030000203c)
#define TDX_FIELD_VP_VMCS_PIN_CTLS     UINT64_C(0x0020000200004000)
#define TDX_FIELD_VP_STATE_DETAILS     UINT64_C(0x9120000300000100)
#define TDX_FIELD_VP_PEND_NMI	       UINT64_C(0x202000000000000b)

#define TDX_PIN_CTLS_POSTED_INTERRUPTS (UINT64_C(1) << 7)
#define TDX_VCPU_STATE_VMXIP	       (UINT64_C(1) << 0) /* a virtual interrupt waits for delivery */

#define TDX_FEATURES0_TD_MIGRATION	       (UINT64_C(1) << 0)
#define TDX_FEATURES0_PENDING_EPT_VIOLATION_V2 (UINT64_C(1) << 16)
#define TDX_FEATURES0_NO_RBP_MOD	       (UINT64_C(1) << 18)

#endif
