/* SPDX-License-Identifier: MIT */
/* The #VE handler, cause by cause, with a VMM that answers as each test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/leaf.h>

#include "guest/ve.h"
#include "guest/ve_cause.h"
#include "guest/ve_string.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"
#include "tests/lib/vmm_answers.h"

#define SHARED	  (UINT64_C(1) << 47)
#define CODE	  UINT64_C(0xffff800000001000)
#define RFLAGS_IF bit(9)
#define RFLAGS_DF bit(10)
#define DATA	  (TDX_EPT_QUAL_GLA_VALID | TDX_EPT_QUAL_TRANSLATED)

static struct {
	struct tdx_module_args asked[4096];
	struct tdx_module_args answer;
	unsigned int count;
	unsigned int refuse_from; /* answers with an error from this request on, if not 0 */
	bool interrupts_on;
	/* Code from CODE on, with `mapped` bytes; memory at MEMORY. */
	uint8_t code[2 * PAGE_SIZE];
	size_t mapped;
	uint8_t memory[8192];
	unsigned int fail_memory_at; /* this access and those behind it fail, if not 0 */
	unsigned int memory_accesses;
	unsigned int fetches;
	uint64_t forbidden; /* GPA */
} world;

#define MEMORY UINT64_C(0x10000)

bool tdx_interrupts_on(void)
{
	return world.interrupts_on;
}

static void vmm(struct tdx_module_args *args)
{
	assert_true(world.count < ARRAY_SIZE(world.asked));
	world.asked[world.count++] = *args;
	*args = world.answer;
	if (world.refuse_from && world.count >= world.refuse_from)
		args->r10 = TDVMCALL_STATUS_INVALID_OPERAND;
}

static size_t fetch(void *context, uint64_t linear, uint8_t *to, size_t count)
{
	size_t offset = linear - CODE;

	assert_ptr_equal(context, &world);
	assert_true(linear % PAGE_SIZE + count <= PAGE_SIZE);
	world.fetches++;
	if (offset >= world.mapped)
		return 0;
	if (count > world.mapped - offset)
		count = world.mapped - offset;
	memcpy(to, world.code + offset, count);
	return count;
}

static bool segment_base(void *context, enum insn_segment segment, uint64_t *base)
{
	*base = segment == INSN_GS ? 0x1000000 : 0x2000000;
	return true;
}

static bool memory_fails(uint64_t linear, size_t size)
{
	return (world.fail_memory_at && ++world.memory_accesses >= world.fail_memory_at) ||
	       linear < MEMORY || linear + size > MEMORY + sizeof(world.memory);
}

static bool read_memory(void *context, uint64_t linear, void *to, size_t size)
{
	if (memory_fails(linear, size))
		return false;
	memcpy(to, world.memory + (linear - MEMORY), size);
	return true;
}

static bool write_memory(void *context, uint64_t linear, const void *from, size_t size)
{
	if (memory_fails(linear, size))
		return false;
	memcpy(world.memory + (linear - MEMORY), from, size);
	return true;
}

static bool mmio_allowed(void *context, uint64_t gpa, unsigned int size, bool write)
{
	return gpa != world.forbidden;
}

static const struct tdx_ve_rule cpuid_rules[] = { { 5, 5, TDX_VE_FAIL },
						  { 4, 6, TDX_VE_ASK },
						  { 0x80000000, 0xffffffff, TDX_VE_ASK } };
static const struct tdx_ve_rule msr_rules[] = { { 0x10, 0x1f, TDX_VE_EMPTY },
						{ 0x20, 0x2f, TDX_VE_FAIL } };
static const struct tdx_ve_rule port_rules[] = { { 0x3f8, 0x3ff, TDX_VE_ASK },
						 { 0x80, 0x80, TDX_VE_EMPTY },
						 { 0x60, 0x60, TDX_VE_ASK } };

static struct tdx_ve_policy policy;

