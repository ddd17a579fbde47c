/* SPDX-License-Identifier: MIT */
/*
 * The MMIO emulator against the CPU: every instruction that the decoder describes, in every form of
 * opcode and ModRM, with random prefixes, SIB, displacements and registers, is executed natively on
 * ordinary memory and emulated on the same state. Registers, flags and memory must be the same.
 *
 * NATIVE_ROUNDS: how often each form is tried.
 */
#include <asm/prctl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <tdx/leaf.h>

#include "guest/ve.h"
#include "lib/bits.h"
#include "lib/insn.h"
#include "tests/lib/vmm_answers.h"

#define ROUNDS 4

#define SHARED		(UINT64_C(1) << 47)
#define PAGE		4096
#define WINDOW		600 /* an operand is at least as far from either end of the page */
#define DEVICE		UINT64_C(0x60000000) /* low, so that all forms of addresses reach it */
#define OTHER		UINT64_C(0x60010000) /* the memory operand that is not the device */
#define CODE		UINT64_C(0x60020000)
#define GS_BASE		UINT64_C(0x12345678)
#define RFLAGS_CF_TO_DF (bit(0) | bit(2) | bit(4) | bit(6) | bit(7) | bit(10) | bit(11))
#define RFLAGS_DF	bit(10)

/* What the assembly below loads and stores. */
uint64_t native_gpr[16], native_rflags, native_rsp, native_code;
void native_run(void);
extern const char native_return[];

__asm__(".text\n"
	"native_run:\n\t"
	"push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
	"mov %rsp, native_rsp(%rip)\n\t"
	"push native_rflags(%rip)\n\tpopfq\n\t"
	"mov native_gpr+0(%rip), %rax\n\tmov native_gpr+8(%rip), %rcx\n\t"
	"mov native_gpr+16(%rip), %rdx\n\tmov native_gpr+24(%rip), %rbx\n\t"
	"mov native_gpr+32(%rip), %rsp\n\tmov native_gpr+40(%rip), %rbp\n\t"
	"mov native_gpr+48(%rip), %rsi\n\tmov native_gpr+56(%rip), %rdi\n\t"
	"mov native_gpr+64(%rip), %r8\n\tmov native_gpr+72(%rip), %r9\n\t"
	"mov native_gpr+80(%rip), %r10\n\tmov native_gpr+88(%rip), %r11\n\t"
	"mov native_gpr+96(%rip), %r12\n\tmov native_gpr+104(%rip), %r13\n\t"
	"mov native_gpr+112(%rip), %r14\n\tmov native_gpr+120(%rip), %r15\n\t"
	"jmp *native_code(%rip)\n"
	"native_return:\n\t"
	"mov %rax, native_gpr+0(%rip)\n\tmov %rcx, native_gpr+8(%rip)\n\t"
	"mov %rdx, native_gpr+16(%rip)\n\tmov %rbx, native_gpr+24(%rip)\n\t"
	"mov %rsp, native_gpr+32(%rip)\n\tmov %rbp, native_gpr+40(%rip)\n\t"
	"mov %rsi, native_gpr+48(%rip)\n\tmov %rdi, native_gpr+56(%rip)\n\t"
	"mov %r8, native_gpr+64(%rip)\n\tmov %r9, native_gpr+72(%rip)\n\t"
	"mov %r10, native_gpr+80(%rip)\n\tmov %r11, native_gpr+88(%rip)\n\t"
	"mov %r12, native_gpr+96(%rip)\n\tmov %r13, native_gpr+104(%rip)\n\t"
	"mov %r14, native_gpr+112(%rip)\n\tmov %r15, native_gpr+120(%rip)\n\t"
	"mov native_rsp(%rip), %rsp\n\t"
	"pushfq\n\tpop native_rflags(%rip)\n\tcld\n\t"
	"pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
	"ret\n");

