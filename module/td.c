/* SPDX-License-Identifier: MIT */
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/lock.h"
#include "module/td.h"

/* opstate.def: rows are leaves, columns are op states. */
static const bool op_states[][TD_OP_STATE_COUNT] = {
#define OPSTATE(leaf, ...) [leaf] = { __VA_ARGS__ },
#include "module/opstate.def"
#undef OPSTATE
};

/* lifecycle.def: what a leaf without a row needs is the first one here. */
static const struct lifecycle_row {
	unsigned int leaf;
	bool on_fatal;
	bool allowed[TD_LIFECYCLE_COUNT];
	uint64_t refusal;
} lifecycle_rows[] = {
	{ .allowed = { [TD_KEYS_CONFIGURED] = true }, .refusal = TDX_TD_KEYS_NOT_CONFIGURED },
#define LIFECYCLE(leaf, fatal, assigned, configured, blocked, teardown, refusal)                   \
	{ leaf, fatal, { assigned, configured, blocked, teardown }, refusal },
#include "module/lifecycle.def"
#undef LIFECYCLE
};

static const struct lifecycle_row *lifecycle_row(unsigned int leaf)
{
	for (size_t i = 1; i < ARRAY_SIZE(lifecycle_rows); i++) {
		if (lifecycle_rows[i].leaf == leaf)
			return &lifecycle_rows[i];
	}
	return &lifecycle_rows[0];
}

uint64_t td_check_lifecycle(const struct tdr *tdr, unsigned int leaf)
{
	const struct lifecycle_row *row = lifecycle_row(leaf);

	if (tdr->fatal && !row->on_fatal)
		return TDX_TD_FATAL;
	CHECK(tdr->lifecycle < TD_LIFECYCLE_COUNT);
	return row->allowed[tdr->lifecycle] ? TDX_SUCCESS : row->refusal;
}

bool td_leaf_allowed(unsigned int leaf, uint32_t op_state)
{
	return leaf < ARRAY_SIZE(op_states) && op_state < TD_OP_STATE_COUNT &&
	       op_states[leaf][op_state];
}

struct tdcs *td_control(const struct tdr *tdr)
{
	if (tdr->tdcx_count < TDCX_PAGES)
		return NULL;
	return phys_ptr(tdr->tdcx[TDCX_CONTROL]);
}

struct tdr *td_by_owner(struct hpa tdr)
{
	return phys_ptr(tdr);
}

uint64_t td_lock(struct hpa tdr, uint32_t operand, enum page_lock lock, struct td_locked *td)
{
	uint64_t status = page_lock(tdr, TDX_LEVEL_4K, TDX_PAGE_TDR, lock, operand, &td->page);

	if (status)
		return status;
	td->tdr = phys_ptr(tdr);
	td->tdcs = td_control(td->tdr);
	td->op_state_locked = false;
	return TDX_SUCCESS;
}

static uint64_t check_for_leaf(struct td_locked *td, unsigned int leaf)
{
	uint64_t status = td_check_lifecycle(td->tdr, leaf);

	if (status)
		return status;
	if (!td->tdcs)
		return TDX_TDCS_NOT_ALLOCATED;
	if (!lock_acquire(&td->tdcs->op_state_lock, LOCK_SHARED, LOCK_RANK_OP_STATE))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_OP_STATE);
	td->op_state_locked = true;
	if (!td_leaf_allowed(leaf, td->tdcs->op_state))
		return TDX_OP_STATE_INCORRECT;
	return TDX_SUCCESS;
}

uint64_t td_lock_for_leaf(struct hpa tdr, uint32_t operand, enum page_lock lock, unsigned int leaf,
			  struct td_locked *td)
{
	uint64_t status = td_lock(tdr, operand, lock, td);

	if (status)
		return status;
	status = check_for_leaf(td, leaf);
	if (status)
		td_unlock(td);
	return status;
}

void td_unlock(struct td_locked *td)
{
	if (td->op_state_locked)
		lock_release(&td->tdcs->op_state_lock, LOCK_SHARED);
	page_unlock(&td->page);
	*td = (struct td_locked){ .tdr = NULL };
}

struct hpa td_sept_root(const struct tdr *tdr)
{
	CHECK(tdr->tdcx_count > TDCX_SEPT_ROOT);
	return tdr->tdcx[TDCX_SEPT_ROOT];
}

uint64_t td_shared_bit(const struct tdcs *tdcs)
{
	return bit(tdcs->gpaw - 1);
}

bool td_gpa_is_private(const struct tdcs *tdcs, struct gpa gpa)
{
	return gpa.pa < td_shared_bit(tdcs);
}

bool td_gpa_is_shared(const struct tdcs *tdcs, struct gpa gpa)
{
	return gpa.pa - td_shared_bit(tdcs) < td_shared_bit(tdcs);
}

void td_child_added(struct tdr *tdr, unsigned int level)
{
	__atomic_add_fetch(&tdr->child_count, level_size(level) / PAGE_SIZE, __ATOMIC_RELAXED);
}

void td_child_removed(struct tdr *tdr, unsigned int level)
{
	uint64_t pages = level_size(level) / PAGE_SIZE;
	uint64_t old = __atomic_fetch_sub(&tdr->child_count, pages, __ATOMIC_RELAXED);

	CHECK(old >= pages);
}

bool td_tracking_required(const struct tdcs *tdcs)
{
	return tdcs->op_state == TD_OP_RUNNABLE || tdcs->op_state == TD_OP_LIVE_EXPORT ||
	       tdcs->op_state == TD_OP_LIVE_IMPORT;
}

bool td_is_tracked(const struct tdcs *tdcs, uint64_t bepoch)
{
	uint64_t epoch = __atomic_load_n(&tdcs->epoch, __ATOMIC_ACQUIRE);

	if (bepoch + 1 < epoch)
		return true;
	return bepoch + 1 == epoch &&
	       __atomic_load_n(&tdcs->epoch_refcount[bepoch & 1], __ATOMIC_ACQUIRE) == 0;
}