static void reset(void)
{
	memset(&world, 0, sizeof(world));
	vmm_answer = vmm;
	policy = (struct tdx_ve_policy){
		.cpuid = { cpuid_rules, ARRAY_SIZE(cpuid_rules), TDX_VE_EMPTY },
		.rdmsr = { msr_rules, ARRAY_SIZE(msr_rules), TDX_VE_ASK },
		.wrmsr = { msr_rules, ARRAY_SIZE(msr_rules), TDX_VE_ASK },
		.ports = { port_rules, ARRAY_SIZE(port_rules), TDX_VE_FAIL },
		.string_io = true,
		.mmio_all = true,
		.shared_bit = SHARED,
		.context = &world,
		.fetch = fetch,
		.segment_base = segment_base,
		.mmio_allowed = mmio_allowed,
		.read = read_memory,
		.write = write_memory,
	};
}

static void set_code(const char *hex)
{
	char *end;

	for (;; hex = end) {
		unsigned long byte = strtoul(hex, &end, 16);

		if (end == hex)
			return;
		world.code[world.mapped++] = (uint8_t)byte;
	}
}

static int handle_at(struct tdx_regs *regs, struct tdx_ve_info ve)
{
	uint64_t before[TDX_GPR_COUNT], rflags = regs->rflags;
	int result;

	memcpy(before, regs->gpr, sizeof(before));
	regs->policy = regs->policy ? regs->policy : &policy;
	result = tdx_handle_ve(regs, &ve);
	if (result < 0) {
		assert_memory_equal(regs->gpr, before, sizeof(before));
		assert_int_equal(regs->rflags, rflags);
	}
	return result;
}

static int handle(uint64_t *gpr, uint32_t reason, uint64_t qualification)
{
	struct tdx_regs regs = { .gpr = gpr, .rip = CODE, .rflags = RFLAGS_IF };

	return handle_at(&regs, (struct tdx_ve_info){ .exit_reason = reason,
						      .exit_qualification = qualification,
						      .instruction_length = 2 });
}

/* MMIO whose linear address is gla; the GPA has the same offset in its page. */
static int handle_mmio(uint64_t *gpr, uint64_t gla, uint64_t qualification)
{
	struct tdx_regs regs = { .gpr = gpr, .rip = CODE, .rflags = RFLAGS_IF };

	return handle_at(&regs,
			 (struct tdx_ve_info){ .exit_reason = TDX_EXIT_EPT_VIOLATION,
					       .exit_qualification = DATA | qualification,
					       .gla = gla,
					       .gpa = SHARED | 0xfec00000 | gla % PAGE_SIZE });
}

static void test_cpuid(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = {
		[TDX_RAX] = UINT64_C(0xffffffff00000004), [TDX_RBX] = UINT64_MAX, [TDX_RCX] = 3
	};

	reset();
	world.answer = (struct tdx_module_args){ .r12 = 1, .r13 = 2, .r14 = 3, .r15 = UINT64_MAX };
	assert_int_equal(handle(gpr, TDX_EXIT_CPUID, 0), 2);
	assert_int_equal(world.asked[0].r12, 4);
	assert_int_equal(world.asked[0].r13, 3);
	assert_int_equal(gpr[TDX_RAX], 1);
	assert_int_equal(gpr[TDX_RBX], 2);
	assert_int_equal(gpr[TDX_RCX], 3);
	assert_int_equal(gpr[TDX_RDX], UINT32_MAX);
	gpr[TDX_RAX] = 5;
	assert_int_equal(handle(gpr, TDX_EXIT_CPUID, 0), TDX_VE_FORBIDDEN);
	gpr[TDX_RAX] = 7;
	assert_int_equal(handle(gpr, TDX_EXIT_CPUID, 0), 2);
	assert_int_equal(gpr[TDX_RAX] | gpr[TDX_RBX] | gpr[TDX_RCX] | gpr[TDX_RDX], 0);
	assert_int_equal(world.count, 1);
}

