/* SPDX-License-Identifier: MIT */
/*
 * Instruction decoder. Intel SDM volume 2: chapter 2 for the format, appendix A for the maps.
 *
 * The tables say which opcodes exist and what follows them. They do not say which members of a
 * group, register forms, mandatory prefixes or LOCKs are legal: the processor refuses those before
 * anybody asks for their length. Where processors differ (a 66 prefix on a near branch in 64-bit
 * mode), Intel's behaviour counts.
 *
 * What is common in 64-bit mode (no prefix but 66 and REX) goes a way of its own with few branches:
 * sizes come from tables, and a displacement of 0 bytes is read as one of 4 that is cut to nothing.
 * All else works on a copy of the bytes with zeros behind it, and compares at the end how far the
 * instruction has reached with what there was.
 */
#include "lib/insn.h"

#include "lib/bits.h"

/* Opcode attributes. What follows the opcode, and ModRM where there is one, is a 3-bit kind. */
enum {
	NOTHING,
	BYTE,	/* 1 byte */
	WORD,	/* 2 bytes */
	UP_TO4, /* as the operand size, at most 4 */
	UP_TO8, /* as the operand size; this and the rest are RARE */
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
	RARE = UP_TO8 | DEFAULT64 | FORCED64 | NOT64 | NONE | ESCAPE | GROUP | CONTROL | PORT,
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

/*
 * What instructions do with memory. A description is an enum insn_operation, the width of the
 * memory operand, and flags; 0 for those that are not described.
 */
enum {
	OPERATION = 31,
	WIDTH_FULL = 0 << 5, /* the operand size */
	WIDTH_BYTE = 1 << 5,
	WIDTH_WORD = 2 << 5,
	WIDTH_DWORD = 3 << 5,
	WIDTH = 3 << 5,
	WIDTH_SHIFT = 5,
	IMMEDIATE = INSN_ACCESS_IMMEDIATE,
	TO_REGISTER = INSN_ACCESS_TO_REGISTER,
	SIGNED = INSN_ACCESS_SIGN_EXTEND,
	SWAP = INSN_ACCESS_BYTE_SWAP,
	LOCKABLE = INSN_ACCESS_LOCKABLE,
	BASIC = INSN_ACCESS_BASIC,
	STRING = INSN_ACCESS_STRING,
	FLAGS = IMMEDIATE | TO_REGISTER | SIGNED | SWAP | LOCKABLE | BASIC | STRING,
	EXTEND = 1 << 14,   /* to the operand size */
	BY_DIGIT = 1 << 15, /* row OPERATION of by_digit[], or one of the SPECIAL */
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
	SPECIAL,
	SPECIAL_MOVSXD = SPECIAL,
	SPECIAL_MOVNTI,
	SPECIAL_MOVBE,
};

/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
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
/* clang-format on */

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
		[0x63] = BY_DIGIT | SPECIAL_MOVSXD,
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
		[0xc3] = BY_DIGIT | SPECIAL_MOVNTI,
	}
};

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };
enum { REG_AX = 0, REG_BX = 3, REG_SP = 4, REG_BP = 5, REG_SI = 6, REG_DI = 7 };

/*
 * Bytes that may be read behind an instruction's first INSN_MAX_LENGTH: opcode, ModRM, SIB,
 * displacement and immediate of one whose prefixes take all of them. With no other prefixes than 66
 * and REX these fit in INSN_MAX_LENGTH.
 */
#define READ_AHEAD 24

/* The way of the common instruction: all of it in the registers of one function. */
#define HOT static inline __attribute__((always_inline))

/* The bytes, and zeros behind them. */
struct padded {
	uint8_t bytes[INSN_MAX_LENGTH + READ_AHEAD];
};

static void pad(struct padded *p, const uint8_t *bytes, size_t count)
{
	__builtin_memset(p->bytes, 0, sizeof(p->bytes)); /* no call, in freestanding code too */
	if (count >= INSN_MAX_LENGTH)
		__builtin_memcpy(p->bytes, bytes, INSN_MAX_LENGTH);
	for (size_t i = 0; count < INSN_MAX_LENGTH && i < count; i++)
		p->bytes[i] = bytes[i];
}

static uint64_t take(const uint8_t **next, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)(*(*next)++) << (8 * i);
	return value;
}

