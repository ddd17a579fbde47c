/* SPDX-License-Identifier: MIT */
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/lock.h"
#include "module/sept.h"

#define ENTRIES 512

/* septstate.def, by number. */
static const bool allowed_states[][SEPT_STATE_COUNT] = {
#define SEPTSTATE(leaf, ...) [leaf] = { __VA_ARGS__ },
#include "module/septstate.def"
#undef SEPTSTATE
};

static const uint8_t public_state[SEPT_STATE_COUNT] = {
	[SEPT_STATE_FREE] = TDX_SEPT_FREE,
	[SEPT_STATE_NL_MAPPED] = TDX_SEPT_NL_MAPPED,
	[SEPT_STATE_NL_BLOCKED] = TDX_SEPT_NL_BLOCKED,
	[SEPT_STATE_MAPPED] = TDX_SEPT_MAPPED,
	[SEPT_STATE_BLOCKED] = TDX_SEPT_BLOCKED,
	[SEPT_STATE_PENDING] = TDX_SEPT_PENDING,
	[SEPT_STATE_PENDING_BLOCKED] = TDX_SEPT_PENDING_BLOCKED,
};

bool sept_leaf_allowed(unsigned int leaf, enum sept_state state)
{
	return leaf < ARRAY_SIZE(allowed_states) && state < SEPT_STATE_COUNT &&
	       allowed_states[leaf][state];
}

enum sept_state sept_state(struct sept_slot slot)
{
	return cpu_sept_state(__atomic_load_n(slot.entry, __ATOMIC_ACQUIRE));
}

struct hpa sept_pa(struct sept_slot slot)
{
	uint64_t entry = __atomic_load_n(slot.entry, __ATOMIC_ACQUIRE);
	struct hpa pa = cpu_sept_pa(entry);

	/* The address bits inside a large page count what has been accepted of it. */
	if (cpu_sept_state(entry) == SEPT_STATE_PENDING)
		pa = hpa(align_down(pa.pa, level_size(slot.level)));
	return pa;
}

unsigned int sept_accepted(struct sept_slot slot)
{
	struct hpa pa = cpu_sept_pa(__atomic_load_n(slot.entry, __ATOMIC_ACQUIRE));

	return (unsigned int)((pa.pa - sept_pa(slot).pa) / PAGE_SIZE);
}

void sept_set_accepted(struct sept_slot slot, unsigned int pages)
{
	sept_set(slot, SEPT_STATE_PENDING, hpa_add(sept_pa(slot), pages * PAGE_SIZE));
}

void sept_set(struct sept_slot slot, enum sept_state state, struct hpa pa)
{
	uint64_t locked =
		__atomic_load_n(slot.entry, __ATOMIC_RELAXED) & cpu_sept_mark(SEPT_MARK_LOCKED);

	__atomic_store_n(slot.entry, cpu_sept_encode(state, pa, slot.level) | locked,
			 __ATOMIC_RELEASE);
}

static bool try_lock(struct sept_slot slot)
{
	uint64_t locked = cpu_sept_mark(SEPT_MARK_LOCKED);

	if (__atomic_fetch_or(slot.entry, locked, __ATOMIC_ACQUIRE) & locked)
		return false;
	lock_note_acquired(slot.entry, LOCK_RANK_SEPT_ENTRY);
	return true;
}

