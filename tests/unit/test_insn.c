/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder against vectors written by hand, and against Zydis over all opcodes with
 * prefixes and ModRM forms and over random bytes.
 *
 * Zydis refuses more: it knows which group members, register forms, mandatory prefixes and LOCKs
 * exist. So a refusal of Zydis counts for us when it refuses the opcode in every form
 * (test_zydis_opcodes). The other differences are named in known_difference() and
 * same_operand_size().
 *
 * INSN_RANDOM_STRINGS: how many random byte strings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <Zydis/Zydis.h>

#include "lib/bits.h"
#include "lib/insn.h"

#define RANDOM_STRINGS 1000000
#define RANDOM_SEED    UINT64_C(0x9e3779b97f4a7c15)

#define MODES 3
#define MAPS  4

/* "48 8b 05" into bytes; returns how many. */
static size_t parse(const char *hex, uint8_t bytes[32])
{
	size_t count = 0;
	char *end;

	for (;; hex = end) {
		unsigned long byte = strtoul(hex, &end, 16);

		if (end == hex)
			return count;
		bytes[count++] = (uint8_t)byte;
	}
}

/* The bytes are at the end of a heap block, so that the sanitizer sees a read past them. */
static enum insn_error decode_exactly(const uint8_t *bytes, size_t count, enum insn_mode mode,
				      struct insn *insn)
{
	uint8_t *block = malloc(count + 1);
	enum insn_error error;

	assert_non_null(block);
	memcpy(block + 1, bytes, count);
	error = insn_decode(block + 1, count, mode, insn);
	free(block);
	return error;
}

/* Decodes one instruction that is as long as the string, and with no byte less. */
static struct insn decode(enum insn_mode mode, const char *hex)
{
	uint8_t bytes[32];
	size_t count = parse(hex, bytes);
	struct insn insn;

	memset(&insn, 0xa5, sizeof(insn));
	for (size_t short_count = 0; short_count < count; short_count++) {
		assert_int_equal(decode_exactly(bytes, short_count, mode, &insn), INSN_TRUNCATED);
	}
	if (decode_exactly(bytes, count, mode, &insn) != INSN_OK)
		fail_msg("refused: %s", hex);
	assert_int_equal(insn.length, count);
	assert_int_equal(insn.mode, mode);
	return insn;
}

