/* SPDX-License-Identifier: MIT */
#include "tests/lib/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "module/sept.h"
#include "module/sys.h"
#include "module/td.h"
#include "module/vcpu.h"
#include "tests/lib/machine.h"

#define ENTRIES 512
#define NOWHERE 0

/* One check under way. */
static struct inventory *inv;
static const struct invariants_running *inside;
static uint64_t visible[MACHINE_PAGES / 64];
/* Number in the inventory + 1 of each page of memory. */
static uint16_t place[MACHINE_PAGES];
static char message[200];

__attribute__((format(printf, 1, 2))) static bool broken(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return false;
}

static unsigned long long ull(struct hpa pa)
{
	return pa.pa;
}

/* Unlike phys_ptr() not a touch. */
static void *peek(struct hpa pa)
{
	size_t page = machine_page_number(pa);

	return page < MACHINE_PAGES ? (uint8_t *)machine_memory(page) + pa.pa % PAGE_SIZE : NULL;
}

static bool is_page_visible(size_t page)
{
	return visible[page / 64] >> page % 64 & 1;
}

static bool is_visible(struct hpa pa)
{
	return is_page_visible(machine_page_number(pa));
}

static struct inventory_page *find(struct hpa pa)
{
	size_t page = machine_page_number(pa);

	return page < MACHINE_PAGES && place[page] ? &inv->pages[place[page] - 1] : NULL;
}

/* The same, of any byte of it. */
static struct inventory_page *find_containing(struct hpa pa)
{
	struct inventory_page *page = find(hpa(pa.pa & PAGE_MASK));
	struct inventory_page *block = find(hpa(align_down(pa.pa, SIZE_2M)));

	return page || !block || block->level != TDX_LEVEL_2M ? page : block;
}

static bool is_running(struct hpa tdvpr)
{
	for (size_t i = 0; i < inside->count; i++) {
		if (inside->tdvpr[i].pa == tdvpr.pa)
			return true;
	}
	return false;
}

/* The PAMT. */

static const struct pamt_entry *entry_of(const struct tdmr *t, struct hpa pa, unsigned int level)
{
	const uint64_t bases[] = { t->info.pamt_4k_base, t->info.pamt_2m_base };
	uint64_t index = (pa.pa - t->info.base) / level_size(level);

	return peek(hpa(bases[level] + index * sizeof(struct pamt_entry)));
}

static bool note_kind(const struct inventory_page *page, uint16_t number)
{
	if (page->type == TDX_PAGE_TDR) {
		if (inv->td_count == INVENTORY_TDS)
			return broken("more TDs than there can be");
		inv->td[inv->td_count++] = number;
	}
	if (page->type == TDX_PAGE_TDVPR) {
		if (inv->vcpu_count == INVENTORY_VCPUS)
			return broken("more VCPUs than there can be");
		inv->vcpu[inv->vcpu_count++] = number;
	}
	return true;
}

static bool note_page(const struct pamt_entry *entry, struct hpa pa, unsigned int level)
{
	uint16_t number = (uint16_t)inv->pages_count++;
	struct inventory_page *page = &inv->pages[number];

	*page = (struct inventory_page){
		.pa = pa,
		.owner = hpa((uint64_t)entry->owner << PAGE_SHIFT),
		.type = (enum tdx_page_type)entry->type,
		.level = level,
		.lock = entry->lock,
	};
	place[machine_page_number(pa)] = (uint16_t)(number + 1);
	for (size_t i = 0; i < level_size(level) / PAGE_SIZE; i++) {
		if (is_page_visible(machine_page_number(pa) + i))
			return broken("page %#llx, type %u, is visible to the VMM", ull(pa),
				      entry->type);
	}
	return note_kind(page, number);
}

static bool is_zero(const struct pamt_entry *entry)
{
	uint64_t words[2];

	memcpy(words, entry, sizeof(words));
	return !(words[0] | words[1]);
}

/* Of an entry that is not zero. */
static bool check_small(const struct pamt_entry *entry, struct hpa pa)
{
	switch (entry->type) {
	case TDX_PAGE_TDR:
	case TDX_PAGE_TDCX:
	case TDX_PAGE_TDVPR:
	case TDX_PAGE_EPT:
	case TDX_PAGE_REG:
		return note_page(entry, pa, TDX_LEVEL_4K);
	case TDX_PAGE_NDA:
		return broken("page %#llx is NDA with lock %#x, owner %#x", ull(pa), entry->lock,
			      entry->owner);
	default:
		return broken("page %#llx has type %u", ull(pa), entry->type);
	}
}

