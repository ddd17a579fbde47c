/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/player.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "lib/phys.h"
#include "lib/status_name.h"
#include "module/module.h"
#include "module/sys.h"
#include "module/vcpu.h"
#include "tests/lib/machine.h"

#define MAX_CHANGES 64

struct player_counts player_counts;
bool player_verbose;
struct player player;
static struct snapshot *mark;

void player_violation(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("violation: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void player_say(const char *format, ...)
{
	va_list args;

	if (!player_verbose)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* Checks. */

void player_mark(void)
{
	snapshot_save(mark);
}

static void check_invariants(void)
{
	const struct invariants_running running = { player.inside, player.inside_count };
	const char *what = invariants_check(&running, &player.inventory);

	if (what)
		player_violation("%s", what);
}

void player_check(bool failed, unsigned int vcpu_pages)
{
	uint16_t changed[MAX_CHANGES];
	size_t count = snapshot_changes(mark, changed, MAX_CHANGES);
	bool sys_changed = snapshot_sys_changed(mark);

	if (failed && (count > vcpu_pages || sys_changed))
		player_violation("a call that failed has changed %zu pages (%#llx ...)%s", count,
				 (unsigned long long)machine_page_at(changed[0]).pa,
				 sys_changed ? " and the module's state" : "");
	if (count || sys_changed)
		check_invariants();
}

void player_check_registers(const char *what, const uint64_t *before, const uint64_t *after,
			    uint64_t outputs)
{
	for (unsigned int i = TDX_RCX; i < TDX_GPR_COUNT; i++) {
		if (before[i] != after[i] && !(outputs >> i & 1))
			player_violation("%s has changed register %u from %#llx to %#llx", what, i,
					 (unsigned long long)before[i],
					 (unsigned long long)after[i]);
	}
}

/* SEAMCALL. */

static const struct vcpu *vcpu_at(uint64_t pa)
{
	for (size_t i = 0; i < player.inventory.vcpu_count; i++) {
		struct hpa tdvpr = player.inventory.pages[player.inventory.vcpu[i]].pa;

		if (tdvpr.pa == pa)
			return machine_memory(machine_page_number(tdvpr));
	}
	return NULL;
}

/* One that is not inside a TD: the one asked for, or 3: where the VCPU of the call is at home. */
static unsigned int choose_lp(unsigned int wanted, uint64_t rcx)
{
	const struct vcpu *v = wanted == 3 ? vcpu_at(rcx) : NULL;

	if (player.inside_count)
		return !machine.lp;
	if (v && v->lp != VCPU_NOT_ASSOCIATED)
		return v->lp;
	return wanted % machine.lps;
}

static uint64_t choose_rax(struct input *in, unsigned int leaf, unsigned int flags)
{
	static const uint8_t versions[] = { 0, 1, 0, 2 };
	uint64_t rax = leaf | (uint64_t)versions[flags >> 2 & 3] << TDX_VERSION_SHIFT;

	return flags >> 4 == 0xf ? rax | (uint64_t)input_byte(in) << 24 : rax;
}

static bool is_interrupted(uint64_t status)
{
	return status == TDX_INTERRUPTED_RESUMABLE || status == TDX_INTERRUPTED_RESTARTABLE;
}

static void say_seamcall(uint64_t rax, const uint64_t *before, const uint64_t *after)
{
	if (!player_verbose)
		return;
	player_say("lp %u  %s %llu  %llx %llx %llx %llx -> %s %llx  %llx %llx %llx %llx",
		   machine.lp, tdh_leaf_name(rax & TDX_LEAF_MASK),
		   (unsigned long long)(rax >> TDX_VERSION_SHIFT),
		   (unsigned long long)before[TDX_RCX], (unsigned long long)before[TDX_RDX],
		   (unsigned long long)before[TDX_R8], (unsigned long long)before[TDX_R9],
		   tdx_status_text(after[TDX_RAX]), (unsigned long long)after[TDX_RAX],
		   (unsigned long long)after[TDX_RCX], (unsigned long long)after[TDX_RDX],
		   (unsigned long long)after[TDX_R8], (unsigned long long)after[TDX_R9]);
}

/*
 * What has been seen: a leaf with a status, and a success that came after another one. A leaf that
 * acts on a large page or on a table is not the same as one that acts on a page.
 */
#define CALLS (4 * PLAYER_LEAVES)
static uint8_t seen_status[CALLS][1024], seen_pair[CALLS][CALLS];
static unsigned int last_good;

static void note_news(unsigned int call, uint64_t status, bool good)
{
	uint32_t hash = (uint32_t)(status >> 32 ^ status) * UINT32_C(2654435761) >> 22;
	uint8_t *seen = good ? &seen_pair[last_good][call] : &seen_status[call][hash];

	player_counts.news += !*seen;
	*seen = 1;
	if (good)
		last_good = call;
}

void player_count(bool tdcall, unsigned int leaf, uint64_t rcx, uint64_t status, bool good)
{
	uint64_t *called = tdcall ? player_counts.tdcalls : player_counts.seamcalls;
	uint64_t *succeeded = tdcall ? player_counts.tdcalls_good : player_counts.seamcalls_good;
	bool large = rcx & 7;

	player_counts.calls++;
	called[leaf]++;
	succeeded[leaf] += good;
	note_news(leaf + (tdcall + 2u * large) * PLAYER_LEAVES, status, good);
}

/* The registers of a TD exit are the guest's: what there is to say of them is said in guest.c. */
static bool enter(uint64_t regs[TDX_GPR_COUNT])
{
	guest_before_entry(hpa(regs[TDX_RCX] & PAGE_MASK));
	module_seamcall(regs);
	return guest_after_entry();
}

/* Association with the logical processor stays when the rest of the call fails. */
static unsigned int pages_of_failure(unsigned int leaf)
{
	return leaf == TDH_VP_RD || leaf == TDH_VP_WR ? 2 : 0;
}

static void seamcall(unsigned int lp, uint64_t rax, const struct leaf_operands *operands,
		     uint64_t regs[TDX_GPR_COUNT])
{
	unsigned int caller = machine.lp;
	unsigned int leaf = rax & TDX_LEAF_MASK;
	uint64_t before[TDX_GPR_COUNT];
	bool inside = false;

	regs[TDX_RAX] = rax;
	memcpy(before, regs, sizeof(before));
	machine.lp = lp;
	player_mark();
	if (leaf == TDH_VP_ENTER)
		inside = enter(regs);
	else
		module_seamcall(regs);
	say_seamcall(rax, before, regs);
	if (inside)
		player_check(false, 0);
	else
		player_check(regs[TDX_RAX] != TDX_SUCCESS && !is_interrupted(regs[TDX_RAX]),
			     pages_of_failure(leaf));
	if (!inside)
		player_check_registers("SEAMCALL", before, regs, operands->outputs);
	machine.lp = caller;
	player_count(false, leaf, before[TDX_RCX], regs[TDX_RAX],
		     inside || regs[TDX_RAX] == TDX_SUCCESS);
}

static void play_seamcall(unsigned int leaf)
{
	struct input *in = &player.in;
	const struct leaf_operands *operands = seamcall_operands(leaf);
	unsigned int flags = input_byte(in);
	uint64_t rax = choose_rax(in, leaf, flags);
	uint64_t regs[TDX_GPR_COUNT];

	operands_load(in, &player.inventory, operands, true, regs);
	seamcall(choose_lp(flags & 3, regs[TDX_RCX]), rax, operands, regs);
}

/* The VMM writes to its own memory: what a later call reads. */
static void poke(void)
{
	struct input *in = &player.in;
	struct hpa page = vmm_page(input_byte(in) % VMM_PAGES);
	uint8_t where = input_byte(in);
	uint64_t value = operand_value(in, &player.inventory, OPERAND_USED);

	if (where & 0x80)
		value |= input_byte(in);
	memcpy((uint8_t *)phys_ptr(page) + (where & 0x7f) * 8, &value, sizeof(value));
	player_say("the VMM writes %llx to %llx", (unsigned long long)value,
		   (unsigned long long)page.pa + (where & 0x7f) * 8);
}

/* Operations that are no call. */
static void play_other(unsigned int which)
{
	if ((which & 3) == 1)
		machine.no_entropy = 1;
	else if ((which & 3) == 2)
		fake_cpu_interrupt_after(input_byte(&player.in) & 7, true);
	else
		poke();
}

/* What brings a world forward, by the low bits of an operation. */
static const uint8_t useful[WORLD_COUNT][16] = {
	[WORLD_COLD] = { TDH_SYS_INIT, TDH_SYS_LP_INIT, TDH_SYS_LP_INIT, TDH_SYS_CONFIG,
			 TDH_SYS_KEY_CONFIG, TDH_SYS_KEY_CONFIG, TDH_SYS_TDMR_INIT, TDH_SYS_INFO,
			 TDH_SYS_RD, TDH_SYS_RDALL, TDH_SYS_INIT, TDH_SYS_LP_INIT, TDH_SYS_LP_INIT,
			 TDH_SYS_CONFIG, TDH_MNG_CREATE, TDH_SYS_SHUTDOWN },
	[WORLD_CONFIGURED] = { TDH_SYS_KEY_CONFIG, TDH_SYS_KEY_CONFIG, TDH_SYS_TDMR_INIT,
			       TDH_SYS_TDMR_INIT, TDH_SYS_INFO, TDH_SYS_RD, TDH_SYS_RDALL,
			       TDH_MNG_CREATE, TDH_SYS_KEY_CONFIG, TDH_SYS_KEY_CONFIG,
			       TDH_SYS_TDMR_INIT, TDH_SYS_SHUTDOWN, TDH_MNG_KEY_CONFIG,
			       TDH_MNG_KEY_CONFIG, TDH_MNG_ADDCX, TDH_SYS_LP_SHUTDOWN },
	[WORLD_EMPTY] = { TDH_MNG_CREATE, TDH_MNG_KEY_CONFIG, TDH_MNG_KEY_CONFIG, TDH_MNG_ADDCX,
			  TDH_MNG_ADDCX, TDH_MNG_ADDCX, TDH_MNG_INIT, TDH_VP_CREATE,
			  TDH_MNG_VPFLUSHDONE, TDH_PHYMEM_CACHE_WB, TDH_PHYMEM_CACHE_WB,
			  TDH_MNG_KEY_FREEID, TDH_PHYMEM_PAGE_RECLAIM, TDH_PHYMEM_PAGE_WBINVD,
			  TDH_SYS_INFO, TDH_PHYMEM_PAGE_RDMD },
	[WORLD_KEYED] = { TDH_MNG_INIT, TDH_MNG_INIT, TDH_MNG_ADDCX, TDH_VP_CREATE, TDH_VP_ADDCX,
			  TDH_VP_ADDCX, TDH_VP_ADDCX, TDH_VP_INIT, TDH_MEM_SEPT_ADD,
			  TDH_MEM_SEPT_ADD, TDH_MEM_SEPT_ADD, TDH_MEM_PAGE_ADD, TDH_MR_EXTEND,
			  TDH_MR_FINALIZE, TDH_MNG_RD, TDH_MNG_VPFLUSHDONE },
	[WORLD_INITIALIZED] = { TDH_VP_ADDCX, TDH_VP_INIT, TDH_VP_CREATE, TDH_MEM_SEPT_ADD,
				TDH_MEM_PAGE_ADD, TDH_MEM_PAGE_AUG, TDH_MR_EXTEND, TDH_MR_FINALIZE,
				TDH_VP_ENTER, TDH_MEM_RANGE_BLOCK, TDH_MEM_PAGE_REMOVE,
				TDH_MEM_SEPT_REMOVE, TDH_VP_WR, TDH_MNG_WR, TDH_MEM_PAGE_DEMOTE,
				TDH_VP_FLUSH },
	[WORLD_RUNNING] = { TDH_VP_ENTER, TDH_VP_ENTER, TDH_VP_ENTER, TDH_MEM_PAGE_AUG,
			    TDH_MEM_RANGE_BLOCK, TDH_MEM_TRACK, TDH_MEM_PAGE_REMOVE,
			    TDH_MEM_RANGE_UNBLOCK, TDH_MEM_SEPT_ADD, TDH_MEM_SEPT_REMOVE,
			    TDH_MEM_PAGE_DEMOTE, TDH_MEM_PAGE_PROMOTE, TDH_MEM_PAGE_RELOCATE,
			    TDH_VP_FLUSH, TDH_VP_WR, TDH_MNG_VPFLUSHDONE },
	[WORLD_TWO_TDS] = { TDH_VP_ENTER, TDH_VP_ENTER, TDH_VP_ENTER, TDH_MEM_PAGE_AUG,
			    TDH_MEM_RANGE_BLOCK, TDH_MEM_TRACK, TDH_MEM_PAGE_REMOVE, TDH_MEM_RD,
			    TDH_MEM_WR, TDH_MEM_SEPT_RD, TDH_MEM_PAGE_DEMOTE, TDH_MEM_PAGE_PROMOTE,
			    TDH_MNG_WR, TDH_VP_FLUSH, TDH_VP_WR, TDH_MEM_PAGE_RELOCATE },
	[WORLD_ENDING] = { TDH_PHYMEM_CACHE_WB, TDH_PHYMEM_CACHE_WB, TDH_MNG_KEY_FREEID,
			   TDH_PHYMEM_PAGE_RECLAIM, TDH_PHYMEM_PAGE_RECLAIM, TDH_PHYMEM_PAGE_RDMD,
			   TDH_PHYMEM_PAGE_WBINVD, TDH_MNG_CREATE, TDH_MNG_VPFLUSHDONE,
			   TDH_MNG_KEY_CONFIG, TDH_PHYMEM_PAGE_RECLAIM, TDH_PHYMEM_PAGE_RECLAIM,
			   TDH_VP_FLUSH, TDH_VP_ENTER, TDH_MEM_PAGE_AUG, TDH_MNG_KEY_RECLAIMID },
};

static enum world world;

void player_operation(void)
{
	uint8_t b = input_byte(&player.in);
	unsigned int leaf = b & 0x3f;

	if (b & 0x80)
		play_seamcall(useful[world][b & 0xf]);
	else if (leaf > TDH_SYS_UPDATE)
		play_other(leaf);
	else
		play_seamcall(leaf);
}

/* The end. */

static uint64_t end_call(uint64_t leaf, uint64_t rcx)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RAX] = leaf, [TDX_RCX] = rcx };

	module_seamcall(regs);
	return regs[TDX_RAX];
}

