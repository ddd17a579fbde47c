/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: the #VE handler with a hostile VMM. The input is the registers, the exception,
 * the code at RIP and, for as long as it lasts, the VMM's answers. On error registers are
 * untouched; what the handler shows to the VMM is within what the exception allows; the hooks are
 * asked for nothing outside of what they were told.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tdx/leaf.h>

#include "guest/ve.h"
#include "guest/ve_cause.h"
#include "lib/addr.h"
#include "lib/bits.h"
#include "tests/lib/vmm_answers.h"

#define SHARED (UINT64_C(1) << 47)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const uint8_t *data;
	size_t size;
} input;

static uint64_t requests;

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* Zeros when the input is used up. */
static void take(void *to, size_t size)
{
	size_t got = size < input.size ? size : input.size;

	memset(to, 0, size);
	memcpy(to, input.data, got);
	input.data += got;
	input.size -= got;
}

static uint64_t take_word(void)
{
	uint64_t word;

	take(&word, sizeof(word));
	return word;
}

static uint8_t take_byte(void)
{
	uint8_t byte;

	take(&byte, sizeof(byte));
	return byte;
}

static bool is_size(uint64_t size, uint64_t most)
{
	return size && size <= most && !(size & (size - 1));
}

/* What no request of the handler may show. */
static void check_request(const struct tdx_module_args *args)
{
	if (args->r10)
		return; /* a vendor's call */
	switch (args->r11) {
	case TDVMCALL_IO:
		must(is_size(args->r12, 4) && args->r13 <= 1 && args->r14 <= UINT16_MAX);
		must((args->r15 & ~byte_mask((unsigned int)args->r12)) == 0);
		return;
	case TDVMCALL_MMIO:
		must(is_size(args->r12, 8) && args->r13 <= 1 && args->r14 & SHARED);
		must(args->r14 % PAGE_SIZE + args->r12 <= PAGE_SIZE);
		must((args->r15 & ~byte_mask((unsigned int)args->r12)) == 0);
		return;
	case TDVMCALL_CPUID:
	case TDVMCALL_RDMSR:
	case TDVMCALL_WRMSR:
		must(args->r12 <= UINT32_MAX);
		return;
	case TDVMCALL_HLT:
	case TDVMCALL_WBINVD:
		must(args->r12 <= 1);
		return;
	default:
		abort();
	}
}

static void vmm(struct tdx_module_args *args)
{
	must(++requests <= 256);
	check_request(args);
	args->r10 = take_byte() & 1 ? take_word() : 0;
	args->r11 = take_word();
	args->r12 = take_word();
	args->r13 = take_word();
	args->r14 = take_word();
	args->r15 = take_word();
}

static uint8_t code[INSN_MAX_LENGTH];
static uint64_t code_at;
static size_t code_size;

static size_t fetch(void *context, uint64_t linear, uint8_t *to, size_t count)
{
	size_t offset = linear - code_at;

	must(offset < sizeof(code) && count && count <= sizeof(code) - offset);
	must(linear % PAGE_SIZE + count <= PAGE_SIZE);
	if (offset >= code_size)
		return 0;
	count = count < code_size - offset ? count : code_size - offset;
	memcpy(to, code + offset, count);
	return count;
}

static bool segment_base(void *context, enum insn_segment segment, uint64_t *base)
{
	must(segment == INSN_FS || segment == INSN_GS);
	*base = take_word();
	return take_byte() & 1;
}

static bool read_memory(void *context, uint64_t linear, void *to, size_t size)
{
	must(is_size(size, 8));
	take(to, size);
	return !(take_byte() & 1);
}

static bool write_memory(void *context, uint64_t linear, const void *from, size_t size)
{
	uint64_t sink = 0;

	must(is_size(size, 8));
	memcpy(&sink, from, size);
	return !(take_byte() & 1);
}