struct state {
	uint64_t gpr[16];
	uint64_t rflags;
	uint8_t device[PAGE], other[PAGE];
};

static struct state emulated; /* what the emulator works on */
static uint8_t code[32];
static uint64_t segment_bases[6];
static unsigned int tried;

static uint64_t next_random(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static uint64_t below(uint64_t limit)
{
	return (next_random() >> 16) % limit;
}

/* Values at which carries and signs change come more often than chance has them. */
static uint64_t random_value(void)
{
	static const uint64_t edges[] = { 0,	  1,	  0x7f,	      0x80,	  0xff,
					  0x7fff, 0x8000, 0x7fffffff, 0x80000000, UINT64_MAX };

	if (below(4))
		return next_random();
	return edges[below(ARRAY_SIZE(edges))] ^ (below(2) ? 0 : UINT64_MAX);
}

/* The VMM: the device's registers are the emulator's copy of the page. */
static void vmm(struct tdx_module_args *args)
{
	uint64_t offset = args->r14 & ~SHARED;

	args->r10 = TDVMCALL_STATUS_INVALID_OPERAND;
	if (args->r11 != TDVMCALL_MMIO || offset + args->r12 > PAGE)
		return;
	if (args->r13)
		memcpy(emulated.device + offset, &args->r15, args->r12);
	args->r11 = next_random(); /* no more than what was asked for may arrive */
	memcpy(&args->r11, emulated.device + offset, args->r12);
	args->r10 = TDVMCALL_STATUS_SUCCESS;
}

static size_t fetch(void *context, uint64_t linear, uint8_t *to, size_t count)
{
	memcpy(to, code + (linear - CODE), count);
	return count;
}

static bool segment_base(void *context, enum insn_segment segment, uint64_t *base)
{
	*base = segment_bases[segment];
	return true;
}

static bool read_other(void *context, uint64_t linear, void *to, size_t size)
{
	if (linear < OTHER || linear + size > OTHER + PAGE)
		return false;
	memcpy(to, emulated.other + (linear - OTHER), size);
	return true;
}

static bool write_other(void *context, uint64_t linear, const void *from, size_t size)
{
	if (linear < OTHER || linear + size > OTHER + PAGE)
		return false;
	memcpy(emulated.other + (linear - OTHER), from, size);
	return true;
}

static const struct tdx_ve_policy policy = {
	.mmio_all = true,
	.shared_bit = SHARED,
	.fetch = fetch,
	.segment_base = segment_base,
	.read = read_other,
	.write = write_other,
};

static void map(uint64_t address, int protection)
{
	void *p = mmap((void *)address, PAGE, protection,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	assert_int_equal((uintptr_t)p, address);
}

static int start(void **state)
{
	map(DEVICE, PROT_READ | PROT_WRITE);
	map(OTHER, PROT_READ | PROT_WRITE);
	map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC);
	syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE);
	syscall(SYS_arch_prctl, ARCH_GET_FS, &segment_bases[INSN_FS]);
	segment_bases[INSN_GS] = GS_BASE;
	vmm_answer = vmm;
	return 0;
}

/* One trial. */
struct trial {
	struct insn insn;
	struct insn_access access;
	uint64_t address; /* of the device operand */
	bool to_device;	  /* MOVS */
};

static uint64_t segment_of(const struct trial *t)
{
	enum insn_segment segment = insn_segment(&t->insn);

	return segment >= INSN_FS ? segment_bases[segment] : 0;
}

/* A register that is part of an address of 4 bytes has anything in its upper half. */
static void set_address(struct trial *t, unsigned int number, uint64_t value)
{
	uint64_t mask = byte_mask(t->insn.address_size);

	native_gpr[number] = (value & mask) | (next_random() & ~mask);
}

