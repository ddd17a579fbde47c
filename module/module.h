/* SPDX-License-Identifier: MIT */
/*
 * The entry points of the module. Everything else under module/ is reached through them.
 *
 * Both take the caller's general registers in register-number order (enum tdx_gpr): operands in,
 * results out, status in RAX. The caller advances RIP as told.
 */
#ifndef MODULE_MODULE_H
#define MODULE_MODULE_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/report.h>

/* Once, before the first SEAMCALL: state as after SEAMLDR.INSTALL. */
void module_init(void);

/*
 * SEAMCALL by the VMM. Registers that are not outputs of the leaf are preserved. TDH.VP.ENTER runs
 * the TD inside this call, until a TD exit.
 */
void module_seamcall(uint64_t regs[TDX_GPR_COUNT]);

/* Counters for the run's report; they are no part of the ABI and of no decision. */
struct module_counters {
	uint64_t exits[64];	 /* by enum cpu_exit_kind */
	uint64_t ve[80];	 /* #VE injected, by exit reason */
	uint64_t seamcalls[128]; /* by leaf */
	uint64_t tdcalls[64];	 /* by leaf */
	uint64_t td_entries;
	uint64_t pages_accepted; /* 4 KiB units */
	uint64_t pages_added;
	uint64_t pages_augmented;
	uint64_t pages_removed;
	/* of the TD that was torn down last */
	uint8_t mrtd[TDX_MR_SIZE];
	uint8_t rtmr[TDX_RTMR_COUNT][TDX_MR_SIZE];
	uint64_t td_ended; /* how many TDs reached that point */
	/* the last private access that ended a TD */
	uint64_t fault_count, fault_gpa, fault_rip;
	uint32_t fault_pending;			  /* 1: pending page, 0: no page */
	uint64_t triple_faults, triple_fault_rip; /* of the last one */
};
extern struct module_counters module_counters;

/* Logical processors share them. */
static inline void module_count(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

#endif
