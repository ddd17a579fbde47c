/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder: nothing outside lib/insn.c parses an instruction.
 *
 * It knows every instruction of the legacy one-byte and 0F, 0F 38, 0F 3A maps well enough to give
 * length, prefixes and memory operand; VEX, EVEX, XOP and 3DNow! encodings are refused. It works on
 * a copy of the bytes and never reads past the count it is given.
 */
#ifndef LIB_INSN_H
#define LIB_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INSN_MAX_LENGTH 15

enum insn_mode { INSN_MODE_16, INSN_MODE_32, INSN_MODE_64 };

enum insn_map { INSN_MAP_ONE_BYTE, INSN_MAP_0F, INSN_MAP_0F38, INSN_MAP_0F3A };

enum insn_segment { INSN_ES, INSN_CS, INSN_SS, INSN_DS, INSN_FS, INSN_GS };

enum insn_error {
	INSN_OK,
	INSN_TRUNCATED,	  /* the bytes end inside the instruction */
	INSN_TOO_LONG,	  /* more than 15 bytes */
	INSN_UNSUPPORTED, /* an encoding that this decoder does not know, or none at all */
};

#define INSN_NO_REGISTER 0xff

/* Legacy prefixes; of rep and repne the last counts. */
struct insn_prefixes {
	bool lock, rep, repne, operand_size, address_size;
	bool segment_override; /* by a prefix that means something in this mode */
	uint8_t segment;       /* enum insn_segment, of an override */
};

struct insn {
	uint16_t description;  /* for insn_access() */
	uint8_t length;	       /* 1..15 */
	uint8_t prefix_length; /* legacy prefixes and REX */
	uint8_t mode;	       /* enum insn_mode */
	uint8_t map;	       /* enum insn_map */
	uint8_t opcode;
	uint8_t modrm;
	uint8_t rex;	      /* the whole byte; 0 for none */
	uint8_t operand_size; /* 2, 4, 8: of a full-size operand of a general-purpose instruction */
	uint8_t address_size; /* 2, 4, 8 */
	struct insn_prefixes prefixes;
	bool has_modrm;
	/*
	 * Memory operand of ModRM, or of MOV with an address and no ModRM (A0..A3). Operands that
	 * the opcode implies, as those of string instructions, are none.
	 */
	bool memory;
	bool rip_relative;   /* base is the address of the next instruction */
	uint8_t reg;	     /* ModRM.reg with REX.R, 0..15 */
	uint8_t rm;	     /* ModRM.rm with REX.B when mod is 3 */
	uint8_t base, index; /* registers or INSN_NO_REGISTER */
	uint8_t scale;	     /* 1 2 4 8 */
	uint8_t immediate_size;
	int64_t displacement;
	/*
	 * Immediate or branch distance, sign-extended from its own size of 0, 1, 2, 4, 8 bytes. Far
	 * pointers (4, 6: offset, selector) and ENTER (3: 16-bit size, level) are as in memory.
	 */
	uint64_t immediate;
};

/*
 * Decodes one instruction from the first bytes of a buffer. On failure *insn means nothing.
 * Returns INSN_TRUNCATED also when count is 0.
 */
enum insn_error insn_decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
			    struct insn *insn);

/* Segment of the memory operand: defaults and overrides applied. */
enum insn_segment insn_segment(const struct insn *insn);

/*
 * Linear address of the memory operand. gpr: registers in number order (RAX RCX RDX RBX RSP
 * RBP RSI RDI R8..R15). rip: of the instruction itself. segment_base: ES CS SS DS FS GS; in 64-bit
 * mode only FS and GS count. insn->memory must be true.
 */
uint64_t insn_memory_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip,
			     const uint64_t segment_base[6]);

/*
 * What an instruction does with memory. M: memory operand, R: register operand or immediate. The
 * arithmetic ones from ADD to CMP are in the order of their opcodes.
 */
enum insn_operation {
	INSN_LOAD,  /* R = M */
	INSN_STORE, /* M = R */
	INSN_ADD,   /* from here on flags are written, except by NOT */
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	INSN_TEST,
	INSN_NOT,
	INSN_NEG,
	INSN_INC,
	INSN_DEC,
	INSN_BT, /* the bit offset of a register reaches beyond the operand */
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_MOVS, /* string instructions: memory at RSI and RDI */
	INSN_STOS,
	INSN_LODS,
	INSN_INS,
	INSN_OUTS,
};

enum insn_access_flags {
	INSN_ACCESS_IMMEDIATE = 1 << 7,	  /* R is insn->immediate, to be cut to size */
	INSN_ACCESS_TO_REGISTER = 1 << 8, /* the result goes to R: LOAD, ADD to XOR; M is read */
	INSN_ACCESS_SIGN_EXTEND = 1 << 9,
	INSN_ACCESS_BYTE_SWAP = 1 << 10, /* MOVBE */
	INSN_ACCESS_LOCKABLE = 1 << 11,	 /* LOCK is legal */
	INSN_ACCESS_BASIC = 1 << 12,	 /* MOV, MOVZX, MOVSX, MOVSXD */
	INSN_ACCESS_STRING = 1 << 13,	 /* the operands are implied */
};

struct insn_access {
	uint8_t operation;     /* enum insn_operation */
	uint8_t size;	       /* bytes of M: 1, 2, 4, 8 */
	uint8_t register_size; /* bytes of R; differs from size for MOVZX, MOVSX, MOVSXD only */
	uint8_t reg;	       /* R: register number; not for an immediate */
	uint8_t reg_shift;     /* 8 for AH, CH, DH, BH (reg is 0..3 then), else 0 */
	uint16_t flags;	       /* enum insn_access_flags */
};

/*
 * Describes the memory access of a decoded instruction. False for every other instruction, for the
 * register forms of these, and for encodings of them that the processor refuses (but for LOCK:
 * see INSN_ACCESS_LOCKABLE); *access is untouched then. Segment registers, the stack, branches, x87
 * and vectors are other instructions.
 */
bool insn_access(const struct insn *insn, struct insn_access *access);

#ifdef __cplusplus
}
#endif

#endif
