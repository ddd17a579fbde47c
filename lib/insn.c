/* SPDX-License-Identifier: MIT */
/*
 * Instruction decoder. Intel SDM volume 2: chapter 2 for the format, appendix A for the maps.
 *
 * The tables say which opcodes exist and what follows them. They do not say which members of a
 * group, register forms, mandatory prefixes or LOCKs are legal: the processor refuses those before
 * anybody asks for their length. Where processors differ (a 66 prefix on a near branch in 64-bit
 * mode), Intel's behaviour counts.
 *
 * What is common has no branch that depends on the bytes: sizes come from tables, and a field of 0
 * bytes is read as one of 4 that is cut to nothing. So the bytes are read ahead: in place where
 * there are enough of them, else from a copy with zeros behind it. How far the instruction really
 * reached is compared with what there was at the end.
 */
#include "lib/insn.h"

#include <string.h>

#include "lib/bits.h"

/* Opcode attributes. What follows the opcode, and ModRM where there is one, is a 3-bit kind. */
enum {
	NOTHING,
	BYTE,	/* 1 byte */
	WORD,	/* 2 bytes */
	UP_TO4, /* as the operand size, at most 4 */
	UP_TO8, /* as the operand size */
	ENTER,	/* 2 + 1 bytes */
	FAR,	/* offset (operand size, at most 4) and selector */
	MOFFS,	/* a memory address of the address size */
	FOLLOWS = 7,
	MODRM = 1 << 3,
	DEFAULT64 = 1 << 4, /* in 64-bit mode the operand size is 8, or 2 with prefix 66 */
	FORCED64 = 1 << 5,  /* in 64-bit mode the operand size is 8 */
	NOT64 = 1 << 6,	    /* no instruction in 64-bit mode */
	NONE = 1 << 7,	    /* no instruction, or an encoding that is refused */
	PREFIX = 1 << 8,    /* a prefix: always, or with NOT64 in 64-bit mode */
	ESCAPE = 1 << 9,    /* to another map */
	GROUP = 1 << 10,    /* ModRM changes the attributes */
	CONTROL = 1 << 11,  /* MOV to and from control and debug registers */
	PORT = 1 << 12,	    /* port I/O */
	RARE = NOT64 | NONE | ESCAPE | GROUP | CONTROL | PORT,
};

/* clang-format off */
#define _ NOTHING
#define B BYTE
#define Z UP_TO4
#define M MODRM
#define U NONE
#define N NOT64
#define P DEFAULT64		/* push, pop */
#define J (FORCED64 | BYTE)	/* jump with an 8-bit distance */
#define X PREFIX
#define E ESCAPE
#define R (MODRM | GROUP)
#define C (MODRM | FORCED64 | CONTROL)
#define I PORT