static bool mmio_allowed(void *context, uint64_t gpa, unsigned int size, bool write)
{
	must(is_size(size, 8) && gpa & SHARED);
	return !(take_byte() & 1);
}

bool tdx_interrupts_on(void)
{
	return false;
}

static void take_policy(struct tdx_ve_policy *p)
{
	uint8_t choices = take_byte();
	enum tdx_ve_action action = (enum tdx_ve_action)(choices % 3);

	*p = tdx_ve_default_policy;
	p->wbinvd = p->monitor = p->rdpmc = p->vmcall = action;
	p->cpuid.otherwise = p->rdmsr.otherwise = action;
	p->string_io = choices & 4;
	p->mmio_all = choices & 8;
	p->shared_bit = choices & 16 ? 0 : SHARED;
	p->fetch = choices & 32 ? NULL : fetch;
	p->segment_base = segment_base;
	p->mmio_allowed = choices & 64 ? mmio_allowed : NULL;
	p->read = choices & 128 ? NULL : read_memory;
	p->write = choices & 128 ? NULL : write_memory;
}

/* An exception that fits the instruction, so that more than the checks is reached. */
static void aim(const struct tdx_regs *regs, struct tdx_ve_info *ve)
{
	static const uint64_t base[6];
	struct insn_access a;
	struct insn insn;

	ve->exit_reason = TDX_EXIT_EPT_VIOLATION;
	ve->exit_qualification &= TDX_EPT_QUAL_READ | TDX_EPT_QUAL_WRITE;
	ve->exit_qualification |= TDX_EPT_QUAL_GLA_VALID | TDX_EPT_QUAL_TRANSLATED;
	if (insn_decode(code, code_size, INSN_MODE_64, &insn) != INSN_OK || !insn_access(&insn, &a))
		return;
	if (insn.memory)
		ve->gla = insn_memory_address(&insn, regs->gpr, regs->rip, base);
	else
		ve->gla =
			regs->gpr[ve->exit_qualification & TDX_EPT_QUAL_WRITE ? TDX_RDI : TDX_RSI];
	ve->gpa = SHARED | (ve->gpa & PAGE_MASK) | ve->gla % PAGE_SIZE;
}

static void run(struct tdx_regs *regs, const struct tdx_ve_info *ve, bool early)
{
	uint64_t before[TDX_GPR_COUNT], rflags = regs->rflags;
	int result;

	memcpy(before, regs->gpr, sizeof(before));
	result = early ? tdx_handle_ve_early(regs, ve) : tdx_handle_ve(regs, ve);
	must(result >= TDX_VE_MEMORY && result <= INSN_MAX_LENGTH);
	must(regs->gpr[TDX_RSP] == before[TDX_RSP] || ve->exit_reason == TDX_EXIT_EPT_VIOLATION);
	must(((regs->rflags ^ rflags) & ~UINT64_C(0x8d5)) == 0);
	if (result < 0)
		must(memcmp(before, regs->gpr, sizeof(before)) == 0 && regs->rflags == rflags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t gpr[TDX_GPR_COUNT];
	struct tdx_ve_policy policy;
	struct tdx_ve_info ve;
	struct tdx_regs regs = { .gpr = gpr, .policy = &policy };
	uint8_t choices;

	input.data = data;
	input.size = size;
	requests = 0;
	vmm_answer = vmm;
	choices = take_byte();
	code_size = choices & 15;
	take(code, sizeof(code));
	take_policy(&policy);
	take(gpr, sizeof(gpr));
	take(&ve, sizeof(ve));
	regs.rip = code_at = take_word();
	regs.rflags = take_word();
	regs.user = (choices & 0x70) == 0x70;
	ve.instruction_length %= INSN_MAX_LENGTH + 1;
	if (!(choices & 0x80))
		aim(&regs, &ve);
	else
		ve.exit_reason %= 80;
	run(&regs, &ve, (choices & 0x70) == 0x60);
	return 0;
}
