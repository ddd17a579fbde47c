/* SPDX-License-Identifier: MIT */
#include "guest/ve_string.h"

#include "lib/bits.h"

#define RFLAGS_DF bit(10)

static bool repeats(const struct tdx_ve_string *s)
{
	return s->insn->prefixes.rep || s->insn->prefixes.repne;
}

int tdx_ve_string_begin(struct tdx_ve_string *s, const struct tdx_regs *regs,
			const struct insn *insn, unsigned int size)
{
	uint64_t base[6];
	int error = tdx_ve_segment_bases(regs, insn, base);

	if (error)
		return error;
	*s = (struct tdx_ve_string){
		.insn = insn,
		.size = size,
		.base = base[insn_segment(insn)],
		.rsi = regs->gpr[TDX_RSI],
		.rdi = regs->gpr[TDX_RDI],
		.rcx = regs->gpr[TDX_RCX],
		.rax = regs->gpr[TDX_RAX],
		.backwards = regs->rflags & RFLAGS_DF,
	};
	return 0;
}

static uint64_t address(const struct tdx_ve_string *s, uint64_t value)
{
	return value & byte_mask(s->insn->address_size);
}

uint64_t tdx_ve_string_source(const struct tdx_ve_string *s)
{
	return s->base + address(s, s->rsi);
}

uint64_t tdx_ve_string_destination(const struct tdx_ve_string *s)
{
	return address(s, s->rdi);
}

uint64_t tdx_ve_string_count(const struct tdx_ve_string *s)
{
	return repeats(s) ? address(s, s->rcx) : 1;
}

static uint64_t step(const struct tdx_ve_string *s, uint64_t value)
{
	return address(s, s->backwards ? value - s->size : value + s->size);
}

void tdx_ve_string_next(struct tdx_ve_string *s, bool source, bool destination)
{
	if (source)
		s->rsi = step(s, s->rsi);
	if (destination)
		s->rdi = step(s, s->rdi);
	if (repeats(s))
		s->rcx = address(s, s->rcx - 1);
}

int tdx_ve_string_end(const struct tdx_ve_string *s, struct tdx_regs *regs, unsigned int done,
		      int error)
{
	if (error && done == 0)
		return error;
	regs->gpr[TDX_RSI] = s->rsi;
	regs->gpr[TDX_RDI] = s->rdi;
	regs->gpr[TDX_RCX] = s->rcx;
	regs->gpr[TDX_RAX] = s->rax;
	if (error || (repeats(s) && tdx_ve_string_count(s)))
		return 0;
	return s->insn->length;
}
