/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/calls/trap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "host/extable.h"

#define LENGTH 4
#define CF     1

/* x86 numbers of the registers, in the order of the numbers, to those of the signal's context. */
static const int greg[TDX_GPR_COUNT] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8,	 REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static trap_answer answer;

static int instruction_at(const uint8_t *rip)
{
	static const uint8_t tdcall[LENGTH] = { 0x66, 0x0f, 0x01, 0xcc };
	static const uint8_t seamcall[LENGTH] = { 0x66, 0x0f, 0x01, 0xcf };

	if (memcmp(rip, tdcall, LENGTH) == 0)
		return TRAP_TDCALL;
	return memcmp(rip, seamcall, LENGTH) == 0 ? TRAP_SEAMCALL : -1;
}

static void fault(greg_t *gregs, unsigned int vector)
{
	uint64_t rip = (uint64_t)gregs[REG_RIP], rax;

	if (!tdx_extable_fixup(&rip, &rax, vector))
		abort();
	gregs[REG_RIP] = (greg_t)rip;
	gregs[REG_RAX] = (greg_t)rax;
}

/* #UD where the CPU does not know the instruction, #GP where it does. */
static void handle(int signal, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;
	int instruction = instruction_at((const uint8_t *)gregs[REG_RIP]);
	uint64_t regs[TDX_GPR_COUNT];
	enum trap_end end;

	if (instruction < 0 || !answer)
		abort();
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		regs[i] = (uint64_t)gregs[greg[i]];
	end = answer((enum trap_instruction)instruction, regs);
	if (end == TRAP_UD || end == TRAP_GP) {
		fault(gregs, end == TRAP_UD ? 6 : 13);
		return;
	}
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		if (i != TDX_RSP)
			gregs[greg[i]] = (greg_t)regs[i];
	gregs[REG_RIP] += LENGTH;
	gregs[REG_EFL] = (gregs[REG_EFL] & ~CF) | (end == TRAP_CARRY ? CF : 0);
}

void trap_install(trap_answer a)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER };

	answer = a;
	if (sigaction(SIGILL, &action, NULL) || sigaction(SIGSEGV, &action, NULL))
		abort();
}
