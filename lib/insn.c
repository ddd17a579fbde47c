/* SPDX-License-Identifier: MIT */
/*
 * Instruction decoder. Intel SDM volume 2: chapter 2 for the format, appendix A for the maps.
 *
 * The tables say which opcodes exist and what follows them. They do not say which members of a
 * group, register forms, mandatory prefixes or LOCKs are legal: the processor refuses those before
 * anybody asks for their length. Where processors differ (a 66 prefix on a near branch in 64-bit
 * mode), Intel's behaviour counts.
 */
#include "lib/insn.h"

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
	NONE = 1 << 7,	    /* no instruction, a prefix, or an encoding that is refused */
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

static const uint8_t one_byte[256] = {
	/* 0 8   1 9   2 A   3 B   4 C   5 D   6 E   7 F */
	M,    M,    M,    M,    B,    Z,    N,    N,	/* 00 */
	M,    M,    M,    M,    B,    Z,    N,    U,
	M,    M,    M,    M,    B,    Z,    N,    N,	/* 10 */
	M,    M,    M,    M,    B,    Z,    N,    N,
	M,    M,    M,    M,    B,    Z,    U,    N,	/* 20 */
	M,    M,    M,    M,    B,    Z,    U,    N,
	M,    M,    M,    M,    B,    Z,    U,    N,	/* 30 */
	M,    M,    M,    M,    B,    Z,    U,    N,
	N,    N,    N,    N,    N,    N,    N,    N,	/* 40 */
	N,    N,    N,    N,    N,    N,    N,    N,
	P,    P,    P,    P,    P,    P,    P,    P,	/* 50 */
	P,    P,    P,    P,    P,    P,    P,    P,
	N,    N,    M|N,  M,    U,    U,    U,    U,	/* 60 */
	P|Z,  M|Z,  P|B,  M|B,  _,    _,    _,    _,
	J,    J,    J,    J,    J,    J,    J,    J,	/* 70 */
	J,    J,    J,    J,    J,    J,    J,    J,
	M|B,  M|Z,  M|B|N, M|B, M,    M,    M,    M,	/* 80 */
	M,    M,    M,    M,    M,    M,    M,    M|P,
	_,    _,    _,    _,    _,    _,    _,    _,	/* 90 */
	_,    _,    FAR|N, _,   P,    P,    _,    _,
	MOFFS, MOFFS, MOFFS, MOFFS, _, _,   _,    _,	/* A0 */
	B,    Z,    _,    _,    _,    _,    _,    _,
	B,    B,    B,    B,    B,    B,    B,    B,	/* B0 */
	UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8, UP_TO8,
	M|B,  M|B,  FORCED64|WORD, FORCED64, M|N, M|N, M|B, M|Z, /* C0 */
	P|ENTER, P, WORD, _,    _,    B,    N,    _,
	M,    M,    M,    M,    B|N,  B|N,  N,    _,	/* D0 */
	M,    M,    M,    M,    M,    M,    M,    M,
	J,    J,    J,    J,    B,    B,    B,    B,	/* E0 */
	FORCED64|Z, FORCED64|Z, FAR|N, J, _, _, _, _,
	U,    _,    U,    U,    _,    _,    M,    M,	/* F0 */
	_,    _,    _,    _,    _,    _,    M,    M,
};

static const uint8_t map_0f[256] = {
	/* 0 8   1 9   2 A   3 B   4 C   5 D   6 E   7 F */
	M,    M,    M,    M,    U,    _,    _,    _,	/* 00 */
	_,    _,    U,    _,    U,    M,    _,    U,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 10 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M|FORCED64, M|FORCED64, M|FORCED64, M|FORCED64, U, U, U, U, /* 20 */
	M,    M,    M,    M,    M,    M,    M,    M,
	_,    _,    _,    _,    _,    _,    U,    _,	/* 30 */
	U,    U,    U,    U,    U,    U,    U,    U,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 40 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 50 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M,    M,    M,    M,    M,    M,    M,    M,	/* 60 */
	M,    M,    M,    M,    M,    M,    M,    M,
	M|B,  M|B,  M|B,  M|B,  M,    M,    M,    _,	/* 70 */
	M,    M,    U,    U,    M,    M,    M,    M,
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
};
/* clang-format on */

