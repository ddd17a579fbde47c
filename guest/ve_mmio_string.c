/* SPDX-License-Identifier: MIT */
/*
 * MOVS, STOS and LODS on MMIO. The exception is about one element; those behind it in the same page
 * are done with it, the next page has an exception of its own.
 */
#include "guest/ve_string.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"

struct transfer {
	const struct tdx_ve_policy *policy;
	const struct tdx_ve_info *ve;
	enum insn_operation operation;
	bool to_mmio;
	struct tdx_ve_string s;
};

static uint64_t mmio_address(const struct transfer *t)
{
	return t->to_mmio ? tdx_ve_string_destination(&t->s) : tdx_ve_string_source(&t->s);
}

static bool within_page(const struct transfer *t)
{
	uint64_t linear = mmio_address(t);

	return align_down(linear, PAGE_SIZE) == align_down(t->ve->gla, PAGE_SIZE) &&
	       linear % PAGE_SIZE + t->s.size <= PAGE_SIZE;
}

static bool read_source(const struct transfer *t, uint64_t *value)
{
	const struct tdx_ve_policy *p = t->policy;

	*value = t->s.rax & byte_mask(t->s.size);
	if (t->operation == INSN_STOS)
		return true;
	*value = 0;
	return p->read && p->read(p->context, tdx_ve_string_source(&t->s), value, t->s.size);
}

static bool write_destination(struct transfer *t, uint64_t value)
{
	const struct tdx_ve_policy *p = t->policy;

	if (t->operation == INSN_LODS) {
		tdx_ve_set_register(&t->s.rax, 0, 0, t->s.size, value);
		return true;
	}
	return p->write &&
	       p->write(p->context, tdx_ve_string_destination(&t->s), &value, t->s.size);
}

static int element(struct transfer *t)
{
	const struct tdx_ve_policy *p = t->policy;
	struct gpa at = gpa_add(gpa(t->ve->gpa), mmio_address(t) - t->ve->gla);
	uint64_t value;

	if (p->mmio_allowed && !p->mmio_allowed(p->context, at.pa, t->s.size, t->to_mmio))
		return TDX_VE_FORBIDDEN;
	if (t->to_mmio) {
		if (!read_source(t, &value))
			return TDX_VE_MEMORY;
		return tdvmcall_ok(tdvmcall_mmio_write(at, t->s.size, value)) ? 0 : TDX_VE_REFUSED;
	}
	if (!tdvmcall_ok(tdvmcall_mmio_read(at, t->s.size, &value)))
		return TDX_VE_REFUSED;
	return write_destination(t, value) ? 0 : TDX_VE_MEMORY;
}

static int check(const struct transfer *t)
{
	bool write = t->ve->exit_qualification & TDX_EPT_QUAL_WRITE;
	uint64_t linear = mmio_address(t);

	if (linear % PAGE_SIZE + t->s.size > PAGE_SIZE)
		return TDX_VE_CROSSES_PAGE;
	if (t->operation == INSN_INS || t->operation == INSN_OUTS)
		return TDX_VE_INSTRUCTION;
	return linear == t->ve->gla && write == t->to_mmio ? 0 : TDX_VE_MISMATCH;
}

int tdx_ve_mmio_string(struct tdx_regs *regs, const struct tdx_ve_info *ve, const struct insn *insn,
		       const struct insn_access *access)
{
	struct transfer t = { .policy = regs->policy,
			      .ve = ve,
			      .operation = (enum insn_operation)access->operation };
	unsigned int done = 0;
	int error;

	t.to_mmio = t.operation == INSN_STOS ||
		    (t.operation == INSN_MOVS && ve->exit_qualification & TDX_EPT_QUAL_WRITE);
	error = tdx_ve_string_begin(&t.s, regs, insn, access->size);
	if (!error)
		error = check(&t);
	if (error)
		return error;
	while (done < TDX_VE_STRING_BATCH && tdx_ve_string_count(&t.s) && within_page(&t)) {
		error = element(&t);
		if (error)
			break;
		tdx_ve_string_next(&t.s, t.operation != INSN_STOS, t.operation != INSN_LODS);
		done++;
		if (!insn->prefixes.rep && !insn->prefixes.repne)
			break;
	}
	return tdx_ve_string_end(&t.s, regs, done, error);
}
