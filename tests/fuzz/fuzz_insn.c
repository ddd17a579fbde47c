/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: the decoder never reads beyond its bytes, and what it says holds together. The
 * first byte of the input is the mode, the rest is code.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/insn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void check(const struct insn *insn, size_t count)
{
	static const uint64_t gpr[16], base[6];
	struct insn_access a;

	must(insn->length >= 1 && insn->length <= INSN_MAX_LENGTH && insn->length <= count);
	must(insn->prefix_length < insn->length);
	must(insn->operand_size == 2 || insn->operand_size == 4 || insn->operand_size == 8);
	must(insn->address_size == 2 || insn->address_size == 4 || insn->address_size == 8);
	must(insn->base < 16 || insn->base == INSN_NO_REGISTER);
	must(insn->index < 16 || insn->index == INSN_NO_REGISTER);
	if (insn->memory)
		insn_memory_address(insn, gpr, 0, base);
	if (!insn_access(insn, &a))
		return;
	must(a.size == 1 || a.size == 2 || a.size == 4 || a.size == 8);
	must(a.register_size >= a.size && a.register_size <= 8);
	must(a.reg < 16 && (a.reg_shift == 0 || (a.reg_shift == 8 && a.reg < 4)));
	must(insn->memory || a.flags & INSN_ACCESS_STRING);
}

/* Decodes a copy of the bytes in a heap block of their own, whose end the sanitizer guards. */
static enum insn_error decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
			      struct insn *insn)
{
	uint8_t *code = malloc(count);
	enum insn_error error;

	if (!code)
		abort();
	memcpy(code, bytes, count);
	error = insn_decode(code, count, mode, insn);
	free(code);
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insn insn, again;
	enum insn_mode mode;

	if (size == 0)
		return 0;
	mode = (enum insn_mode)(data[0] % 3);
	if (decode(data + 1, size - 1, mode, &insn) != INSN_OK)
		return 0;
	check(&insn, size - 1);
	/* Its own bytes are all that it depends on. */
	must(decode(data + 1, insn.length, mode, &again) == INSN_OK);
	must(again.length == insn.length && again.immediate == insn.immediate &&
	     again.displacement == insn.displacement && again.opcode == insn.opcode);
	return 0;
}