static void test_default_policy(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = 0x4fffffff };
	struct tdx_regs regs = { .gpr = gpr };
	struct tdx_ve_info ve = { .exit_reason = TDX_EXIT_CPUID, .instruction_length = 2 };

	reset();
	assert_int_equal(tdx_handle_ve(&regs, &ve), 2);
	assert_int_equal(world.count, 1);
	gpr[TDX_RAX] = 0x50000000;
	assert_int_equal(tdx_handle_ve(&regs, &ve), 2);
	assert_int_equal(world.count, 1);
	ve.exit_reason = TDX_EXIT_RDMSR;
	assert_int_equal(tdx_handle_ve(&regs, &ve), 2);
	ve.exit_reason = TDX_EXIT_IO;
	assert_int_equal(tdx_handle_ve(&regs, &ve), 2);
	assert_int_equal(world.count, 3);
	ve.exit_reason = TDX_EXIT_EPT_VIOLATION;
	ve.gpa = SHARED;
	assert_int_equal(tdx_handle_ve(&regs, &ve), TDX_VE_PRIVATE);
	ve.exit_reason = TDX_EXIT_WBINVD;
	assert_int_equal(tdx_handle_ve(&regs, &ve), TDX_VE_FORBIDDEN);
}

static void test_msr(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = UINT64_C(0xffffffff00000001),
					[TDX_RCX] = UINT64_C(0xffffffff00000802),
					[TDX_RDX] = UINT64_C(0xffffffff00000002) };
	uint64_t value = 5;

	reset();
	world.answer.r11 = UINT64_C(0x8877665544332211);
	assert_int_equal(handle(gpr, TDX_EXIT_WRMSR, 0), 2);
	assert_int_equal(world.asked[0].r12, 0x802);
	assert_true(world.asked[0].r13 == UINT64_C(0x200000001));
	assert_int_equal(handle(gpr, TDX_EXIT_RDMSR, 0), 2);
	assert_int_equal(gpr[TDX_RAX], 0x44332211);
	assert_int_equal(gpr[TDX_RDX], 0x88776655);
	gpr[TDX_RCX] = 0x1f;
	assert_int_equal(handle(gpr, TDX_EXIT_WRMSR, 0), 2);
	assert_int_equal(handle(gpr, TDX_EXIT_RDMSR, 0), 2);
	assert_int_equal(gpr[TDX_RAX] | gpr[TDX_RDX], 0);
	gpr[TDX_RCX] = 0x20;
	assert_int_equal(handle(gpr, TDX_EXIT_WRMSR, 0), TDX_VE_FORBIDDEN);
	assert_int_equal(handle(gpr, TDX_EXIT_RDMSR, 0), TDX_VE_FORBIDDEN);
	assert_int_equal(world.count, 2);
	assert_int_equal(tdx_rdmsr_safe(&policy, 0x20, &value), TDX_VE_FORBIDDEN);
	assert_int_equal(value, 0);
	assert_int_equal(tdx_rdmsr_safe(&policy, 0x30, &value), 0);
	assert_true(value == UINT64_C(0x8877665544332211));
	world.refuse_from = 1;
	assert_int_equal(tdx_rdmsr_safe(&policy, 0x30, &value), TDX_VE_REFUSED);
	assert_int_equal(value, 0);
	assert_int_equal(tdx_wrmsr_safe(&policy, 0x30, 1), TDX_VE_REFUSED);
}

static void test_hlt(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { 0 };
	struct tdx_regs off = { .gpr = gpr };

	reset();
	assert_int_equal(handle(gpr, TDX_EXIT_HLT, 0), 2);
	assert_int_equal(world.asked[0].r12, 0); /* RFLAGS.IF was set */
	assert_int_equal(handle_at(&off, (struct tdx_ve_info){ .exit_reason = TDX_EXIT_HLT,
							       .instruction_length = 1 }),
			 1);
	assert_int_equal(world.asked[1].r12, 1);
	world.interrupts_on = true;
	assert_int_equal(handle(gpr, TDX_EXIT_HLT, 0), TDX_VE_INTERRUPTS);
	assert_int_equal(world.count, 2);
}

static uint64_t io(uint16_t port, unsigned int size, uint64_t flags)
{
	return (uint64_t)port << TDX_IO_QUAL_PORT_SHIFT | (size - 1) | flags;
}

