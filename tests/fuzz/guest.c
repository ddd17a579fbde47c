/* SPDX-License-Identifier: MIT */
/*
 * The guest's operations, each one byte and what follows:
 *
 *	0x00-0x6f	TDCALL: leaf by 3:0, or any when bits 6:4 are all ones; flags; operands
 *	0x70-0x8f	memory: read, write or fetch at an address
 *	0x90-0xaf	an exit of any kind
 *	0xb0-0xcf	meanwhile another logical processor: an operation of the VMM's
 *	0xd0-0xdf	another privilege level, mode or interrupt flag
 *	0xe0-0xff	an interrupt arrives: TD exit. So does the end of the input.
 */
#include <string.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "lib/phys.h"
#include "lib/status_name.h"
#include "module/module.h"
#include "module/vcpu.h"
#include "tests/fuzz/player.h"
#include "tests/lib/machine.h"

#define TDCALL_LENGTH 4
#define VECTOR	      0x51

#define HELD_PAGES 32

/* A VCPU between entry and exit; the inner one may have been entered while the outer one runs. */
struct visit {
	struct hpa tdvpr;
	bool inside;
	/* pages that TDH.VP.ENTER has pointers to until it ends */
	size_t held_count;
	uint16_t held[HELD_PAGES];
	/* the exit that the module is serving */
	bool tdcall;
	uint64_t rip;
	uint64_t regs[TDX_GPR_COUNT];
};

static struct visit visits[2];
static unsigned int depth;

void guest_before_entry(struct hpa tdvpr)
{
	visits[depth++] = (struct visit){ .tdvpr = tdvpr };
}

static unsigned int leaf_of(const struct visit *visit)
{
	return visit->regs[TDX_RAX] & (PLAYER_LEAVES - 1);
}

bool guest_after_entry(void)
{
	struct visit *visit = &visits[--depth];

	if (!visit->inside)
		return false;
	player.inside_count--;
	/* TDG.VP.VMCALL has no other way to succeed. */
	if (visit->tdcall)
		player_count(true, leaf_of(visit), 0, TDX_SUCCESS, leaf_of(visit) == TDG_VP_VMCALL);
	return true;
}

/* The TDCALL is done, or it has not happened yet: there is nothing in between. */
static void check_tdcall(struct cpu_vcpu *v, struct visit *visit)
{
	const struct fake_vcpu *f = fake_vcpu(v);
	const uint64_t *before = visit->regs;
	unsigned int leaf = leaf_of(visit);

	visit->tdcall = false;
	if (f->rip == visit->rip) {
		player_say("  tdcall: again, or an exception %d", f->inject != FAKE_NO_EVENT);
		if (memcmp(before, v->gpr, sizeof(visit->regs)) != 0)
			player_violation("a TDCALL that is made again has changed registers");
		player_count(true, leaf_of(visit), 0, UINT64_MAX, false);
		player_check(false, 0);
		return;
	}
	player_say("  tdcall: %s %llx  %llx %llx %llx", tdx_status_text(v->gpr[TDX_RAX]),
		   (unsigned long long)v->gpr[TDX_RAX], (unsigned long long)v->gpr[TDX_RCX],
		   (unsigned long long)v->gpr[TDX_RDX], (unsigned long long)v->gpr[TDX_R8]);
	if (f->rip != visit->rip + TDCALL_LENGTH)
		player_violation("a TDCALL has moved RIP by %llu",
				 (unsigned long long)(f->rip - visit->rip));
	player_check_registers("TDCALL", before, v->gpr, tdcall_operands(leaf)->outputs);
	/* Its own registers are in two pages. */
	player_check(v->gpr[TDX_RAX] != TDX_SUCCESS, 2);
	player_count(true, leaf, before[TDX_RCX], v->gpr[TDX_RAX], v->gpr[TDX_RAX] == TDX_SUCCESS);
}

static void note_held(struct visit *visit)
{
	for (size_t i = 0; i < machine_touched.count && i < HELD_PAGES; i++)
		visit->held[visit->held_count++] = machine_touched.pages[i];
}