static const uint16_t maps[2][256] = { {
	/* one byte */
	/* 0 8   1 9   2 A   3 B   4 C   5 D   6 E   7 F */
	M,    M,    M,    M,    B,    Z,    N,    N,	/* 00 */
	M,    M,    M,    M,    B,    Z,    N,    U,
	M,    M,    M,    M,    B,    Z,    N,    N,	/* 10 */
	M,    M,    M,    M,    B,    Z,    N,    N,
	M,    M,    M,    M,    B,    Z,    X,    N,	/* 20 */
	M,    M,    M,    M,    B,    Z,    X,    N,
	M,    M,    M,    M,    B,    Z,    X,    N,	/* 30 */
	M,    M,    M,    M,    B,    Z,    X,    N,
	N|X,  N|X,  N|X,  N|X,  N|X,  N|X,  N|X,  N|X,	/* 40 */
	N|X,  N|X,  N|X,  N|X,  N|X,  N|X,  N|X,  N|X,
	P,    P,    P,    P,    P,    P,    P,    P,	/* 50 */
	P,    P,    P,    P,    P,    P,    P,    P,
	N,    N,    R|N,  M,    X,    X,    X,    X,	/* 60 */
	P|Z,  M|Z,  P|B,  M|B,  I,    I,    I,    I,
	J,    J,    J,    J,    J,    J,    J,    J,	/* 70 */
	J,    J,    J,    J,    J,    J,    J,    J,
	M|B,  M|Z,  M|B|N, M|B, M,    M,    M,    M,	/* 80 */
	M,    M,    M,    M,    M,    M,    M,    R|P,
	_,    _,    _,    _,    _,    _,    _,    _,	/* 90 */
	_,    _,    FAR|N, _,   P,    P,    _,    _,
	MOFFS, MOFFS, MOFFS, MOFFS, _, _,   _,    _,	/* A0 */
	B,    Z,    _,    _,    _,    _,    _,    _,
	B,    B,    B,    B,    B,    B,    B,    B,	/* B0 */
	UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8,
	M|B,  M|B,  FORCED64|WORD, FORCED64, R|N, R|N, M|B, M|Z, /* C0 */
	P|ENTER, P, WORD, _,    _,    B,    N,    _,
	M,    M,    M,    M,    B|N,  B|N,  N,    _,	/* D0 */
	M,    M,    M,    M,    M,    M,    M,    M,
	J,    J,    J,    J,    I|B,  I|B,  I|B,  I|B,	/* E0 */
	FORCED64|Z, FORCED64|Z, FAR|N, J, I, I, I, I,
	X,    _,    X,    X,    _,    _,    R,    R,	/* F0 */
	_,    _,    _,    _,    _,    _,    M,    R,
}, {
	/* 0F */
	/* 0 8   1 9   2 A   3 B   4 C   5 D   6 E   7 F */
	M,    M,    M,    M,    U,    _,    _,    _,	/* 00 */
	_,    _,    U,    _,    U,    M,    _,    U,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 10 */
	M,    M,    M,    M,    M,    M,    M,    M,
	C,    C,    C,    C,    U,    U,    U,    U,	/* 20 */
	M,    M,    M,    M,    M,    M,    M,    M,
	_,    _,    _,    _,    _,    _,    U,    _,	/* 30 */
	E,    U,    E,    U,    U,    U,    U,    U,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 40 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 50 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 60 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M|B,  M|B,  M|B,  M|B,  M,    M,    M,    _,	/* 70 */
	R,    M,    U,    U,    M,    M,    M,    M,
	FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, /* 80 */
	FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z, FORCED64|Z,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 90 */
	M,    M,    M,    M,    M,    M,    M,    M,
	P,    P,    _,    M,    M|B,  M,    U,    U,	/* A0 */
	P,    P,    _,    M,    M|B,  M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* B0 */
	M,    M,    M|B,  M,    M,    M,    M,    M,
	M,    M,    M|B,  M,    M|B,  M|B,  M|B,  M,	/* C0 */
	_,    _,    _,    _,    _,    _,    _,    _,
	M,    M,    M,    M,    M,    M,    M,    M,	/* D0 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* E0 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* F0 */
	M,    M,    M,    M,    M,    M,    M,    M,
} };
/* clang-format on */

#undef _
#undef B
#undef Z
#undef M
#undef U
#undef N
#undef P
#undef J
#undef X
#undef E
#undef R
#undef C
#undef I

/* The opcodes that exist in 0F 38 (all MODRM) and 0F 3A (all MODRM | BYTE): bit = low digit. */
static const uint16_t exists_0f38[16] = {
	[0x0] = 0x0fff, [0x1] = 0x70b1, [0x2] = 0x0f3f, [0x3] = 0xffbf, [0x4] = 0x0003,
	[0x8] = 0x0007, [0xc] = 0xbf00, [0xd] = 0xf900, [0xf] = 0x0f63,
};
static const uint16_t exists_0f3a[16] = {
	[0x0] = 0xff00, [0x1] = 0x00f0, [0x2] = 0x0007, [0x4] = 0x0017,
	[0x6] = 0x000f, [0xc] = 0xd000, [0xd] = 0x8000, [0xf] = 0x0001,
};

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };
enum { REG_AX = 0, REG_BX = 3, REG_SP = 4, REG_BP = 5, REG_SI = 6, REG_DI = 7 };

/*
 * Bytes that may be read behind an instruction's first INSN_MAX_LENGTH: opcode, ModRM, SIB,
 * displacement and immediate of one whose prefixes take all of them.
 */
#define READ_AHEAD 24

/* Prefixes that leave room for reading ahead in INSN_MAX_LENGTH bytes: a legacy one and a REX. */
#define PREFIXES_IN_PLACE 1

