/* SPDX-License-Identifier: MIT */
/* CPUID and MSRs of the fake CPU: an unremarkable x86-64 with AVX2 and PKRU, unless a test says
 * otherwise. Intel SDM, "CPUID". */
#include <string.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "lib/check.h"

#define MAX_OVERRIDES	32
#define NO_SUBLEAF	UINT32_MAX
#define MSR_TSC_ADJUST	0x3b
#define MSR_MISC_ENABLE 0x1a0
#define XSTATE		(bit(0) | bit(1) | bit(2) | bit(9)) /* x87 SSE AVX PKRU */

struct leaf {
	uint32_t leaf, subleaf;
	uint32_t value[4]; /* EAX EBX ECX EDX */
};

static const struct leaf leaves[] = {
	{ 0x0, NO_SUBLEAF, { 0x1f, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ 0x1, NO_SUBLEAF, { 0x000806f8, 0x00010800, 0x7ffafbff, 0xbfebfbff } },
	{ 0x2, NO_SUBLEAF, { 0x00feff01, 0xf0, 0, 0 } },
	{ 0x4, 0, { 0x121, 0x01c0003f, 63, 0 } },
	{ 0x4, 1, { 0x122, 0x01c0003f, 63, 0 } },
	{ 0x4, 2, { 0x143, 0x03c0003f, 2047, 0 } },
	{ 0x4, 3, { 0x163, 0x02c0003f, 65535, 4 } },
	{ 0x6, NO_SUBLEAF, { 4, 0, 0, 0 } },
	{ 0x7, 0, { 2, 0x219c07ab, 0x1a40061c, 0xac004410 } },
	{ 0x7, 1, { 0x00001c30, 0, 0, 0 } },
	{ 0x7, 2, { 0, 0, 0, 0x17 } },
	{ 0xb, 0, { 0, 1, 0x100, 0 } },
	{ 0xb, 1, { 0, 1, 0x201, 0 } },
	{ 0xd, 0, { 0x207, 0x340, 0xa88, 0 } },
	{ 0xd, 1, { 0xf, 0x340, 0, 0 } },
	{ 0xd, 2, { 0x100, 0x240, 0, 0 } },
	{ 0xd, 9, { 8, 0xa80, 0, 0 } },
	{ 0x15, NO_SUBLEAF, { 2, 160, 25000000, 0 } },
	{ 0x16, NO_SUBLEAF, { 2000, 3000, 100, 0 } },
	{ 0x80000000, NO_SUBLEAF, { 0x80000008, 0, 0, 0 } },
	{ 0x80000001, NO_SUBLEAF, { 0, 0, 0x121, 0x2c100800 } },
	{ 0x80000002, NO_SUBLEAF, { 0x656b6146, 0x55504320, 0, 0 } },
	{ 0x80000006, NO_SUBLEAF, { 0, 0, 0x08008040, 0 } },
	{ 0x80000007, NO_SUBLEAF, { 0, 0, 0, 0x100 } },
	{ 0x80000008, NO_SUBLEAF, { 0x3930, 0x200, 0, 0 } },
};

static const uint32_t msrs[] = {
	0x10,	    0x174,	0x175,	    0x176,	0x277,	    0xc0000080, 0xc0000081,
	0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
};

static struct leaf overrides[MAX_OVERRIDES];
static size_t override_count;
static uint64_t machine_msrs[2];	 /* TSC_ADJUST, MISC_ENABLE */
static uint8_t passed[ARRAY_SIZE(msrs)]; /* bit 0 read, bit 1 write */

void fake_cpuid_reset(void)
{
	override_count = 0;
	memset(machine_msrs, 0, sizeof(machine_msrs));
	memset(passed, 0, sizeof(passed));
}

void fake_cpu_set_cpuid(uint32_t leaf, uint32_t subleaf, const uint32_t value[4])
{
	struct leaf *l = &overrides[override_count];

	CHECK(override_count < MAX_OVERRIDES);
	*l = (struct leaf){ .leaf = leaf, .subleaf = subleaf };
	memcpy(l->value, value, sizeof(l->value));
	override_count++;
}

static const struct leaf *find(const struct leaf *table, size_t count, uint32_t leaf,
			       uint32_t subleaf)
{
	while (count-- > 0) {
		if (table[count].leaf == leaf &&
		    (table[count].subleaf == NO_SUBLEAF || table[count].subleaf == subleaf))
			return &table[count];
	}
	return NULL;
}

void cpu_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	const struct leaf *l = find(overrides, override_count, leaf, subleaf);

	if (!l)
		l = find(leaves, ARRAY_SIZE(leaves), leaf, subleaf);
	if (l)
		memcpy(out, l->value, sizeof(l->value));
	else
		memset(out, 0, sizeof(l->value));
}

static size_t msr_index(uint32_t msr)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(msrs) && msrs[i] != msr)
		i++;
	return i;
}

bool cpu_msr_has(uint32_t msr)
{
	return msr_index(msr) < ARRAY_SIZE(msrs);
}

void cpu_msr_pass_through(uint32_t msr, bool read, bool write)
{
	CHECK(cpu_msr_has(msr));
	passed[msr_index(msr)] = (uint8_t)(read | write << 1);
}

bool fake_cpu_passes_msr(uint32_t msr, bool write)
{
	return cpu_msr_has(msr) && (passed[msr_index(msr)] >> write & 1);
}

static uint64_t *machine_msr(uint32_t msr)
{
	CHECK(msr == MSR_TSC_ADJUST || msr == MSR_MISC_ENABLE);
	return &machine_msrs[msr == MSR_MISC_ENABLE];
}

void fake_cpu_set_msr(uint32_t msr, uint64_t value)
{
	*machine_msr(msr) = value;
}

uint64_t cpu_msr(uint32_t msr)
{
	return *machine_msr(msr);
}

uint64_t cpu_xstate_supported(void)
{
	return XSTATE;
}

uint64_t cpu_cr4_supported(void)
{
	/* VME to OSXMMEXCPT, UMIP, FSGSBASE, PCIDE, OSXSAVE, SMEP, SMAP, PKE */
	return UINT64_C(0x770fff);
}

uint32_t cpu_xsave_size(uint64_t components, bool compacted)
{
	uint32_t size = 576;

	for (unsigned int i = 2; i < 63; i++) {
		uint32_t leaf[4];

		if (!(components & XSTATE & bit(i)))
			continue;
		cpu_cpuid(0xd, i, leaf);
		if (compacted)
			size += leaf[0];
		else if (leaf[0] + leaf[1] > size)
			size = leaf[0] + leaf[1];
	}
	return size;
}