/* After a player_mark(): what the module may write to by its pointers counts as touched. */
static void touch_held(void)
{
	for (unsigned int i = 0; i < depth; i++) {
		for (size_t n = 0; n < visits[i].held_count; n++)
			page_set_add(&machine_touched, visits[i].held[n]);
	}
}

static void arrive(struct cpu_vcpu *v, struct visit *visit)
{
	if (!visit->inside) {
		note_held(visit);
		visit->inside = true;
		fake_vcpu(v)->is_64bit = true;
		fake_vcpu(v)->cpl = 0;
		player.inside[player.inside_count++] = visit->tdvpr;
		player_say("  inside");
		player_check(false, 0);
	} else if (visit->tdcall) {
		check_tdcall(v, visit);
	} else {
		player_check(false, 0);
	}
}

static void make_tdcall(struct cpu_vcpu *v, struct visit *visit, struct cpu_exit *exit, uint8_t b)
{
	static const uint8_t leaves[16] = {
		TDG_VP_VMCALL,	     TDG_VP_INFO,	  TDG_MR_RTMR_EXTEND,
		TDG_VP_VEINFO_GET,   TDG_MR_REPORT,	  TDG_VP_CPUIDVE_SET,
		TDG_MEM_PAGE_ACCEPT, TDG_VM_RD,		  TDG_VM_WR,
		TDG_VP_RD,	     TDG_VP_WR,		  TDG_SYS_RD,
		TDG_SYS_RDALL,	     TDG_MR_VERIFYREPORT, TDG_MEM_PAGE_ATTR_RD,
		TDG_MEM_PAGE_ATTR_WR
	};
	struct input *in = &player.in;
	unsigned int leaf = b >> 4 == 6 ? input_byte(in) & 0x3f : leaves[b & 0xf];
	unsigned int flags = input_byte(in);

	operands_load(in, &player.inventory, tdcall_operands(leaf), false, v->gpr);
	v->gpr[TDX_RAX] = leaf | (uint64_t)((flags & 0xf0) == 0xf0) << 40 |
			  (uint64_t)((flags & 3) == 3) << TDX_VERSION_SHIFT;
	player_say("  tdcall %s %llx  %llx %llx %llx %llx", tdg_leaf_name(leaf),
		   (unsigned long long)v->gpr[TDX_RAX], (unsigned long long)v->gpr[TDX_RCX],
		   (unsigned long long)v->gpr[TDX_RDX], (unsigned long long)v->gpr[TDX_R8],
		   (unsigned long long)v->gpr[TDX_R9]);
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_TDCALL, .length = TDCALL_LENGTH };
	visit->tdcall = fake_vcpu(v)->is_64bit && fake_vcpu(v)->cpl == 0;
	visit->rip = fake_vcpu(v)->rip;
	memcpy(visit->regs, v->gpr, sizeof(visit->regs));
}

/* What the guest reaches is its own, or the VMM's. */
static void check_reached(const struct visit *visit, struct gpa where, struct hpa pa)
{
	bool shared = where.pa >> (cpu_gpa_width() - 1);
	const struct vcpu *v = machine_memory(machine_page_number(visit->tdvpr));

	for (size_t i = 0; i < player.inventory.pages_count; i++) {
		const struct inventory_page *page = &player.inventory.pages[i];

		if (pa.pa - page->pa.pa < level_size(page->level) &&
		    (shared || page->type != TDX_PAGE_REG || page->owner.pa != v->tdr.pa))
			player_violation("a guest reaches %#llx, type %u",
					 (unsigned long long)pa.pa, page->type);
	}
	if (cpu_host_can_access(hpa(pa.pa & PAGE_MASK)) != shared)
		player_violation("a guest reaches %#llx at %#llx", (unsigned long long)pa.pa,
				 (unsigned long long)where.pa);
}