static void test_in(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = UINT64_C(0x1122334455667788) };

	reset();
	world.answer.r11 = UINT64_C(0xffeeddccbbaa9988);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x3f8, 1, TDX_IO_QUAL_IN)), 2);
	assert_true(gpr[TDX_RAX] == UINT64_C(0x1122334455667788));
	assert_int_equal(world.asked[0].r12, 1);
	assert_int_equal(world.asked[0].r13, 0);
	assert_int_equal(world.asked[0].r14, 0x3f8);
	assert_int_equal(world.asked[0].r15, 0);
	handle(gpr, TDX_EXIT_IO, io(0x3f8, 2, TDX_IO_QUAL_IN));
	assert_true(gpr[TDX_RAX] == UINT64_C(0x1122334455669988));
	handle(gpr, TDX_EXIT_IO, io(0x3f8, 4, TDX_IO_QUAL_IN));
	assert_true(gpr[TDX_RAX] == 0xbbaa9988);
	gpr[TDX_RAX] = UINT64_C(0x1122334455667788);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x80, 1, TDX_IO_QUAL_IN)), 2);
	assert_true(gpr[TDX_RAX] == UINT64_C(0x11223344556677ff));
	assert_int_equal(world.count, 3);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x80, 3, 0)), TDX_VE_UNSUPPORTED);
}

static void test_out(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = UINT64_C(0x1122334455667788) };

	reset();
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x3f8, 1, 0)), 2);
	assert_int_equal(world.asked[0].r13, 1);
	assert_int_equal(world.asked[0].r15, 0x88);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x3f8, 2, 0)), 2);
	assert_int_equal(world.asked[1].r15, 0x7788);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x3f8, 4, 0)), 2);
	assert_int_equal(world.asked[2].r15, 0x55667788);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x80, 1, 0)), 2);
	/* All bytes must be allowed. */
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x60, 2, 0)), TDX_VE_FORBIDDEN);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x3fd, 4, 0)), TDX_VE_FORBIDDEN);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, io(0x70, 1, 0)), TDX_VE_FORBIDDEN);
	assert_int_equal(world.count, 3);
}

static void test_refused(void **state)
{
	static const uint32_t reasons[] = { TDX_EXIT_CPUID, TDX_EXIT_RDMSR,  TDX_EXIT_WRMSR,
					    TDX_EXIT_HLT,   TDX_EXIT_WBINVD, TDX_EXIT_IO };
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = 0x80000000, [TDX_RDX] = 5 };

	reset();
	policy.wbinvd = TDX_VE_ASK;
	world.answer.r11 = world.answer.r12 = 77;
	world.refuse_from = 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		assert_int_equal(handle(gpr, reasons[i], io(0x3f8, 1, TDX_IO_QUAL_IN)),
				 TDX_VE_REFUSED);
	assert_int_equal(world.count, ARRAY_SIZE(reasons));
}

static void test_plain(void **state)
{
	static const uint32_t reasons[] = { TDX_EXIT_WBINVD, TDX_EXIT_MONITOR, TDX_EXIT_MWAIT,
					    TDX_EXIT_RDPMC, TDX_EXIT_VMCALL };
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = 1, [TDX_RBX] = 2, [TDX_RDX] = 5 };

	reset();
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		assert_int_equal(handle(gpr, reasons[i], 0), TDX_VE_FORBIDDEN);
	policy.wbinvd = policy.monitor = policy.vmcall = TDX_VE_EMPTY;
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(handle(gpr, reasons[i], 0), 2);
	assert_int_equal(gpr[TDX_RAX], 1);
	assert_int_equal(handle(gpr, TDX_EXIT_VMCALL, 0), 2);
	assert_int_equal((int64_t)gpr[TDX_RAX], -TDX_KVM_ENOSYS);
	policy.rdpmc = TDX_VE_EMPTY;
	assert_int_equal(handle(gpr, TDX_EXIT_RDPMC, 0), 2);
	assert_int_equal(gpr[TDX_RAX] | gpr[TDX_RDX], 0);
	assert_int_equal(world.count, 0);
	policy.wbinvd = policy.monitor = policy.rdpmc = policy.vmcall = TDX_VE_ASK;
	assert_int_equal(handle(gpr, TDX_EXIT_WBINVD, 0), 2);
	assert_int_equal(handle(gpr, TDX_EXIT_MWAIT, 0), TDX_VE_UNSUPPORTED);
	assert_int_equal(handle(gpr, TDX_EXIT_RDPMC, 0), TDX_VE_UNSUPPORTED);
	gpr[TDX_RAX] = 9;
	world.answer.r10 = 17;
	assert_int_equal(handle(gpr, TDX_EXIT_VMCALL, 0), 2);
	assert_int_equal(world.asked[1].r10, 9);
	assert_int_equal(world.asked[1].r11, 2);
	assert_int_equal(gpr[TDX_RAX], 17);
	assert_int_equal(handle(gpr, TDX_EXIT_INVD, 0), TDX_VE_UNSUPPORTED);
	assert_int_equal(handle(gpr, TDX_EXIT_CR_ACCESS, 0), TDX_VE_UNSUPPORTED);
}

