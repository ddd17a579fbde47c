/* SPDX-License-Identifier: MIT */
/*
 * A TD: its root page (TDR) and its control structure (TDCS, made of TDCX pages). TDX Module ABI,
 *"TD Life Cycle".
 *
 *	TDR	struct tdr
 *	TDCX 0	struct tdcs		TDCX 1	struct tdcs_cpuid
 *	TDCX 2	MSR bitmap, all ones	TDCX 3	root of the secure EPT
 *	TDCX 4	x2APIC ids (topology.h)	TDCX 5	zero
 */
#ifndef MODULE_TD_H
#define MODULE_TD_H

#include <bearssl.h>
#include <stdbool.h>
#include <stdint.h>

#include <tdx/report.h>
#include <tdx/types.h>

#include "module/page.h"

enum td_lifecycle {
	TD_HKID_ASSIGNED,
	TD_KEYS_CONFIGURED,
	TD_BLOCKED,
	TD_TEARDOWN,
	TD_LIFECYCLE_COUNT,
};

enum td_op_state {
	TD_OP_UNINITIALIZED,
	TD_OP_INITIALIZED,
	TD_OP_RUNNABLE,
	TD_OP_LIVE_EXPORT, /* 3 to 10 need migration, which this module does not have */
	TD_OP_PAUSED_EXPORT,
	TD_OP_POST_EXPORT,
	TD_OP_MEMORY_IMPORT,
	TD_OP_STATE_IMPORT,
	TD_OP_POST_IMPORT,
	TD_OP_LIVE_IMPORT,
	TD_OP_FAILED_IMPORT,
	TD_OP_STATE_COUNT,
};

#define TDCX_PAGES	6 /* TDCS_BASE_SIZE / 4 KiB */
#define TDCX_PAGES_MAX	9
#define TDCX_CONTROL	0
#define TDCX_CPUID	1
#define TDCX_MSR_BITMAP 2
#define TDCX_SEPT_ROOT	3
#define TDCX_X2APIC_IDS 4

struct tdr {
	uint64_t child_count; /* 4 KiB pages that name this TD as their owner; a 2 MiB page counts
				 512 */
	uint32_t lifecycle;   /* enum td_lifecycle */
	uint32_t tdcx_count;
	struct hpa tdcx[TDCX_PAGES_MAX];
	uint64_t uuid[4];
	uint64_t packages_configured; /* bit per package: MNG.KEY.CONFIG done */
	uint16_t hkid;
	bool fatal;
};

struct tdcs {
	uint16_t op_state_lock; /* locks: lock.h */
	uint16_t sept_lock;
	uint16_t epoch_lock;
	uint16_t rtmr_lock;
	uint32_t op_state;	   /* enum td_op_state */
	uint32_t vcpu_count;	   /* VP.INIT done: NUM_VCPUS */
	uint32_t associated_count; /* VCPUs associated with some LP */
	/* execution controls, from TD_PARAMS */
	uint64_t attributes;
	uint64_t xfam;
	uint64_t config_flags;
	uint64_t td_ctls;
	uint64_t notify_enables;
	uint64_t eptp_controls;
	uint64_t hp_lock_timeout;
	uint64_t tsc_offset;
	uint64_t tsc_multiplier;
	uint64_t ia32_arch_capabilities;
	uint32_t max_vcpus;
	uint16_t tsc_frequency;
	uint8_t gpaw;	     /* 48 or 52 */
	uint8_t sept_levels; /* 4 or 5 */
	/* TLB tracking */
	uint64_t epoch;
	uint16_t epoch_refcount[2]; /* VCPUs inside the TD that entered in an even / odd epoch */
	/* measurement */
	br_sha384_context mrtd_context; /* from MNG.INIT to MR.FINALIZE */
	uint8_t mrtd[TDX_MR_SIZE];
	uint8_t mrconfigid[TDX_MR_SIZE];
	uint8_t mrowner[TDX_MR_SIZE];
	uint8_t mrownerconfig[TDX_MR_SIZE];
	uint8_t rtmr[TDX_RTMR_COUNT][TDX_MR_SIZE];
	uint8_t servtd_hash[TDX_MR_SIZE];
	/* topology.h */
	uint32_t vcpus_without_id; /* TDH.VP.INIT was version 0 */
	uint32_t x2apic_id_bits;   /* that any id has set */
};

_Static_assert(sizeof(struct tdr) <= TDX_PAGE_SIZE && sizeof(struct tdcs) <= TDX_PAGE_SIZE,
	       "one page each");

/* A TD whose TDR is locked. Only td_lock() makes one. tdcs is null until all TDCX pages are there.
 */
struct td_locked {
	struct page_locked page;
	struct tdr *tdr;
	struct tdcs *tdcs;
	bool op_state_locked;
};

/*
 * The generic checks of a leaf that takes a TDR, in the order of the ABI: TDR page; fatal and life
 * cycle (td_check_lifecycle()); TDCX pages (TDCS_NOT_ALLOCATED); op state
 * lock (OPERAND_BUSY|OP_STATE); leaf allowed in the op state (OP_STATE_INCORRECT, matrix in
 * opstate.def). operand is the register that named the TDR.
 */
uint64_t td_lock_for_leaf(struct hpa tdr, uint32_t operand, enum page_lock lock, unsigned int leaf,
			  struct td_locked *td);
/* TD_FATAL; TD_KEYS_NOT_CONFIGURED or LIFECYCLE_STATE_INCORRECT, where lifecycle.def refuses the
 * leaf. */
uint64_t td_check_lifecycle(const struct tdr *tdr, unsigned int leaf);
/* Is leaf (TDH_*) allowed in this op state? (opstate.def) */
bool td_leaf_allowed(unsigned int leaf, uint32_t op_state);
/* Only the TDR page, for leaves that look at the rest themselves. */
uint64_t td_lock(struct hpa tdr, uint32_t operand, enum page_lock lock, struct td_locked *td);
void td_unlock(struct td_locked *td);

/* Root page of the secure EPT; the GPA width's shared bit; is this GPA a private one that fits the
 * width? */
struct hpa td_sept_root(const struct tdr *tdr);
uint64_t td_shared_bit(const struct tdcs *tdcs);
bool td_gpa_is_private(const struct tdcs *tdcs, struct gpa gpa);
bool td_gpa_is_shared(const struct tdcs *tdcs, struct gpa gpa);

void td_child_added(struct tdr *tdr, unsigned int level);
void td_child_removed(struct tdr *tdr, unsigned int level);
/* The guest changes it while other logical processors read. */
static inline uint64_t td_ctls(const struct tdcs *tdcs)
{
	return __atomic_load_n(&tdcs->td_ctls, __ATOMIC_RELAXED);
}

struct tdcs *td_control(const struct tdr *tdr); /* TDCX 0; null when absent */
struct tdr *td_by_owner(struct hpa tdr);	/* of an owned page: no lock taken */

/* TLB tracking (TDX Module ABI, "TLB Tracking"): is it required now; is a range blocked at bepoch
 * out of every TLB? */
bool td_tracking_required(const struct tdcs *tdcs);
bool td_is_tracked(const struct tdcs *tdcs, uint64_t bepoch);

#endif