#define TOGETHER 64 /* a word of visible[] */

/* Of most of the pages there is nothing to say. */
static bool are_free(const struct pamt_entry *small, size_t page)
{
	uint64_t words[TOGETHER * 2], any = 0;

	memcpy(words, small, sizeof(words));
	for (unsigned int i = 0; i < TOGETHER * 2; i++)
		any |= words[i];
	return !any && visible[page / TOGETHER] == UINT64_MAX;
}

static bool check_some_pages(const struct pamt_entry *small, struct hpa first, uint64_t *used,
			     uint64_t *locked)
{
	for (unsigned int i = 0; i < TOGETHER; i++) {
		struct hpa pa = hpa_add(first, i * PAGE_SIZE);

		if (is_zero(&small[i])) {
			if (!is_visible(pa))
				return broken("page %#llx is NDA and hidden", ull(pa));
			continue;
		}
		if (!check_small(&small[i], pa))
			return false;
		++*used;
		*locked += small[i].lock;
	}
	return true;
}

static bool check_small_pages(const struct pamt_entry *small, struct hpa block, uint64_t *used,
			      uint64_t *locked)
{
	size_t page = machine_page_number(block);

	*used = *locked = 0;
	for (unsigned int i = 0; i < ENTRIES; i += TOGETHER) {
		if (!are_free(&small[i], page + i) &&
		    !check_some_pages(&small[i], hpa_add(block, i * PAGE_SIZE), used, locked))
			return false;
	}
	return true;
}

static bool check_large_page(const struct tdmr *t, const struct pamt_entry *entry, struct hpa block)
{
	for (unsigned int i = 0; i < ENTRIES; i++) {
		struct hpa pa = hpa_add(block, i * PAGE_SIZE);

		if (!is_zero(entry_of(t, pa, TDX_LEVEL_4K)))
			return broken("page %#llx is in use inside of a 2 MiB page", ull(pa));
	}
	return note_page(entry, block, TDX_LEVEL_2M);
}

static bool check_block(const struct tdmr *t, struct hpa block)
{
	const struct pamt_entry *entry = entry_of(t, block, TDX_LEVEL_2M);
	uint64_t used, locked;

	if (entry->type == TDX_PAGE_REG)
		return check_large_page(t, entry, block);
	if (entry->type != TDX_PAGE_NDA || entry->owner)
		return broken("block %#llx has type %u", ull(block), entry->type);
	if (!check_small_pages(entry_of(t, block, TDX_LEVEL_4K), block, &used, &locked))
		return false;
	if (entry->bepoch != used)
		return broken("block %#llx counts %llu pages, %llu are in use", ull(block),
			      (unsigned long long)entry->bepoch, (unsigned long long)used);
	if (entry->lock != locked)
		return broken("block %#llx is locked: %#x", ull(block), entry->lock);
	return true;
}

/* The TDMRs of the machine have their usable memory first. */
static bool check_tdmr(const struct tdmr *t)
{
	uint64_t end = t->info.base + t->info.reserved[0].offset;

	if (t->init_lock)
		return broken("the TDMR at %#llx is locked", (unsigned long long)t->info.base);
	if (t->next != t->info.base + t->info.size)
		return true;
	for (uint64_t pa = t->info.base; pa < end; pa += SIZE_2M) {
		if (!check_block(t, hpa(pa)))
			return false;
	}
	return true;
}

static bool check_pamt(void)
{
	for (size_t i = 0; i < page_tdmrs.count; i++) {
		const struct tdx_tdmr_info *info = &page_tdmrs.tdmr[i].info;

		if (is_visible(hpa(info->pamt_4k_base)) || is_visible(hpa(info->pamt_2m_base)) ||
		    is_visible(hpa(info->pamt_1g_base)))
			return broken("the PAMT of TDMR %zu is visible to the VMM", i);
		if (!check_tdmr(&page_tdmrs.tdmr[i]))
			return false;
	}
	return true;
}

/* Owners. */

static bool is_intact(const struct tdr *tdr)
{
	return tdr->lifecycle != TD_TEARDOWN;
}

