/* SPDX-License-Identifier: MIT */
/*
 * Who may read and write which bits of which metadata field: each row of the TDX Module ABI's
 * tables, "Metadata Fields", tried with the leaves of each caller. A field that this module does
 * not have is unknown to all of them alike; one that it has must be in the ABI's tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

/* Bits that may be read and written. */
struct rights {
	uint64_t read, write;
};

struct row {
	uint64_t id;
	unsigned int elements; /* from the id on, all alike */
	struct rights host, debug, guest;
};

#define FIELD_CPUID_VALUES UINT64_C(0x9410000300000000)

enum caller { HOST, DEBUG, GUEST, CALLERS };

/* clang-format off */
#define ALL UINT64_MAX
#define NO  { 0, 0 }
#define R   { ALL, 0 }
#define RW  { ALL, ALL }
#define ROW(id, elements, ...) { UINT64_C(id), elements, __VA_ARGS__ },

static const struct row rows[] = {
	ROW(0x0000000200000000, 1, R, R, NO) /* NUM_PKGS */
	ROW(0x0000000200000001, 8, R, R, NO) /* PKG_FMS */
	ROW(0x0800000200000000, 1, R, R, R) /* VENDOR_ID */
	ROW(0x8800000200000001, 1, R, R, NO) /* BUILD_DATE */
	ROW(0x8800000100000002, 1, R, R, NO) /* BUILD_NUM */
	ROW(0x0800000100000003, 1, R, R, R) /* MINOR_VERSION */
	ROW(0x0800000100000004, 1, R, R, R) /* MAJOR_VERSION */
	ROW(0x0800000100000005, 1, R, R, NO) /* UPDATE_VERSION */
	ROW(0x0800000100000006, 1, R, R, NO) /* INTERNAL_VERSION */
	ROW(0x8900000100000000, 1, R, R, NO) /* MODULE_HV */
	ROW(0x8900000100000001, 1, R, R, NO) /* MIN_UPDATE_HV */
	ROW(0x8900000000000002, 1, R, R, NO) /* NO_DOWNGRADE */
	ROW(0x8900000100000003, 1, R, R, NO) /* NUM_HANDOFF_PAGES */
	ROW(0x8900000000000004, 1, R, R, NO) /* HANDOFF_DATA_VALID */
	ROW(0x8900000100000005, 1, R, R, NO) /* HANDOFF_DATA_HV */
	ROW(0x8900000200000006, 1, R, R, NO) /* HANDOFF_DATA_SIZE */
	ROW(0x0a00000200000000, 1, R, R, R) /* SYS_ATTRIBUTES */
	ROW(0x0a00000000000001, 1, R, R, R) /* NUM_TDX_FEATURES */
	ROW(0x0a00000300000008, 1, R, R, R) /* TDX_FEATURES0 */
	ROW(0x9000000100000000, 1, R, R, NO) /* NUM_CMRS */
	ROW(0x9000000300000080, 32, R, R, NO) /* CMR_BASE */
	ROW(0x9000000300000100, 32, R, R, NO) /* CMR_SIZE */
	ROW(0x9100000100000008, 1, R, R, NO) /* MAX_TDMRS */
	ROW(0x9100000100000009, 1, R, R, NO) /* MAX_RESERVED_PER_TDMR */
	ROW(0x9100000100000010, 1, R, R, NO) /* PAMT_4K_ENTRY_SIZE */
	ROW(0x9100000100000011, 1, R, R, NO) /* PAMT_2M_ENTRY_SIZE */
	ROW(0x9100000100000012, 1, R, R, NO) /* PAMT_1G_ENTRY_SIZE */
	ROW(0x9800000100000000, 1, R, R, NO) /* TDR_BASE_SIZE */
	ROW(0x9800000100000100, 1, R, R, NO) /* TDCS_BASE_SIZE */
	ROW(0x9800000100000101, 1, R, R, NO) /* TDCS_SIZE_PER_L2_VM */
	ROW(0x9800000100000200, 1, R, R, NO) /* TDVPS_BASE_SIZE */
	ROW(0x9800000100000201, 1, R, R, NO) /* TDVPS_SIZE_PER_L2_VM */
	ROW(0x1900000300000000, 1, R, R, NO) /* ATTRIBUTES_FIXED0 */
	ROW(0x1900000300000001, 1, R, R, NO) /* ATTRIBUTES_FIXED1 */
	ROW(0x1900000300000002, 1, R, R, NO) /* XFAM_FIXED0 */
	ROW(0x1900000300000003, 1, R, R, NO) /* XFAM_FIXED1 */
	ROW(0x9900000100000004, 1, R, R, NO) /* NUM_CPUID_CONFIG */
	ROW(0x9900000300000006, 1, R, R, NO) /* CONFIG_FLAGS_FIXED0 */
	ROW(0x9900000300000007, 1, R, R, NO) /* CONFIG_FLAGS_FIXED1 */
	ROW(0x9900000300000400, 32, R, R, NO) /* CPUID_CONFIG_LEAVES */
	ROW(0x9900000300000500, 64, R, R, NO) /* CPUID_CONFIG_VALUES */
	ROW(0x9900000300000600, 1, R, R, NO) /* IA32_ARCH_CAPABILITIES_CONFIG_MASK */
	ROW(0x9900000100000800, 1, R, R, NO) /* NUM_ALLOWED_FMS */
	ROW(0x9900000100000801, 1, R, R, NO) /* NUM_DISALLOWED_FMS */
	ROW(0x9900000300000810, 64, R, R, NO) /* ALLOWED_FMS */
	ROW(0x9900000300000850, 64, R, R, NO) /* DISALLOWED_FMS */
	ROW(0xa000000300000000, 1, R, R, R) /* MIG_ATTRIBUTES */
	ROW(0x2000000100000001, 1, R, R, R) /* MIN_EXPORT_VERSION */
	ROW(0x2000000100000002, 1, R, R, R) /* MAX_EXPORT_VERSION */
	ROW(0x2000000100000003, 1, R, R, R) /* MIN_IMPORT_VERSION */
	ROW(0x2000000100000004, 1, R, R, R) /* MAX_IMPORT_VERSION */
	ROW(0xa000000100000010, 1, R, R, NO) /* MAX_MIGS */
	ROW(0xa000000000000020, 1, R, R, NO) /* NUM_IMMUTABLE_STATE_PAGES */
	ROW(0xa000000000000021, 1, R, R, NO) /* NUM_TD_STATE_PAGES */
	ROW(0xa000000000000022, 1, R, R, NO) /* NUM_VP_STATE_PAGES */
	ROW(0xa100000100000000, 1, R, R, NO) /* MAX_SERV_TDS */
	ROW(0xa100000300000001, 1, R, R, NO) /* SERVTD_ATTR_FIXED0 */
	ROW(0xa100000300000002, 1, R, R, NO) /* SERVTD_ATTR_FIXED1 */
	ROW(0xa200000100000000, 1, R, R, R) /* GUEST_L2_GPA_ATTR_MASK */
	ROW(0xa200000300000001, 1, R, R, NO) /* VM_CTLS_FIXED0 */
	ROW(0xa200000300000002, 1, R, R, NO) /* VM_CTLS_FIXED1 */
	ROW(0xa200000300000003, 1, R, R, NO) /* VCPU_L2_CTLS_FIXED0 */
	ROW(0xa200000300000004, 1, R, R, NO) /* VCPU_L2_CTLS_FIXED1 */
	ROW(0xa200000300000005, 1, R, R, NO) /* VCPU_L2_DEBUG_CTLS_FIXED0 */
	ROW(0xa200000300000006, 1, R, R, NO) /* VCPU_L2_DEBUG_CTLS_FIXED1 */
	ROW(0x8010000000000001, 1, R, R, NO) /* FATAL */
	ROW(0x8010000200000002, 1, R, R, NO) /* NUM_TDCX */
	ROW(0x8010000300000004, 1, R, R, NO) /* CHLDCNT */
	ROW(0x8010000200000005, 1, R, R, NO) /* LIFECYCLE_STATE */
	ROW(0x8010000300000010, 9, R, R, NO) /* TDCX_PA */
	ROW(0x8010000300000020, 4, R, R, R) /* TD_UUID */
	ROW(0x8110000100000001, 1, R, R, NO) /* HKID */
	ROW(0x8110000300000002, 1, R, R, NO) /* PKG_CONFIG_BITMAP */
	ROW(0x8210000100000000, 1, R, R, NO) /* HANDOFF_VERSION */
	ROW(0x8210000300000001, 1, R, R, NO) /* SEAMDB_INDEX */
	ROW(0x8210000300000002, 4, NO, NO, NO) /* SEAMDB_NONCE */
	ROW(0x9010000200000001, 1, R, R, R) /* NUM_VCPUS */
	ROW(0x9010000200000002, 1, R, R, NO) /* NUM_ASSOC_VCPUS */
	ROW(0x9010000200000004, 1, R, R, NO) /* OP_STATE */
	ROW(0x9010000100000005, 1, R, R, R) /* NUM_L2_VMS */
	ROW(0x1110000300000000, 1, R, R, R) /* ATTRIBUTES */
	ROW(0x1110000300000001, 1, R, R, R) /* XFAM */
	ROW(0x1110000200000002, 1, R, R, R) /* MAX_VCPUS */
	ROW(0x1110000000000003, 1, R, R, R) /* GPAW */
	ROW(0x1110000300000004, 1, R, R, NO) /* EPTP */
	ROW(0x111000030000000a, 1, R, R, NO) /* TSC_OFFSET */
	ROW(0x111000030000000b, 1, R, R, NO) /* TSC_MULTIPLIER */
	ROW(0x111000010000000c, 1, R, R, R) /* TSC_FREQUENCY */
	ROW(0x111000030000000d, 1, NO, NO, NO) /* VIRTUAL_TSC */
	ROW(0x911000010000000e, 1, R, R, NO) /* NUM_CPUID_VALUES */
	ROW(0x911000020000000f, 1, R, R, NO) /* XBUFF_SIZE */
	ROW(0x9110000300000010, 1, NO, { ALL, 0x1 }, { 0x1, 0x1 }) /* NOTIFY_ENABLES */
	ROW(0x9110000300000011, 1, RW, RW, NO) /* HP_LOCK_TIMEOUT */
	ROW(0x9110000300000012, 4, { ALL, 0x1 }, { ALL, 0x1 }, NO) /* VM_CTLS */
	ROW(0x1110000300000016, 1, R, R, R) /* CONFIG_FLAGS */
	ROW(0x1110000300000017, 1, NO, R, { ALL, 0x800000000000000f }) /* TD_CTLS */
	ROW(0x9110000000000080, 80, NO, R, NO) /* CPUID_VALID */
	ROW(0x9110000200000800, 19, R, R, NO) /* XBUFF_OFFSETS */
	ROW(0x9210000300000000, 1, R, R, NO) /* TD_EPOCH */
	ROW(0x9210000100000001, 2, R, R, NO) /* REFCOUNT */
	ROW(0x1310000300000000, 6, R, R, R) /* MRTD */
	ROW(0x1310000300000010, 6, R, R, R) /* MRCONFIGID */
	ROW(0x1310000300000018, 6, R, R, R) /* MROWNER */
	ROW(0x1310000300000020, 6, R, R, R) /* MROWNERCONFIG */
	ROW(0x1310000300000040, 24, NO, R, R) /* RTMR */
	ROW(0x9410000300000000, 160, R, R, NO) /* CPUID_VALUES */
	ROW(0x961000030000010a, 1, NO, R, NO) /* VIRTUAL_IA32_ARCH_CAPABILITIES */
	ROW(0x9610000300000480, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_BASIC */
	ROW(0x9610000300000485, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_MISC */
	ROW(0x9610000300000486, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_CR0_FIXED0 */
	ROW(0x9610000300000487, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_CR0_FIXED1 */
	ROW(0x9610000300000488, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_CR4_FIXED0 */
	ROW(0x9610000300000489, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_CR4_FIXED1 */
	ROW(0x961000030000048b, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_PROCBASED_CTLS2 */
	ROW(0x961000030000048c, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_EPT_VPID_CAP */
	ROW(0x961000030000048d, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_TRUE_PINBASED_CTLS */
	ROW(0x961000030000048e, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_TRUE_PROCBASED_CTLS */
	ROW(0x961000030000048f, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_TRUE_EXIT_CTLS */
	ROW(0x9610000300000490, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_TRUE_ENTRY_CTLS */
	ROW(0x9610000300000491, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_VMFUNC */
	ROW(0x9610000300000492, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_PROCBASED_CTLS3 */
	ROW(0x9610000300000493, 1, NO, R, NO) /* VIRTUAL_IA32_VMX_EXIT_CTLS2 */
	ROW(0x9810000000000001, 1, R, R, NO) /* MIG_DEC_KEY_SET */
	ROW(0x9810000200000002, 1, R, R, NO) /* EXPORT_COUNT */
	ROW(0x9810000200000003, 1, R, R, NO) /* IMPORT_COUNT */
	ROW(0x9810000200000004, 1, R, R, NO) /* MIG_EPOCH */
	ROW(0x9810000300000005, 1, R, R, NO) /* BW_EPOCH */
	ROW(0x9810000300000006, 1, R, R, NO) /* TOTAL_MB_COUNT */
	ROW(0x9810000300000010, 4, NO, R, NO) /* MIG_DEC_KEY */
	ROW(0x9810000300000014, 4, NO, R, NO) /* MIG_DEC_WORKING_KEY */
	ROW(0x9810000300000018, 4, NO, R, NO) /* MIG_ENC_KEY */
	ROW(0x981000030000001c, 4, NO, R, NO) /* MIG_ENC_WORKING_KEY */
	ROW(0x9810000100000020, 1, R, R, NO) /* MIG_VERSION */
	ROW(0x9810000100000021, 1, R, R, NO) /* MIG_WORKING_VERSION */
	ROW(0x9810000300000030, 1, R, R, NO) /* DIRTY_COUNT */
	ROW(0x9810000300000031, 1, R, R, NO) /* MIG_COUNT */
	ROW(0x9810000100000032, 1, R, R, NO) /* NUM_MIGS */
	ROW(0x9810000200000034, 1, R, R, NO) /* NUM_MIGRATED_VCPUS */
	ROW(0x9810000300000040, 4, R, R, R) /* PRE_IMPORT_UUID */
	ROW(0x9910000300000000, 6, R, R, R) /* SERVTD_HASH */
	ROW(0x9910000100000006, 1, R, R, R) /* SERVTD_NUM */
	ROW(0x9910000300000080, 16, R, R, R) /* SERVTD_BINDINGS_TABLE */
	ROW(0x9a10000300000000, 512, R, R, NO) /* MIGSC_LINKS */
	ROW(0x2010000300000000, 512, NO, R, NO) /* MSR_BITMAPS */
	ROW(0x2110000300000000, 512, NO, R, NO) /* SEPT_ROOT */
	ROW(0x2510000300000000, 512, NO, R, NO) /* L2_SEPT_ROOT_1 */
	ROW(0x2910000300000000, 512, NO, R, NO) /* L2_SEPT_ROOT_2 */
	ROW(0x2d10000300000000, 512, NO, R, NO) /* L2_SEPT_ROOT_3 */
	ROW(0x0120000300000000, 128, NO, R, NO) /* VAPIC */
	ROW(0x0220000200000000, 1, NO, R, NO) /* EXIT_REASON */
	ROW(0x0220000200000001, 1, NO, R, NO) /* VALID */
	ROW(0x0220000300000002, 1, NO, R, NO) /* EXIT_QUALIFICATION */
	ROW(0x0220000300000003, 1, NO, R, NO) /* GLA */
	ROW(0x0220000300000004, 1, NO, R, NO) /* GPA */
	ROW(0x0220000100000005, 1, NO, R, NO) /* EPTP_INDEX */
	ROW(0x8220000200000010, 1, NO, R, NO) /* INSTRUCTION_LENGTH */
	ROW(0x8220000200000011, 1, NO, R, NO) /* INSTRUCTION_INFORMATION */
	ROW(0x1020000300000000, 1, NO, RW, NO) /* RAX */
	ROW(0x1020000300000001, 1, NO, RW, NO) /* RCX */
	ROW(0x1020000300000002, 1, NO, RW, NO) /* RDX */
	ROW(0x1020000300000003, 1, NO, RW, NO) /* RBX */
	ROW(0x1020000300000004, 1, NO, NO, NO) /* RSP_PLACEHOLDER */
	ROW(0x1020000300000005, 1, NO, RW, NO) /* RBP */
	ROW(0x1020000300000006, 1, NO, RW, NO) /* RSI */
	ROW(0x1020000300000007, 1, NO, RW, NO) /* RDI */
	ROW(0x1020000300000008, 1, NO, RW, NO) /* R8 */
	ROW(0x1020000300000009, 1, NO, RW, NO) /* R9 */
	ROW(0x102000030000000a, 1, NO, RW, NO) /* R10 */
	ROW(0x102000030000000b, 1, NO, RW, NO) /* R11 */
	ROW(0x102000030000000c, 1, NO, RW, NO) /* R12 */
	ROW(0x102000030000000d, 1, NO, RW, NO) /* R13 */
	ROW(0x102000030000000e, 1, NO, RW, NO) /* R14 */
	ROW(0x102000030000000f, 1, NO, RW, NO) /* R15 */
	ROW(0x1120000300000000, 1, NO, RW, NO) /* DR0 */
	ROW(0x1120000300000001, 1, NO, RW, NO) /* DR1 */
	ROW(0x1120000300000002, 1, NO, RW, NO) /* DR2 */
	ROW(0x1120000300000003, 1, NO, RW, NO) /* DR3 */
	ROW(0x1120000300000006, 1, NO, { ALL, 0xe00f }, NO) /* DR6: the bits that are there */
	ROW(0x1120000300000020, 1, NO, R, NO) /* XCR0 */
	ROW(0x1120000300000028, 1, NO, RW, NO) /* CR2 */
	ROW(0x9120000300000100, 1, R, R, NO) /* VCPU_STATE_DETAILS */
	ROW(0x1220000300000000, 512, NO, RW, NO) /* XBUFF: as large as XFAM needs here */
	ROW(0x1320000300000048, 1, NO, RW, NO) /* IA32_SPEC_CTRL */
	ROW(0x13200003000000e1, 1, NO, RW, NO) /* IA32_UMWAIT_CONTROL */
	ROW(0x1320000300000122, 1, NO, RW, NO) /* IA32_TSX_CTRL */
	ROW(0x1320000300000186, 8, NO, RW, NO) /* IA32_PERFEVTSELx */
	ROW(0x13200003000001a6, 2, NO, RW, NO) /* MSR_OFFCORE_RSPx */
	ROW(0x13200003000001c4, 1, NO, R, NO) /* IA32_XFD */
	ROW(0x13200003000001c5, 1, NO, R, NO) /* IA32_XFD_ERR */
	ROW(0x1320000300000309, 7, NO, RW, NO) /* IA32_FIXED_CTRx */
	ROW(0x1320000300000329, 1, NO, RW, NO) /* IA32_PERF_METRICS */
	ROW(0x132000030000038d, 1, NO, RW, NO) /* IA32_FIXED_CTR_CTRL */
	ROW(0x132000030000038e, 1, NO, R, NO) /* IA32_PERF_GLOBAL_STATUS */
	ROW(0x13200003000003f1, 1, NO, RW, NO) /* IA32_PEBS_ENABLE */
	ROW(0x13200003000003f2, 1, NO, RW, NO) /* MSR_PEBS_DATA_CFG */
	ROW(0x13200003000003f6, 1, NO, RW, NO) /* MSR_PEBS_LD_LAT */
	ROW(0x13200003000003f7, 1, NO, RW, NO) /* MSR_PEBS_FRONTEND */
	ROW(0x13200003000004c1, 8, NO, RW, NO) /* IA32_A_PMCx */
	ROW(0x1320000300000600, 1, NO, RW, NO) /* IA32_DS_AREA */
	ROW(0x1320000300000da0, 1, NO, R, NO) /* IA32_XSS */
	ROW(0x13200003000014cf, 1, NO, RW, NO) /* IA32_LBR_DEPTH */
	ROW(0x1320000300001b01, 1, NO, RW, NO) /* IA32_UARCH_MISC_CTL */
	ROW(0x1320000300002081, 1, NO, R, NO) /* IA32_STAR */
	ROW(0x1320000300002082, 1, NO, R, NO) /* IA32_LSTAR */
	ROW(0x1320000300002084, 1, NO, R, NO) /* IA32_FMASK */
	ROW(0x1320000300002102, 1, NO, R, NO) /* IA32_KERNEL_GS_BASE */
	ROW(0x1320000300002103, 1, NO, { ALL, UINT32_MAX }, NO) /* IA32_TSC_AUX */
	ROW(0xa020000000000000, 1, NO, R, NO) /* VCPU_STATE */
	ROW(0xa020000200000002, 1, R, R, R) /* VCPU_INDEX */
	ROW(0xa020000000000003, 1, R, R, NO) /* NUM_TDVPS_PAGES */
	ROW(0xa020000200000004, 1, R, R, NO) /* ASSOC_LPID */
	ROW(0xa020000300000006, 1, R, R, NO) /* VCPU_EPOCH */
	ROW(0xa020000000000007, 1, R, R, RW) /* CPUID_SUPERVISOR_VE */
	ROW(0xa020000000000008, 1, R, R, RW) /* CPUID_USER_VE */
	ROW(0xa02000030000000a, 1, NO, R, NO) /* LAST_EXIT_TSC */
	ROW(0x202000000000000b, 1, RW, RW, NO) /* PEND_NMI */
	ROW(0x202000030000000c, 1, R, RW, NO) /* XFAM */
	ROW(0xa02000000000000d, 1, NO, R, NO) /* LAST_EPF_GPA_LIST_IDX */
	ROW(0xa02000000000000e, 1, NO, R, NO) /* POSSIBLY_EPF_STEPPING */
	ROW(0xa02000000000000f, 1, NO, R, NO) /* LAST_TD_EXIT */
	ROW(0xa020000300000010, 15, R, R, NO) /* TDVPS_PAGE_PA */
	ROW(0xa020000300000030, 1, NO, R, NO) /* HP_LOCK_BUSY_START */
	ROW(0xa020000000000031, 1, NO, R, NO) /* HP_LOCK_BUSY */
	ROW(0xa020000300000032, 1, NO, R, NO) /* LAST_SEAMDB_INDEX */
	ROW(0xa020000000000040, 1, NO, R, NO) /* NMI_UNBLOCKING_DUE_TO_IRET */
	ROW(0xa020000100000041, 1, NO, R, NO) /* CURR_VM */
	ROW(0xa020000000000042, 1, NO, R, NO) /* L2_EXIT_HOST_ROUTING */
	ROW(0xa020000000000044, 4, NO, R, NO) /* VM_LAUNCHED */
	ROW(0xa020000000000048, 4, NO, R, NO) /* LP_DEPENDENT_HPA_UPDATED */
	ROW(0xa02000000000004c, 4, NO, R, NO) /* MODULE_DEPENDENT_FIELDS_UPDATED */
	ROW(0xa020000300000050, 4, NO, { ALL, 0x7 }, { ALL, 0x7 }) /* L2_CTLS */
	ROW(0xa020000300000054, 4, NO, { ALL, 0x7 }, NO) /* L2_DEBUG_CTLS */
	ROW(0xa020000300000058, 4, NO, R, RW) /* TSC_DEADLINE */
	ROW(0xa02000030000005c, 4, NO, R, NO) /* SHADOW_TSC_DEADLINE */
	ROW(0xa020000300000080, 1, NO, { ALL, 0xffffffff9fffffdf }, NO) /* BASE_L2_CR0_GUEST_HOST_MASK */
	ROW(0xa020000300000081, 1, NO, { ALL, 0xffffffff9fffffdf }, NO) /* BASE_L2_CR0_READ_SHADOW */
	ROW(0xa020000300000082, 1, NO, { ALL, 0xffffffffffff9fbf }, NO) /* BASE_L2_CR4_GUEST_HOST_MASK */
	ROW(0xa020000300000083, 1, NO, { ALL, 0xffffffff9fffffdf }, NO) /* BASE_L2_CR4_READ_SHADOW */
	ROW(0xa020000300000084, 4, NO, R, NO) /* SHADOW_CR0_GUEST_HOST_MASK */
	ROW(0xa020000300000088, 4, NO, R, NO) /* SHADOW_CR0_READ_SHADOW */
	ROW(0xa02000030000008c, 4, NO, R, NO) /* SHADOW_CR4_GUEST_HOST_MASK */
	ROW(0xa020000300000090, 4, NO, R, NO) /* SHADOW_CR4_READ_SHADOW */
	ROW(0xa020000200000094, 4, NO, R, NO) /* SHADOW_INSTRUCTION_TIMEOUT_CONTROL */
	ROW(0xa020000300000098, 4, NO, R, NO) /* SHADOW_PID_HPA */
	ROW(0xa02000020000009c, 4, NO, R, NO) /* SHADOW_PINBASED_EXEC_CTLS */
	ROW(0xa0200002000000a4, 4, NO, R, NO) /* SHADOW_PLE_GAP */
	ROW(0xa0200002000000a8, 4, NO, R, NO) /* SHADOW_PLE_WINDOW */
	ROW(0xa0200001000000ac, 4, NO, R, NO) /* SHADOW_POSTED_INT_NOTIFICATION_VECTOR */
	ROW(0xa0200002000000b0, 4, NO, R, NO) /* SHADOW_PROCBASED_EXEC_CTLS2 */
	ROW(0xa0200003000000b4, 4, NO, R, NO) /* SHADOW_SHARED_EPTP */
	ROW(0xa020000300000100, 4, NO, R, NO) /* L2_ENTER_GUEST_STATE_GPA */
	ROW(0xa020000300000104, 4, NO, R, NO) /* L2_ENTER_GUEST_STATE_HPA */
	ROW(0xa020000300000108, 4, NO, R, NO) /* VE_INFO_GPA */
	ROW(0xa02000030000010c, 4, NO, R, NO) /* VE_INFO_HPA */
	ROW(0xa020000300000110, 4, NO, R, NO) /* L2_VAPIC_GPA */
	ROW(0xa020000300000114, 4, NO, R, NO) /* L2_VAPIC_HPA */
	ROW(0xa120000000000000, 128, NO, R, { ALL, 0x3 }) /* CPUID_CONTROL */
	ROW(0xa220000300000200, 32, NO, R, NO) /* LAST_EPF_GPA_LIST */
	ROW(0x2420000000000000, 4096, NO, NO, NO) /* L2_VMCS_1 */
	ROW(0x2520000300000000, 512, NO, RW, RW) /* L2_MSR_BITMAPS_1 */
	ROW(0xa620000300000000, 512, NO, R, NO) /* L2_SHADOW_MSR_BITMAPS_1 */
	ROW(0x2c20000000000000, 4096, NO, NO, NO) /* L2_VMCS_2 */
	ROW(0x2d20000300000000, 512, NO, RW, RW) /* L2_MSR_BITMAPS_2 */
	ROW(0xae20000300000000, 512, NO, R, NO) /* L2_SHADOW_MSR_BITMAPS_2 */
	ROW(0x3420000000000000, 4096, NO, NO, NO) /* L2_VMCS_3 */
	ROW(0x3520000300000000, 512, NO, RW, RW) /* L2_MSR_BITMAPS_3 */
	ROW(0xb620000300000000, 512, NO, R, NO) /* L2_SHADOW_MSR_BITMAPS_3 */

	/* The VMCS: in a debuggable TD its guest state is open, too. */
	ROW(0x0020000100000002, 1, RW, RW, NO) /* posted-interrupt notification vector */
	ROW(0x0020000300002004, 1, R, RW, NO) /* MSR bitmaps */
	ROW(0x0020000300002016, 1, { ALL, ~UINT64_C(0x3f) }, RW, NO) /* posted-interrupt descriptor */
	ROW(0x002000030000203c, 1, { 0xffffffffff000, 0xffffffffff000 }, RW, NO) /* shared EPTP */
	ROW(0x0020000200004000, 1, { 0x80, 0x80 }, RW, NO) /* pin-based controls */
	ROW(0x002000020000401e, 1, { 0xc0000000, 0xc0000000 }, RW, NO) /* secondary controls */
	ROW(0x0020000200004024, 1, RW, RW, NO) /* instruction timeout */
	ROW(0x002000030000681e, 1, NO, RW, NO) /* RIP */
	ROW(0x0020000300006800, 1, NO, RW, NO) /* CR0 */

	/* Of later modules. */
	ROW(0x9900000100000008, 1, R, R, NO) /* MAX_VCPUS_PER_TD */
	ROW(0x9110000000000019, 1, R, R, R) /* TOPOLOGY_ENUM_CONFIGURED */
};
/* clang-format on */

/* What no VMM can write here: docs/fidelity.md. */
static const uint64_t read_only[] = {
	UINT64_C(0x002000020000401e), /* there is no instruction timeout */
	UINT64_C(0x0020000200004024), UINT64_C(0x202000030000000c), /* XFAM of a VCPU */
};

static struct test_td td;
static bool is_known[ARRAY_SIZE(rows)][CALLERS];

static void build(enum caller caller)
{
	struct tdx_td_params params = test_td_params();

	if (caller == DEBUG)
		params.attributes |= TDX_ATTR_DEBUG;
	machine_ready();
	test_td_build_with(&td, &params, TD_FINAL);
}

static unsigned int context_of(uint64_t id)
{
	return (unsigned int)(id >> TDX_FIELD_CONTEXT_SHIFT & 7);
}

static bool is_vmcs(uint64_t id)
{
	return context_of(id) == 2 && !(id >> TDX_FIELD_CLASS_SHIFT & TDX_FIELD_CLASS_MASK);
}

/* Class and code say which field it is. */
static uint64_t bare(uint64_t id)
{
	return id & (TDX_FIELD_CODE_MASK | (uint64_t)TDX_FIELD_CLASS_MASK << TDX_FIELD_CLASS_SHIFT |
		     UINT64_C(7) << TDX_FIELD_CONTEXT_SHIFT);
}

static struct rights rights_of(const struct row *row, enum caller caller)
{
	struct rights rights = caller == HOST	 ? row->host
			       : caller == DEBUG ? row->debug
						 : row->guest;

	for (size_t i = 0; i < ARRAY_SIZE(read_only); i++) {
		if (row->id == read_only[i])
			rights.write = 0;
	}
	return rights;
}

static uint64_t guest_call(uint64_t leaf, uint64_t id, uint64_t *value, uint64_t mask)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RDX] = id, [TDX_R8] = *value, [TDX_R9] = mask };
	uint64_t status = td_guest_tdcall(&td, 0, leaf, regs);

	*value = regs[TDX_R8];
	return status;
}

static uint64_t host_call(uint64_t leaf, uint64_t id, uint64_t *value, uint64_t mask)
{
	struct hpa object = context_of(id) == 2 ? td.tdvpr[0] : td.tdr;
	struct seam_result result = seam(leaf, object.pa, id, *value, mask);

	*value = result.out.r8;
	return result.status;
}

static uint64_t read_as(enum caller caller, uint64_t id, uint64_t *value)
{
	static const uint64_t host[] = { TDH_SYS_RD, TDH_MNG_RD, TDH_VP_RD };
	static const uint64_t guest[] = { TDG_SYS_RD, TDG_VM_RD, TDG_VP_RD };

	*value = 0;
	if (caller == GUEST)
		return guest_call(guest[context_of(id)], id, value, 0);
	return host_call(host[context_of(id)], id, value, 0);
}

static uint64_t write_as(enum caller caller, uint64_t id, uint64_t value, uint64_t mask)
{
	static const uint64_t host[] = { 0, TDH_MNG_WR, TDH_VP_WR };
	static const uint64_t guest[] = { 0, TDG_VM_WR, TDG_VP_WR };

	if (caller == GUEST)
		return guest_call(guest[context_of(id)], id, &value, mask);
	return host_call(host[context_of(id)], id, &value, mask);
}

static const char *const caller_names[] = { "VMM", "VMM of a debuggable TD", "guest" };

/* One bit after the other, each written as it is. */
static void check_writes(enum caller caller, uint64_t id, uint64_t writable, uint64_t value)
{
	unsigned int bits = 8u << (id >> 32 & 3);

	for (unsigned int b = 0; b < bits; b++) {
		uint64_t status = write_as(caller, id, value, bit(b));
		bool refused = status == TDX_METADATA_FIELD_NOT_WRITABLE;

		if (!refused && status != TDX_METADATA_FIELD_VALUE_NOT_VALID)
			assert_int_equal(status, TDX_SUCCESS);
		if (refused == !!(writable & bit(b)))
			fail_msg("field %016llx, bit %u, written by the %s: %llx",
				 (unsigned long long)id, b, caller_names[caller],
				 (unsigned long long)status);
	}
}

/* Returns false when there is no such field. */
static bool check_element(enum caller caller, const struct row *row, uint64_t id)
{
	const struct rights rights = rights_of(row, caller);
	uint64_t value, status = read_as(caller, id, &value);

	if (status == TDX_METADATA_FIELD_ID_INCORRECT) {
		if (context_of(id))
			assert_int_equal(write_as(caller, id, 0, ALL),
					 TDX_METADATA_FIELD_ID_INCORRECT);
		return false;
	}
	if (status != (rights.read ? TDX_SUCCESS : TDX_METADATA_FIELD_NOT_READABLE))
		fail_msg("field %016llx, read by the %s: %llx", (unsigned long long)id,
			 caller_names[caller], (unsigned long long)status);
	assert_int_equal(value & ~rights.read, 0);
	if (context_of(id))
		check_writes(caller, id, rights.write, value);
	return true;
}

static void check_rows(enum caller caller)
{
	build(caller);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		uint64_t last = row->id + row->elements - 1;

		if (caller == DEBUG && is_vmcs(row->id))
			continue;
		if (bare(row->id) == bare(FIELD_CPUID_VALUES)) /* it has holes */
			continue;
		is_known[i][caller] = check_element(caller, row, row->id);
		assert_int_equal(check_element(caller, row, last), is_known[i][caller]);
	}
}

static void test_vmm(void **state)
{
	check_rows(HOST);
}

static void test_vmm_of_a_debuggable_td(void **state)
{
	check_rows(DEBUG);
}

static void test_guest(void **state)
{
	check_rows(GUEST);
}

static void test_a_field_is_there_for_all_or_none(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(is_known[i][HOST], is_known[i][GUEST]);
		if (!is_vmcs(rows[i].id))
			assert_int_equal(is_known[i][HOST], is_known[i][DEBUG]);
	}
}

static bool is_in_the_tables(uint64_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (bare(id) - bare(rows[i].id) < rows[i].elements)
			return true;
	}
	return false;
}

/* What the iteration gives: all that may be read. */
static void test_no_other_field_is_there(void **state)
{
	static const uint64_t leaves[] = { TDH_SYS_RD, TDH_MNG_RD | SEAM_V1, TDH_VP_RD | SEAM_V1 };

	build(DEBUG);
	for (size_t context = 0; context < ARRAY_SIZE(leaves); context++) {
		struct hpa object = context == 2 ? td.tdvpr[0] : td.tdr;
		uint64_t id = seam(leaves[context], object.pa, TDX_FIELD_NONE, 0, 0).out.rdx;
		unsigned int count = 0;

		for (; id != TDX_FIELD_NONE; count++) {
			struct seam_result r = seam(leaves[context], object.pa, id, 0, 0);

			assert_int_equal(r.status, TDX_SUCCESS);
			if (!is_vmcs(id) &&
			    bare(id) >> TDX_FIELD_CLASS_SHIFT !=
				    bare(FIELD_CPUID_VALUES) >> TDX_FIELD_CLASS_SHIFT &&
			    !is_in_the_tables(id))
				fail_msg("field %016llx is in no table", (unsigned long long)id);
			id = r.out.rdx;
		}
		assert_in_range(count, 10, 5000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmm),
		cmocka_unit_test(test_vmm_of_a_debuggable_td),
		cmocka_unit_test(test_guest),
		cmocka_unit_test(test_a_field_is_there_for_all_or_none),
		cmocka_unit_test(test_no_other_field_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