static void must_end(uint64_t leaf, uint64_t rcx)
{
	uint64_t status = end_call(leaf, rcx);

	if (status)
		player_violation("teardown: %s of %#llx returns %s %#llx", tdh_leaf_name(leaf),
				 (unsigned long long)rcx, tdx_status_text(status),
				 (unsigned long long)status);
}

static enum td_lifecycle lifecycle(struct hpa tdr)
{
	return (enum td_lifecycle)td_by_owner(tdr)->lifecycle;
}

static void flush_vcpus(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->vcpu_count; i++) {
		const struct inventory_page *page = &inv->pages[inv->vcpu[i]];
		const struct vcpu *v = phys_ptr(page->pa);

		if (lifecycle(page->owner) >= TD_BLOCKED || v->lp == VCPU_NOT_ASSOCIATED)
			continue;
		machine.lp = v->lp;
		must_end(TDH_VP_FLUSH, page->pa.pa);
	}
}

static void free_keys(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->td_count; i++) {
		struct hpa tdr = inv->pages[inv->td[i]].pa;

		if (lifecycle(tdr) < TD_BLOCKED)
			must_end(TDH_MNG_VPFLUSHDONE, tdr.pa);
	}
	/* There may be nothing to write back on this one. */
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		(void)end_call(TDH_PHYMEM_CACHE_WB, 0);
	machine.lp = 0;
	for (size_t i = 0; i < inv->td_count; i++) {
		struct hpa tdr = inv->pages[inv->td[i]].pa;

		if (lifecycle(tdr) == TD_BLOCKED)
			must_end(TDH_MNG_KEY_FREEID, tdr.pa);
	}
}