/* size: 0, 1, 2 or 4 bytes, sign-extended. */
HOT uint64_t take_signed(const uint8_t **next, unsigned int size)
{
	static const struct {
		uint64_t mask[5], sign[5];
	} sizes = {
		{ 0, UINT8_MAX, UINT16_MAX, 0, UINT32_MAX },
		{ 0, 0x80, 0x8000, 0, 0x80000000 },
	};
	uint32_t word;

	__builtin_memcpy(&word, *next, sizeof(word));
	*next += size;
	return ((word & sizes.mask[size]) ^ sizes.sign[size]) - sizes.sign[size];
}

/* In 64-bit mode the overrides of ES, CS, SS and DS are there and mean nothing. */
static void override_segment(struct insn *insn, enum insn_segment segment)
{
	if (insn->mode == INSN_MODE_64 && segment < INSN_FS)
		return;
	insn->prefixes.segment = (uint8_t)segment;
	insn->prefixes.segment_override = true;
}

static void add_prefix(struct insn *insn, uint8_t byte)
{
	struct insn_prefixes *p = &insn->prefixes;

	switch (byte) {
	case 0x64:
	case 0x65:
		override_segment(insn, byte == 0x64 ? INSN_FS : INSN_GS);
		return;
	case 0x66:
		p->operand_size = true;
		return;
	case 0x67:
		p->address_size = true;
		return;
	case 0xf0:
		p->lock = true;
		return;
	case 0xf2:
	case 0xf3: /* the last of these two counts */
		p->rep = byte == 0xf3;
		p->repne = byte == 0xf2;
		return;
	default: /* 26, 2E, 36, 3E */
		override_segment(insn, (enum insn_segment)(byte >> 3 & 3));
		return;
	}
}

static bool is_rex(const struct insn *insn, uint8_t byte)
{
	return (byte & 0xf0) == 0x40 && insn->mode == INSN_MODE_64;
}

/*
 * Takes prefixes of all kinds from bytes with zeros behind them, where it ends at last. A REX
 * counts only as the last prefix.
 */
static __attribute__((noinline)) const uint8_t *take_prefixes(const uint8_t *next,
							      struct insn *insn)
{
	for (;; next++) {
		if (is_rex(insn, *next)) {
			insn->rex = *next;
		} else if (maps[0][*next] & PREFIX && !(maps[0][*next] & NOT64)) {
			insn->rex = 0;
			add_prefix(insn, *next);
		} else {
			return next;
		}
	}
}

/* The maps 0F 38 and 0F 3A. */
static uint16_t take_escape(const uint8_t **next, struct insn *insn)
{
	bool map_0f38 = insn->opcode == 0x38;
	const uint16_t *exists = map_0f38 ? exists_0f38 : exists_0f3a;

	insn->map = map_0f38 ? INSN_MAP_0F38 : INSN_MAP_0F3A;
	insn->opcode = *(*next)++;
	insn->description =
		map_0f38 && insn->opcode >> 1 == 0xf0 >> 1 ? BY_DIGIT | SPECIAL_MOVBE : 0;
	if (!(exists[insn->opcode >> 4] >> (insn->opcode & 15) & 1))
		return NONE;
	return map_0f38 ? MODRM : MODRM | BYTE;
}

static uint8_t address_size(const struct insn *insn)
{
	if (insn->mode == INSN_MODE_64)
		return insn->prefixes.address_size ? 4 : 8;
	return (insn->mode == INSN_MODE_32) != insn->prefixes.address_size ? 4 : 2;
}

/* In 64-bit mode, of what is not RARE. has_66: the prefix. */
HOT unsigned int operand_size(unsigned int rex, bool has_66)
{
	static const uint8_t sizes[4] = { 4, 2, 8, 8 };

	return sizes[(rex & REX_W) >> 2 | (unsigned int)has_66];
}

/*
 * MOV to and from control registers knows no prefix 66 outside of 64-bit mode; port I/O moves 4
 * bytes at most.
 */
static uint8_t rare_operand_size(const struct insn *insn, uint16_t attributes)
{
	bool has_66 = insn->prefixes.operand_size;
	unsigned int size = operand_size(insn->rex, has_66);

	if (insn->mode != INSN_MODE_64)
		return attributes & CONTROL || has_66 != (insn->mode == INSN_MODE_32) ? 4 : 2;
	if (attributes & FORCED64 || (attributes & DEFAULT64 && size == 4))
		return 8;
	return attributes & PORT && size == 8 ? 4 : (uint8_t)size;
}

static void take_memory16(const uint8_t **next, struct insn *insn)
{
	static const uint8_t bases[8] = { REG_BX, REG_BX, REG_BP, REG_BP,
					  REG_SI, REG_DI, REG_BP, REG_BX };
	uint8_t mod = insn->modrm >> 6, rm = insn->modrm & 7;

	if (mod == 0 && rm == 6) {
		insn->displacement = (int64_t)take_signed(next, 2);
		return;
	}
	insn->base = bases[rm];
	if (rm < 4)
		insn->index = rm & 1 ? REG_DI : REG_SI;
	insn->displacement = (int64_t)take_signed(next, mod);
}