static void test_user(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = 4 };
	struct tdx_regs regs = { .gpr = gpr, .user = true };

	reset();
	for (uint32_t reason = 0; reason < 80; reason++) {
		int result = handle_at(&regs, (struct tdx_ve_info){ .exit_reason = reason,
								    .gpa = SHARED,
								    .instruction_length = 2 });

		assert_int_equal(result, reason == TDX_EXIT_CPUID ? 2 : TDX_VE_USER);
	}
	assert_int_equal(world.count, 1);
}

static void test_early(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { 0 };
	struct tdx_regs regs = { .gpr = gpr };

	reset();
	regs.policy = &policy;
	for (uint32_t reason = 0; reason < 80; reason++) {
		struct tdx_ve_info ve = { .exit_reason = reason,
					  .exit_qualification = io(0x3f8, 1, 0),
					  .instruction_length = 1 };

		assert_int_equal(tdx_handle_ve_early(&regs, &ve),
				 reason == TDX_EXIT_IO ? 1 : TDX_VE_UNSUPPORTED);
		ve.exit_qualification |= TDX_IO_QUAL_STRING;
		assert_int_equal(tdx_handle_ve_early(&regs, &ve), TDX_VE_UNSUPPORTED);
	}
	assert_int_equal(world.count, 1);
	regs.user = true;
	assert_int_equal(tdx_handle_ve_early(&regs, &(struct tdx_ve_info){ .exit_reason = 30 }),
			 TDX_VE_USER);
}

static void test_outs(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RCX] = 70, [TDX_RDX] = 0x3f8, [TDX_RSI] = MEMORY };
	uint64_t qual = io(0x3f8, 1, TDX_IO_QUAL_STRING | TDX_IO_QUAL_REP);

	reset();
	set_code("f3 6e");
	for (unsigned int i = 0; i < 70; i++)
		world.memory[i] = (uint8_t)(i + 1);
	/* In batches, so that interrupts get a chance. */
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), 0);
	assert_int_equal(gpr[TDX_RCX], 70 - TDX_VE_STRING_BATCH);
	assert_int_equal(gpr[TDX_RSI], MEMORY + TDX_VE_STRING_BATCH);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), 2);
	assert_int_equal(world.count, 70);
	assert_int_equal(gpr[TDX_RCX], 0);
	assert_int_equal(gpr[TDX_RSI], MEMORY + 70);
	for (unsigned int i = 0; i < 70; i++)
		assert_int_equal(world.asked[i].r15, i + 1);
	/* At 0 nothing happens. */
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), 2);
	assert_int_equal(world.count, 70);
	policy.string_io = false;
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), TDX_VE_FORBIDDEN);
}

static void test_ins(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RCX] = 5, [TDX_RDX] = 0x3f8, [TDX_RDI] = MEMORY + 8 };
	struct tdx_regs regs = { .gpr = gpr, .rip = CODE, .rflags = RFLAGS_DF };
	struct tdx_ve_info ve = {
		.exit_reason = TDX_EXIT_IO,
		.exit_qualification = io(0x3f8, 4, TDX_IO_QUAL_STRING | TDX_IO_QUAL_IN),
		.instruction_length = 1,
	};

	reset();
	set_code("6d");
	world.answer.r11 = UINT64_C(0x8877665544332211);
	assert_int_equal(handle_at(&regs, ve), 1);
	assert_int_equal(gpr[TDX_RDI], MEMORY + 4);
	assert_int_equal(gpr[TDX_RCX], 5);
	assert_memory_equal(world.memory + 8, "\x11\x22\x33\x44\0\0\0\0", 8);
	/* Something else than what caused the exception. */
	ve.exit_qualification = io(0x3f8, 2, TDX_IO_QUAL_STRING | TDX_IO_QUAL_IN);
	assert_int_equal(handle_at(&regs, ve), TDX_VE_MISMATCH);
	ve.exit_qualification = io(0x3f8, 4, TDX_IO_QUAL_STRING);
	assert_int_equal(handle_at(&regs, ve), TDX_VE_MISMATCH);
	ve.exit_qualification = io(0x3f9, 4, TDX_IO_QUAL_STRING | TDX_IO_QUAL_IN);
	assert_int_equal(handle_at(&regs, ve), TDX_VE_MISMATCH);
	gpr[TDX_RDI] = 0;
	ve.exit_qualification = io(0x3f8, 4, TDX_IO_QUAL_STRING | TDX_IO_QUAL_IN);
	assert_int_equal(handle_at(&regs, ve), TDX_VE_MEMORY);
	assert_int_equal(world.count, 1);
}