struct cursor {
	const uint8_t *start, *next;
	uint8_t padded[INSN_MAX_LENGTH + READ_AHEAD];
};

/* Goes on in a copy of the bytes. */
static void pad(struct cursor *c, size_t count)
{
	size_t done = (size_t)(c->next - c->start);

	memset(c->padded, 0, sizeof(c->padded));
	memcpy(c->padded, c->start, count < INSN_MAX_LENGTH ? count : INSN_MAX_LENGTH);
	c->start = c->padded;
	c->next = c->padded + done;
}

static uint64_t take(struct cursor *c, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)*c->next++ << (8 * i);
	return value;
}

/* size: 0, 1, 2 or 4 bytes, sign-extended. */
static inline uint64_t take_signed(struct cursor *c, unsigned int size)
{
	static const uint32_t masks[5] = { 0, UINT8_MAX, UINT16_MAX, 0, UINT32_MAX };
	static const uint32_t signs[5] = { 0, 0x80, 0x8000, 0, 0x80000000 };
	uint32_t word;

	memcpy(&word, c->next, sizeof(word));
	c->next += size;
	return (uint64_t)((word & masks[size]) ^ signs[size]) - signs[size];
}

/* In 64-bit mode the overrides of ES, CS, SS and DS are there and mean nothing. */
static void override_segment(struct insn *insn, enum insn_segment segment)
{
	if (insn->mode == INSN_MODE_64 && segment < INSN_FS)
		return;
	insn->segment = (uint8_t)segment;
	insn->segment_override = true;
}

static void legacy_prefix(struct insn *insn, uint8_t byte)
{
	switch (byte) {
	case 0x64:
	case 0x65:
		override_segment(insn, byte == 0x64 ? INSN_FS : INSN_GS);
		return;
	case 0x66:
		insn->operand_size_prefix = true;
		return;
	case 0x67:
		insn->address_size_prefix = true;
		return;
	case 0xf0:
		insn->lock = true;
		return;
	case 0xf2:
	case 0xf3: /* the last of these two counts */
		insn->rep = byte == 0xf3;
		insn->repne = byte == 0xf2;
		return;
	default: /* 26, 2E, 36, 3E */
		override_segment(insn, (enum insn_segment)(byte >> 3 & 3));
		return;
	}
}

static bool is_prefix(const struct insn *insn, uint8_t byte)
{
	uint16_t attributes = maps[0][byte];

	return attributes & PREFIX && (!(attributes & NOT64) || insn->mode == INSN_MODE_64);
}

/*
 * Takes the prefixes and returns the byte after them. A REX counts only as the last prefix. There
 * is no prefix in a copy's zeros, so that this ends there at last.
 */
static inline uint8_t take_prefixes(struct cursor *c, struct insn *insn, size_t count)
{
	for (;;) {
		bool rex = (*c->next & 0xf0) == 0x40 && insn->mode == INSN_MODE_64;
		uint8_t byte;

		insn->rex = rex ? *c->next : 0;
		c->next += rex;
		byte = *c->next++;
		if (!is_prefix(insn, byte))
			return byte;
		if (rex && (byte & 0xf0) == 0x40) {
			c->next--;
		} else {
			legacy_prefix(insn, byte);
		}
		if (c->start == c->padded)
			continue;
		if (c->next - c->start > PREFIXES_IN_PLACE)
			pad(c, count);
	}
}

/* The maps 0F 38 and 0F 3A. */
static uint16_t take_escape(struct cursor *c, struct insn *insn)
{
	bool map_0f38 = insn->opcode == 0x38;
	const uint16_t *exists = map_0f38 ? exists_0f38 : exists_0f3a;

	insn->map = map_0f38 ? INSN_MAP_0F38 : INSN_MAP_0F3A;
	insn->opcode = *c->next++;
	if (!(exists[insn->opcode >> 4] >> (insn->opcode & 15) & 1))
		return NONE;
	return map_0f38 ? MODRM : MODRM | BYTE;
}

/* Takes the rest of the opcode and returns its attributes. */
static inline uint16_t take_opcode(struct cursor *c, struct insn *insn, uint8_t first)
{
	bool escape = first == 0x0f;

	insn->map = escape; /* INSN_MAP_ONE_BYTE, INSN_MAP_0F */
	insn->opcode = escape ? *c->next : first;
	c->next += escape;
	return maps[escape][insn->opcode];
}

