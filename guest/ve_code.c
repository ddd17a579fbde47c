/* SPDX-License-Identifier: MIT */
/* The instruction at RIP, for causes that do not tell all of it. */
#include "guest/ve_cause.h"
#include "lib/addr.h"

static size_t fetch(const struct tdx_regs *regs, uint64_t linear, uint8_t *to, size_t count)
{
	size_t got;

	if (!regs->policy->fetch)
		return 0;
	got = regs->policy->fetch(regs->policy->context, linear, to, count);
	return got < count ? got : count;
}

static int error_of(enum insn_error error)
{
	switch (error) {
	case INSN_OK:
		return 0;
	case INSN_TRUNCATED:
		return TDX_VE_TRUNCATED;
	case INSN_TOO_LONG:
		return TDX_VE_TOO_LONG;
	case INSN_UNSUPPORTED:
	default:
		return TDX_VE_INSTRUCTION;
	}
}

/* The next page is asked for only when the instruction reaches into it. */
static int decode(const struct tdx_regs *regs, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t in_page = PAGE_SIZE - regs->rip % PAGE_SIZE, count;
	enum insn_error error;

	count = fetch(regs, regs->rip, bytes, in_page < sizeof(bytes) ? in_page : sizeof(bytes));
	if (count == 0)
		return TDX_VE_FETCH;
	error = insn_decode(bytes, count, INSN_MODE_64, insn);
	if (error == INSN_TRUNCATED && count == in_page) {
		count += fetch(regs, regs->rip + count, bytes + count, sizeof(bytes) - count);
		error = insn_decode(bytes, count, INSN_MODE_64, insn);
	}
	return error_of(error);
}

int tdx_ve_decode(const struct tdx_regs *regs, struct insn *insn, struct insn_access *access)
{
	int error = decode(regs, insn);

	if (error)
		return error;
	if (!insn_access(insn, access))
		return TDX_VE_INSTRUCTION;
	if (insn->prefixes.lock && !(access->flags & INSN_ACCESS_LOCKABLE))
		return TDX_VE_LOCK;
	return 0;
}

int tdx_ve_segment_bases(const struct tdx_regs *regs, const struct insn *insn, uint64_t base[6])
{
	enum insn_segment segment = insn_segment(insn);

	for (unsigned int i = 0; i < 6; i++)
		base[i] = 0;
	if (segment < INSN_FS)
		return 0;
	if (!regs->policy->segment_base ||
	    !regs->policy->segment_base(regs->policy->context, segment, &base[segment]))
		return TDX_VE_INSTRUCTION;
	return 0;
}
