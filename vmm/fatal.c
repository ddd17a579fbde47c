/* SPDX-License-Identifier: MIT */
#include <tdx/leaf.h>

#include <string.h>

#include "vmm/console.h"
#include "vmm/vmcall.h"

#define MESSAGE_REGISTERS 8

/* The TD's own words: nothing but printable characters of one line reaches the console. */
static void sanitise(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = ' ';
}

/* Up to 64 characters, eight in each register, not always zero-terminated. */
uint64_t vmcall_report_fatal_error(struct vcpu *v)
{
	static const enum tdx_gpr order[MESSAGE_REGISTERS] = { TDX_R14, TDX_R15, TDX_RBX, TDX_RDI,
							       TDX_RSI, TDX_R8,	 TDX_R9,  TDX_RDX };
	char message[MESSAGE_REGISTERS * sizeof(uint64_t) + 1] = { 0 };

	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++)
		memcpy(message + i * sizeof(uint64_t), &v->gpr[order[i]], sizeof(uint64_t));
	sanitise(message);
	print("@td.fatal.code %lx\n", v->gpr[TDX_R12]);
	print("@td.fatal.message %s\n", message);
	td_set_end(v->td, TD_FATAL);
	return TDVMCALL_STATUS_SUCCESS;
}