static inline uint8_t address_size(const struct insn *insn)
{
	static const uint8_t sizes[3][2] = { { 2, 4 }, { 4, 2 }, { 8, 4 } };

	return sizes[insn->mode][insn->address_size_prefix];
}

/* By mode, and REX.W, prefix 66, FORCED64, DEFAULT64 as bits 3 to 0. */
static const uint8_t operand_sizes[3][16] = {
	{ 2, 2, 2, 2, 4, 4, 4, 4 },
	{ 4, 4, 4, 4, 2, 2, 2, 2 },
	{ 4, 8, 8, 8, 2, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 },
};

static inline uint8_t operand_size(const struct insn *insn, uint16_t attributes)
{
	unsigned int index = (insn->rex & REX_W) | (unsigned int)insn->operand_size_prefix << 2 |
			     (attributes / DEFAULT64 & 3);

	return operand_sizes[insn->mode][index];
}

static uint8_t modrm_digit(const struct insn *insn)
{
	return insn->modrm >> 3 & 7;
}

static void default_segment(struct insn *insn, enum insn_segment segment)
{
	if (!insn->segment_override)
		insn->segment = (uint8_t)segment;
}

static void take_memory16(struct cursor *c, struct insn *insn)
{
	static const uint8_t bases[8] = { REG_BX, REG_BX, REG_BP, REG_BP,
					  REG_SI, REG_DI, REG_BP, REG_BX };
	uint8_t mod = insn->modrm >> 6, rm = insn->modrm & 7;

	if (mod == 0 && rm == 6) {
		insn->displacement = (int64_t)take_signed(c, 2);
		return;
	}
	insn->base = bases[rm];
	if (rm < 4)
		insn->index = rm & 1 ? REG_DI : REG_SI;
	if (insn->base == REG_BP)
		default_segment(insn, INSN_SS);
	insn->displacement = (int64_t)take_signed(c, mod);
}

/* Takes the SIB byte if there is one, and returns the number of the base without its REX bit. */
static inline uint8_t take_sib(struct cursor *c, struct insn *insn, bool present)
{
	uint8_t sib = present ? *c->next : REG_SP << 3 | (insn->modrm & 7);
	uint8_t index = (sib >> 3 & 7) | (present ? insn->rex << 2 & 8 : 0);

	c->next += present;
	insn->scale = (uint8_t)(1 << (sib >> 6));
	insn->index = index == REG_SP ? INSN_NO_REGISTER : index;
	return sib & 7;
}

static inline void take_memory(struct cursor *c, struct insn *insn)
{
	static const uint8_t displacement_size[3] = { 0, 1, 4 };
	uint8_t mod = insn->modrm >> 6;
	bool sib = (insn->modrm & 7) == REG_SP;
	uint8_t digit = take_sib(c, insn, sib);
	bool absolute = mod == 0 && digit == REG_BP;
	uint8_t base = digit | (insn->rex << 3 & 8);

	insn->rip_relative = absolute && !sib && insn->mode == INSN_MODE_64;
	insn->base = absolute ? INSN_NO_REGISTER : base;
	if ((insn->base & ~1) == REG_SP)
		default_segment(insn, INSN_SS);
	insn->displacement = (int64_t)take_signed(c, absolute ? 4 : displacement_size[mod]);
}

static inline void take_modrm(struct cursor *c, struct insn *insn, uint16_t attributes)
{
	insn->has_modrm = true;
	insn->modrm = *c->next++;
	insn->reg = modrm_digit(insn) | (insn->rex << 1 & 8);
	if (insn->modrm >> 6 == 3 || attributes & CONTROL) {
		insn->rm = (insn->modrm & 7) | (insn->rex << 3 & 8);
		return;
	}
	insn->memory = true;
	if (insn->address_size == 2)
		take_memory16(c, insn);
	else
		take_memory(c, insn);
}