bool sept_lock_host(struct sept_slot slot)
{
	uint64_t host_first = cpu_sept_mark(SEPT_MARK_HOST_FIRST);

	if (!try_lock(slot)) {
		__atomic_fetch_or(slot.entry, host_first, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_fetch_and(slot.entry, ~host_first, __ATOMIC_RELAXED);
	return true;
}

uint64_t sept_lock_guest(struct sept_slot slot)
{
	if (!try_lock(slot))
		return TDX_OPERAND_BUSY;
	if (!(__atomic_load_n(slot.entry, __ATOMIC_RELAXED) & cpu_sept_mark(SEPT_MARK_HOST_FIRST)))
		return TDX_SUCCESS;
	sept_unlock(slot);
	return TDX_OPERAND_BUSY_HOST_PRIORITY;
}

void sept_unlock(struct sept_slot slot)
{
	uint64_t locked = cpu_sept_mark(SEPT_MARK_LOCKED);

	lock_note_released(slot.entry);
	CHECK(__atomic_fetch_and(slot.entry, ~locked, __ATOMIC_RELEASE) & locked);
}

static struct sept_slot slot_in(struct hpa table, struct gpa gpa, unsigned int level)
{
	uint64_t *entries = phys_ptr(table);

	return (struct sept_slot){ &entries[(gpa.pa >> level_shift(level)) % ENTRIES], level };
}

bool sept_walk(const struct tdr *tdr, struct gpa gpa, unsigned int level, struct sept_slot *slot)
{
	unsigned int top = td_control(tdr)->sept_levels - 1u;

	CHECK(level <= top);
	*slot = slot_in(td_sept_root(tdr), gpa, top);
	while (slot->level > level) {
		if (sept_state(*slot) != SEPT_STATE_NL_MAPPED)
			return false;
		*slot = slot_in(sept_pa(*slot), gpa, slot->level - 1);
	}
	return true;
}

void sept_init_page(struct hpa page)
{
	uint64_t *entries = phys_ptr(page);
	uint64_t free_entry = cpu_sept_encode(SEPT_STATE_FREE, hpa(0), TDX_LEVEL_4K);

	for (unsigned int i = 0; i < ENTRIES; i++)
		entries[i] = free_entry;
}

void sept_fill_page(struct hpa page, enum sept_state state, struct hpa first, unsigned int level)
{
	uint64_t *entries = phys_ptr(page);

	for (unsigned int i = 0; i < ENTRIES; i++)
		entries[i] = cpu_sept_encode(state, hpa_add(first, i * level_size(level)), level);
}

bool sept_page_is_free(struct hpa page)
{
	const uint64_t *entries = phys_ptr(page);

	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (cpu_sept_state(entries[i]) != SEPT_STATE_FREE)
			return false;
	}
	return true;
}

bool sept_is_leaf(enum sept_state state)
{
	return state == SEPT_STATE_MAPPED || state == SEPT_STATE_BLOCKED ||
	       state == SEPT_STATE_PENDING || state == SEPT_STATE_PENDING_BLOCKED;
}

static const struct {
	enum sept_state open, blocked;
} blockable[] = {
	{ SEPT_STATE_NL_MAPPED, SEPT_STATE_NL_BLOCKED },
	{ SEPT_STATE_MAPPED, SEPT_STATE_BLOCKED },
	{ SEPT_STATE_PENDING, SEPT_STATE_PENDING_BLOCKED },
};

bool sept_is_blocked(enum sept_state state)
{
	return sept_unblocked(state) != state;
}

enum sept_state sept_blocked(enum sept_state state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blockable); i++) {
		if (blockable[i].open == state)
			return blockable[i].blocked;
	}
	return state;
}

enum sept_state sept_unblocked(enum sept_state state)
{
	for (size_t i = 0; i < ARRAY_SIZE(blockable); i++) {
		if (blockable[i].blocked == state)
			return blockable[i].open;
	}
	return state;
}

uint64_t sept_arch_entry(struct sept_slot slot)
{
	enum sept_state state = sept_state(slot);

	if (state == SEPT_STATE_FREE)
		return TDX_EPT_SUPPRESS_VE;
	if (!sept_is_leaf(state))
		return state == SEPT_STATE_NL_MAPPED ? TDX_EPT_RWX : 0;
	return sept_pa(slot).pa | (state == SEPT_STATE_MAPPED ? TDX_EPT_RWX : 0) | TDX_EPT_TYPE_WB |
	       TDX_EPT_IPAT | TDX_EPT_LARGE | TDX_EPT_SUPPRESS_VE;
}

uint64_t sept_arch_info(struct sept_slot slot)
{
	return slot.level | (uint64_t)sept_public_state(sept_state(slot)) << 8;
}

enum tdx_sept_public_state sept_public_state(enum sept_state state)
{
	return (enum tdx_sept_public_state)public_state[state];
}

uint64_t sept_operand(const struct tdcs *tdcs, uint64_t rcx, unsigned int min, unsigned int max,
		      struct gpa *gpa_out, unsigned int *level)
{
	uint64_t address = rcx & TDX_GPA_ADDR_MASK;
	unsigned int wanted = rcx & TDX_GPA_LEVEL_MASK;
	unsigned int top = tdcs->sept_levels - 1u;

	if ((rcx & ~(TDX_GPA_ADDR_MASK | TDX_GPA_LEVEL_MASK)) || wanted < min || wanted > max ||
	    wanted > top || !is_aligned(address, level_size(wanted)) ||
	    !td_gpa_is_private(tdcs, gpa(address)))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	*gpa_out = gpa(address);
	*level = wanted;
	return TDX_SUCCESS;
}