/* Of ModRM with 32- and 64-bit addresses: the displacement's size, and whether base and index are
 * anything but ModRM.rm. */
enum { DISPLACEMENT = 7, UNUSUAL = 1 << 3 };

#define MOD(size, rm5) size, size, size, size, (size) | UNUSUAL, rm5, size, size
#define FOR_EACH_REG(...)                                                                          \
	__VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, \
		__VA_ARGS__

static const uint8_t memory_kinds[0xc0] = {
	FOR_EACH_REG(MOD(0, 4 | UNUSUAL)),
	FOR_EACH_REG(MOD(1, 1)),
	FOR_EACH_REG(MOD(4, 4)),
};

/* RIP or nothing as a base, or a SIB byte. Returns the size of the displacement. */
HOT unsigned int take_unusual(const uint8_t **next, struct insn *insn, unsigned int rex,
			      unsigned int modrm)
{
	unsigned int sib, index;

	if ((modrm & 7) == REG_BP) {
		insn->rip_relative = insn->mode == INSN_MODE_64;
		return 4;
	}
	sib = *(*next)++;
	index = (sib >> 3 & 7) | (rex & REX_X) << 2;
	insn->scale = (uint8_t)(1 << (sib >> 6));
	if (index != REG_SP)
		insn->index = (uint8_t)index;
	if ((sib & 7) == REG_BP && modrm < 0x40)
		return 4;
	insn->base = (uint8_t)((sib & 7) | (rex & REX_B) << 3);
	return memory_kinds[modrm] & DISPLACEMENT;
}

HOT void take_memory(const uint8_t **next, struct insn *insn, unsigned int rex, unsigned int modrm)
{
	unsigned int size = memory_kinds[modrm];

	if (size & UNUSUAL)
		size = take_unusual(next, insn, rex, modrm);
	else
		insn->base = (uint8_t)((modrm & 7) | (rex & REX_B) << 3);
	insn->displacement = (int64_t)take_signed(next, size);
}

HOT void take_modrm(const uint8_t **next, struct insn *insn, unsigned int rex, bool registers,
		    bool rare)
{
	unsigned int modrm = *(*next)++;

	insn->has_modrm = true;
	insn->modrm = (uint8_t)modrm;
	insn->reg = (uint8_t)((modrm >> 3 & 7) | (rex & REX_R) << 1);
	if (modrm >= 0xc0 || registers) {
		insn->rm = (uint8_t)((modrm & 7) | (rex & REX_B) << 3);
		return;
	}
	insn->memory = true;
	if (rare && insn->address_size == 2)
		take_memory16(next, insn);
	else
		take_memory(next, insn, rex, modrm);
}

/* What ModRM changes in the attributes of a one-byte opcode. */
static uint16_t refine_one_byte(const struct insn *insn, uint16_t attributes)
{
	uint8_t digit = insn->modrm >> 3 & 7;

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
	bool sse4a = insn->prefixes.operand_size || insn->prefixes.repne;

	return sse4a ? attributes | WORD : attributes;
}

static uint16_t refine(const struct insn *insn, uint16_t attributes)
{
	if (!(attributes & GROUP))
		return attributes;
	return insn->map == INSN_MAP_ONE_BYTE ? refine_one_byte(insn, attributes)
					      : refine_0f(insn, attributes);
}

HOT void take_immediate(const uint8_t **next, struct insn *insn, unsigned int operand_size,
			unsigned int kind)
{
	static const uint8_t sizes[4][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 4, 2 } };

	if (kind == NOTHING)
		return;
	insn->immediate_size = sizes[kind][operand_size == 2];
	insn->immediate = take_signed(next, insn->immediate_size);
}

static void take_moffs(const uint8_t **next, struct insn *insn)
{
	insn->memory = true;
	insn->displacement =
		(int64_t)(insn->address_size == 8 ? take(next, 8)
						  : take_signed(next, insn->address_size));
}

/* Immediates of other sizes. */
static void take_rare_immediate(const uint8_t **next, struct insn *insn, uint8_t kind)
{
	unsigned int size = insn->operand_size;

	if (kind == ENTER)
		size = 3;
	else if (kind == FAR)
		size = size == 2 ? 4 : 6;
	insn->immediate_size = (uint8_t)size;
	insn->immediate = kind == UP_TO8 && size <= 4 ? take_signed(next, size) : take(next, size);
}