/* What the bytes of ModRM change in the attributes of a one-byte opcode. */
static uint16_t refine_one_byte(const struct insn *insn, uint16_t attributes)
{
	uint8_t digit = modrm_digit(insn);

	switch (insn->opcode) {
	case 0x62: /* BOUND, LES and LDS want memory; with a register these are EVEX and VEX */
	case 0xc4:
	case 0xc5:
		return insn->memory ? attributes : NONE;
	case 0x8f: /* POP is /0; the rest is XOP or nothing */
		return digit == 0 ? attributes : NONE;
	case 0xf6: /* TEST is /0 and /1 */
		return digit < 2 ? attributes | BYTE : attributes;
	case 0xf7:
		return digit < 2 ? attributes | UP_TO4 : attributes;
	default: /* FF: near CALL and JMP, PUSH */
		if (digit == 2 || digit == 4)
			return attributes | FORCED64;
		return digit == 6 ? attributes | DEFAULT64 : attributes;
	}
}

/* The SSE4A forms of 0F 78 have two bytes after ModRM, VMREAD has none. */
static uint16_t refine_0f(const struct insn *insn, uint16_t attributes)
{
	bool sse4a = insn->operand_size_prefix || insn->repne;

	return sse4a ? attributes | WORD : attributes;
}

static uint16_t refine(const struct insn *insn, uint16_t attributes)
{
	if (!(attributes & GROUP))
		return attributes;
	return insn->map == INSN_MAP_ONE_BYTE ? refine_one_byte(insn, attributes)
					      : refine_0f(insn, attributes);
}

/* MOV to and from control registers knows no prefix 66; port I/O moves 4 bytes at most. */
static uint8_t rare_operand_size(const struct insn *insn, uint16_t attributes)
{
	uint8_t size = operand_size(insn, attributes);

	if (attributes & CONTROL && insn->mode != INSN_MODE_64)
		return 4;
	return attributes & PORT && size == 8 ? 4 : size;
}

/* Immediates that are not 0, 1, 2 or 4 bytes. */
static void take_rare_immediate(struct cursor *c, struct insn *insn, uint8_t kind)
{
	unsigned int up_to4 = insn->operand_size == 2 ? 2 : 4;
	unsigned int size = kind == ENTER ? 3 : kind == FAR ? up_to4 + 2 : insn->operand_size;

	if (kind == MOFFS) {
		insn->memory = true;
		insn->displacement =
			(int64_t)(insn->address_size == 8 ? take(c, 8)
							  : take_signed(c, insn->address_size));
		return;
	}
	insn->immediate_size = (uint8_t)size;
	insn->immediate = kind == UP_TO8 && size < 8 ? take_signed(c, size) : take(c, size);
}

static inline void take_immediate(struct cursor *c, struct insn *insn, uint16_t attributes)
{
	static const uint8_t sizes[4][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 4, 2 } };
	uint8_t kind = attributes & FOLLOWS;

	if (kind > UP_TO4) {
		take_rare_immediate(c, insn, kind);
		return;
	}
	insn->immediate_size = sizes[kind][insn->operand_size == 2];
	insn->immediate = take_signed(c, insn->immediate_size);
}

/* All that the common case need not look at. Returns the attributes with NONE for no instruction.
 */
static uint16_t take_rare_operands(struct cursor *c, struct insn *insn, uint16_t attributes)
{
	if (attributes & ESCAPE)
		attributes = take_escape(c, insn);
	if (attributes & NONE || (attributes & NOT64 && insn->mode == INSN_MODE_64))
		return NONE;
	if (attributes & MODRM)
		take_modrm(c, insn, attributes);
	attributes = refine(insn, attributes);
	insn->operand_size = rare_operand_size(insn, attributes);
	return attributes;
}

/* Returns false for no instruction. */
static inline bool take_operands(struct cursor *c, struct insn *insn, uint16_t attributes)
{
	insn->address_size = address_size(insn);
	if (attributes & RARE) {
		attributes = take_rare_operands(c, insn, attributes);
	} else {
		insn->operand_size = operand_size(insn, attributes);
		if (attributes & MODRM)
			take_modrm(c, insn, attributes);
	}
	if (attributes & NONE)
		return false;
	take_immediate(c, insn, attributes);
	return true;
}