/* What was done stays done; the rest is tried again and then fails as a whole. */
static void test_string_failure(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RCX] = 5, [TDX_RDX] = 0x3f8, [TDX_RSI] = MEMORY };
	uint64_t qual = io(0x3f8, 1, TDX_IO_QUAL_STRING | TDX_IO_QUAL_REP);

	reset();
	set_code("f3 6e");
	world.refuse_from = 3;
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), 0);
	assert_int_equal(gpr[TDX_RCX], 3);
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), TDX_VE_REFUSED);
	world.fail_memory_at = 1;
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), TDX_VE_MEMORY);
	policy.read = NULL;
	assert_int_equal(handle(gpr, TDX_EXIT_IO, qual), TDX_VE_MEMORY);
}

static void test_mmio_errors(void **state)
{
	static const struct {
		const char *hex;
		size_t mapped;
		uint64_t rip, gla, qual;
		int error;
	} vectors[] = {
		{ "8b 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, 2 },
		{ "8b 07", 0, 0, 0x5000, TDX_EPT_QUAL_FETCH, TDX_VE_UNSUPPORTED },
		{ "8b 07", 0, 0, 0x5004, TDX_EPT_QUAL_READ, TDX_VE_MISMATCH },
		{ "8b 07", 0, 0, UINT64_C(0x8000000000005000), TDX_EPT_QUAL_READ, TDX_VE_MISMATCH },
		{ "8b 07", 0, 0, 0x5000, TDX_EPT_QUAL_WRITE, TDX_VE_MISMATCH },
		{ "89 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_MISMATCH },
		{ "8b 87 fd 0f 00 00", 0, 0, 0x5ffd, TDX_EPT_QUAL_READ, TDX_VE_CROSSES_PAGE },
		{ "8b 87 fd 0f 00 00", 0, 0, 0x6000, TDX_EPT_QUAL_READ, TDX_VE_CROSSES_PAGE },
		{ "8a 87 ff 0f 00 00", 0, 0, 0x5fff, TDX_EPT_QUAL_READ, 6 },
		{ "f0 8b 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_LOCK },
		{ "f0 89 07", 0, 0, 0x5000, TDX_EPT_QUAL_WRITE, TDX_VE_LOCK },
		{ "f0 39 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_LOCK },
		{ "f0 03 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_LOCK },
		{ "f0 0f a3 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_LOCK },
		{ "f0 a4", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_LOCK },
		{ "f0 01 07", 0, 0, 0x5000, TDX_EPT_QUAL_WRITE, 3 },
		{ "8b 87 00 00", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_TRUNCATED },
		{ "66 66 66 66 66 66 66 66 66 66 66 66 66 66 8b 07", 0, 0, 0x5000,
		  TDX_EPT_QUAL_READ, TDX_VE_TOO_LONG },
		{ "90", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_INSTRUCTION },
		{ "c5 f8 10 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_INSTRUCTION },
		{ "0f 10 07", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_INSTRUCTION },
		{ "8b c7", 0, 0, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_INSTRUCTION },
		{ "c7 4f 00 00 00 00 00", 0, 0, 0x5000, TDX_EPT_QUAL_WRITE, TDX_VE_INSTRUCTION },
		{ "6c", 0, 0, 0x5000, TDX_EPT_QUAL_WRITE, TDX_VE_INSTRUCTION },
		{ "8b 07", 0, 0x1000, 0x5000, TDX_EPT_QUAL_READ, TDX_VE_FETCH },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(vectors); i++) {
		uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RDI] = 0x5000 };
		struct tdx_regs regs = { .gpr = gpr, .rip = CODE + vectors[i].rip };
		int result;

		reset();
		set_code(vectors[i].hex);
		result = handle_at(
			&regs, (struct tdx_ve_info){ .exit_reason = TDX_EXIT_EPT_VIOLATION,
						     .exit_qualification = DATA | vectors[i].qual,
						     .gla = vectors[i].gla,
						     .gpa = SHARED | 0x1000 });
		if (result != vectors[i].error)
			fail_msg("%s: %d, not %d", vectors[i].hex, result, vectors[i].error);
		if (result < 0)
			assert_int_equal(world.count, 0);
	}
}

static void test_mmio_preconditions(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RDI] = 0x5000 };
	struct tdx_regs regs = { .gpr = gpr, .rip = CODE };
	struct tdx_ve_info ve = { .exit_reason = TDX_EXIT_EPT_VIOLATION,
				  .exit_qualification = DATA | TDX_EPT_QUAL_READ,
				  .gla = 0x5000,
				  .gpa = 0x1000 };

	reset();
	set_code("8b 07");
	assert_int_equal(handle_at(&regs, ve), TDX_VE_PRIVATE);
	ve.gpa = SHARED | 0x1000;
	ve.exit_qualification = TDX_EPT_QUAL_READ | TDX_EPT_QUAL_GLA_VALID;
	assert_int_equal(handle_at(&regs, ve), TDX_VE_UNSUPPORTED);
	ve.exit_qualification = TDX_EPT_QUAL_READ | TDX_EPT_QUAL_TRANSLATED;
	assert_int_equal(handle_at(&regs, ve), TDX_VE_UNSUPPORTED);
	ve.exit_qualification = DATA | TDX_EPT_QUAL_READ;
	world.forbidden = ve.gpa;
	assert_int_equal(handle_at(&regs, ve), TDX_VE_FORBIDDEN);
	world.forbidden = 0;
	world.refuse_from = 1;
	assert_int_equal(handle_at(&regs, ve), TDX_VE_REFUSED);
	policy.fetch = NULL;
	assert_int_equal(handle_at(&regs, ve), TDX_VE_FETCH);
}

/* Beyond MOV only on demand. */
static void test_mmio_basic(void **state)
{
	static const char *const basic[] = { "88 07",
					     "89 07",
					     "8a 07",
					     "8b 07",
					     "c6 07 01",
					     "c7 07 01 00 00 00",
					     "0f b6 07",
					     "0f b7 07",
					     "0f be 07",
					     "0f bf 07",
					     "48 63 07",
					     "a1 00 50 00 00 00 00 00 00",
					     "a2 00 50 00 00 00 00 00 00" };
	static const char *const others[] = { "01 07",	  "87 07",    "85 07",	     "38 07",
					      "0f ab 07", "0f c3 07", "0f 38 f0 07", "aa",
					      "a4",	  "ff 07" };

	for (unsigned int i = 0; i < ARRAY_SIZE(basic) + ARRAY_SIZE(others); i++) {
		bool is_basic = i < ARRAY_SIZE(basic);
		uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RDI] = 0x5000 };
		int result;

		reset();
		policy.mmio_all = false;
		set_code(is_basic ? basic[i] : others[i - ARRAY_SIZE(basic)]);
		result = handle_mmio(gpr, 0x5000, TDX_EPT_QUAL_WRITE);
		if (result == TDX_VE_MISMATCH)
			result = handle_mmio(gpr, 0x5000, TDX_EPT_QUAL_READ);
		assert_int_equal(result, is_basic ? (int)world.mapped : TDX_VE_INSTRUCTION);
		assert_int_equal(world.count, is_basic);
		if (is_basic)
			assert_true(world.asked[0].r14 == (SHARED | 0xfec00000));
	}
}

/* Code at the end of a page: the next one is read only when the instruction is there. */
static void test_fetch_page_end(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RDI] = 0x5000 };
	struct tdx_regs regs = { .gpr = gpr };
	struct tdx_ve_info ve = { .exit_reason = TDX_EXIT_EPT_VIOLATION,
				  .exit_qualification = DATA | TDX_EPT_QUAL_READ,
				  .gla = 0x5000,
				  .gpa = SHARED };

	for (unsigned int before = 1; before <= 3; before++) {
		reset();
		world.mapped = PAGE_SIZE - before;
		set_code("8b 47 00");
		regs.rip = CODE + PAGE_SIZE - before;
		assert_int_equal(handle_at(&regs, ve), 3);
		assert_int_equal(world.fetches, before < 3 ? 2 : 1);
		world.mapped = PAGE_SIZE;
		assert_int_equal(handle_at(&regs, ve), before < 3 ? TDX_VE_TRUNCATED : 3);
	}
}

