/* SPDX-License-Identifier: MIT */
#include "module/guest.h"

#include <string.h>

#include "lib/bits.h"
#include "module/sept.h"
#include "module/shared.h"

#define CR0_PG	     bit(31)
#define CR4_LA57     bit(12)
#define EFER_LMA     bit(10)
#define PTE_PRESENT  bit(0)
#define PTE_LARGE    bit(7)
#define PTE_ADDR     bit_range(51, 12)
#define PAGING_LEVEL 4

/* Of a private page that cannot be accessed; TDX Module Base specification, "EPT Violations". */
static enum memory_outcome private_fault(const struct guest *g, enum sept_state state,
					 struct memory_target *t)
{
	t->reason = TDX_EXIT_EPT_VIOLATION;
	t->pending = state == SEPT_STATE_PENDING;
	if (!t->pending)
		return MEMORY_EXIT;
	if (!(td_ctls(g->tdcs) & TDX_TD_CTLS_PENDING_VE_DISABLE))
		return MEMORY_VE;
	t->extended = TDX_EEQ_PENDING_EPT_VIOLATION;
	return MEMORY_EXIT;
}

/* Pages of entries cannot go away while this VCPU holds its reference on the TD epoch. */
static enum memory_outcome private_memory(const struct guest *g, struct gpa address,
					  struct memory_target *t)
{
	struct sept_slot slot;
	enum sept_state state;

	(void)sept_walk(g->tdr, address, TDX_LEVEL_4K, &slot);
	state = sept_state(slot);
	t->level = slot.level;
	t->pa = hpa_add(sept_pa(slot), address.pa & (level_size(slot.level) - 1));
	if (state != SEPT_STATE_MAPPED)
		return private_fault(g, state, t);
	t->may_write = t->may_fetch = true;
	return MEMORY_OK;
}

enum memory_outcome guest_memory(const struct guest *g, struct gpa address,
				 struct memory_access access, struct memory_target *target)
{
	*target = (struct memory_target){ 0 };
	if (td_gpa_is_shared(g->tdcs, address))
		return shared_walk(g, address, access, target);
	if (td_gpa_is_private(g->tdcs, address))
		return private_memory(g, address, target);
	return MEMORY_PF;
}

static bool read_entry(const struct guest *g, uint64_t address, uint64_t *entry)
{
	struct memory_target t;

	if (guest_memory(g, gpa(address), (struct memory_access){ .read = true }, &t) !=
		    MEMORY_OK ||
	    t.shared)
		return false;
	memcpy(entry, phys_ptr(t.pa), sizeof(*entry));
	return true;
}

static bool walk_page_tables(const struct guest *g, uint64_t linear, struct gpa *address)
{
	uint64_t table = cpu_vcpu_cr3(&g->vcpu->cpu) & PTE_ADDR;

	for (unsigned int level = PAGING_LEVEL; level-- > 0;) {
		uint64_t size = level_size(level);
		uint64_t index = linear / size % 512;
		uint64_t entry;

		if (!read_entry(g, table + 8 * index, &entry) || !(entry & PTE_PRESENT))
			return false;
		if (level == 0 || (level < 3 && (entry & PTE_LARGE))) {
			*address = gpa(align_down(entry & PTE_ADDR, size) | (linear & (size - 1)));
			return true;
		}
		table = entry & PTE_ADDR;
	}
	return false;
}

bool guest_translate(const struct guest *g, uint64_t linear, struct gpa *address)
{
	const struct cpu_vcpu *cpu = &g->vcpu->cpu;

	if (!(cpu_vcpu_cr0(cpu) & CR0_PG)) {
		*address = gpa(low32(linear));
		return true;
	}
	if (!(cpu_vcpu_efer(cpu) & EFER_LMA) || (cpu_vcpu_cr4(cpu) & CR4_LA57))
		return false;
	return walk_page_tables(g, linear, address);
}

size_t guest_read_linear(const struct guest *g, uint64_t linear, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t chunk = PAGE_SIZE - (linear + done) % PAGE_SIZE;
		struct memory_target t;
		struct gpa address;

		if (chunk > size - done)
			chunk = size - done;
		if (!guest_translate(g, linear + done, &address) ||
		    guest_memory(g, address, (struct memory_access){ .read = true }, &t) !=
			    MEMORY_OK ||
		    t.shared)
			break;
		memcpy((uint8_t *)to + done, phys_ptr(t.pa), chunk);
		done += chunk;
	}
	return done;
}