static void reclaim(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->pages_count; i++) {
		if (inv->pages[i].type != TDX_PAGE_TDR)
			must_end(TDH_PHYMEM_PAGE_RECLAIM, inv->pages[i].pa.pa);
	}
	for (size_t i = 0; i < inv->td_count; i++)
		must_end(TDH_PHYMEM_PAGE_RECLAIM, inv->pages[inv->td[i]].pa.pa);
}

/* A module that is shut down, or not yet ready, keeps what it has. */
static void tear_down(void)
{
	if (sys.state != SYS_STATE_READY)
		return;
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	flush_vcpus(&player.inventory);
	free_keys(&player.inventory);
	reclaim(&player.inventory);
	check_invariants();
	if (player.inventory.pages_count)
		player_violation("%zu pages did not come back", player.inventory.pages_count);
}

void player_start(void)
{
	worlds_build();
	mark = snapshot_new();
	fake_cpu_set_guest(guest_play, NULL);
}

void player_play(const uint8_t *bytes, size_t size)
{
	player.in = (struct input){ bytes, bytes + size };
	player.inside_count = 0;
	last_good = 0;
	world = (enum world)(input_byte(&player.in) % WORLD_COUNT);
	player_say("world %s", world_name(world));
	snapshot_restore(world_snapshot(world));
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	check_invariants();
	while (!input_ended(&player.in))
		player_operation();
	tear_down();
	player_counts.sequences++;
}