static void test_mmio_string_pages(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RAX] = 0x1234, [TDX_RCX] = 10, [TDX_RDI] = 0x5ff8 };

	reset();
	set_code("f3 66 ab");
	/* Four to the end of the page; the next one has another #VE. */
	assert_int_equal(handle_mmio(gpr, 0x5ff8, TDX_EPT_QUAL_WRITE), 0);
	assert_int_equal(world.count, 4);
	assert_int_equal(gpr[TDX_RCX], 6);
	assert_int_equal(gpr[TDX_RDI], 0x6000);
	assert_true(world.asked[3].r14 == (SHARED | 0xfec00ffe));
	assert_int_equal(world.asked[3].r15, 0x1234);
	assert_int_equal(handle_mmio(gpr, 0x6000, TDX_EPT_QUAL_WRITE), 3);
	assert_int_equal(gpr[TDX_RCX], 0);
	gpr[TDX_RCX] = 1;
	gpr[TDX_RDI] = 0x5fff;
	assert_int_equal(handle_mmio(gpr, 0x5fff, TDX_EPT_QUAL_WRITE), TDX_VE_CROSSES_PAGE);
	gpr[TDX_RDI] = 0x5ffc;
	assert_int_equal(handle_mmio(gpr, 0x5ff8, TDX_EPT_QUAL_WRITE), TDX_VE_MISMATCH);
	assert_int_equal(handle_mmio(gpr, 0x5ffc, TDX_EPT_QUAL_READ), TDX_VE_MISMATCH);
}