static bool set_displacement(const struct trial *t, uint64_t value)
{
	unsigned int size = t->insn.has_modrm ? 4 : t->insn.address_size;
	unsigned int at = t->insn.length - t->insn.immediate_size - size;

	if (size == 4 && t->insn.address_size == 8 && (uint64_t)(int32_t)value != value)
		return false;
	if (t->insn.address_size == 4 && value >> 32 && value >> 31 != UINT64_MAX >> 31)
		return false;
	memcpy(code + at, &value, size);
	return true;
}

/* x * (1 + scale) = value; of two solutions for scale 1, if there are any. */
static bool divide(uint64_t value, unsigned int factor, uint64_t *x)
{
	uint64_t inverse = 1;

	if (factor == 2) {
		*x = value / 2;
		return value % 2 == 0;
	}
	for (unsigned int i = 0; i < 6; i++) /* Newton, modulo 2^64 */
		inverse *= 2 - factor * inverse;
	*x = value * inverse;
	return true;
}

/* Makes the memory operand be at an offset from its segment. False where that cannot be. */
static bool aim(struct trial *t, uint64_t offset)
{
	struct insn *i = &t->insn;
	uint64_t rest = offset - (uint64_t)i->displacement, x;

	if (i->address_size == 4 && offset >> 32)
		return false;
	if (i->rip_relative)
		return set_displacement(t, offset - (CODE + i->length));
	if (i->base == INSN_NO_REGISTER && i->index == INSN_NO_REGISTER)
		return set_displacement(t, offset);
	if (i->base == INSN_NO_REGISTER) {
		x = below(1000);
		set_address(t, i->index, x);
		return set_displacement(t, offset - x * i->scale);
	}
	if (i->index == INSN_NO_REGISTER) {
		set_address(t, i->base, rest);
		return true;
	}
	if (i->base != i->index) {
		set_address(t, i->base, rest - native_gpr[i->index] * i->scale);
		return true;
	}
	if (!divide(rest, 1 + i->scale, &x))
		return false;
	set_address(t, i->base, x);
	return true;
}

static bool is_bit_string(const struct trial *t)
{
	return t->access.operation >= INSN_BT && t->access.operation <= INSN_BTC &&
	       !(t->access.flags & INSN_ACCESS_IMMEDIATE);
}

/* The bit offset of a register must not leave the page; adds what it does to the address. */
static bool aim_bit_string(struct trial *t)
{
	unsigned int bits = 8 * t->access.size, reg = t->access.reg;
	int64_t offset = (int64_t)below(4000) - 2000;
	uint64_t mask = byte_mask(t->access.size);

	if (reg == t->insn.base || reg == t->insn.index)
		return false;
	native_gpr[reg] = ((uint64_t)offset & mask) | (random_value() & ~mask);
	t->address += (uint64_t)((offset - (offset & (bits - 1))) / 8);
	return true;
}

static bool aim_string(struct trial *t)
{
	bool repeat = t->insn.prefixes.rep || t->insn.prefixes.repne;
	uint64_t source = OTHER + WINDOW + below(PAGE - 2 * WINDOW);
	uint64_t destination = source ^ 64, segment = segment_of(t);

	t->to_device =
		t->access.operation == INSN_STOS || (t->access.operation == INSN_MOVS && below(2));
	if (t->to_device)
		destination = t->address;
	else
		source = t->address;
	if (t->insn.address_size == 4 && (source - segment) >> 32)
		return false;
	set_address(t, 6, source - segment);
	set_address(t, 7, destination);
	if (repeat)
		set_address(t, 1, 1 + below(60));
	native_rflags ^= below(2) ? RFLAGS_DF : 0;
	return true;
}

/* Half of all comparisons of CMPXCHG shall be equal. */
static void aim_cmpxchg(const struct trial *t)
{
	if (t->access.operation == INSN_CMPXCHG && below(2))
		memcpy((void *)t->address, native_gpr, t->access.size);
}

