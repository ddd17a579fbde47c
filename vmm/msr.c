/* SPDX-License-Identifier: MIT */
#include <tdx/leaf.h>

#include "lib/bits.h"
#include "vmm/vmcall.h"

enum msr_policy { REFUSE, IGNORE, CONSTANT, APIC, DEADLINE };

struct msr_row {
	uint32_t first, last;
	enum msr_policy read;
	uint64_t value;
	enum msr_policy write;
};

static const struct msr_row rows[] = {
#define MSR(first, last, read, value, write) { first, last, read, value, write },
#include "vmm/msr.def"
#undef MSR
};

static const struct msr_row *find(uint64_t index)
{
	static const struct msr_row refused = { .read = REFUSE, .write = REFUSE };

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (index >= rows[i].first && index <= rows[i].last)
			return &rows[i];
	return &refused;
}

static bool read(struct vcpu *v, uint32_t index, const struct msr_row *row, uint64_t *value)
{
	switch (row->read) {
	case CONSTANT:
		*value = row->value;
		return true;
	case APIC:
		return guest_apic_read(v, index, value);
	case DEADLINE:
		*value = guest_tsc_deadline_read(v);
		return true;
	case REFUSE:
	case IGNORE:
		break;
	}
	return false;
}

static bool write(struct vcpu *v, uint32_t index, const struct msr_row *row, uint64_t value)
{
	switch (row->write) {
	case IGNORE:
		return true;
	case APIC:
		return guest_apic_write(v, index, value);
	case DEADLINE:
		guest_tsc_deadline_write(v, value);
		return true;
	case REFUSE:
	case CONSTANT:
		break;
	}
	return false;
}

uint64_t vmcall_rdmsr(struct vcpu *v)
{
	uint64_t index = v->gpr[TDX_R12];

	if (!read(v, low32(index), find(index), &v->gpr[TDX_R11]))
		return TDVMCALL_STATUS_INVALID_OPERAND;
	return TDVMCALL_STATUS_SUCCESS;
}

uint64_t vmcall_wrmsr(struct vcpu *v)
{
	uint64_t index = v->gpr[TDX_R12];

	if (!write(v, low32(index), find(index), v->gpr[TDX_R13]))
		return TDVMCALL_STATUS_INVALID_OPERAND;
	return TDVMCALL_STATUS_SUCCESS;
}
