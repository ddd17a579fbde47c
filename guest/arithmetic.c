/* SPDX-License-Identifier: MIT */
#include "guest/arithmetic.h"

#include "lib/bits.h"

enum { CF = 1 << 0, PF = 1 << 2, AF = 1 << 4, ZF = 1 << 6, SF = 1 << 7, OF = 1 << 11 };

#define ARITHMETIC_FLAGS ((uint64_t)(CF | PF | AF | ZF | SF | OF))

static bool sign(uint64_t value, unsigned int size)
{
	return value >> (8 * size - 1) & 1;
}

static uint64_t result_flags(uint64_t result, unsigned int size)
{
	uint64_t flags = sign(result, size) ? SF : 0;

	if (result == 0)
		flags |= ZF;
	if (!__builtin_parity((unsigned int)result & 0xff))
		flags |= PF;
	return flags;
}

static void set_flags(uint64_t *rflags, uint64_t which, uint64_t flags)
{
	*rflags = (*rflags & ~which) | (flags & which);
}

static uint64_t add(uint64_t a, uint64_t b, uint64_t carry, unsigned int size, uint64_t *rflags)
{
	uint64_t r = (a + b + carry) & byte_mask(size);
	uint64_t flags = result_flags(r, size) | ((a ^ b ^ r) & AF);

	if (sign((a & b) | ((a | b) & ~r), size))
		flags |= CF;
	if (sign((a ^ r) & (b ^ r), size))
		flags |= OF;
	set_flags(rflags, ARITHMETIC_FLAGS, flags);
	return r;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t borrow, unsigned int size,
			 uint64_t *rflags)
{
	uint64_t r = (a - b - borrow) & byte_mask(size);
	uint64_t flags = result_flags(r, size) | ((a ^ b ^ r) & AF);

	if (sign((~a & b) | ((~a | b) & r), size))
		flags |= CF;
	if (sign((a ^ b) & (a ^ r), size))
		flags |= OF;
	set_flags(rflags, ARITHMETIC_FLAGS, flags);
	return r;
}

static uint64_t logic(uint64_t r, unsigned int size, uint64_t *rflags)
{
	set_flags(rflags, ARITHMETIC_FLAGS, result_flags(r, size));
	return r;
}

/* INC and DEC leave CF alone. */
static uint64_t count(uint64_t a, bool up, unsigned int size, uint64_t *rflags)
{
	uint64_t carry = *rflags & CF;
	uint64_t r = up ? add(a, 1, 0, size, rflags) : subtract(a, 1, 0, size, rflags);

	set_flags(rflags, CF, carry);
	return r;
}

/* The operations of two operands that leave one result. */
static uint64_t binary(enum insn_operation operation, uint64_t a, uint64_t b, unsigned int size,
		       uint64_t *rflags)
{
	switch ((int)operation) {
	case INSN_ADD:
		return add(a, b, 0, size, rflags);
	case INSN_ADC:
		return add(a, b, *rflags & CF, size, rflags);
	case INSN_SBB:
		return subtract(a, b, *rflags & CF, size, rflags);
	case INSN_OR:
		return logic(a | b, size, rflags);
	case INSN_AND:
	case INSN_TEST:
		return logic(a & b, size, rflags);
	case INSN_XOR:
		return logic(a ^ b, size, rflags);
	default: /* SUB, CMP */
		return subtract(a, b, 0, size, rflags);
	}
}

static void compute_binary(enum insn_operation operation, unsigned int size, bool to_register,
			   struct tdx_operands *o)
{
	uint64_t a = to_register ? o->reg : o->memory, b = to_register ? o->memory : o->reg;
	uint64_t r = binary(operation, a, b, size, &o->rflags);

	if (operation == INSN_CMP || operation == INSN_TEST)
		return;
	o->writes_reg = to_register;
	o->writes_memory = !to_register;
	if (to_register)
		o->reg = r;
	else
		o->memory = r;
}

static void compute_unary(enum insn_operation operation, unsigned int size, struct tdx_operands *o)
{
	if (operation == INSN_NOT)
		o->memory = ~o->memory & byte_mask(size);
	else if (operation == INSN_NEG)
		o->memory = subtract(0, o->memory, 0, size, &o->rflags);
	else
		o->memory = count(o->memory, operation == INSN_INC, size, &o->rflags);
	o->writes_memory = true;
}

static void compute_bit(enum insn_operation operation, unsigned int size, struct tdx_operands *o)
{
	uint64_t mask = bit((unsigned int)o->reg & (8 * size - 1));

	set_flags(&o->rflags, CF, o->memory & mask ? CF : 0);
	if (operation == INSN_BTS)
		o->memory |= mask;
	else if (operation == INSN_BTR)
		o->memory &= ~mask;
	else if (operation == INSN_BTC)
		o->memory ^= mask;
	o->writes_memory = operation != INSN_BT;
}

static void compute_exchange(enum insn_operation operation, unsigned int size,
			     struct tdx_operands *o)
{
	uint64_t old = o->memory;

	o->memory = operation == INSN_XADD ? add(old, o->reg, 0, size, &o->rflags) : o->reg;
	o->reg = old;
	o->writes_memory = o->writes_reg = true;
}

/* Memory is written in either case, with what was there if it differs. */
static void compute_cmpxchg(unsigned int size, struct tdx_operands *o)
{
	subtract(o->accumulator, o->memory, 0, size, &o->rflags);
	o->writes_memory = true;
	if (o->accumulator == o->memory) {
		o->memory = o->reg;
		return;
	}
	o->accumulator = o->memory;
	o->writes_accumulator = true;
}

void tdx_compute(enum insn_operation operation, unsigned int size, bool to_register,
		 struct tdx_operands *o)
{
	if (operation <= INSN_TEST)
		compute_binary(operation, size, to_register, o);
	else if (operation <= INSN_DEC)
		compute_unary(operation, size, o);
	else if (operation <= INSN_BTC)
		compute_bit(operation, size, o);
	else if (operation <= INSN_XADD)
		compute_exchange(operation, size, o);
	else
		compute_cmpxchg(size, o);
}