static bool prepare(struct trial *t)
{
	t->address = DEVICE + WINDOW + below(PAGE - 2 * WINDOW);
	for (unsigned int i = 0; i < 16; i++)
		native_gpr[i] = random_value();
	native_rflags = 0x202 | (next_random() & RFLAGS_CF_TO_DF & ~RFLAGS_DF);
	for (unsigned int i = 0; i < PAGE; i += 8) {
		*(uint64_t *)(DEVICE + i) = random_value();
		*(uint64_t *)(OTHER + i) = random_value();
	}
	if (t->access.flags & INSN_ACCESS_STRING)
		return aim_string(t);
	if (!aim(t, t->address - segment_of(t)))
		return false;
	if (is_bit_string(t) && !aim_bit_string(t))
		return false;
	aim_cmpxchg(t);
	return true;
}

static void take(struct state *s)
{
	memcpy(s->gpr, native_gpr, sizeof(s->gpr));
	s->rflags = native_rflags;
	memcpy(s->device, (void *)DEVICE, PAGE);
	memcpy(s->other, (void *)OTHER, PAGE);
}

/* The instruction and a jump back. */
static void run_native(const struct trial *t)
{
	static const uint8_t jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
	uintptr_t back = (uintptr_t)native_return;
	uint8_t *to = (uint8_t *)CODE;

	memcpy(to, code, t->insn.length);
	memcpy(to + t->insn.length, jump, sizeof(jump));
	memcpy(to + t->insn.length + sizeof(jump), &back, sizeof(back));
	native_code = CODE;
	native_run();
}

static uint64_t qualification(const struct trial *t)
{
	uint64_t common = TDX_EPT_QUAL_GLA_VALID | TDX_EPT_QUAL_TRANSLATED;

	switch ((int)t->access.operation) {
	case INSN_STORE:
		return common | TDX_EPT_QUAL_WRITE;
	case INSN_LOAD:
	case INSN_CMP:
	case INSN_TEST:
	case INSN_BT:
		return common | TDX_EPT_QUAL_READ;
	case INSN_MOVS:
	case INSN_STOS:
	case INSN_LODS:
		return common | (t->to_device ? TDX_EPT_QUAL_WRITE : TDX_EPT_QUAL_READ);
	default: /* either, or both */
		return common | (t->access.flags & INSN_ACCESS_TO_REGISTER ? 1 : 1 + below(3));
	}
}

static int run_emulated(const struct trial *t)
{
	struct tdx_regs regs = {
		.gpr = emulated.gpr, .rip = CODE, .rflags = emulated.rflags, .policy = &policy
	};
	const struct tdx_ve_info ve = { .exit_reason = TDX_EXIT_EPT_VIOLATION,
					.exit_qualification = qualification(t),
					.gla = t->address,
					.gpa = SHARED | (t->address - DEVICE) };
	int result = tdx_handle_ve(&regs, &ve);

	emulated.rflags = regs.rflags;
	return result;
}

static void print_difference(const struct state *native, const struct state *before)
{
	fprintf(stderr, "#  code:");
	for (unsigned int i = 0; i < INSN_MAX_LENGTH; i++)
		fprintf(stderr, " %02x", code[i]);
	fprintf(stderr, "\n#  flags: before %#lx native %#lx emulated %#lx\n", before->rflags,
		native->rflags, emulated.rflags);
	for (unsigned int i = 0; i < 16; i++) {
		if (native->gpr[i] != emulated.gpr[i])
			fprintf(stderr, "#  r%u: before %#lx native %#lx emulated %#lx\n", i,
				before->gpr[i], native->gpr[i], emulated.gpr[i]);
	}
	for (unsigned int i = 0; i < PAGE; i++) {
		if (native->device[i] != emulated.device[i])
			fprintf(stderr, "#  device[%u]: before %#x native %#x emulated %#x\n", i,
				before->device[i], native->device[i], emulated.device[i]);
	}
}