static struct tdcs *control_of(const struct tdr *tdr)
{
	return tdr->tdcx_count < TDCX_PAGES ? NULL : peek(tdr->tdcx[TDCX_CONTROL]);
}

/* Somebody of the TD says that this page is its own. */
static bool name_page(struct hpa tdr, struct hpa pa, enum tdx_page_type type, unsigned int level)
{
	struct inventory_page *page = find(pa);

	if (!page || page->type != type || page->level != level || page->pa.pa != pa.pa)
		return broken("TD %#llx names %#llx as a page of type %u, level %u", ull(tdr),
			      ull(pa), type, level);
	if (page->owner.pa != tdr.pa)
		return broken("TD %#llx names %#llx, which is TD %#llx's", ull(tdr), ull(pa),
			      ull(page->owner));
	if (page->names++)
		return broken("TD %#llx names %#llx twice", ull(tdr), ull(pa));
	return true;
}

static bool check_owner(const struct inventory_page *page)
{
	const struct inventory_page *owner = find(page->owner);

	if (page->type == TDX_PAGE_TDR)
		return page->owner.pa == NOWHERE || broken("TDR %#llx has an owner", ull(page->pa));
	if (!owner || owner->type != TDX_PAGE_TDR)
		return broken("page %#llx belongs to %#llx, which is no TDR", ull(page->pa),
			      ull(page->owner));
	return true;
}

static bool check_child_count(struct hpa pa, const struct tdr *tdr)
{
	uint64_t count = 0;

	for (size_t i = 0; i < inv->pages_count; i++) {
		if (inv->pages[i].owner.pa == pa.pa)
			count += level_size(inv->pages[i].level) / PAGE_SIZE;
	}
	return count == tdr->child_count ||
	       broken("TD %#llx counts %llu pages and has %llu", ull(pa),
		      (unsigned long long)tdr->child_count, (unsigned long long)count);
}

static bool check_key(struct hpa pa, const struct tdr *tdr)
{
	enum hkid_state expected = tdr->lifecycle == TD_BLOCKED ? HKID_FLUSHED : HKID_ASSIGNED;

	if (tdr->lifecycle > TD_TEARDOWN || !sys_hkid_is_private(tdr->hkid))
		return broken("TD %#llx: lifecycle %u, HKID %u", ull(pa), tdr->lifecycle,
			      tdr->hkid);
	if (is_intact(tdr) && sys_key(tdr->hkid)->state != expected)
		return broken("TD %#llx: HKID %u in state %d", ull(pa), tdr->hkid,
			      sys_key(tdr->hkid)->state);
	return true;
}

static bool check_keys(void)
{
	size_t used = 0, owners = 0;

	for (size_t i = 0; i < PLATFORM_HKID_COUNT; i++)
		used += sys.keys[i].state == HKID_ASSIGNED || sys.keys[i].state == HKID_FLUSHED;
	for (size_t i = 0; i < inv->td_count; i++) {
		const struct tdr *tdr = peek(inv->pages[inv->td[i]].pa);

		owners += is_intact(tdr);
	}
	return used == owners || broken("%zu HKIDs for %zu TDs", used, owners);
}

/* The secure EPT. */

static bool check_entry(struct hpa tdr, uint64_t entry, unsigned int level);

static bool check_table(struct hpa tdr, struct hpa table, unsigned int level)
{
	const uint64_t *entries = peek(table);
	uint64_t free_entry = cpu_sept_encode(SEPT_STATE_FREE, hpa(0), TDX_LEVEL_4K);

	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i] != free_entry && !check_entry(tdr, entries[i], level))
			return false;
	}
	return true;
}

static bool check_entry(struct hpa tdr, uint64_t entry, unsigned int level)
{
	enum sept_state state = cpu_sept_state(entry);
	struct hpa pa = cpu_sept_pa(entry);

	/* The VMM's claim to an entry may outlast the call that made it; the lock may not. */
	if ((entry & ~cpu_sept_mark(SEPT_MARK_HOST_FIRST)) != cpu_sept_encode(state, pa, level))
		return broken("TD %#llx: an entry of level %u is not as it was made", ull(tdr),
			      level);
	if (state == SEPT_STATE_PENDING) /* the rest counts what has been accepted */
		pa = hpa(align_down(pa.pa, level_size(level)));
	if (sept_is_leaf(state))
		return name_page(tdr, pa, TDX_PAGE_REG, level);
	if (level == TDX_LEVEL_4K)
		return broken("TD %#llx: a table below level 0", ull(tdr));
	return name_page(tdr, pa, TDX_PAGE_EPT, TDX_LEVEL_4K) && check_table(tdr, pa, level - 1);
}

