/* SPDX-License-Identifier: MIT */
#include "module/shared.h"

#include "lib/bits.h"
#include "module/platform.h"

#define EPT_TYPE	 bit_range(5, 3)
#define EPT_NON_LEAF_MBZ bit_range(7, 3) /* reserved where an entry points to a table */
#define EPT_KEY_ID	 bit_range(PLATFORM_HKID_SHIFT + PLATFORM_HKID_BITS - 1, PLATFORM_HKID_SHIFT)
#define EPT_ABOVE_MAXPA	 bit_range(51, PLATFORM_MAXPA)

static bool is_present(uint64_t entry)
{
	return entry & TDX_EPT_RWX;
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return level == TDX_LEVEL_4K || (entry & TDX_EPT_LARGE);
}

/* Reserved memory types are 2, 3 and 7. */
static bool type_is_valid(uint64_t entry)
{
	uint64_t type = (entry & EPT_TYPE) >> 3;

	return type != 2 && type != 3 && type != 7;
}

/* Intel SDM, "EPT Misconfigurations". */
static bool is_misconfigured(uint64_t entry, unsigned int level)
{
	if ((entry & TDX_EPT_WRITE) && !(entry & TDX_EPT_READ))
		return true;
	if (entry & (EPT_KEY_ID | EPT_ABOVE_MAXPA))
		return true;
	if (!is_leaf(entry, level))
		return entry & EPT_NON_LEAF_MBZ;
	if (level > TDX_LEVEL_1G || !type_is_valid(entry))
		return true;
	return entry & TDX_EPT_ADDR & (level_size(level) - 1);
}

static enum memory_outcome exit_with(struct memory_target *t, uint32_t reason)
{
	t->reason = reason;
	return MEMORY_EXIT;
}

static enum memory_outcome found(struct memory_target *t, uint64_t entry, uint64_t rights,
				 unsigned int level, struct gpa address,
				 struct memory_access access)
{
	uint64_t wanted = (access.read ? TDX_EPT_READ : 0) | (access.write ? TDX_EPT_WRITE : 0) |
			  (access.fetch ? TDX_EPT_EXEC : 0);

	if (wanted & ~rights)
		return exit_with(t, TDX_EXIT_EPT_VIOLATION);
	t->pa = hpa((entry & TDX_EPT_ADDR) | (address.pa & (level_size(level) - 1)));
	t->level = level;
	t->may_write = rights & TDX_EPT_WRITE;
	t->may_fetch = rights & TDX_EPT_EXEC;
	return MEMORY_OK;
}

enum memory_outcome shared_walk(const struct guest *g, struct gpa address,
				struct memory_access access, struct memory_target *t)
{
	struct hpa table = hpa(g->vcpu->shared_eptp & TDX_EPT_ADDR);
	uint64_t rights = TDX_EPT_RWX;

	t->shared = true;
	for (unsigned int level = g->tdcs->sept_levels; level-- > 0;) {
		uint64_t entry;

		vmm_read(hpa_add(table, 8 * (address.pa / level_size(level) % 512)), &entry,
			 sizeof(entry));
		if (!is_present(entry)) {
			t->reason = TDX_EXIT_EPT_VIOLATION;
			return entry & TDX_EPT_SUPPRESS_VE ? MEMORY_EXIT : MEMORY_VE;
		}
		if (is_misconfigured(entry, level))
			return exit_with(t, TDX_EXIT_EPT_MISCONFIG);
		rights &= entry;
		if (is_leaf(entry, level))
			return found(t, entry, rights, level, address, access);
		table = hpa(entry & TDX_EPT_ADDR);
	}
	return exit_with(t, TDX_EXIT_EPT_MISCONFIG);
}

/* A large page of which the module owns a part is entered piece by piece. */
bool shared_enter(const struct guest *g, struct gpa address, const struct memory_target *t)
{
	unsigned int level = t->level < TDX_LEVEL_2M ? t->level : TDX_LEVEL_2M;

	for (;; level--) {
		uint64_t size = level_size(level);

		if (cpu_shared_enter(&g->vcpu->cpu, gpa(align_down(address.pa, size)),
				     hpa(align_down(t->pa.pa, size)), level, t->may_write,
				     t->may_fetch))
			return true;
		if (level == TDX_LEVEL_4K)
			return false;
	}
}