static bool same(const struct state *a, const struct state *b)
{
	return memcmp(a->gpr, b->gpr, sizeof(a->gpr)) == 0 &&
	       ((a->rflags ^ b->rflags) & RFLAGS_CF_TO_DF) == 0 &&
	       memcmp(a->device, b->device, PAGE) == 0 && memcmp(a->other, b->other, PAGE) == 0;
}

/* How instructions have been tried: operand sizes as a sum, for each ModRM.reg, and ways. */
enum {
	WAY_RIP = 1 << 0,
	WAY_INDEX = 1 << 1,
	WAY_ADDRESS32 = 1 << 2,
	WAY_SEGMENT = 1 << 3,
	WAY_REX_R = 1 << 4,
	WAY_HIGH_BYTE = 1 << 5,
	WAY_LOCK = 1 << 6,
	WAY_REPEAT = 1 << 7,
	WAY_BACKWARDS = 1 << 8,
};

static struct {
	unsigned int sizes[8], all_sizes, ways;
} seen[3][256];

static void record(const struct trial *t)
{
	const struct insn *i = &t->insn;
	unsigned int ways = 0;

	ways |= i->rip_relative ? WAY_RIP : 0;
	ways |= i->memory && i->index != INSN_NO_REGISTER ? WAY_INDEX : 0;
	ways |= i->address_size == 4 ? WAY_ADDRESS32 : 0;
	ways |= insn_segment(i) >= INSN_FS ? WAY_SEGMENT : 0;
	ways |= i->reg >= 8 ? WAY_REX_R : 0;
	ways |= t->access.reg_shift ? WAY_HIGH_BYTE : 0;
	ways |= i->prefixes.lock ? WAY_LOCK : 0;
	ways |= i->prefixes.rep || i->prefixes.repne ? WAY_REPEAT : 0;
	ways |= emulated.rflags & RFLAGS_DF ? WAY_BACKWARDS : 0;
	seen[i->map][i->opcode].sizes[i->modrm >> 3 & 7] |= t->access.register_size;
	seen[i->map][i->opcode].all_sizes |= t->access.register_size;
	seen[i->map][i->opcode].ways |= ways;
}

static void try(struct trial *t)
{
	struct state before, native;
	int result;

	if (!prepare(t))
		return;
	take(&before);
	emulated = before;
	run_native(t);
	take(&native);
	result = run_emulated(t);
	tried++;
	record(t);
	if (result == t->insn.length && same(&native, &emulated))
		return;
	print_difference(&native, &before);
	fail_msg("handler: %d", result);
}

static unsigned int add_prefixes(uint8_t *to)
{
	static const uint8_t prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0x64, 0x65, 0x2e, 0xf0 };
	unsigned int n = 0;

	for (unsigned int i = 0; i < 2; i++) {
		if (below(2))
			to[n++] = prefixes[below(ARRAY_SIZE(prefixes))];
	}
	if (below(2))
		to[n++] = 0x40 | (uint8_t)below(16);
	return n;
}

static bool has_movbe(void)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ecx & bit(22);
}

static bool can_run(const struct trial *t)
{
	enum insn_operation operation = (enum insn_operation)t->access.operation;

	if (operation == INSN_INS || operation == INSN_OUTS)
		return false;
	if (t->access.flags & INSN_ACCESS_BYTE_SWAP && !has_movbe())
		return false;
	return !t->insn.prefixes.lock || t->access.flags & INSN_ACCESS_LOCKABLE;
}

/* opcode with escapes; modrm is the byte behind it, if it has one. */
static void try_form(const uint8_t *opcode, unsigned int opcode_size, uint8_t modrm)
{
	struct trial t = { 0 };
	unsigned int n;

	for (unsigned int i = 0; i < sizeof(code); i++)
		code[i] = (uint8_t)below(256);
	n = add_prefixes(code);
	memcpy(code + n, opcode, opcode_size);
	code[n + opcode_size] = modrm;
	if (insn_decode(code, sizeof(code), INSN_MODE_64, &t.insn) == INSN_OK &&
	    insn_access(&t.insn, &t.access) && can_run(&t))
		try(&t);
}

