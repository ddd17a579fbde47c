/* SPDX-License-Identifier: MIT */
/*
 * Structures and operands of the TDX Module ABI that the VMM and the module share.
 * TDX Module ABI specification, "ABI Reference: Data Types". All sizes in bytes, all integers
 * little-endian.
 */
#ifndef TDX_TYPES_H
#define TDX_TYPES_H

#include <stdint.h>

#define TDX_PAGE_SHIFT 12
#define TDX_PAGE_SIZE  4096

/* Levels of the secure EPT: what one entry maps. */
#define TDX_LEVEL_4K   0
#define TDX_LEVEL_2M   1
#define TDX_LEVEL_1G   2
#define TDX_LEVEL_512G 3
#define TDX_LEVEL_256T 4

/* RCX of TDH.MEM.* and TDG.MEM.PAGE.ACCEPT: level 2:0, zero 11:3, GPA 51:12. */
#define TDX_GPA_LEVEL_MASK 0x7
#define TDX_GPA_ADDR_MASK  0x000ffffffffff000

/* TD_PARAMS.ATTRIBUTES */
#define TDX_ATTR_DEBUG		 (UINT64_C(1) << 0)
#define TDX_ATTR_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TDX_ATTR_MIGRATABLE	 (UINT64_C(1) << 29)
#define TDX_ATTR_PKS		 (UINT64_C(1) << 30)
#define TDX_ATTR_KL		 (UINT64_C(1) << 31)
#define TDX_ATTR_PERFMON	 (UINT64_C(1) << 63)

/* TD_PARAMS.CONFIG_FLAGS */
#define TDX_CONFIG_GPAW_52	       (UINT64_C(1) << 0)
#define TDX_CONFIG_FLEXIBLE_PENDING_VE (UINT64_C(1) << 1)
#define TDX_CONFIG_NO_RBP_MOD	       (UINT64_C(1) << 2)

/* TD_CTLS */
#define TDX_TD_CTLS_PENDING_VE_DISABLE (UINT64_C(1) << 0)
#define TDX_TD_CTLS_ENUM_TOPOLOGY      (UINT64_C(1) << 1)
#define TDX_TD_CTLS_VIRT_CPUID2	       (UINT64_C(1) << 2)
#define TDX_TD_CTLS_REDUCE_VE	       (UINT64_C(1) << 3)
#define TDX_TD_CTLS_LOCK	       (UINT64_C(1) << 63)

/* TD_PARAMS.EPTP_CONTROLS: memory type 2:0 (6 = write-back), page-walk length minus one 5:3 */
#define TDX_EPTP_WB	  6
#define TDX_EPTP_4_LEVELS (3 << 3)
#define TDX_EPTP_5_LEVELS (4 << 3)

/* XFAM, the extended features of a TD: the layout of XCR0 | IA32_XSS */
#define TDX_XFAM_X87	(UINT64_C(1) << 0)
#define TDX_XFAM_SSE	(UINT64_C(1) << 1)
#define TDX_XFAM_AVX	(UINT64_C(1) << 2)
#define TDX_XFAM_AVX512 (UINT64_C(7) << 5)
#define TDX_XFAM_PT	(UINT64_C(1) << 8)
#define TDX_XFAM_PKRU	(UINT64_C(1) << 9)
#define TDX_XFAM_CET	(UINT64_C(3) << 11)
#define TDX_XFAM_ULI	(UINT64_C(1) << 14)
#define TDX_XFAM_LBR	(UINT64_C(1) << 15)
#define TDX_XFAM_AMX	(UINT64_C(3) << 17)