#undef _
#undef B
#undef Z
#undef M
#undef U
#undef N
#undef P
#undef J

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
enum { REG_BX = 3, REG_SP = 4, REG_BP = 5, REG_SI = 6, REG_DI = 7 };

/* Reads forward. The first error stays; after it everything reads as 0. */
struct cursor {
	const uint8_t *bytes;
	size_t count, position;
	enum insn_error error;
};

static void refuse(struct cursor *c, enum insn_error error)
{
	if (c->error == INSN_OK)
		c->error = error;
}

static uint64_t take(struct cursor *c, size_t size)
{
	uint64_t value = 0;

	if (c->position + size > INSN_MAX_LENGTH)
		refuse(c, INSN_TOO_LONG);
	if (c->position + size > c->count)
		refuse(c, INSN_TRUNCATED);
	if (c->error != INSN_OK)
		return 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)c->bytes[c->position++] << (8 * i);
	return value;
}

static uint8_t take_byte(struct cursor *c)
{
	return (uint8_t)take(c, 1);
}

/* size: 0, 1, 2, 4 or 8 bytes, sign-extended. */
static uint64_t take_signed(struct cursor *c, size_t size)
{
	uint64_t value = take(c, size);

	if (size == 0 || !(value >> (8 * size - 1)))
		return value;
	return value | ~byte_mask((unsigned int)size);
}

/* In 64-bit mode the overrides of ES, CS, SS and DS are there and mean nothing. */
static void override_segment(struct insn *insn, enum insn_segment segment)
{
	if (insn->mode == INSN_MODE_64 && segment < INSN_FS)
		return;
	insn->segment = segment;
	insn->segment_override = true;
}

static bool legacy_prefix(struct insn *insn, uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		override_segment(insn, (enum insn_segment)(byte >> 3 & 3));
		return true;
	case 0x64:
	case 0x65:
		override_segment(insn, byte == 0x64 ? INSN_FS : INSN_GS);
		return true;
	case 0x66:
		insn->operand_size_prefix = true;
		return true;
	case 0x67:
		insn->address_size_prefix = true;
		return true;
	case 0xf0:
		insn->lock = true;
		return true;
	case 0xf2:
	case 0xf3: /* the last of these two counts */
		insn->rep = byte == 0xf3;
		insn->repne = byte == 0xf2;
		return true;
	default:
		return false;
	}
}

/* Takes the prefixes and returns the byte after them. A REX counts only as the last prefix. */
static uint8_t take_prefixes(struct cursor *c, struct insn *insn)
{
	for (;;) {
		uint8_t byte = take_byte(c);
		bool rex = insn->mode == INSN_MODE_64 && (byte & 0xf0) == 0x40;

		if (!rex && !legacy_prefix(insn, byte))
			return byte;
		insn->rex = rex ? byte : 0;
		insn->prefix_length++;
	}
}

static uint8_t attributes_if(const uint16_t exists[16], uint8_t opcode, uint8_t attributes)
{
	return exists[opcode >> 4] >> (opcode & 15) & 1 ? attributes : NONE;
}

/* Takes the rest of the opcode and returns its attributes. */
static uint8_t take_opcode(struct cursor *c, struct insn *insn, uint8_t first)
{
	insn->opcode = first;
	if (first != 0x0f)
		return one_byte[first];
	insn->map = INSN_MAP_0F;
	insn->opcode = take_byte(c);
	if (insn->opcode != 0x38 && insn->opcode != 0x3a)
		return map_0f[insn->opcode];
	insn->map = insn->opcode == 0x38 ? INSN_MAP_0F38 : INSN_MAP_0F3A;
	insn->opcode = take_byte(c);
	if (insn->map == INSN_MAP_0F38)
		return attributes_if(exists_0f38, insn->opcode, MODRM);
	return attributes_if(exists_0f3a, insn->opcode, MODRM | BYTE);
}