enum insn_error insn_decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
			    struct insn *insn)
{
	struct insn i = { .mode = (uint8_t)mode,
			  .base = INSN_NO_REGISTER,
			  .index = INSN_NO_REGISTER,
			  .scale = 1,
			  .segment = INSN_DS };
	struct cursor c;
	size_t length;
	uint8_t first;
	bool known;

	c.start = c.next = bytes;
	if (count < INSN_MAX_LENGTH)
		pad(&c, count);
	first = take_prefixes(&c, &i, count);
	i.prefix_length = (uint8_t)(c.next - c.start - 1);
	known = take_operands(&c, &i, take_opcode(&c, &i, first));
	length = (size_t)(c.next - c.start);
	if (length > count && count < INSN_MAX_LENGTH)
		return INSN_TRUNCATED;
	if (length > INSN_MAX_LENGTH)
		return INSN_TOO_LONG;
	if (!known)
		return INSN_UNSUPPORTED;
	i.length = (uint8_t)length;
	*insn = i;
	return INSN_OK;
}

uint64_t insn_memory_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip,
			     const uint64_t segment_base[6])
{
	uint64_t address = (uint64_t)insn->displacement;

	if (insn->rip_relative)
		address += rip + insn->length;
	if (insn->base != INSN_NO_REGISTER)
		address += gpr[insn->base];
	if (insn->index != INSN_NO_REGISTER)
		address += gpr[insn->index] * insn->scale;
	address &= byte_mask(insn->address_size);
	if (insn->mode != INSN_MODE_64)
		return low32(address + segment_base[insn->segment]);
	return insn->segment >= INSN_FS ? address + segment_base[insn->segment] : address;
}

uint64_t insn_string_source(const struct insn *insn, const uint64_t gpr[16],
			    const uint64_t segment_base[6])
{
	uint64_t base = insn->segment >= INSN_FS ? segment_base[insn->segment] : 0;

	return (gpr[REG_SI] & byte_mask(insn->address_size)) + base;
}

uint64_t insn_string_destination(const struct insn *insn, const uint64_t gpr[16])
{
	return gpr[REG_DI] & byte_mask(insn->address_size);
}

/*
 * What instructions do with memory. A description is an enum insn_operation, the width of the
 * memory operand, and flags; 0 for those that are not described.
 */
enum {
	OPERATION = 31,
	WIDTH_BYTE = 0 << 5,
	WIDTH_WORD = 1 << 5,
	WIDTH_FULL = 2 << 5,  /* the operand size */
	WIDTH_DWORD = 3 << 5, /* 4 bytes, or 2 with an operand size of 2 */
	IMMEDIATE = 1 << 7,
	TO_REGISTER = 1 << 8,
	EXTEND = 1 << 9, /* to the operand size */
	SIGNED = 1 << 10,
	LOCKABLE = 1 << 11,
	BASIC = 1 << 12,
	STRING = 1 << 13,  /* the operands are implied */
	BY_DIGIT = 1 << 14 /* the rest is the row of by_digit[] */
};

#define LOAD(flags)	      (INSN_LOAD | TO_REGISTER | (flags))
#define STORE(flags)	      (INSN_STORE | (flags))
#define RMW(operation, flags) ((operation) | LOCKABLE | (flags))

/* The four forms of ADD to XOR, and of CMP, that have ModRM. */
#define ARITHMETIC(operation)                                                                      \
	RMW(operation, WIDTH_BYTE), RMW(operation, WIDTH_FULL),                                    \
		(operation) | TO_REGISTER | WIDTH_BYTE, (operation) | TO_REGISTER | WIDTH_FULL
#define COMPARE                                                                                    \
	INSN_CMP | WIDTH_BYTE, INSN_CMP | WIDTH_FULL, INSN_CMP | TO_REGISTER | WIDTH_BYTE,         \
		INSN_CMP | TO_REGISTER | WIDTH_FULL

enum {
	DIGITS_80,
	DIGITS_81,
	DIGITS_C6,
	DIGITS_C7,
	DIGITS_F6,
	DIGITS_F7,
	DIGITS_FE,
	DIGITS_FF,
	DIGITS_0FBA,
};