static unsigned int rounds(void)
{
	const char *wanted = getenv("NATIVE_ROUNDS");

	return wanted ? (unsigned int)atoi(wanted) : ROUNDS;
}

static void try_map(const uint8_t *escape, unsigned int escape_size)
{
	uint8_t opcode[4];

	for (unsigned int i = 0; i < escape_size; i++)
		opcode[i] = escape[i];
	for (unsigned int o = 0; o < 256; o++) {
		opcode[escape_size] = (uint8_t)o;
		for (unsigned int modrm = 0; modrm < 0xc0; modrm++) {
			for (unsigned int i = 0; i < rounds(); i++)
				try_form(opcode, escape_size + 1, (uint8_t)modrm);
		}
	}
}

static void test_one_byte(void **state)
{
	try_map(NULL, 0);
	assert_true(tried > 20000 * rounds() / ROUNDS);
}

static void test_0f(void **state)
{
	tried = 0;
	try_map((const uint8_t[]){ 0x0f }, 1);
	assert_true(tried > 5000 * rounds() / ROUNDS);
}

static void test_0f38(void **state)
{
	try_map((const uint8_t[]){ 0x0f, 0x38 }, 2);
}

enum { BYTE = 1, FULL = 2 + 4 + 8, ANY_DIGIT = 8 };

#define MEMORY (WAY_RIP | WAY_INDEX | WAY_ADDRESS32 | WAY_SEGMENT)
#define REG    (MEMORY | WAY_REX_R)
#define STRING (WAY_REPEAT | WAY_BACKWARDS | WAY_ADDRESS32)

/* count opcodes from this one on, or digits of it. */
struct forms {
	uint8_t map, opcode, digit, count, sizes;
	uint16_t ways;
};

