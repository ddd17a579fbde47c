/* SPDX-License-Identifier: MIT */
/* The two ways into the module: SEAMCALL from the VMM, TDCALL from a TD. */
#include <string.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "module/exit.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/module.h"
#include "module/page.h"
#include "module/sys.h"

#define TSC_UNIT_MHZ 25 /* of TD_PARAMS.TSC_FREQUENCY: ticks a microsecond */

struct module_counters module_counters;

enum leaf_states { READY, NOT_READY_TOO, ALWAYS };

/* By leaf number; where there is no function there is no leaf. */
struct seamcall_row {
	uint8_t version;
	enum leaf_states states;
	seamcall_leaf *function;
};

struct tdcall_row {
	uint8_t version;
	tdcall_leaf *function;
};

static const struct seamcall_row seamcall_rows[] = {
#define SEAMCALL(number, name, version, states) [number] = { version, states, leaf_##name },
#include "module/seamcall.def"
#undef SEAMCALL
};

static const struct tdcall_row tdcall_rows[] = {
#define TDCALL(number, name, version) [number] = { version, leaf_##name },
#include "module/tdcall.def"
#undef TDCALL
};

/* A status that no leaf returns: one that forgets to answer is caught. */
#define STATUS_UNSET UINT64_MAX

#define RAX_RESERVED	 bit_range(63, 24)
#define RAX_INCORRECT	 tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RAX)
#define RAX_LEAF(rax)	 ((unsigned int)(TDX_LEAF_MASK & (rax)))
#define RAX_VERSION(rax) ((unsigned int)((rax) >> TDX_VERSION_SHIFT & TDX_VERSION_MASK))

void module_init(void)
{
	memset(&module_counters, 0, sizeof(module_counters));
	sys_reset();
	page_forget_tdmrs();
}

static const struct seamcall_row *seamcall_row(unsigned int leaf)
{
	if (leaf >= ARRAY_SIZE(seamcall_rows) || !seamcall_rows[leaf].function)
		return NULL;
	return &seamcall_rows[leaf];
}

static uint64_t check_module_state(enum leaf_states allowed)
{
	enum sys_state state = __atomic_load_n(&sys.state, __ATOMIC_ACQUIRE);

	if (state == SYS_STATE_SHUTDOWN)
		return allowed == ALWAYS ? TDX_SUCCESS : TDX_SYS_SHUTDOWN;
	if (state != SYS_STATE_READY && allowed == READY)
		return TDX_SYS_NOT_READY;
	return TDX_SUCCESS;
}

/* The order of these checks is ABI: TDX Module ABI, "SEAMCALL Instruction (Common)". */
static uint64_t seamcall(struct seamcall *c, uint64_t rax)
{
	const struct seamcall_row *row = seamcall_row(RAX_LEAF(rax));
	unsigned int highest = row ? row->version : 0;
	uint64_t status;

	if ((rax & RAX_RESERVED) || (c->version > 0 && highest == 0))
		return RAX_INCORRECT;
	status = check_module_state(row ? row->states : READY);
	if (status)
		return status;
	if (!row || c->version > highest)
		return RAX_INCORRECT;
	return row->function(c);
}

void module_seamcall(uint64_t regs[TDX_GPR_COUNT])
{
	struct seamcall c = { .r = regs, .version = RAX_VERSION(regs[TDX_RAX]) };
	unsigned int leaf = RAX_LEAF(regs[TDX_RAX]);
	unsigned int outer = lock_call_begin();

	if (leaf < ARRAY_SIZE(module_counters.seamcalls))
		module_count(&module_counters.seamcalls[leaf], 1);
	regs[TDX_RAX] = seamcall(&c, regs[TDX_RAX]);
	lock_call_end(outer);
}

static const struct tdcall_row *tdcall_row(unsigned int leaf)
{
	if (leaf >= ARRAY_SIZE(tdcall_rows) || !tdcall_rows[leaf].function)
		return NULL;
	return &tdcall_rows[leaf];
}

/*
 * TDX Module ABI, "Host Priority": a TDCALL that found a lock which the VMM wants first is busy to
 * the guest; when that goes on for HP_LOCK_TIMEOUT the VMM is told, by a TD exit after the
 * instruction.
 */
static enum tdcall_action yield_to_host(struct tdcall *c)
{
	struct vcpu *v = c->vcpu;
	uint64_t now = platform_tsc();
	uint64_t timeout = __atomic_load_n(&c->tdcs->hp_lock_timeout, __ATOMIC_RELAXED);
	uint64_t ticks = timeout * c->tdcs->tsc_frequency * TSC_UNIT_MHZ;

	c->status = TDX_OPERAND_BUSY | low32(c->status);
	if (!v->host_first) {
		v->host_first = true;
		v->host_first_since = now;
	} else if (now - v->host_first_since >= ticks) {
		v->host_first = false;
		v->trap_exit = true;
		c->r[TDX_RAX] = c->status;
		cpu_vcpu_skip(&v->cpu, TDCALL_LENGTH);
		td_exit_with(c->exit, TDX_HOST_PRIORITY_BUSY_TIMEOUT);
		return TDCALL_EXIT;
	}
	return TDCALL_RETURN;
}

enum tdcall_action module_tdcall(struct tdcall *c)
{
	uint64_t rax = c->r[TDX_RAX];
	const struct tdcall_row *row = tdcall_row(RAX_LEAF(rax));
	unsigned int held = lock_count_held();
	enum tdcall_action action;

	if (RAX_LEAF(rax) < ARRAY_SIZE(module_counters.tdcalls))
		module_count(&module_counters.tdcalls[RAX_LEAF(rax)], 1);
	c->version = RAX_VERSION(rax);
	if ((rax & RAX_RESERVED) || !row || c->version > row->version) {
		c->status = RAX_INCORRECT;
		return TDCALL_RETURN;
	}
	c->status = STATUS_UNSET;
	action = row->function(c);
	CHECK(lock_count_held() == held);
	CHECK(action != TDCALL_RETURN || c->status != STATUS_UNSET);
	if (tdx_status_name(c->status) == TDX_OPERAND_BUSY_HOST_PRIORITY)
		return yield_to_host(c);
	c->vcpu->host_first = false;
	return action;
}