/* TDs and VCPUs. */

static bool check_control_pages(struct hpa pa, const struct tdr *tdr)
{
	if (tdr->tdcx_count > TDCX_PAGES_MAX)
		return broken("TD %#llx has %u TDCX pages", ull(pa), tdr->tdcx_count);
	for (unsigned int i = 0; i < tdr->tdcx_count; i++) {
		if (!name_page(pa, tdr->tdcx[i], TDX_PAGE_TDCX, TDX_LEVEL_4K))
			return false;
	}
	return true;
}

struct vcpu_counts {
	uint32_t all, associated, running;
	uint16_t in_epoch[2];
};

static bool check_tlb(struct hpa tdr, const struct vcpu *v)
{
	const struct fake_vcpu *f = peek(v->cpu.hw_pa);

	for (unsigned int i = 0; i < FAKE_TLB_SIZE; i++) {
		const struct fake_translation *t = &f->tlb[i];
		const struct inventory_page *page;

		if (!t->size)
			continue;
		page = find_containing(t->pa);
		if (!page || page->type != TDX_PAGE_REG || page->owner.pa != tdr.pa)
			return broken("VCPU %u of TD %#llx can reach %#llx", v->index, ull(tdr),
				      ull(t->pa));
	}
	return true;
}

static bool check_vcpu_pages(struct hpa tdr, struct hpa pa, const struct vcpu *v)
{
	if (v->tdr.pa != tdr.pa || v->pages[0].pa != pa.pa || v->page_count > TDVPS_PAGES_MAX)
		return broken("TDVPR %#llx does not know itself", ull(pa));
	for (unsigned int i = 1; i < v->page_count; i++) {
		if (!name_page(tdr, v->pages[i], TDX_PAGE_TDCX, TDX_LEVEL_4K))
			return false;
	}
	return true;
}

static bool check_vcpu(struct hpa tdr, const struct tdcs *tdcs, const struct inventory_page *page,
		       struct vcpu_counts *counts)
{
	const struct vcpu *v = peek(page->pa);
	bool running = is_running(page->pa);

	if (!check_vcpu_pages(tdr, page->pa, v))
		return false;
	if ((v->state == VCPU_ACTIVE) != running || page->lock != running)
		return broken("TDVPR %#llx: state %u, lock %#x", ull(page->pa), v->state,
			      page->lock);
	if (v->state == VCPU_UNINITIALIZED)
		return v->lp == VCPU_NOT_ASSOCIATED ||
		       broken("TDVPR %#llx runs too early", ull(page->pa));
	counts->all++;
	counts->associated += v->lp != VCPU_NOT_ASSOCIATED;
	counts->running += running;
	counts->in_epoch[v->epoch & 1] += running;
	return (!running && v->epoch != tdcs->epoch) || check_tlb(tdr, v);
}

static bool check_vcpus(struct hpa pa, const struct tdcs *tdcs, struct vcpu_counts *counts)
{
	*counts = (struct vcpu_counts){ 0 };
	for (size_t i = 0; i < inv->vcpu_count; i++) {
		const struct inventory_page *page = &inv->pages[inv->vcpu[i]];

		if (page->owner.pa != pa.pa)
			continue;
		if (!tdcs)
			return broken("TD %#llx has VCPUs and no TDCS", ull(pa));
		if (!check_vcpu(pa, tdcs, page, counts))
			return false;
	}
	return true;
}