static uint8_t address_size(const struct insn *insn)
{
	if (insn->mode == INSN_MODE_64)
		return insn->address_size_prefix ? 4 : 8;
	return (insn->mode == INSN_MODE_32) != insn->address_size_prefix ? 4 : 2;
}

/* MOV to and from control and debug registers: ModRM always names registers, 66 means nothing. */
static bool is_mov_control(const struct insn *insn)
{
	return insn->map == INSN_MAP_0F && insn->opcode >= 0x20 && insn->opcode <= 0x23;
}

/* IN, OUT, INS, OUTS: never more than 4 bytes. */
static bool is_port_io(const struct insn *insn)
{
	return insn->map == INSN_MAP_ONE_BYTE &&
	       ((insn->opcode & 0xf4) == 0xe4 || (insn->opcode & 0xfc) == 0x6c);
}

static uint8_t operand_size(const struct insn *insn, uint8_t attributes)
{
	if (insn->mode != INSN_MODE_64 && is_mov_control(insn))
		return 4;
	if (insn->mode != INSN_MODE_64)
		return (insn->mode == INSN_MODE_32) != insn->operand_size_prefix ? 4 : 2;
	if (insn->rex & REX_W)
		return is_port_io(insn) ? 4 : 8;
	if (attributes & FORCED64)
		return 8;
	if (insn->operand_size_prefix)
		return 2;
	return attributes & DEFAULT64 ? 8 : 4;
}

static uint8_t modrm_mod(const struct insn *insn)
{
	return insn->modrm >> 6;
}

static uint8_t modrm_digit(const struct insn *insn)
{
	return insn->modrm >> 3 & 7;
}

static void default_segment(struct insn *insn, enum insn_segment segment)
{
	if (!insn->segment_override)
		insn->segment = segment;
}

static void take_memory16(struct cursor *c, struct insn *insn)
{
	static const uint8_t bases[8] = { REG_BX, REG_BX, REG_BP, REG_BP,
					  REG_SI, REG_DI, REG_BP, REG_BX };
	uint8_t mod = modrm_mod(insn), rm = insn->modrm & 7;

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

/* Takes the SIB byte and returns the number of the base register without its REX bit. */
static uint8_t take_sib(struct cursor *c, struct insn *insn)
{
	uint8_t sib = take_byte(c);
	uint8_t index = (sib >> 3 & 7) | (insn->rex & REX_X ? 8 : 0);

	insn->scale = (uint8_t)(1 << (sib >> 6));
	if (index != REG_SP)
		insn->index = index;
	return sib & 7;
}

static void take_memory(struct cursor *c, struct insn *insn)
{
	static const uint8_t displacement_size[3] = { 0, 1, 4 };
	uint8_t mod = modrm_mod(insn);
	bool sib = (insn->modrm & 7) == REG_SP;
	uint8_t base = sib ? take_sib(c, insn) : insn->modrm & 7;

	if (mod == 0 && base == REG_BP) {
		insn->rip_relative = !sib && insn->mode == INSN_MODE_64;
		insn->displacement = (int64_t)take_signed(c, 4);
		return;
	}
	insn->base = base | (insn->rex & REX_B ? 8 : 0);
	if (insn->base == REG_SP || insn->base == REG_BP)
		default_segment(insn, INSN_SS);
	insn->displacement = (int64_t)take_signed(c, displacement_size[mod]);
}

static void take_modrm(struct cursor *c, struct insn *insn)
{
	insn->has_modrm = true;
	insn->modrm = take_byte(c);
	insn->reg = modrm_digit(insn) | (insn->rex & REX_R ? 8 : 0);
	if (modrm_mod(insn) == 3 || is_mov_control(insn)) {
		insn->rm = (insn->modrm & 7) | (insn->rex & REX_B ? 8 : 0);
		return;
	}
	insn->memory = true;
	if (insn->address_size == 2)
		take_memory16(c, insn);
	else
		take_memory(c, insn);
}

/* What the bytes of ModRM change in the attributes of a one-byte opcode. */
static uint8_t refine_one_byte(const struct insn *insn, uint8_t attributes)
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
	case 0xff: /* near CALL and JMP, PUSH */
		if (digit == 2 || digit == 4)
			return attributes | FORCED64;
		return digit == 6 ? attributes | DEFAULT64 : attributes;
	default:
		return attributes;
	}
}

