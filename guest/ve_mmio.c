/* SPDX-License-Identifier: MIT */
/*
 * Accesses to shared memory that is not mapped: devices. The instruction is decoded, must be the
 * one that caused the exception, and is carried out with MMIO requests. Nothing here is atomic;
 * LOCK is accepted where it is legal.
 */
#include "guest/arithmetic.h"
#include "guest/ve_cause.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"

struct mmio {
	struct tdx_regs *regs;
	const struct insn *insn;
	const struct insn_access *access;
	struct gpa gpa;
};

static uint64_t sign_extend(uint64_t value, unsigned int size)
{
	unsigned int unused = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << unused) >> unused);
}

/* R before the instruction. */
static uint64_t source(const struct mmio *m)
{
	const struct insn_access *a = m->access;

	if (a->flags & INSN_ACCESS_IMMEDIATE)
		return m->insn->immediate & byte_mask(a->size);
	return tdx_ve_register(m->regs->gpr, a->reg, a->reg_shift, a->register_size);
}

static void set_destination(const struct mmio *m, uint64_t value)
{
	const struct insn_access *a = m->access;

	tdx_ve_set_register(m->regs->gpr, a->reg, a->reg_shift, a->register_size, value);
}

/* MOVBE: of `size` bytes. */
static uint64_t swap(const struct mmio *m, uint64_t value)
{
	if (!(m->access->flags & INSN_ACCESS_BYTE_SWAP))
		return value;
	return __builtin_bswap64(value) >> (64 - 8 * m->access->size);
}

static int load(const struct mmio *m)
{
	const struct insn_access *a = m->access;
	uint64_t value;

	if (!tdvmcall_ok(tdvmcall_mmio_read(m->gpa, a->size, &value)))
		return TDX_VE_REFUSED;
	value = swap(m, value);
	if (a->flags & INSN_ACCESS_SIGN_EXTEND)
		value = sign_extend(value, a->size);
	set_destination(m, value);
	return m->insn->length;
}

static int store(const struct mmio *m)
{
	if (!tdvmcall_ok(tdvmcall_mmio_write(m->gpa, m->access->size, swap(m, source(m)))))
		return TDX_VE_REFUSED;
	return m->insn->length;
}

static int compute(const struct mmio *m)
{
	const struct insn_access *a = m->access;
	struct tdx_operands o = {
		.reg = source(m),
		.accumulator = tdx_ve_register(m->regs->gpr, TDX_RAX, 0, a->size),
		.rflags = m->regs->rflags,
	};

	if (!tdvmcall_ok(tdvmcall_mmio_read(m->gpa, a->size, &o.memory)))
		return TDX_VE_REFUSED;
	tdx_compute((enum insn_operation)a->operation, a->size, a->flags & INSN_ACCESS_TO_REGISTER,
		    &o);
	if (o.writes_memory && !tdvmcall_ok(tdvmcall_mmio_write(m->gpa, a->size, o.memory)))
		return TDX_VE_REFUSED;
	if (o.writes_reg)
		set_destination(m, o.reg);
	if (o.writes_accumulator)
		tdx_ve_set_register(m->regs->gpr, TDX_RAX, 0, a->size, o.accumulator);
	m->regs->rflags = o.rflags;
	return m->insn->length;
}

static bool only_reads(const struct insn_access *a)
{
	switch ((int)a->operation) {
	case INSN_LOAD:
	case INSN_CMP:
	case INSN_TEST:
	case INSN_BT:
		return true;
	default:
		return a->flags & INSN_ACCESS_TO_REGISTER;
	}
}

/*
 * Of an instruction that reads and writes, processors report either. LOCK makes no difference: BT,
 * CMP and TEST cannot have it.
 */
static bool direction_agrees(const struct insn_access *a, uint64_t qual)
{
	bool write = qual & TDX_EPT_QUAL_WRITE;

	if (a->operation == INSN_STORE)
		return write;
	return !(write && only_reads(a));
}

/* The bit offset of a register counts from the operand on, in both directions. */
static void add_bit_offset(const struct tdx_regs *regs, struct insn *insn,
			   const struct insn_access *a)
{
	uint64_t offset;

	if (a->operation < INSN_BT || a->operation > INSN_BTC || a->flags & INSN_ACCESS_IMMEDIATE)
		return;
	offset = sign_extend(tdx_ve_register(regs->gpr, a->reg, 0, a->size), a->size);
	insn->displacement += ((int64_t)offset >> (3 + highest_bit(a->size))) * a->size;
}

/* Whether the access is the one of the exception. Returns 0 or an error. */
static int check_address(const struct tdx_regs *regs, const struct tdx_ve_info *ve,
			 struct insn *insn, const struct insn_access *a)
{
	uint64_t base[6], linear;
	int error = tdx_ve_segment_bases(regs, insn, base);

	if (error)
		return error;
	add_bit_offset(regs, insn, a);
	linear = insn_memory_address(insn, regs->gpr, regs->rip, base);
	if (linear % PAGE_SIZE + a->size > PAGE_SIZE)
		return TDX_VE_CROSSES_PAGE;
	if (linear != ve->gla || !direction_agrees(a, ve->exit_qualification))
		return TDX_VE_MISMATCH;
	return 0;
}

static bool allowed(const struct tdx_ve_policy *p, uint64_t gpa, const struct insn_access *a)
{
	if (!p->mmio_allowed)
		return true;
	return (a->operation == INSN_STORE || p->mmio_allowed(p->context, gpa, a->size, false)) &&
	       (only_reads(a) || p->mmio_allowed(p->context, gpa, a->size, true));
}

static int emulate(struct tdx_regs *regs, const struct tdx_ve_info *ve, struct insn *insn,
		   const struct insn_access *a)
{
	const struct mmio m = { regs, insn, a, gpa(ve->gpa) };
	int error = check_address(regs, ve, insn, a);

	if (error)
		return error;
	if (!allowed(regs->policy, ve->gpa, a))
		return TDX_VE_FORBIDDEN;
	if (a->operation == INSN_LOAD)
		return load(&m);
	return a->operation == INSN_STORE ? store(&m) : compute(&m);
}

/* A fetch, a page walk and an access without linear address are no MMIO. */
static bool is_data_access(uint64_t qual)
{
	return !(qual & TDX_EPT_QUAL_FETCH) && qual & TDX_EPT_QUAL_GLA_VALID &&
	       qual & TDX_EPT_QUAL_TRANSLATED;
}

int tdx_ve_mmio(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	struct insn_access access;
	struct insn insn;
	int error;

	if (!(ve->gpa & regs->policy->shared_bit))
		return TDX_VE_PRIVATE;
	if (!is_data_access(ve->exit_qualification))
		return TDX_VE_UNSUPPORTED;
	error = tdx_ve_decode(regs, &insn, &access);
	if (error)
		return error;
	if (!(access.flags & INSN_ACCESS_BASIC) && !regs->policy->mmio_all)
		return TDX_VE_INSTRUCTION;
	if (access.flags & INSN_ACCESS_STRING)
		return tdx_ve_mmio_string(regs, ve, &insn, &access);
	return emulate(regs, ve, &insn, &access);
}