#define ARITHMETIC_IMMEDIATE(width)                                                                \
	{                                                                                          \
		RMW(INSN_ADD, IMMEDIATE | (width)), RMW(INSN_OR, IMMEDIATE | (width)),             \
			RMW(INSN_ADC, IMMEDIATE | (width)), RMW(INSN_SBB, IMMEDIATE | (width)),    \
			RMW(INSN_AND, IMMEDIATE | (width)), RMW(INSN_SUB, IMMEDIATE | (width)),    \
			RMW(INSN_XOR, IMMEDIATE | (width)), INSN_CMP | IMMEDIATE | (width)         \
	}
#define UNARY(width)                                                                               \
	{                                                                                          \
		INSN_TEST | IMMEDIATE | (width), INSN_TEST | IMMEDIATE | (width),                  \
			RMW(INSN_NOT, width), RMW(INSN_NEG, width)                                 \
	}

static const uint16_t by_digit[][8] = {
	[DIGITS_80] = ARITHMETIC_IMMEDIATE(WIDTH_BYTE),
	[DIGITS_81] = ARITHMETIC_IMMEDIATE(WIDTH_FULL),
	[DIGITS_C6] = { STORE(IMMEDIATE | WIDTH_BYTE | BASIC) },
	[DIGITS_C7] = { STORE(IMMEDIATE | WIDTH_FULL | BASIC) },
	[DIGITS_F6] = UNARY(WIDTH_BYTE),
	[DIGITS_F7] = UNARY(WIDTH_FULL),
	[DIGITS_FE] = { RMW(INSN_INC, WIDTH_BYTE), RMW(INSN_DEC, WIDTH_BYTE) },
	[DIGITS_FF] = { RMW(INSN_INC, WIDTH_FULL), RMW(INSN_DEC, WIDTH_FULL) },
	[DIGITS_0FBA] = { [4] = INSN_BT | IMMEDIATE | WIDTH_FULL,
			  RMW(INSN_BTS, IMMEDIATE | WIDTH_FULL),
			  RMW(INSN_BTR, IMMEDIATE | WIDTH_FULL),
			  RMW(INSN_BTC, IMMEDIATE | WIDTH_FULL) },
};

static const uint16_t descriptions[2][256] = {
	{
		/* one byte */
		[0x00] = ARITHMETIC(INSN_ADD),
		[0x08] = ARITHMETIC(INSN_OR),
		[0x10] = ARITHMETIC(INSN_ADC),
		[0x18] = ARITHMETIC(INSN_SBB),
		[0x20] = ARITHMETIC(INSN_AND),
		[0x28] = ARITHMETIC(INSN_SUB),
		[0x30] = ARITHMETIC(INSN_XOR),
		[0x38] = COMPARE,
		[0x63] = LOAD(WIDTH_DWORD | EXTEND | SIGNED | BASIC),
		[0x6c] = INSN_INS | STRING | WIDTH_BYTE,
		[0x6d] = INSN_INS | STRING | WIDTH_FULL,
		[0x6e] = INSN_OUTS | STRING | WIDTH_BYTE,
		[0x6f] = INSN_OUTS | STRING | WIDTH_FULL,
		[0x80] = BY_DIGIT | DIGITS_80,
		[0x81] = BY_DIGIT | DIGITS_81,
		[0x82] = BY_DIGIT | DIGITS_80,
		[0x83] = BY_DIGIT | DIGITS_81,
		[0x84] = INSN_TEST | WIDTH_BYTE,
		[0x85] = INSN_TEST | WIDTH_FULL,
		[0x86] = RMW(INSN_XCHG, WIDTH_BYTE),
		[0x87] = RMW(INSN_XCHG, WIDTH_FULL),
		[0x88] = STORE(WIDTH_BYTE | BASIC),
		[0x89] = STORE(WIDTH_FULL | BASIC),
		[0x8a] = LOAD(WIDTH_BYTE | BASIC),
		[0x8b] = LOAD(WIDTH_FULL | BASIC),
		[0xa0] = LOAD(WIDTH_BYTE | BASIC),
		[0xa1] = LOAD(WIDTH_FULL | BASIC),
		[0xa2] = STORE(WIDTH_BYTE | BASIC),
		[0xa3] = STORE(WIDTH_FULL | BASIC),
		[0xa4] = INSN_MOVS | STRING | WIDTH_BYTE,
		[0xa5] = INSN_MOVS | STRING | WIDTH_FULL,
		[0xaa] = INSN_STOS | STRING | WIDTH_BYTE,
		[0xab] = INSN_STOS | STRING | WIDTH_FULL,
		[0xac] = INSN_LODS | STRING | WIDTH_BYTE,
		[0xad] = INSN_LODS | STRING | WIDTH_FULL,
		[0xc6] = BY_DIGIT | DIGITS_C6,
		[0xc7] = BY_DIGIT | DIGITS_C7,
		[0xf6] = BY_DIGIT | DIGITS_F6,
		[0xf7] = BY_DIGIT | DIGITS_F7,
		[0xfe] = BY_DIGIT | DIGITS_FE,
		[0xff] = BY_DIGIT | DIGITS_FF,
	},
	{
		/* 0F */
		[0xa3] = INSN_BT | WIDTH_FULL,
		[0xab] = RMW(INSN_BTS, WIDTH_FULL),
		[0xb0] = RMW(INSN_CMPXCHG, WIDTH_BYTE),
		[0xb1] = RMW(INSN_CMPXCHG, WIDTH_FULL),
		[0xb3] = RMW(INSN_BTR, WIDTH_FULL),
		[0xb6] = LOAD(WIDTH_BYTE | EXTEND | BASIC),
		[0xb7] = LOAD(WIDTH_WORD | EXTEND | BASIC),
		[0xba] = BY_DIGIT | DIGITS_0FBA,
		[0xbb] = RMW(INSN_BTC, WIDTH_FULL),
		[0xbe] = LOAD(WIDTH_BYTE | EXTEND | SIGNED | BASIC),
		[0xbf] = LOAD(WIDTH_WORD | EXTEND | SIGNED | BASIC),
		[0xc0] = RMW(INSN_XADD, WIDTH_BYTE),
		[0xc1] = RMW(INSN_XADD, WIDTH_FULL),
		[0xc3] = STORE(WIDTH_FULL),
	}
};