/* The SSE4A forms of 0F 78 have two bytes after ModRM, VMREAD has none. */
static uint8_t refine_0f(const struct insn *insn, uint8_t attributes)
{
	bool sse4a = insn->opcode == 0x78 && (insn->operand_size_prefix || insn->repne);

	return sse4a ? attributes | WORD : attributes;
}

static uint8_t refine(const struct insn *insn, uint8_t attributes)
{
	if (insn->map == INSN_MAP_ONE_BYTE)
		return refine_one_byte(insn, attributes);
	return insn->map == INSN_MAP_0F ? refine_0f(insn, attributes) : attributes;
}

static void take_moffs(struct cursor *c, struct insn *insn)
{
	insn->memory = true;
	insn->displacement = (int64_t)take_signed(c, insn->address_size);
}

static uint8_t immediate_size(const struct insn *insn, uint8_t attributes)
{
	uint8_t up_to4 = insn->operand_size == 2 ? 2 : 4;

	switch (attributes & FOLLOWS) {
	case BYTE:
		return 1;
	case WORD:
		return 2;
	case UP_TO4:
		return up_to4;
	case UP_TO8:
		return insn->operand_size;
	case ENTER:
		return 3;
	case FAR:
		return up_to4 + 2;
	default:
		return 0;
	}
}

static void take_immediate(struct cursor *c, struct insn *insn, uint8_t attributes)
{
	insn->immediate_size = immediate_size(insn, attributes);
	if ((attributes & FOLLOWS) == ENTER || (attributes & FOLLOWS) == FAR)
		insn->immediate = take(c, insn->immediate_size);
	else
		insn->immediate = take_signed(c, insn->immediate_size);
}

static void take_operands(struct cursor *c, struct insn *insn, uint8_t attributes)
{
	if (attributes & NONE || (attributes & NOT64 && insn->mode == INSN_MODE_64)) {
		refuse(c, INSN_UNSUPPORTED);
		return;
	}
	if (attributes & MODRM) {
		take_modrm(c, insn);
		attributes = refine(insn, attributes);
	}
	if (attributes & NONE) {
		refuse(c, INSN_UNSUPPORTED);
		return;
	}
	insn->operand_size = is_mov_control(insn) && insn->mode != INSN_MODE_64
				     ? 4
				     : operand_size(insn, attributes);
	if ((attributes & FOLLOWS) == MOFFS)
		take_moffs(c, insn);
	else
		take_immediate(c, insn, attributes);
}

enum insn_error insn_decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
			    struct insn *insn)
{
	struct cursor c = { .bytes = bytes, .count = count };
	struct insn i = { .mode = mode,
			  .base = INSN_NO_REGISTER,
			  .index = INSN_NO_REGISTER,
			  .scale = 1,
			  .segment = INSN_DS };
	uint8_t first = take_prefixes(&c, &i);
	uint8_t attributes = take_opcode(&c, &i, first);

	i.address_size = address_size(&i);
	take_operands(&c, &i, attributes);
	if (c.error != INSN_OK)
		return c.error;
	i.length = (uint8_t)c.position;
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
