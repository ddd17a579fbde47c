/* SPDX-License-Identifier: MIT */
/*
 * A VCPU: TDVPS, made of the TDVPR page and TDCX pages. TDX Module ABI, "VCPU Life Cycle".
 *
 *	page 0 (TDVPR)	struct vcpu	page 1	the back end's hardware structure
 *	page 2		virtual APIC	page 3	extended state		pages 4, 5  zero
 */
#ifndef MODULE_VCPU_H
#define MODULE_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/ve.h>

#include "cpu/backend.h"
#include "lib/phys.h"
#include "module/td.h"

enum vcpu_state { VCPU_UNINITIALIZED = 0, VCPU_READY = 2, VCPU_ACTIVE = 4, VCPU_DISABLED = 8 };

#define TDVPS_PAGES	6 /* TDVPS_BASE_SIZE / 4 KiB */
#define TDVPS_PAGES_MAX 15
#define TDVPS_HW	1
#define TDVPS_VAPIC	2
#define TDVPS_XSTATE	3

#define VCPU_NOT_ASSOCIATED UINT32_MAX

/* MSRs that the TD may use freely but that this CPU does not have: the module keeps their value. */
struct vcpu_msrs {
	uint64_t spec_ctrl;
	uint64_t ds_area;
	uint64_t xss;
	uint64_t debugctl;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t pat;
	uint64_t tsc_aux;
	uint64_t umwait_control;
	uint64_t uarch_misc_ctl;
};

struct vcpu {
	struct cpu_vcpu cpu; /* GPRs first */
	uint32_t state;	     /* vcpu_state() */
	uint32_t index;
	uint32_t page_count;
	uint32_t lp;			   /* associated logical processor or VCPU_NOT_ASSOCIATED */
	struct hpa pages[TDVPS_PAGES_MAX]; /* [0] is the TDVPR itself */
	struct hpa tdr;
	uint64_t epoch; /* TD epoch of the last entry */
	/* the VMM's settings, TDH.VP.WR */
	uint64_t pin_controls;
	uint64_t pi_descriptor;
	uint16_t pi_vector;
	uint64_t shared_eptp;
	bool pend_nmi;
	/* a TDCALL met a lock that the VMM wants first */
	bool host_first;
	uint64_t host_first_since; /* TSC at the first such TDCALL in a row */
	bool trap_exit;		   /* the last TD exit was HOST_PRIORITY_BUSY_TIMEOUT */
	uint64_t last_exit_tsc;	   /* of the machine, at the last TD exit */
	/* virtualisation exception */
	struct tdx_ve_info ve;
	uint32_t ve_valid; /* 0xffffffff until TDG.VP.VEINFO.GET */
	/* TDVMCALL under way */
	bool vmcall_pending;  /* the last TD exit was TDG.VP.VMCALL: the next VP.ENTER brings the
				 answer */
	uint64_t vmcall_mask; /* RCX of that call */
	uint8_t cpuid_supervisor_ve, cpuid_user_ve;
	uint8_t cpuid_control[128];
	struct vcpu_msrs msrs;
	int offered_vector; /* the interrupt that cpu/ was asked to deliver, or -1 */
};

_Static_assert(sizeof(struct vcpu) <= TDX_PAGE_SIZE, "TDVPR is one page");

struct vcpu_locked {
	struct page_locked page; /* TDVPR */
	struct td_locked td;
	struct vcpu *vcpu;
};

/*
 * The generic checks of a leaf that takes a TDVPR: TDVPR page (operand), TDR of its owner
 * (OPERAND_BUSY|TDR), TD checks of td_lock_for_leaf(). Releases everything on failure.
 */
uint64_t vcpu_lock_for_leaf(struct hpa tdvpr, uint32_t operand, enum page_lock lock,
			    unsigned int leaf, struct vcpu_locked *v);
void vcpu_unlock(struct vcpu_locked *v);
/* Is leaf (TDH_VP_*) allowed in this state of a VCPU? (vcpustate.def) */
bool vcpu_leaf_allowed(unsigned int leaf, uint32_t state);
/* Are all of its pages there (TDCX_NUM_INCORRECT) and the leaf allowed (VCPU_STATE_INCORRECT)? */
uint64_t vcpu_check(const struct vcpu *v, unsigned int leaf);
/* Binds the VCPU to this LP: VCPU_ASSOCIATED with another one. */
uint64_t vcpu_associate(struct vcpu_locked *v);

/* Whoever holds the TDVPR may look; the LP that the VCPU is associated with changes it meanwhile.
 */
static inline enum vcpu_state vcpu_state(const struct vcpu *v)
{
	return (enum vcpu_state)__atomic_load_n(&v->state, __ATOMIC_RELAXED);
}

static inline void vcpu_set_state(struct vcpu *v, enum vcpu_state state)
{
	__atomic_store_n(&v->state, (uint32_t)state, __ATOMIC_RELAXED);
}

static inline void *vcpu_page(const struct vcpu *v, unsigned int page)
{
	return phys_ptr(v->pages[page]);
}

#endif