/* MOVNTI and MOVBE are other instructions, or none, with these prefixes. */
static uint16_t describe_rare(const struct insn *insn)
{
	bool prefixed = insn->rep || insn->repne;

	if (insn->map == INSN_MAP_0F)
		return prefixed || insn->operand_size_prefix ? 0 : STORE(WIDTH_FULL);
	if (insn->map != INSN_MAP_0F38 || prefixed)
		return 0;
	if (insn->opcode == 0xf0)
		return LOAD(WIDTH_FULL);
	return insn->opcode == 0xf1 ? STORE(WIDTH_FULL) : 0;
}

static inline uint16_t describe(const struct insn *insn)
{
	uint16_t description;

	if (insn->map > INSN_MAP_0F || (insn->map == INSN_MAP_0F && insn->opcode == 0xc3))
		return describe_rare(insn);
	description = descriptions[insn->map][insn->opcode];
	if (description & BY_DIGIT)
		description = by_digit[description & OPERATION][modrm_digit(insn)];
	if (insn->opcode == 0x63 && insn->mode != INSN_MODE_64)
		return 0; /* ARPL */
	return description;
}

bool insn_access(const struct insn *insn, struct insn_access *access)
{
	const uint16_t d = describe(insn);
	const uint8_t widths[4] = { 1, 2, insn->operand_size, insn->operand_size == 2 ? 2 : 4 };
	uint8_t size = widths[d >> 5 & 3];
	uint8_t register_size = d & EXTEND ? insn->operand_size : size;
	/* Without ModRM (A0 to A3, and those that imply their operands) R is the accumulator: reg
	 * is 0. */
	bool high = register_size == 1 && !insn->rex && insn->reg >= REG_SP;

	if (d == 0 || !(insn->memory || d & STRING))
		return false;
	*access = (struct insn_access){
		.operation = d & OPERATION,
		.size = size,
		.register_size = register_size,
		.reg = high ? insn->reg & 3 : insn->reg,
		.reg_shift = high ? 8 : 0,
		.immediate = d & IMMEDIATE,
		.to_register = d & TO_REGISTER,
		.sign_extend = d & SIGNED,
		.byte_swap = insn->map == INSN_MAP_0F38,
		.lockable = d & LOCKABLE,
		.basic = d & BASIC,
	};
	return true;
}
