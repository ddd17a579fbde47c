/* SPDX-License-Identifier: MIT */
/* INS and OUTS. */
#include "guest/ve_string.h"
#include "lib/bits.h"

static int read_memory(const struct tdx_ve_policy *policy, uint64_t linear, uint32_t *value,
		       unsigned int size)
{
	*value = 0;
	return policy->read && policy->read(policy->context, linear, value, size) ? 0
										  : TDX_VE_MEMORY;
}

static int write_memory(const struct tdx_ve_policy *policy, uint64_t linear, uint32_t value,
			unsigned int size)
{
	return policy->write && policy->write(policy->context, linear, &value, size)
		       ? 0
		       : TDX_VE_MEMORY;
}

static int element(const struct tdx_ve_policy *policy, struct tdx_ve_string *s, uint16_t port,
		   bool in)
{
	uint32_t value;
	int error;

	/* Memory that cannot be read cannot be written either: ask before the port is touched. */
	error = read_memory(policy, in ? tdx_ve_string_destination(s) : tdx_ve_string_source(s),
			    &value, s->size);
	if (error)
		return error;
	if (!in)
		return tdx_ve_port_write(policy, port, s->size, value);
	error = tdx_ve_port_read(policy, port, s->size, &value);
	return error ? error : write_memory(policy, tdx_ve_string_destination(s), value, s->size);
}

/* The exit does not tell address size and segment. */
static bool agrees(const struct tdx_regs *regs, const struct tdx_ve_info *ve,
		   const struct insn *insn, const struct insn_access *access)
{
	uint64_t qual = ve->exit_qualification;
	enum insn_operation wanted = qual & TDX_IO_QUAL_IN ? INSN_INS : INSN_OUTS;

	return access->operation == wanted && access->size == (qual & TDX_IO_QUAL_SIZE_MASK) + 1 &&
	       (uint16_t)(qual >> TDX_IO_QUAL_PORT_SHIFT) == (uint16_t)regs->gpr[TDX_RDX] &&
	       insn->length == ve->instruction_length;
}

int tdx_ve_port_string(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	bool in = ve->exit_qualification & TDX_IO_QUAL_IN;
	struct insn_access access;
	struct tdx_ve_string s;
	unsigned int done = 0;
	struct insn insn;
	int error;

	error = tdx_ve_decode(regs, &insn, &access);
	if (!error && !agrees(regs, ve, &insn, &access))
		error = TDX_VE_MISMATCH;
	if (!error)
		error = tdx_ve_string_begin(&s, regs, &insn, access.size);
	if (error)
		return error;
	while (done < TDX_VE_STRING_BATCH && tdx_ve_string_count(&s)) {
		error = element(regs->policy, &s, (uint16_t)regs->gpr[TDX_RDX], in);
		if (error)
			break;
		tdx_ve_string_next(&s, !in, in);
		done++;
		if (!insn.prefixes.rep && !insn.prefixes.repne)
			break;
	}
	return tdx_ve_string_end(&s, regs, done, error);
}