static void test_lengths(void **state)
{
	static const struct {
		enum insn_mode mode;
		const char *hex;
	} vectors[] = {
		{ INSN_MODE_64, "90" },
		{ INSN_MODE_64, "f3 90" },
		{ INSN_MODE_64, "0f a2" },	 /* CPUID */
		{ INSN_MODE_64, "0f 32" },	 /* RDMSR */
		{ INSN_MODE_64, "66 0f 01 cc" }, /* TDCALL */
		{ INSN_MODE_64, "66 0f 01 cf" }, /* SEAMCALL */
		{ INSN_MODE_64, "f3 0f 01 d9" },
		{ INSN_MODE_64, "48 b8 08 07 06 05 04 03 02 01" },
		{ INSN_MODE_64, "66 b8 34 12" },
		{ INSN_MODE_64, "b8 78 56 34 12" },
		{ INSN_MODE_64, "a1 08 07 06 05 04 03 02 01" },
		{ INSN_MODE_64, "67 a1 04 03 02 01" },
		{ INSN_MODE_64, "66 48 c7 c0 04 03 02 01" },
		{ INSN_MODE_64, "66 c7 00 02 01" },
		{ INSN_MODE_64, "f6 00 01" },
		{ INSN_MODE_64, "f6 10" },
		{ INSN_MODE_64, "f7 00 04 03 02 01" },
		{ INSN_MODE_64, "f7 18" },
		{ INSN_MODE_64, "c8 00 10 01" },
		{ INSN_MODE_64, "66 e9 04 03 02 01" },
		{ INSN_MODE_64, "0f 84 04 03 02 01" },
		{ INSN_MODE_64, "0f 22 18" }, /* MOV CR3, RAX: mod is ignored */
		{ INSN_MODE_64, "0f 38 f0 00" },
		{ INSN_MODE_64, "66 0f 3a 0f 44 8b 01 02" },
		{ INSN_MODE_64, "66 0f 78 c0 01 02" },
		{ INSN_MODE_64, "0f 78 c0" },
		{ INSN_MODE_64, "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 90" },
		{ INSN_MODE_32, "9a 06 05 04 03 02 01" },
		{ INSN_MODE_32, "66 ea 04 03 02 01" },
		{ INSN_MODE_32, "40" },
		{ INSN_MODE_32, "c5 08" }, /* LDS */
		{ INSN_MODE_32, "62 00" }, /* BOUND */
		{ INSN_MODE_32, "67 8b 46 10" },
		{ INSN_MODE_32, "66 e9 02 01" },
		{ INSN_MODE_16, "9a 04 03 02 01" },
		{ INSN_MODE_16, "b8 02 01" },
		{ INSN_MODE_16, "66 b8 04 03 02 01" },
		{ INSN_MODE_16, "67 66 8b 04 8d 04 03 02 01" },
		{ INSN_MODE_16, "8b 0e 02 01" },
		{ INSN_MODE_16, "a0 02 01" },
		{ INSN_MODE_16, "0f 82 02 01" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		decode(vectors[i].mode, vectors[i].hex);
}

static void test_refusals(void **state)
{
	static const struct {
		enum insn_mode mode;
		const char *hex;
		enum insn_error error;
	} vectors[] = {
		{ INSN_MODE_64, "", INSN_TRUNCATED },
		{ INSN_MODE_64, "c5 f8 77", INSN_UNSUPPORTED },		 /* VEX */
		{ INSN_MODE_64, "c4 e2 7d 18 00", INSN_UNSUPPORTED },	 /* VEX */
		{ INSN_MODE_32, "c5 f8 77", INSN_UNSUPPORTED },		 /* VEX */
		{ INSN_MODE_64, "62 f1 7c 48 28 00", INSN_UNSUPPORTED }, /* EVEX */
		{ INSN_MODE_16, "62 f1 7c 48 28 00", INSN_UNSUPPORTED }, /* EVEX */
		{ INSN_MODE_64, "8f e9 78 01 c0", INSN_UNSUPPORTED },	 /* XOP */
		{ INSN_MODE_64, "0f 0f c0 9e", INSN_UNSUPPORTED },	 /* 3DNow! */
		{ INSN_MODE_64, "06", INSN_UNSUPPORTED },
		{ INSN_MODE_64, "9a 00 00 00 00 00 00", INSN_UNSUPPORTED },
		{ INSN_MODE_64, "0f 04", INSN_UNSUPPORTED },
		{ INSN_MODE_64, "0f 38 ff 00", INSN_UNSUPPORTED },
		{ INSN_MODE_64, "0f 3a ff 00 00", INSN_UNSUPPORTED },
		{ INSN_MODE_64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66", INSN_TOO_LONG },
		{ INSN_MODE_64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", INSN_TOO_LONG },
		{ INSN_MODE_64, "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e c7 00 00 00 00", INSN_TOO_LONG },
		{ INSN_MODE_64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66", INSN_TRUNCATED },
	};
	uint8_t bytes[32];
	struct insn insn;

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		size_t count = parse(vectors[i].hex, bytes);

		if (decode_exactly(bytes, count, vectors[i].mode, &insn) != vectors[i].error)
			fail_msg("not as specified: %s", vectors[i].hex);
	}
}

static void test_prefixes(void **state)
{
	struct insn i = decode(INSN_MODE_64, "f0 66 67 65 48 01 18");

	assert_int_equal(i.prefix_length, 5);
	assert_true(i.prefixes.lock && i.prefixes.operand_size && i.prefixes.address_size);
	assert_false(i.prefixes.rep || i.prefixes.repne);
	assert_int_equal(i.rex, 0x48);
	assert_int_equal(i.operand_size, 8);
	assert_int_equal(i.address_size, 4);
	assert_int_equal(insn_segment(&i), INSN_GS);

	/* A REX that is not the last prefix is none. */
	i = decode(INSN_MODE_64, "48 66 01 18");
	assert_int_equal(i.rex, 0);
	assert_int_equal(i.operand_size, 2);

	/* In 64-bit mode only FS and GS are overrides. */
	i = decode(INSN_MODE_64, "64 2e 8b 00");
	assert_int_equal(insn_segment(&i), INSN_FS);
	i = decode(INSN_MODE_32, "64 2e 8b 00");
	assert_int_equal(insn_segment(&i), INSN_CS);

	i = decode(INSN_MODE_64, "f2 f3 a4");
	assert_true(i.prefixes.rep && !i.prefixes.repne);
	i = decode(INSN_MODE_64, "f3 f2 a4");
	assert_true(i.prefixes.repne && !i.prefixes.rep);
}

static void test_operand_size(void **state)
{
	static const struct {
		enum insn_mode mode;
		const char *hex;
		unsigned int size;
	} vectors[] = {
		{ INSN_MODE_64, "89 00", 4 },	    { INSN_MODE_64, "66 89 00", 2 },
		{ INSN_MODE_64, "66 48 89 00", 8 }, { INSN_MODE_64, "50", 8 },
		{ INSN_MODE_64, "66 50", 2 },	    { INSN_MODE_64, "ff 30", 8 },
		{ INSN_MODE_64, "66 ff 20", 8 },    { INSN_MODE_64, "ff 00", 4 },
		{ INSN_MODE_64, "48 ed", 4 },	    { INSN_MODE_64, "66 ed", 2 },
		{ INSN_MODE_64, "66 0f 20 c0", 8 }, { INSN_MODE_32, "66 0f 20 c0", 4 },
		{ INSN_MODE_32, "89 00", 4 },	    { INSN_MODE_32, "66 89 00", 2 },
		{ INSN_MODE_16, "89 00", 2 },	    { INSN_MODE_16, "66 89 00", 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_int_equal(decode(vectors[i].mode, vectors[i].hex).operand_size,
				 vectors[i].size);
}

static void test_immediates(void **state)
{
	struct insn i = decode(INSN_MODE_64, "83 c0 ff");

	assert_int_equal(i.immediate_size, 1);
	assert_int_equal(i.immediate, UINT64_MAX);
	i = decode(INSN_MODE_64, "48 c7 00 00 00 00 80");
	assert_int_equal(i.immediate_size, 4);
	assert_int_equal(i.immediate, UINT64_C(0xffffffff80000000));
	i = decode(INSN_MODE_64, "48 b8 88 77 66 55 44 33 22 91");
	assert_int_equal(i.immediate_size, 8);
	assert_int_equal(i.immediate, UINT64_C(0x9122334455667788));
	i = decode(INSN_MODE_64, "c8 34 f2 01");
	assert_int_equal(i.immediate_size, 3);
	assert_int_equal(i.immediate, 0x01f234);
	i = decode(INSN_MODE_32, "ea 78 56 34 82 00 f0");
	assert_int_equal(i.immediate_size, 6);
	assert_int_equal(i.immediate, UINT64_C(0xf00082345678));
}

/* Registers hold 0x1000 times their number plus 1; segment bases their number times 2^24. */
static uint64_t address(enum insn_mode mode, const char *hex)
{
	struct insn insn = decode(mode, hex);
	uint64_t gpr[16], segment_base[6];

	for (unsigned int r = 0; r < 16; r++)
		gpr[r] = UINT64_C(0x1000) * (r + 1);
	for (unsigned int s = 0; s < 6; s++)
		segment_base[s] = (uint64_t)s << 24;
	assert_true(insn.memory);
	return insn_memory_address(&insn, gpr, 0x500000, segment_base);
}

static void test_memory_address(void **state)
{
	static const struct {
		enum insn_mode mode;
		const char *hex;
		uint64_t address;
	} vectors[] = {
		{ INSN_MODE_64, "8b 00", 0x1000 },
		{ INSN_MODE_64, "41 8b 45 fc", 0xe000 - 4 },
		{ INSN_MODE_64, "8b 40 80", 0x1000 - 0x80 },
		{ INSN_MODE_64, "43 8b 84 f7 00 01 00 00", 0x10000 + 8 * 0xf000 + 0x100 },
		{ INSN_MODE_64, "8b 04 24", 0x5000 },
		{ INSN_MODE_64, "42 8b 04 20", 0x1000 + 0xd000 },
		{ INSN_MODE_64, "8b 04 25 00 00 00 80", UINT64_C(0xffffffff80000000) },
		{ INSN_MODE_64, "67 41 8b 04 25 00 00 00 80", 0x80000000 },
		{ INSN_MODE_64, "8b 05 f9 ff ff ff", 0x500006 - 7 },
		{ INSN_MODE_64, "c7 05 10 00 00 00 01 00 00 00", 0x50000a + 0x10 },
		{ INSN_MODE_64, "67 8b 05 00 00 b0 ff", 0x7 },
		{ INSN_MODE_64, "65 8b 00", 0x5001000 },
		{ INSN_MODE_64, "3e 8b 00", 0x1000 },
		{ INSN_MODE_64, "64 a1 08 07 06 05 04 03 02 01", 0x0102030409060708 },
		{ INSN_MODE_32, "8b 00", 0x3001000 },
		{ INSN_MODE_32, "8b 04 24", 0x2005000 },
		{ INSN_MODE_32, "8b 45 00", 0x2006000 },
		{ INSN_MODE_32, "8b 05 00 00 00 ff", 0x2000000 },
		{ INSN_MODE_32, "67 8b 42 10", 0x2006000 + 0x7000 + 0x10 },
		{ INSN_MODE_32, "64 a1 04 03 02 01", 0x5020304 },
		{ INSN_MODE_16, "8b 06 fe ff", 0x300fffe },
		{ INSN_MODE_16, "8b 81 00 f0", 0x3000000 + ((0x4000 + 0x8000 + 0xf000) & 0xffff) },
		{ INSN_MODE_16, "8b 46 ff", 0x2005fff },
		{ INSN_MODE_16, "67 8b 04 48", 0x3001000 + 2 * 0x2000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (address(vectors[i].mode, vectors[i].hex) != vectors[i].address)
			fail_msg("%s: %#llx", vectors[i].hex,
				 (unsigned long long)address(vectors[i].mode, vectors[i].hex));
	}
}

/* Zydis. */

struct reference {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static ZydisDecoder decoders[MODES];

/* Which opcodes each of the two has accepted in some form. */
static bool accepted[MODES][MAPS][256], accepted_by_zydis[MODES][MAPS][256];

static int start_zydis(void **state)
{
	ZydisDecoderInit(&decoders[INSN_MODE_16], ZYDIS_MACHINE_MODE_LEGACY_16,
			 ZYDIS_STACK_WIDTH_16);
	ZydisDecoderInit(&decoders[INSN_MODE_32], ZYDIS_MACHINE_MODE_LEGACY_32,
			 ZYDIS_STACK_WIDTH_32);
	ZydisDecoderInit(&decoders[INSN_MODE_64], ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	return 0;
}

static uint8_t register_number(ZydisRegister name)
{
	return name == ZYDIS_REGISTER_NONE ? INSN_NO_REGISTER : (uint8_t)ZydisRegisterGetId(name);
}

static const ZydisDecodedOperandMem *memory_operand(const struct reference *r)
{
	for (unsigned int i = 0; i < r->insn.operand_count; i++) {
		const ZydisDecodedOperand *o = &r->operands[i];

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (o->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM ||
		     o->encoding == ZYDIS_OPERAND_ENCODING_DISP16_32_64))
			return &o->mem;
	}
	return NULL;
}

static bool same_base(const struct insn *i, const ZydisDecodedOperandMem *m)
{
	bool rip = m->base == ZYDIS_REGISTER_RIP || m->base == ZYDIS_REGISTER_EIP;

	if (i->rip_relative || rip)
		return i->rip_relative && rip && i->base == INSN_NO_REGISTER;
	return i->base == register_number(m->base);
}

static bool same_memory(const struct insn *i, const struct reference *r)
{
	const ZydisDecodedOperandMem *m = memory_operand(r);

	if (!m || !i->memory)
		return !m == !i->memory;
	/* Zydis names the segment only for operands that are accessed. */
	return same_base(i, m) && i->index == register_number(m->index) &&
	       (i->index == INSN_NO_REGISTER || i->scale == m->scale) &&
	       i->displacement == m->disp.value &&
	       (m->type != ZYDIS_MEMOP_TYPE_MEM ||
		insn_segment(i) == (unsigned int)ZydisRegisterGetId(m->segment));
}

static bool same_immediate(const struct insn *i, const struct reference *r)
{
	unsigned int size0 = r->insn.raw.imm[0].size / 8, size1 = r->insn.raw.imm[1].size / 8;
	uint64_t both = r->insn.raw.imm[0].value.u;

	if (i->immediate_size != size0 + size1)
		return false;
	if (size0 == 0)
		return i->immediate == 0;
	if (size1)
		both = (both & byte_mask(size0)) | r->insn.raw.imm[1].value.u << (8 * size0);
	return ((i->immediate ^ both) & bit_range(8 * (size0 + size1) - 1, 0)) == 0;
}

/*
 * Zydis gives 8 bits for byte operands; widths of its own where the instruction has another fixed
 * one (descriptor tables, CMPXCHG8B, SYSCALL) or none (NOP, and all that is not of the base set);
 * and 64 bits for INS and OUTS with REX.W, which move at most 32.
 */
static bool same_operand_size(const struct insn *i, const struct reference *r)
{
	if (r->insn.meta.isa_ext != ZYDIS_ISA_EXT_BASE || r->insn.operand_width == 8)
		return true;
	if (i->operand_size * 8 == r->insn.operand_width)
		return true;
	switch ((int)r->insn.mnemonic) {
	case ZYDIS_MNEMONIC_SGDT:
	case ZYDIS_MNEMONIC_SIDT:
	case ZYDIS_MNEMONIC_LGDT:
	case ZYDIS_MNEMONIC_LIDT:
	case ZYDIS_MNEMONIC_CMPXCHG8B:
	case ZYDIS_MNEMONIC_SYSCALL:
	case ZYDIS_MNEMONIC_NOP:
		return true;
	case ZYDIS_MNEMONIC_INSD:
	case ZYDIS_MNEMONIC_OUTSD:
		return i->operand_size == 4 && i->rex & 8;
	default:
		return false;
	}
}

/* What Zydis' instruction does with memory, as enum insn_operation; -1 for what is not described.
 */
static int operation_of(const ZydisDecodedInstruction *z, bool to_memory)
{
	switch ((int)z->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (z->opcode == 0x8c || z->opcode == 0x8e) /* segment registers */
			return -1;
		return to_memory ? INSN_STORE : INSN_LOAD;
	case ZYDIS_MNEMONIC_MOVBE:
		return to_memory ? INSN_STORE : INSN_LOAD;
	case ZYDIS_MNEMONIC_MOVNTI:
		return INSN_STORE;
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
		return INSN_LOAD;
	case ZYDIS_MNEMONIC_ADD:
		return INSN_ADD;
	case ZYDIS_MNEMONIC_OR:
		return INSN_OR;
	case ZYDIS_MNEMONIC_ADC:
		return INSN_ADC;
	case ZYDIS_MNEMONIC_SBB:
		return INSN_SBB;
	case ZYDIS_MNEMONIC_AND:
		return INSN_AND;
	case ZYDIS_MNEMONIC_SUB:
		return INSN_SUB;
	case ZYDIS_MNEMONIC_XOR:
		return INSN_XOR;
	case ZYDIS_MNEMONIC_CMP:
		return INSN_CMP;
	case ZYDIS_MNEMONIC_TEST:
		return INSN_TEST;
	case ZYDIS_MNEMONIC_NOT:
		return INSN_NOT;
	case ZYDIS_MNEMONIC_NEG:
		return INSN_NEG;
	case ZYDIS_MNEMONIC_INC:
		return INSN_INC;
	case ZYDIS_MNEMONIC_DEC:
		return INSN_DEC;
	case ZYDIS_MNEMONIC_BT:
		return INSN_BT;
	case ZYDIS_MNEMONIC_BTS:
		return INSN_BTS;
	case ZYDIS_MNEMONIC_BTR:
		return INSN_BTR;
	case ZYDIS_MNEMONIC_BTC:
		return INSN_BTC;
	case ZYDIS_MNEMONIC_XCHG:
		return INSN_XCHG;
	case ZYDIS_MNEMONIC_XADD:
		return INSN_XADD;
	case ZYDIS_MNEMONIC_CMPXCHG:
		return INSN_CMPXCHG;
	default:
		return -1;
	}
}

/* Those whose operands are implied, which have no other meaning in their map. */
static int string_operation_of(const ZydisDecodedInstruction *z)
{
	static const struct {
		uint8_t opcode;
		int operation;
	} strings[] = { { 0x6c, INSN_INS },
			{ 0x6e, INSN_OUTS },
			{ 0xa4, INSN_MOVS },
			{ 0xaa, INSN_STOS },
			{ 0xac, INSN_LODS } };

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		if (z->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT &&
		    (z->opcode & 0xfe) == strings[i].opcode)
			return strings[i].operation;
	}
	return -1;
}

static const ZydisDecodedOperand *explicit_operand(const struct reference *r, bool memory)
{
	for (unsigned int i = 0; i < r->insn.operand_count; i++) {
		const ZydisDecodedOperand *o = &r->operands[i];
		bool is_memory = o->type == ZYDIS_OPERAND_TYPE_MEMORY;

		if (o->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT &&
		    !(r->insn.opcode >= 0xa0 && r->insn.opcode <= 0xa3))
			continue;
		if (is_memory == memory && (memory || o->type == ZYDIS_OPERAND_TYPE_REGISTER))
			return o;
	}
	return NULL;
}

/* The register operand: number, width, and whether it is the second byte of one. */
static bool same_register(const struct insn_access *a, const struct insn *i,
			  const ZydisDecodedOperand *o)
{
	ZydisRegister name, whole;
	bool high;

	if (!o || a->flags & INSN_ACCESS_IMMEDIATE)
		return !o;
	name = o->reg.value;
	high = name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH;
	whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);
	return (int)a->reg == (int)ZydisRegisterGetId(whole) && a->reg_shift == (high ? 8 : 0) &&
	       a->register_size * 8 == ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, name);
}

/* With prefix 66 MOVSXD reads 2 bytes on Intel's processors; Zydis says 4, as AMD's do. */
static bool same_access_size(const struct insn *i, const struct insn_access *a,
			     const ZydisDecodedOperand *memory)
{
	if (i->map == INSN_MAP_ONE_BYTE && i->opcode == 0x63 && i->operand_size == 2)
		return a->size == 2 && memory->size == 32;
	return a->size * 8 == memory->size;
}

static bool unary(int operation)
{
	return operation >= INSN_NOT && operation <= INSN_DEC;
}

static bool same_access(const struct insn *i, const struct reference *r)
{
	const ZydisDecodedOperand *memory = explicit_operand(r, true);
	bool to_memory = memory == &r->operands[0];
	int operation = memory ? operation_of(&r->insn, to_memory) : -1;
	int string = string_operation_of(&r->insn);
	struct insn_access a;

	if (!insn_access(i, &a))
		return operation < 0 && string < 0;
	if (i->prefixes.lock && !(a.flags & INSN_ACCESS_LOCKABLE))
		return false;
	if (string >= 0)
		return a.operation == string && a.flags & INSN_ACCESS_STRING;
	return a.operation == operation && same_access_size(i, &a, memory) &&
	       (unary(operation) || same_register(&a, i, explicit_operand(r, false))) &&
	       (operation > INSN_CMP || operation < INSN_ADD ||
		!(a.flags & INSN_ACCESS_TO_REGISTER) == to_memory);
}

static uint8_t modrm_byte(const ZydisDecodedInstruction *z)
{
	return (uint8_t)(z->raw.modrm.mod << 6 | z->raw.modrm.reg << 3 | z->raw.modrm.rm);
}

static bool same_encoding(const struct insn *i, const ZydisDecodedInstruction *z)
{
	bool modrm = z->attributes & ZYDIS_ATTRIB_HAS_MODRM;

	if (i->length != z->length || i->prefix_length != z->raw.prefix_count ||
	    i->opcode != z->opcode || (int)i->map != (int)z->opcode_map || i->has_modrm != modrm)
		return false;
	if (!modrm)
		return true;
	if (i->modrm != modrm_byte(z) || i->reg != (z->raw.modrm.reg | z->raw.rex.R << 3))
		return false;
	return i->memory || i->rm == (z->raw.modrm.rm | z->raw.rex.B << 3);
}

static bool same(const struct insn *i, const struct reference *r)
{
	return same_encoding(i, &r->insn) && same_operand_size(i, r) && same_memory(i, r) &&
	       same_immediate(i, r) && (i->mode != INSN_MODE_64 || same_access(i, r));
}

/* Where we are right, or refuse what is not Intel's. */
static bool known_difference(const struct insn *i, const struct reference *r, enum insn_error error)
{
	const ZydisDecodedInstruction *z = &r->insn;

	/* VIA PadLock */
	if (z->opcode_map == ZYDIS_OPCODE_MAP_0F && (z->opcode == 0xa6 || z->opcode == 0xa7))
		return error == INSN_UNSUPPORTED;
	/* AADD and its kin (RAO-INT): newer versions of Zydis know them, no CPU that we meet does
	 */
	if (z->opcode_map == ZYDIS_OPCODE_MAP_0F38 && z->opcode == 0xfc)
		return error == INSN_UNSUPPORTED;
	/* An absolute address with REX.B and prefix 67: Zydis takes the length, but R13 as base. */
	if (error == INSN_OK && i->mode == INSN_MODE_64 && i->address_size == 4 && i->rex & 1 &&
	    z->raw.modrm.mod == 0 && z->raw.sib.base == 5 && same_encoding(i, z))
		return i->memory && i->base == INSN_NO_REGISTER;
	/* Prefix 3E of an indirect branch is NOTRACK, and an override like any other. */
	if (error == INSN_OK && i->map == INSN_MAP_ONE_BYTE && i->opcode == 0xff)
		return same_encoding(i, z) && i->mode != INSN_MODE_64 && insn_segment(i) == INSN_DS;
	return false;
}

static void report_difference(const uint8_t *bytes, enum insn_mode mode)
{
	fprintf(stderr, "# differs from Zydis, mode %d:", (int)mode);
	for (int i = 0; i < INSN_MAX_LENGTH; i++)
		fprintf(stderr, " %02x", bytes[i]);
	fprintf(stderr, "\n");
}

/* Zydis refuses LOCK here: then we do not say that it is legal. */
static bool no_lock(const struct insn *i)
{
	struct insn_access a;

	return !insn_access(i, &a) || !(a.flags & INSN_ACCESS_LOCKABLE);
}

/* 16 bytes, so that neither of the two ever runs out of them. */
static bool compare(const uint8_t bytes[16], enum insn_mode mode)
{
	struct reference r;
	struct insn i = { 0 };
	enum insn_error error = insn_decode(bytes, 16, mode, &i);
	ZyanStatus status = ZydisDecoderDecodeFull(&decoders[mode], bytes, 16, &r.insn, r.operands);

	if (error == INSN_OK)
		accepted[mode][i.map][i.opcode] = true;
	if (status == ZYDIS_STATUS_ILLEGAL_LOCK && error == INSN_OK)
		return no_lock(&i);
	if (!ZYAN_SUCCESS(status))
		return (status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG) == (error == INSN_TOO_LONG);
	if (r.insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
		return error == INSN_UNSUPPORTED;
	if (error == INSN_OK && same(&i, &r)) {
		accepted_by_zydis[mode][i.map][i.opcode] = true;
		return true;
	}
	return known_difference(&i, &r, error);
}

static uint64_t next_random(void)
{
	static uint64_t x = RANDOM_SEED;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void fill_random(uint8_t bytes[16])
{
	uint64_t words[2] = { next_random(), next_random() };

	memcpy(bytes, words, 16);
}

struct encoding {
	size_t count;
	uint8_t bytes[4];
};

static const struct encoding prefixes[] = {
	{ 0, { 0 } },	       { 1, { 0x66 } },	      { 1, { 0x67 } },	     { 1, { 0xf2 } },
	{ 1, { 0xf3 } },       { 1, { 0xf0 } },	      { 2, { 0x66, 0x67 } }, { 1, { 0x64 } },
	{ 2, { 0x65, 0x2e } }, { 1, { 0x3e } },	      { 1, { 0x48 } },	     { 1, { 0x4f } },
	{ 2, { 0x66, 0x48 } }, { 2, { 0x48, 0x66 } }, { 2, { 0xf3, 0x66 } }, { 2, { 0x66, 0xf2 } },
	{ 2, { 0xf2, 0x48 } }, { 2, { 0xf3, 0x48 } }, { 2, { 0x67, 0x41 } },
};

static const struct encoding maps[MAPS] = {
	{ 0, { 0 } },
	{ 1, { 0x0f } },
	{ 2, { 0x0f, 0x38 } },
	{ 2, { 0x0f, 0x3a } },
};

static size_t append(uint8_t *bytes, const struct encoding *e)
{
	memcpy(bytes, e->bytes, e->count);
	return e->count;
}

/* One opcode with every prefix and every ModRM; SIB, displacement and immediates are random. */
static unsigned int compare_opcode(enum insn_mode mode, unsigned int map, unsigned int opcode)
{
	unsigned int differences = 0;
	uint8_t bytes[16];

	for (size_t p = 0; p < ARRAY_SIZE(prefixes); p++) {
		for (unsigned int modrm = 0; modrm < 256; modrm++) {
			size_t n;

			fill_random(bytes);
			n = append(bytes, &prefixes[p]);
			n += append(bytes + n, &maps[map]);
			bytes[n] = (uint8_t)opcode;
			bytes[n + 1] = (uint8_t)modrm;
			if (!compare(bytes, mode)) {
				report_difference(bytes, mode);
				differences++;
			}
		}
	}
	return differences;
}

static void test_zydis_forms(void **state)
{
	unsigned int differences = 0;

	for (unsigned int mode = 0; mode < MODES; mode++) {
		for (unsigned int map = 0; map < MAPS; map++) {
			for (unsigned int opcode = 0; opcode < 256 && differences < 20; opcode++)
				differences += compare_opcode((enum insn_mode)mode, map, opcode);
		}
	}
	assert_int_equal(differences, 0);
}

/* What we accept, Zydis accepts in some form, and the other way round. */
static void test_zydis_opcodes(void **state)
{
	assert_memory_equal(accepted, accepted_by_zydis, sizeof(accepted));
}

/* Half of the strings start with a prefix or an escape more than chance gives them. */
static void bias(uint8_t bytes[16])
{
	const struct encoding *p = &prefixes[next_random() % ARRAY_SIZE(prefixes)];

	if (bytes[15] & 1)
		append(bytes + append(bytes, p), &maps[bytes[15] >> 6]);
}

static void test_zydis_random(void **state)
{
	const char *wanted = getenv("INSN_RANDOM_STRINGS");
	unsigned long strings = wanted ? strtoul(wanted, NULL, 10) : RANDOM_STRINGS;
	unsigned int differences = 0;
	uint8_t bytes[16];

	for (unsigned int n = 0; n < strings && differences < 20; n++) {
		enum insn_mode mode = (enum insn_mode)(n % MODES);

		fill_random(bytes);
		bias(bytes);
		if (!compare(bytes, mode)) {
			report_difference(bytes, mode);
			differences++;
		}
	}
	assert_int_equal(differences, 0);
}

/* With fewer bytes an instruction is truncated until it is complete, and then always the same. */
static void test_random_truncation(void **state)
{
	for (unsigned int n = 0; n < RANDOM_STRINGS / 50; n++) {
		enum insn_mode mode = (enum insn_mode)(n % MODES);
		struct insn insn = { 0 };
		enum insn_error error;
		uint8_t bytes[16];

		fill_random(bytes);
		bias(bytes);
		error = insn_decode(bytes, sizeof(bytes), mode, &insn);
		for (size_t count = 0; count < sizeof(bytes); count++) {
			enum insn_error now =
				decode_exactly(bytes, count, mode, &(struct insn){ 0 });

			if (error == INSN_OK)
				assert_int_equal(now,
						 count < insn.length ? INSN_TRUNCATED : INSN_OK);
			else
				assert_true(now == INSN_TRUNCATED || now == error);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),	     cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_prefixes),     cmocka_unit_test(test_operand_size),
		cmocka_unit_test(test_immediates),   cmocka_unit_test(test_memory_address),
		cmocka_unit_test(test_zydis_forms),  cmocka_unit_test(test_zydis_opcodes),
		cmocka_unit_test(test_zydis_random), cmocka_unit_test(test_random_truncation),
	};

	return cmocka_run_group_tests_name("insn", tests, start_zydis, NULL);
}