static bool exists(const struct insn *insn, uint16_t attributes)
{
	return !(attributes & NONE || (attributes & NOT64 && insn->mode == INSN_MODE_64));
}

/* Takes the operands of RARE instructions, and in other modes than 64-bit. False for no
 * instruction. */
static bool take_rare_operands(const uint8_t **next, struct insn *insn, uint16_t attributes)
{
	uint8_t kind;

	if (attributes & ESCAPE)
		attributes = take_escape(next, insn);
	if (!exists(insn, attributes))
		return false;
	insn->address_size = address_size(insn);
	if (attributes & MODRM)
		take_modrm(next, insn, insn->rex, attributes & CONTROL, true);
	attributes = refine(insn, attributes);
	insn->operand_size = rare_operand_size(insn, attributes);
	kind = attributes & FOLLOWS;
	if (kind == MOFFS)
		take_moffs(next, insn);
	else if (kind > UP_TO4)
		take_rare_immediate(next, insn, kind);
	else
		take_immediate(next, insn, insn->operand_size, kind);
	return exists(insn, attributes);
}

HOT void take_operands(const uint8_t **next, struct insn *insn, unsigned int rex, bool has_66,
		       unsigned int attributes)
{
	unsigned int size = operand_size(rex, has_66);

	insn->address_size = 8;
	insn->operand_size = (uint8_t)size;
	if (attributes & MODRM)
		take_modrm(next, insn, rex, false, false);
	take_immediate(next, insn, size, attributes & FOLLOWS);
}

/* Takes the opcode, but for the third byte of an ESCAPE, and returns its attributes. */
HOT unsigned int take_opcode(const uint8_t **next, struct insn *insn)
{
	unsigned int opcode = *(*next)++;

	if (opcode == 0x0f) {
		opcode = *(*next)++;
		insn->map = INSN_MAP_0F;
		insn->opcode = (uint8_t)opcode;
		insn->description = descriptions[1][opcode];
		return maps[1][opcode];
	}
	insn->opcode = (uint8_t)opcode;
	insn->description = descriptions[0][opcode];
	return maps[0][opcode];
}

/* Everything, of bytes with zeros behind them. count: without the zeros. */
static __attribute__((noinline)) enum insn_error decode_rare(const uint8_t *bytes, size_t count,
							     struct insn *insn)
{
	struct padded padded;
	const uint8_t *next;
	uint16_t attributes;
	size_t length;
	bool known;

	pad(&padded, bytes, count);
	next = take_prefixes(padded.bytes, insn);
	insn->prefix_length = (uint8_t)(next - padded.bytes);
	attributes = take_opcode(&next, insn);
	known = take_rare_operands(&next, insn, attributes);
	length = (size_t)(next - padded.bytes);
	if (length > count && count < INSN_MAX_LENGTH)
		return INSN_TRUNCATED;
	if (length > INSN_MAX_LENGTH)
		return INSN_TOO_LONG;
	insn->length = (uint8_t)length;
	return known ? INSN_OK : INSN_UNSUPPORTED;
}

/* All but length and description. Member by member: as a whole it would be filled by a string
 * instruction, which takes longer. */
HOT void start(struct insn *insn, enum insn_mode mode)
{
	struct insn_prefixes *p = &insn->prefixes;

	insn->prefix_length = 0;
	insn->mode = (uint8_t)mode;
	insn->map = insn->opcode = insn->modrm = insn->rex = 0;
	insn->operand_size = insn->address_size = 0;
	p->lock = p->rep = p->repne = p->operand_size = p->address_size = false;
	p->segment_override = false;
	p->segment = 0;
	insn->has_modrm = insn->memory = insn->rip_relative = false;
	insn->reg = insn->rm = 0;
	insn->base = insn->index = INSN_NO_REGISTER;
	insn->scale = 1;
	insn->immediate_size = 0;
	insn->displacement = 0;
	insn->immediate = 0;
}

/* The common instruction from its opcode on. */
HOT enum insn_error decode_common(const uint8_t *bytes, const uint8_t *next, struct insn *insn,
				  unsigned int rex, bool has_66)
{
	unsigned int attributes = take_opcode(&next, insn);

	if (attributes & RARE)
		return decode_rare(bytes, INSN_MAX_LENGTH, insn);
	take_operands(&next, insn, rex, has_66, attributes);
	insn->length = (uint8_t)(next - bytes); /* 14 at most */
	return INSN_OK;
}

