/* SPDX-License-Identifier: MIT */
/*
 * The module as a whole: its state, the key table, which logical processors and packages are ready.
 * TDX Module ABI, "Intel TDX Module Lifecycle" and "Key Management".
 *
 *	INIT_PENDING -SYS.INIT-> INIT_DONE -SYS.LP.INIT on every LP, SYS.CONFIG-> CONFIG_DONE
 *	-SYS.KEY.CONFIG on every package-> READY -SYS.SHUTDOWN-> SHUTDOWN
 */
#ifndef MODULE_SYS_H
#define MODULE_SYS_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "module/platform.h"

/* What SYS.INFO and the SYS metadata fields announce. */
#define SYS_VENDOR_ID	   0x8086
#define SYS_BUILD_DATE	   0x20260101 /* BCD */
#define SYS_BUILD_NUM	   1
#define SYS_MAJOR_VERSION  1
#define SYS_MINOR_VERSION  5
#define SYS_UPDATE_VERSION 1

#define SYS_ATTRIBUTES_FIXED0		  (TDX_ATTR_DEBUG | TDX_ATTR_SEPT_VE_DISABLE)
#define SYS_ATTRIBUTES_FIXED1		  UINT64_C(0)
#define SYS_XFAM_FIXED1			  (TDX_XFAM_X87 | TDX_XFAM_SSE)
#define SYS_CONFIG_FLAGS_FIXED1		  UINT64_C(0)
#define SYS_ARCH_CAPABILITIES_CONFIG_MASK UINT64_C(0x1180010)
#define SYS_MAX_LPS			  256
#define SYS_MAX_PACKAGES		  64
#define SYS_MAX_FMS			  8

/* GPAW needs a five-level secure EPT, which not every CPU can walk. */
uint64_t sys_config_flags_fixed0(void);

enum sys_state {
	SYS_STATE_INIT_PENDING,
	SYS_STATE_INIT_DONE,
	SYS_STATE_CONFIG_DONE,
	SYS_STATE_READY,
	SYS_STATE_SHUTDOWN,
};

/* Key ownership table: what a private key id is used for. */
enum hkid_state { HKID_FREE, HKID_ASSIGNED, HKID_FLUSHED, HKID_RESERVED };

struct sys_key {
	enum hkid_state state;
	uint64_t write_back_pending; /* bit per package: FLUSHED, and its caches not yet written
					back */
};

/* TDH.PHYMEM.CACHE.WB on one package. */
struct sys_write_back {
	uint64_t keys; /* bit per key: those that it is for */
	uint16_t lock;
	uint16_t next; /* block to go on with after an interrupt; 0: there is nothing to resume */
};

/* Locks: lock.h. */
struct sys {
	uint16_t lock;	   /* exclusive to change state; shared for TDH.SYS.LP.INIT */
	uint16_t kot_lock; /* keys[] */
	uint16_t ket_lock; /* keys in the memory controllers; there is nothing behind it here */
	enum sys_state state;
	uint32_t lps_initialized; /* how many */
	bool lp_initialized[SYS_MAX_LPS];
	uint32_t package_fms[SYS_MAX_FMS]; /* CPUID(1).EAX of the first packages, where known */
	uint64_t packages_configured;	   /* bit per package: SYS.KEY.CONFIG done */
	struct sys_key keys[PLATFORM_HKID_COUNT];
	struct sys_write_back write_back[SYS_MAX_PACKAGES];
};
extern struct sys sys;

void sys_reset(void);
/* TDX_SYS_LP_INIT_NOT_DONE unless TDH.SYS.LP.INIT has been done on the caller's LP; else 0. */
uint64_t sys_require_lp_init(void);
/* Every package of the machine, a bit each; the bit of the caller's. */
uint64_t sys_all_packages(void);
uint64_t sys_this_package(void);
/* Is this one of the private key ids? Then its entry. */
bool sys_hkid_is_private(uint64_t hkid);
struct sys_key *sys_key(uint16_t hkid);

#endif
