/* SPDX-License-Identifier: MIT */
#include "module/sameness.h"

#include <stdbool.h>
#include <string.h>

#include <tdx/status.h>

#include "cpu/backend.h"
#include "lib/bits.h"

#define MSR_TSC_ADJUST		 0x3b
#define MSR_MISC_ENABLE		 0x1a0
#define MISC_ENABLE_LIMIT_MAXVAL bit(22)
#define LEAST_MAX_LEAF		 0xd

struct cpuid_field {
	uint32_t leaf, subleaf;
	uint32_t mask[4];
};

/* What the module itself needs: MSR PAE CMOV FXSR SSE SSE2, XSAVE; x87 and SSE in it; NX, LM. */
static const struct cpuid_field needed[] = {
	{ 0x1, 0, { 0, 0, 1 << 26, 0x07008060 } },
	{ 0xd, 0, { 3, 0, 0, 0 } },
	{ 0x80000001, 0, { 0, 0, 0, 0x20100000 } },
};

/*
 * All that a TD's own CPUID is made of, without what differs from LP to LP (APIC ids) or follows
 * from a register (OSXSAVE, OSPKE, the size of the area in use).
 */
static const struct cpuid_field compared[] = {
	{ 0x0, 0, { ~0u, ~0u, ~0u, ~0u } },	   { 0x1, 0, { ~0u, 0xff00, ~(1u << 27), ~0u } },
	{ 0x4, 0, { ~0u, ~0u, ~0u, ~0u } },	   { 0x4, 1, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x4, 2, { ~0u, ~0u, ~0u, ~0u } },	   { 0x4, 3, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x7, 0, { ~0u, ~0u, ~(1u << 4), ~0u } }, { 0x7, 1, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x7, 2, { ~0u, ~0u, ~0u, ~0u } },	   { 0xd, 0, { ~0u, 0, ~0u, ~0u } },
	{ 0xd, 1, { ~0u, 0, ~0u, ~0u } },	   { 0xd, 2, { ~0u, ~0u, ~0u, ~0u } },
	{ 0xd, 9, { ~0u, ~0u, ~0u, ~0u } },	   { 0x15, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000001, 0, { ~0u, ~0u, ~0u, ~0u } }, { 0x80000007, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000008, 0, { ~0u, ~0u, ~0u, ~0u } },
};

static struct {
	uint32_t cpuid[ARRAY_SIZE(compared)][4];
	uint64_t tsc_adjust;
} sampled;

static void read_field(const struct cpuid_field *f, uint32_t value[4])
{
	cpu_cpuid(f->leaf, f->subleaf, value);
	for (unsigned int i = 0; i < 4; i++)
		value[i] &= f->mask[i];
}

static void complain(struct cpuid_complaint *complaint, const struct cpuid_field *f,
		     const uint32_t mask[4])
{
	*complaint = (struct cpuid_complaint){ .leaf = f->leaf, .subleaf = f->subleaf };
	memcpy(complaint->mask, mask, sizeof(complaint->mask));
}

uint64_t sameness_of_maxval(void)
{
	return cpu_msr(MSR_MISC_ENABLE) & MISC_ENABLE_LIMIT_MAXVAL ? TDX_LIMIT_CPUID_MAXVAL_SET
								   : TDX_SUCCESS;
}

static uint64_t check_needed(struct cpuid_complaint *complaint)
{
	uint32_t value[4];

	cpu_cpuid(0, 0, value);
	if (value[0] < LEAST_MAX_LEAF)
		return TDX_CPUID_LEAF_NOT_SUPPORTED | LEAST_MAX_LEAF;
	for (unsigned int i = 0; i < ARRAY_SIZE(needed); i++) {
		read_field(&needed[i], value);
		if (!memcmp(value, needed[i].mask, sizeof(value)))
			continue;
		complain(complaint, &needed[i], needed[i].mask);
		memcpy(complaint->expected, needed[i].mask, sizeof(complaint->expected));
		return TDX_INCORRECT_CPUID_VALUE;
	}
	return TDX_SUCCESS;
}

uint64_t sameness_sample(struct cpuid_complaint *complaint)
{
	uint64_t status = sameness_of_maxval();

	*complaint = (struct cpuid_complaint){ 0 };
	if (!status)
		status = check_needed(complaint);
	if (status)
		return status;
	for (unsigned int i = 0; i < ARRAY_SIZE(compared); i++)
		read_field(&compared[i], sampled.cpuid[i]);
	sampled.tsc_adjust = cpu_msr(MSR_TSC_ADJUST);
	return TDX_SUCCESS;
}

uint64_t sameness_compare(struct cpuid_complaint *complaint)
{
	uint32_t value[4];

	*complaint = (struct cpuid_complaint){ 0 };
	for (unsigned int i = 0; i < ARRAY_SIZE(compared); i++) {
		read_field(&compared[i], value);
		if (!memcmp(value, sampled.cpuid[i], sizeof(value)))
			continue;
		for (unsigned int reg = 0; reg < 4; reg++)
			value[reg] ^= sampled.cpuid[i][reg];
		complain(complaint, &compared[i], value);
		return TDX_INCONSISTENT_CPUID_FIELD;
	}
	return sameness_of_tsc();
}

uint64_t sameness_of_tsc(void)
{
	return cpu_msr(MSR_TSC_ADJUST) == sampled.tsc_adjust
		       ? TDX_SUCCESS
		       : TDX_INCONSISTENT_MSR | MSR_TSC_ADJUST;
}
