/* SPDX-License-Identifier: MIT */
#include "module/vcpu.h"

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/bits.h"
#include "module/platform.h"

/* vcpustate.def: rows are leaves, columns are states. */
static const bool vcpu_states[][VCPU_DISABLED + 1] = {
#define VCPUSTATE(leaf, uninitialized, ready, active, disabled)                                    \
	[leaf] = { [VCPU_UNINITIALIZED] = (uninitialized),                                         \
		   [VCPU_READY] = (ready),                                                         \
		   [VCPU_ACTIVE] = (active),                                                       \
		   [VCPU_DISABLED] = (disabled) },
#include "module/vcpustate.def"
#undef VCPUSTATE
};

bool vcpu_leaf_allowed(unsigned int leaf, uint32_t state)
{
	return leaf < ARRAY_SIZE(vcpu_states) && state <= VCPU_DISABLED && vcpu_states[leaf][state];
}

static uint64_t lock_td(struct vcpu_locked *v, unsigned int leaf)
{
	return td_lock_for_leaf(page_owner(&v->page), TDX_OPERAND_ID_TDR, PAGE_LOCK_SHARED, leaf,
				&v->td);
}

uint64_t vcpu_lock_for_leaf(struct hpa tdvpr, uint32_t operand, enum page_lock lock,
			    unsigned int leaf, struct vcpu_locked *v)
{
	uint64_t status = page_lock(tdvpr, TDX_LEVEL_4K, TDX_PAGE_TDVPR, lock, operand, &v->page);

	if (status)
		return status;
	status = lock_td(v, leaf);
	if (status) {
		page_unlock(&v->page);
		return status;
	}
	v->vcpu = phys_ptr(tdvpr);
	return TDX_SUCCESS;
}

void vcpu_unlock(struct vcpu_locked *v)
{
	td_unlock(&v->td);
	page_unlock(&v->page);
}

uint64_t vcpu_check(const struct vcpu *v, unsigned int leaf)
{
	if (v->page_count < TDVPS_PAGES)
		return TDX_TDCX_NUM_INCORRECT;
	return vcpu_leaf_allowed(leaf, vcpu_state(v)) ? TDX_SUCCESS : TDX_VCPU_STATE_INCORRECT;
}

/* The TDVPR may be locked by several LPs at once: the first one to name itself wins. */
uint64_t vcpu_associate(struct vcpu_locked *v)
{
	uint32_t lp = VCPU_NOT_ASSOCIATED;

	if (__atomic_compare_exchange_n(&v->vcpu->lp, &lp, platform_lp(), false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED)) {
		__atomic_add_fetch(&v->td.tdcs->associated_count, 1, __ATOMIC_RELAXED);
		return TDX_SUCCESS;
	}
	return lp == platform_lp() ? TDX_SUCCESS : TDX_VCPU_ASSOCIATED;
}