static bool check_control(struct hpa pa, const struct tdcs *tdcs, const struct vcpu_counts *counts)
{
	if (tdcs->sept_lock || tdcs->epoch_lock || tdcs->rtmr_lock ||
	    tdcs->op_state_lock != counts->running)
		return broken("TD %#llx is locked: %#x %#x %#x %#x", ull(pa), tdcs->op_state_lock,
			      tdcs->sept_lock, tdcs->epoch_lock, tdcs->rtmr_lock);
	if (tdcs->vcpu_count != counts->all || tdcs->associated_count != counts->associated ||
	    tdcs->vcpu_count > tdcs->max_vcpus)
		return broken("TD %#llx counts %u VCPUs, %u associated, and has %u and %u", ull(pa),
			      tdcs->vcpu_count, tdcs->associated_count, counts->all,
			      counts->associated);
	if (tdcs->epoch_refcount[0] != counts->in_epoch[0] ||
	    tdcs->epoch_refcount[1] != counts->in_epoch[1])
		return broken("TD %#llx: VCPUs in its epochs %u and %u, counted %u and %u", ull(pa),
			      counts->in_epoch[0], counts->in_epoch[1], tdcs->epoch_refcount[0],
			      tdcs->epoch_refcount[1]);
	return true;
}

static bool check_tree(struct hpa pa, const struct tdr *tdr, const struct tdcs *tdcs)
{
	if (!tdcs || tdcs->op_state == TD_OP_UNINITIALIZED)
		return true;
	return check_table(pa, tdr->tdcx[TDCX_SEPT_ROOT], tdcs->sept_levels - 1u);
}

static bool check_names(struct hpa tdr)
{
	for (size_t i = 0; i < inv->pages_count; i++) {
		const struct inventory_page *page = &inv->pages[i];

		if (page->owner.pa == tdr.pa && page->type != TDX_PAGE_TDVPR && !page->names)
			return broken("nothing of TD %#llx names its page %#llx, type %u", ull(tdr),
				      ull(page->pa), page->type);
	}
	return true;
}

static bool check_td(const struct inventory_page *page)
{
	struct vcpu_counts counts = { 0 };
	const struct tdr *tdr = peek(page->pa);
	const struct tdcs *tdcs;

	if (!check_key(page->pa, tdr) || !check_child_count(page->pa, tdr))
		return false;
	if (!is_intact(tdr))
		return page->lock == 0 || broken("TDR %#llx is locked", ull(page->pa));
	if (!check_control_pages(page->pa, tdr))
		return false;
	tdcs = control_of(tdr);
	if (!check_vcpus(page->pa, tdcs, &counts) || !check_tree(page->pa, tdr, tdcs) ||
	    !check_names(page->pa))
		return false;
	if (page->lock != counts.running)
		return broken("TDR %#llx: lock %#x, %u VCPUs inside", ull(page->pa), page->lock,
			      counts.running);
	return !tdcs || check_control(page->pa, tdcs, &counts);
}

static bool check_locks(void)
{
	if (sys.lock || sys.kot_lock || sys.ket_lock)
		return broken("the module is locked: %#x %#x %#x", sys.lock, sys.kot_lock,
			      sys.ket_lock);
	for (size_t i = 0; i < SYS_MAX_PACKAGES; i++) {
		if (sys.write_back[i].lock)
			return broken("package %zu is locked: %#x", i, sys.write_back[i].lock);
	}
	for (size_t i = 0; i < inv->pages_count; i++) {
		const struct inventory_page *page = &inv->pages[i];

		if (page->lock && page->type != TDX_PAGE_TDR && page->type != TDX_PAGE_TDVPR)
			return broken("page %#llx is locked: %#x", ull(page->pa), page->lock);
	}
	return true;
}

static bool check_all(void)
{
	if (!check_pamt() || !check_locks() || !check_keys())
		return false;
	for (size_t i = 0; i < inv->pages_count; i++) {
		if (!check_owner(&inv->pages[i]))
			return false;
	}
	for (size_t i = 0; i < inv->td_count; i++) {
		if (!check_td(&inv->pages[inv->td[i]]))
			return false;
	}
	return true;
}

const char *invariants_check(const struct invariants_running *running, struct inventory *inventory)
{
	bool good;

	inv = inventory;
	inside = running;
	inv->pages_count = inv->td_count = inv->vcpu_count = 0;
	machine_save_view(visible);
	good = check_all();
	for (size_t i = 0; i < inv->pages_count; i++)
		place[machine_page_number(inv->pages[i].pa)] = 0;
	return good ? NULL : message;
}

void assert_invariants(void)
{
	static const struct invariants_running nobody;
	static struct inventory inventory;
	const char *what = invariants_check(&nobody, &inventory);

	if (what)
		fail_msg("%s", what);
}