struct tdx_cpuid_value {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* Input of TDH.MNG.INIT; aligned to its size. Reserved members must be zero. */
struct tdx_td_params {
	uint64_t attributes;
	uint64_t xfam;
	uint16_t max_vcpus;
	uint8_t num_l2_vms;
	uint8_t msr_config_ctls;
	uint32_t reserved_0;
	uint64_t eptp_controls;
	uint64_t config_flags;
	uint16_t tsc_frequency; /* in units of 25 MHz */
	uint8_t reserved_1[38];
	uint8_t mrconfigid[48];
	uint8_t mrowner[48];
	uint8_t mrownerconfig[48];
	uint64_t ia32_arch_capabilities_config;
	uint8_t reserved_2[24];
	struct tdx_cpuid_value
		cpuid_values[48]; /* the first NUM_CPUID_CONFIG in the order of TDSYSINFO */
};

/* Convertible memory range, as the BIOS declares it; an unused entry has size 0. */
struct tdx_cmr_info {
	uint64_t base;
	uint64_t size;
};

#define TDX_MAX_CMRS		  32
#define TDX_MAX_TDMRS		  64
#define TDX_MAX_RESERVED_PER_TDMR 16

/* Input of TDH.SYS.CONFIG; 512-aligned. Base and size are multiples of 1 GiB. */
struct tdx_tdmr_info {
	uint64_t base;
	uint64_t size;
	uint64_t pamt_1g_base;
	uint64_t pamt_1g_size;
	uint64_t pamt_2m_base;
	uint64_t pamt_2m_size;
	uint64_t pamt_4k_base;
	uint64_t pamt_4k_size;
	struct {
		uint64_t offset; /* from base */
		uint64_t size;
	} reserved[TDX_MAX_RESERVED_PER_TDMR];
};

struct tdx_cpuid_config {
	uint32_t leaf;
	uint32_t subleaf; /* 0xffffffff: the leaf has none */
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* Output of TDH.SYS.INFO; 1024-aligned. */
struct tdx_sysinfo {
	uint32_t attributes;
	uint32_t vendor_id;
	uint32_t build_date;
	uint16_t build_num;
	uint16_t minor_version;
	uint16_t major_version;
	uint8_t sys_rd;
	uint8_t reserved_0[13];
	uint16_t max_tdmrs;
	uint16_t max_reserved_per_tdmr;
	uint16_t pamt_entry_size;
	uint8_t reserved_1[10];
	uint16_t tdcs_base_size;
	uint8_t reserved_2[2];
	uint16_t tdvps_base_size;
	uint8_t tdvps_xfam_dependent_size;
	uint8_t reserved_3[9];
	uint64_t attributes_fixed0;
	uint64_t attributes_fixed1;
	uint64_t xfam_fixed0;
	uint64_t xfam_fixed1;
	uint8_t reserved_4[32];
	uint32_t num_cpuid_config;
	struct tdx_cpuid_config cpuid_config[37];
	uint8_t reserved_5[4];
};

/* Page types in the PAMT, as TDH.PHYMEM.PAGE.RDMD and RECLAIM report them. */
enum tdx_page_type {
	TDX_PAGE_NDA = 0,  /* not directly assigned: the VMM's */
	TDX_PAGE_RSVD = 1, /* reserved area of a TDMR */
	TDX_PAGE_REG = 3,  /* private memory of a TD */
	TDX_PAGE_TDR = 4,
	TDX_PAGE_TDCX = 5,
	TDX_PAGE_TDVPR = 6,
	TDX_PAGE_EPT = 8,
};

/* Public states of secure EPT entries, RDX 15:8 of TDH.MEM.* */
enum tdx_sept_public_state {
	TDX_SEPT_FREE = 0,
	TDX_SEPT_BLOCKED = 1,
	TDX_SEPT_PENDING = 2,
	TDX_SEPT_PENDING_BLOCKED = 3,
	TDX_SEPT_MAPPED = 4,
	TDX_SEPT_REMOVED = 5,
	TDX_SEPT_NL_BLOCKED = 0x81,
	TDX_SEPT_NL_MAPPED = 0x84,
};

/* Posted-interrupt descriptor, 64-byte aligned, in the VMM's memory (Intel SDM, "Posted-Interrupt
 * Processing"). */
struct tdx_posted_interrupts {
	uint64_t pir[4];  /* one bit a vector */
	uint64_t control; /* bit 0 ON: something was posted */
	uint64_t reserved[3];
};

/* Architectural EPT entries, for the shared EPT that the VMM owns (Intel SDM, "EPT Translation
 * Mechanism"). */
#define TDX_EPT_READ	    (UINT64_C(1) << 0)
#define TDX_EPT_WRITE	    (UINT64_C(1) << 1)
#define TDX_EPT_EXEC	    (UINT64_C(1) << 2)
#define TDX_EPT_RWX	    (TDX_EPT_READ | TDX_EPT_WRITE | TDX_EPT_EXEC)
#define TDX_EPT_TYPE_WB	    (UINT64_C(6) << 3)
#define TDX_EPT_IPAT	    (UINT64_C(1) << 6)
#define TDX_EPT_LARGE	    (UINT64_C(1) << 7)
#define TDX_EPT_ADDR	    UINT64_C(0x000ffffffffff000)
#define TDX_EPT_SUPPRESS_VE (UINT64_C(1) << 63)

#endif