/* A write stores something that may be a page table entry. False: the CPU exits. */
static bool access_memory(struct cpu_vcpu *v, const struct visit *visit, struct cpu_exit *exit,
			  uint8_t b)
{
	struct gpa where = gpa(operand_value(&player.in, &player.inventory, OPERAND_ADDRESS));
	uint64_t value = (where.pa & PAGE_MASK) | 7;
	struct hpa pa;

	player_say("  access %llx", (unsigned long long)where.pa);
	if (fake_cpu_translate(v, where, &pa)) {
		check_reached(visit, where, pa);
		if (b & 1)
			memcpy(phys_ptr(hpa(pa.pa & ~UINT64_C(7))), &value, sizeof(value));
		return true;
	}
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_MEMORY };
	exit->memory.gpa = where;
	exit->memory.write = b & 1;
	exit->memory.fetch = (b & 3) == 2;
	exit->memory.read = (b & 3) == 0;
	exit->memory.walk = (b & 0xc) == 0xc;
	return false;
}

static void fill_exit(struct cpu_exit *exit, uint8_t b)
{
	static const uint8_t control_registers[] = { 0, 4, 8, 4 };
	struct input *in = &player.in;

	if (exit->kind == CPU_EXIT_IO) {
		exit->io.port = input_byte(in);
		exit->io.size = (uint8_t)(1 << (b & 3) % 3);
		exit->io.in = b & 4;
	} else if (exit->kind == CPU_EXIT_CR_READ) {
		exit->cr.number = 8;
		exit->cr.gpr = b & 0xf;
	} else if (exit->kind == CPU_EXIT_CR_WRITE) {
		exit->cr.number = control_registers[b & 3];
		exit->cr.gpr = b >> 3 & 0xf;
		exit->cr.value = operand_value(in, &player.inventory, OPERAND_VALUE);
	} else if (exit->kind == CPU_EXIT_MEMORY) {
		exit->memory.gpa = gpa(input_word(in) & bit_range(47, 0));
		exit->memory.write = true;
	} else if (exit->kind == CPU_EXIT_INTERRUPT) {
		exit->vector = VECTOR;
	}
}

static void make_exit(struct cpu_vcpu *v, struct cpu_exit *exit, uint8_t b)
{
	struct input *in = &player.in;
	uint8_t kind = input_byte(in) % CPU_EXIT_COUNT;

	*exit = (struct cpu_exit){
		.kind = (enum cpu_exit_kind)kind,
		.length = 2,
		.event_pending = b == 0xaf,
		.event_is_exception = b == 0xaf,
		.event_vector = b == 0xaf ? 14 : 0,
	};
	/* TDCALLs are counted and checked: they are made elsewhere. */
	if (exit->kind == CPU_EXIT_TDCALL)
		exit->kind = CPU_EXIT_HLT;
	fill_exit(exit, b);
	v->gpr[TDX_RAX] = operand_value(in, &player.inventory, OPERAND_VALUE);
	v->gpr[TDX_RCX] = operand_value(in, &player.inventory, OPERAND_VALUE);
	player_say("  exit %u", exit->kind);
}

static void change_mode(struct cpu_vcpu *v, uint8_t b)
{
	struct fake_vcpu *f = fake_vcpu(v);

	f->cpl = (b & 3) == 3 ? 3 : 0;
	f->is_64bit = b & 0xc;
	f->rflags = b & 4 ? f->rflags | bit(9) : f->rflags & ~bit(9);
}

/* The VMM on another logical processor, if one is left. */
static void meanwhile(void)
{
	if (player.inside_count < machine.lps)
		player_operation();
}

/* True: *exit is filled. */
static bool operation(struct cpu_vcpu *v, struct visit *visit, struct cpu_exit *exit)
{
	uint8_t b = input_byte(&player.in);

	if (b < 0x70)
		make_tdcall(v, visit, exit, b);
	else if (b < 0x90)
		return !access_memory(v, visit, exit, b);
	else if (b < 0xb0)
		make_exit(v, exit, b);
	else if (b < 0xd0)
		return meanwhile(), false;
	else if (b < 0xe0)
		return change_mode(v, b), false;
	else
		return false;
	return true;
}

void guest_play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct visit *visit = &visits[depth - 1];
	bool exits = false;

	arrive(v, visit);
	while (!exits && !input_ended(&player.in) && *player.in.next < 0xe0)
		exits = operation(v, visit, exit);
	if (!exits) {
		(void)input_byte(&player.in);
		*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT, .vector = VECTOR };
	}
	player_mark();
	touch_held();
}