static const struct forms forms[] = {
	/* what an embedder always has: MOV, MOVZX, MOVSX, MOVSXD */
	{ INSN_MAP_ONE_BYTE, 0x88, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE },
	{ INSN_MAP_ONE_BYTE, 0x89, ANY_DIGIT, 1, FULL, REG },
	{ INSN_MAP_ONE_BYTE, 0x8a, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE },
	{ INSN_MAP_ONE_BYTE, 0x8b, ANY_DIGIT, 1, FULL, REG },
	{ INSN_MAP_ONE_BYTE, 0xa0, ANY_DIGIT, 1, BYTE, WAY_ADDRESS32 | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xa1, ANY_DIGIT, 1, FULL, WAY_ADDRESS32 | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xa2, ANY_DIGIT, 1, BYTE, WAY_ADDRESS32 | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xa3, ANY_DIGIT, 1, FULL, WAY_ADDRESS32 | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xc6, 0, 1, BYTE, MEMORY },
	{ INSN_MAP_ONE_BYTE, 0xc7, 0, 1, FULL, MEMORY },
	{ INSN_MAP_0F, 0xb6, ANY_DIGIT, 2, FULL, REG },
	{ INSN_MAP_0F, 0xbe, ANY_DIGIT, 2, FULL, REG },
	{ INSN_MAP_ONE_BYTE, 0x63, ANY_DIGIT, 1, FULL, REG },
	/* the option: XCHG, read-modify-write, TEST and CMP */
	{ INSN_MAP_ONE_BYTE, 0x86, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0x87, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0x80, 0, 8, BYTE, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0x81, 0, 8, FULL, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0x83, 0, 8, FULL, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0x84, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE },
	{ INSN_MAP_ONE_BYTE, 0x85, ANY_DIGIT, 1, FULL, REG },
	{ INSN_MAP_ONE_BYTE, 0xf6, 0, 4, BYTE, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0xf7, 0, 4, FULL, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0xfe, 0, 2, BYTE, MEMORY | WAY_LOCK },
	{ INSN_MAP_ONE_BYTE, 0xff, 0, 2, FULL, MEMORY | WAY_LOCK },
	{ INSN_MAP_0F, 0xa3, ANY_DIGIT, 1, FULL, REG },
	{ INSN_MAP_0F, 0xab, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	{ INSN_MAP_0F, 0xb3, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	{ INSN_MAP_0F, 0xbb, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	{ INSN_MAP_0F, 0xba, 4, 4, FULL, MEMORY | WAY_LOCK },
	{ INSN_MAP_0F, 0xb0, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE | WAY_LOCK },
	{ INSN_MAP_0F, 0xb1, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	{ INSN_MAP_0F, 0xc0, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE | WAY_LOCK },
	{ INSN_MAP_0F, 0xc1, ANY_DIGIT, 1, FULL, REG | WAY_LOCK },
	/* and MOVS, STOS, LODS, MOVNTI */
	{ INSN_MAP_ONE_BYTE, 0xa4, ANY_DIGIT, 1, BYTE, STRING | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xa5, ANY_DIGIT, 1, FULL, STRING | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xaa, ANY_DIGIT, 1, BYTE, STRING },
	{ INSN_MAP_ONE_BYTE, 0xab, ANY_DIGIT, 1, FULL, STRING },
	{ INSN_MAP_ONE_BYTE, 0xac, ANY_DIGIT, 1, BYTE, STRING | WAY_SEGMENT },
	{ INSN_MAP_ONE_BYTE, 0xad, ANY_DIGIT, 1, FULL, STRING | WAY_SEGMENT },
	{ INSN_MAP_0F, 0xc3, ANY_DIGIT, 1, 4 + 8, REG },
};

static void assert_seen(const struct forms *f)
{
	for (unsigned int n = 0; n < f->count; n++) {
		unsigned int opcode = f->opcode + (f->digit == ANY_DIGIT ? n : 0);
		unsigned int digit = f->digit + n;
		unsigned int sizes = f->digit == ANY_DIGIT ? seen[f->map][opcode].all_sizes
							   : seen[f->map][opcode].sizes[digit];
		unsigned int ways = seen[f->map][opcode].ways;

		if ((sizes & f->sizes) != f->sizes || (ways & f->ways) != f->ways)
			fail_msg("map %u, %02x /%u: sizes %#x of %#x, ways %#x of %#x", f->map,
				 opcode, digit, sizes, f->sizes, ways, f->ways);
	}
}

/* What the tests above have tried is all that there is, in every size and way. */
static void test_every_form(void **state)
{
	static const struct forms movbe = { INSN_MAP_0F38, 0xf0, ANY_DIGIT, 2, FULL, REG };

	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++)
		assert_seen(&forms[i]);
	/* ADD, OR, ADC, SBB, AND, SUB, XOR, CMP with a register, in both directions */
	for (unsigned int operation = 0; operation < 8; operation++) {
		uint8_t opcode = (uint8_t)(8 * operation);
		unsigned int lock = operation == 7 ? 0 : WAY_LOCK;
		const struct forms of[] = {
			{ 0, opcode, ANY_DIGIT, 1, BYTE, (uint16_t)(REG | WAY_HIGH_BYTE | lock) },
			{ 0, opcode + 1, ANY_DIGIT, 1, FULL, (uint16_t)(REG | lock) },
			{ 0, opcode + 2, ANY_DIGIT, 1, BYTE, REG | WAY_HIGH_BYTE },
			{ 0, opcode + 3, ANY_DIGIT, 1, FULL, REG },
		};

		for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
			assert_seen(&of[i]);
	}
	if (has_movbe())
		assert_seen(&movbe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_byte),
		cmocka_unit_test(test_0f),
		cmocka_unit_test(test_0f38),
		cmocka_unit_test(test_every_form),
	};

	return cmocka_run_group_tests_name("ve_native", tests, start, NULL);
}