static void test_movs(void **state)
{
	uint64_t gpr[TDX_GPR_COUNT] = { [TDX_RCX] = 4, [TDX_RSI] = MEMORY, [TDX_RDI] = 0x5000 };

	reset();
	set_code("f3 a4");
	memcpy(world.memory, "abcd", 4);
	assert_int_equal(handle_mmio(gpr, 0x5000, TDX_EPT_QUAL_WRITE), 2);
	assert_int_equal(world.count, 4);
	assert_int_equal(world.asked[2].r15, 'c');
	assert_int_equal(gpr[TDX_RSI], MEMORY + 4);
	assert_int_equal(gpr[TDX_RDI], 0x5004);
	gpr[TDX_RCX] = 2;
	gpr[TDX_RSI] = 0x5000;
	gpr[TDX_RDI] = MEMORY;
	world.answer.r11 = 0x178;
	assert_int_equal(handle_mmio(gpr, 0x5000, TDX_EPT_QUAL_READ), 2);
	assert_memory_equal(world.memory, "xxcd", 4);
	gpr[TDX_RCX] = 2;
	gpr[TDX_RSI] = 0x5000;
	gpr[TDX_RDI] = 0;
	assert_int_equal(handle_mmio(gpr, 0x5000, TDX_EPT_QUAL_READ), TDX_VE_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_default_policy),
		cmocka_unit_test(test_msr),
		cmocka_unit_test(test_hlt),
		cmocka_unit_test(test_in),
		cmocka_unit_test(test_out),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_outs),
		cmocka_unit_test(test_ins),
		cmocka_unit_test(test_string_failure),
		cmocka_unit_test(test_mmio_errors),
		cmocka_unit_test(test_mmio_preconditions),
		cmocka_unit_test(test_mmio_basic),
		cmocka_unit_test(test_fetch_page_end),
		cmocka_unit_test(test_mmio_string_pages),
		cmocka_unit_test(test_movs),
	};

	return cmocka_run_group_tests_name("ve_handler", tests, NULL, NULL);
}