static __attribute__((noinline)) enum insn_error decode_prefixed(const uint8_t *bytes,
								 struct insn *insn)
{
	bool has_66 = *bytes == 0x66;
	const uint8_t *next = bytes + has_66;
	unsigned int rex = 0;

	if ((*next & 0xf0) == 0x40)
		rex = *next++;
	if (maps[0][*next] & PREFIX)
		return decode_rare(bytes, INSN_MAX_LENGTH, insn);
	insn->prefixes.operand_size = has_66;
	insn->rex = (uint8_t)rex;
	insn->prefix_length = (uint8_t)(next - bytes);
	return decode_common(bytes, next, insn, rex, has_66);
}

enum insn_error insn_decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
			    struct insn *insn)
{
	start(insn, mode);
	if (count < INSN_MAX_LENGTH || mode != INSN_MODE_64)
		return decode_rare(bytes, count, insn);
	if (maps[0][*bytes] & PREFIX)
		return decode_prefixed(bytes, insn);
	return decode_common(bytes, bytes, insn, 0, false);
}

enum insn_segment insn_segment(const struct insn *insn)
{
	if (insn->prefixes.segment_override)
		return (enum insn_segment)insn->prefixes.segment;
	return insn->base == REG_SP || insn->base == REG_BP ? INSN_SS : INSN_DS;
}

uint64_t insn_memory_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip,
			     const uint64_t segment_base[6])
{
	uint64_t address = (uint64_t)insn->displacement;
	enum insn_segment segment = insn_segment(insn);

	if (insn->rip_relative)
		address += rip + insn->length;
	if (insn->base != INSN_NO_REGISTER)
		address += gpr[insn->base];
	if (insn->index != INSN_NO_REGISTER)
		address += gpr[insn->index] * insn->scale;
	address &= byte_mask(insn->address_size);
	if (insn->mode != INSN_MODE_64)
		return low32(address + segment_base[segment]);
	return segment >= INSN_FS ? address + segment_base[segment] : address;
}

/* ARPL in other modes; the source is never larger than the destination. */
static uint16_t describe_movsxd(const struct insn *insn)
{
	if (insn->mode != INSN_MODE_64)
		return 0;
	return LOAD(EXTEND | SIGNED | BASIC) | (insn->operand_size == 2 ? WIDTH_WORD : WIDTH_DWORD);
}

static uint16_t describe_movnti(const struct insn *insn)
{
	const struct insn_prefixes *p = &insn->prefixes;

	return p->rep || p->repne || p->operand_size ? 0 : STORE(WIDTH_FULL);
}

/* With F2 this is CRC32. */
static uint16_t describe_movbe(const struct insn *insn)
{
	if (insn->prefixes.rep || insn->prefixes.repne)
		return 0;
	return insn->opcode == 0xf0 ? LOAD(SWAP | WIDTH_FULL) : STORE(SWAP | WIDTH_FULL);
}

static uint16_t describe_special(const struct insn *insn, unsigned int row)
{
	switch (row) {
	case SPECIAL_MOVSXD:
		return describe_movsxd(insn);
	case SPECIAL_MOVNTI:
		return describe_movnti(insn);
	default:
		return describe_movbe(insn);
	}
}

/*
 * Without ModRM (A0 to A3, and those that imply their operands) R is the accumulator: reg is 0.
 */
HOT bool access_described(const struct insn *insn, struct insn_access *access, unsigned int d)
{
	uint8_t register_size = insn->operand_size, size = register_size;

	if (!d || !(insn->memory || d & STRING))
		return false;
	if (d & WIDTH) {
		size = (uint8_t)(1 << (d >> WIDTH_SHIFT & 3) >> 1);
		register_size = d & EXTEND ? register_size : size;
	}
	access->operation = d & OPERATION;
	access->size = size;
	access->register_size = register_size;
	access->reg = insn->reg;
	access->reg_shift = 0;
	access->flags = (uint16_t)(d & FLAGS);
	if (register_size == 1 && !insn->rex && insn->reg >= REG_SP) {
		access->reg = insn->reg & 3;
		access->reg_shift = 8;
	}
	return true;
}

static __attribute__((noinline)) bool access_by_digit(const struct insn *insn,
						      struct insn_access *access)
{
	unsigned int row = insn->description & OPERATION;

	if (row >= SPECIAL)
		return access_described(insn, access, describe_special(insn, row));
	return access_described(insn, access, by_digit[row][insn->modrm >> 3 & 7]);
}

bool insn_access(const struct insn *insn, struct insn_access *access)
{
	if (insn->description & BY_DIGIT)
		return access_by_digit(insn, access);
	return access_described(insn, access, insn->description);
}
