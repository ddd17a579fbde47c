/* SPDX-License-Identifier: MIT */
/*
 * Shared translations. The VMM's shared EPT is in a format that this CPU does not walk, and it may
 * name memory that the TD must not see. So its translations are copied, one at a time and checked
 * against the VMM's own view, into page tables that belong to the monitor: a TLB in software. Its
 * pool is fixed; when it is full, or when a page changes hands, everything is forgotten and found
 * again.
 */
#include <string.h>

#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/phys.h"

#define PTE_PRESENT  bit(0)
#define PTE_WRITABLE bit(1)
#define PTE_USER     bit(2)
#define PTE_ACCESSED bit(5)
#define PTE_DIRTY    bit(6)
#define PTE_LARGE    bit(7)
#define PTE_NX	     bit(63)
#define PTE_ADDR     bit_range(51, 12)
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED)
#define ENTRIES	     512
#define SHARED_HALF  256 /* first entry of a root that maps shared GPAs */
#define POOL_PAGES   64
#define MAX_ROOTS    8

static uint64_t pool[POOL_PAGES][ENTRIES] __attribute__((aligned(4096)));
static unsigned int pool_used;
static uint64_t *roots[MAX_ROOTS]; /* which TDs' roots point into the pool */
static unsigned int root_count;

void shared_cache_flush(void)
{
	for (unsigned int i = 0; i < root_count; i++)
		memset(roots[i] + SHARED_HALF, 0, (ENTRIES - SHARED_HALF) * sizeof(uint64_t));
	root_count = 0;
	pool_used = 0;
	if (svm_lp.last_vcpu)
		cpu_vcpu_flush_tlb(svm_lp.last_vcpu);
}

static void remember_root(uint64_t *root)
{
	for (unsigned int i = 0; i < root_count; i++)
		if (roots[i] == root)
			return;
	if (root_count == MAX_ROOTS)
		shared_cache_flush();
	roots[root_count++] = root;
}

static uint64_t *next_table(uint64_t *entry)
{
	if (!(*entry & PTE_PRESENT) || (*entry & PTE_LARGE)) {
		memset(pool[pool_used], 0, sizeof(pool[0]));
		*entry = phys_of(pool[pool_used++]).pa | PTE_TABLE;
	}
	return phys_ptr(hpa(*entry & PTE_ADDR));
}

static void enter(uint64_t *root, uint64_t gpa, uint64_t pa, unsigned int level, uint64_t flags)
{
	uint64_t *table = root;

	if (pool_used + 3 > POOL_PAGES)
		shared_cache_flush();
	remember_root(root);
	for (unsigned int at = 3; at > level; at--)
		table = next_table(&table[gpa >> (12 + 9 * at) & (ENTRIES - 1)]);
	table[gpa >> (12 + 9 * level) & (ENTRIES - 1)] = pa | flags | (level ? PTE_LARGE : 0);
}

bool cpu_shared_enter(struct cpu_vcpu *v, struct gpa gpa, struct hpa pa, unsigned int level,
		      bool write, bool exec)
{
	uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY;
	uint64_t target = pa.pa + (gpa.pa & (level_size(level) - 1));

	if (write)
		flags |= PTE_WRITABLE;
	if (!exec)
		flags |= PTE_NX;
	if (level >= 1 && host_view_block(hpa(align_down(target, SIZE_2M)))) {
		enter(phys_ptr(v->sept_root), gpa.pa, align_down(target, SIZE_2M), 1, flags);
		return true;
	}
	if (!cpu_host_can_access(hpa(align_down(target, PAGE_SIZE))))
		return false;
	enter(phys_ptr(v->sept_root), gpa.pa, align_down(target, PAGE_SIZE), 0, flags);
	return true;
}

void cpu_shared_forget(struct cpu_vcpu *v)
{
	shared_cache_flush();
	cpu_vcpu_flush_tlb(v);
}
