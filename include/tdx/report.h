/* SPDX-License-Identifier: MIT */
/*
 * TDREPORT_STRUCT, the local attestation report. TDX Module ABI specification, "Measurement and
 * Attestation Types".
 */
#ifndef TDX_REPORT_H
#define TDX_REPORT_H

#include <stdint.h>

#define TDX_MR_SIZE	     48 /* SHA-384 */
#define TDX_RTMR_COUNT	     4
#define TDX_REPORT_SIZE	     1024
#define TDX_REPORT_DATA_SIZE 64
#define TDX_REPORT_MAC_SIZE  32
#define TDX_TEE_TCB_SIZE     239

struct tdx_report_mac {
	uint8_t type; /* 0x81 = TDX */
	uint8_t subtype;
	uint8_t version;
	uint8_t reserved_0[13];
	uint8_t cpusvn[16];
	uint8_t tee_tcb_info_hash[TDX_MR_SIZE];
	uint8_t tee_info_hash[TDX_MR_SIZE];
	uint8_t report_data[TDX_REPORT_DATA_SIZE];
	uint8_t reserved_1[32];
	uint8_t mac[TDX_REPORT_MAC_SIZE]; /* over the 224 bytes before it */
};

struct tdx_tee_tcb_info {
	uint64_t valid; /* bit i: the eight bytes at offset 8 * i are populated */
	uint8_t tee_tcb_svn[16];
	uint8_t mrseam[TDX_MR_SIZE];
	uint8_t mrsignerseam[TDX_MR_SIZE];
	uint64_t attributes;
	uint8_t tee_tcb_svn2[16];
	uint8_t reserved[95];
	uint8_t pad; /* outside the 239 bytes that are hashed */
};

struct tdx_td_info {
	uint64_t attributes;
	uint64_t xfam;
	uint8_t mrtd[TDX_MR_SIZE];
	uint8_t mrconfigid[TDX_MR_SIZE];
	uint8_t mrowner[TDX_MR_SIZE];
	uint8_t mrownerconfig[TDX_MR_SIZE];
	uint8_t rtmr[TDX_RTMR_COUNT][TDX_MR_SIZE];
	uint8_t servtd_hash[TDX_MR_SIZE];
	uint8_t reserved[64];
};

struct tdx_report {
	struct tdx_report_mac mac;
	struct tdx_tee_tcb_info tcb;
	uint8_t reserved[16];
	struct tdx_td_info td;
};

#endif
