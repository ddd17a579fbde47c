/* SPDX-License-Identifier: MIT */
/*
 * Every MSR, read and written in a TD that has none of the features that some depend on, and in one
 * that has all of them: the TDX Module ABI's table, "MSR Virtualization", in another form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/cpuid.h"
#include "module/msr.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

/* The features; NEVER is one that no TD has. */
enum feature {
	ALWAYS,
	PERFMON,
	WAITPKG,
	AMX,
	PT,
	CET,
	PKS,
	ULI,
	LBR,
	DCA,
	PCONFIG,
	DEADLINE,
	TME,
	NEVER
};

/*
 * N  native or emulated: never a #VE, and #GP where the CPU lacks it or refuses the value
 * S  as N, but some values are a #VE
 * G  #GP	V  #VE
 */
static const struct msr_class {
	uint32_t first, last;
	char read, write;     /* with the feature */
	enum feature feature; /* without it, both are #GP */
} classes[] = {
	/* clang-format off */
	{ 0x10, 0x10, 'N', 'V', ALWAYS },      { 0x48, 0x49, 'N', 'N', ALWAYS },
	{ 0x87, 0x87, 'V', 'V', PCONFIG },     { 0x8c, 0x8f, 'G', 'G', ALWAYS },
	{ 0x98, 0x9b, 'G', 'G', ALWAYS },      { 0x9e, 0x9e, 'G', 'G', ALWAYS },
	{ 0xbc, 0xbc, 'N', 'V', ALWAYS },      { 0xbd, 0xbd, 'N', 'N', ALWAYS },
	{ 0xc1, 0xc8, 'N', 'N', PERFMON },     { 0xe1, 0xe1, 'N', 'N', WAITPKG },
	{ 0x10a, 0x10b, 'N', 'N', ALWAYS },    { 0x122, 0x122, 'N', 'N', NEVER },
	{ 0x174, 0x176, 'N', 'N', ALWAYS },    { 0x186, 0x18d, 'N', 'N', PERFMON },
	{ 0x195, 0x195, 'G', 'G', ALWAYS },    { 0x1a0, 0x1a0, 'N', 'V', ALWAYS },
	{ 0x1a6, 0x1a7, 'N', 'N', PERFMON },   { 0x1c4, 0x1c5, 'N', 'N', AMX },
	{ 0x1d9, 0x1d9, 'N', 'S', ALWAYS },    { 0x1f8, 0x1fa, 'V', 'V', DCA },
	{ 0x276, 0x276, 'G', 'G', ALWAYS },    { 0x277, 0x277, 'N', 'N', ALWAYS },
	{ 0x309, 0x310, 'N', 'N', PERFMON },   { 0x329, 0x329, 'N', 'N', ALWAYS },
	{ 0x345, 0x345, 'N', 'N', ALWAYS },    { 0x38d, 0x392, 'N', 'N', PERFMON },
	{ 0x3f1, 0x3f2, 'N', 'N', PERFMON },   { 0x3f6, 0x3f7, 'N', 'N', PERFMON },
	{ 0x480, 0x480, 'N', 'G', ALWAYS },    { 0x481, 0x484, 'V', 'G', ALWAYS },
	{ 0x485, 0x489, 'N', 'G', ALWAYS },    { 0x48a, 0x48a, 'V', 'G', ALWAYS },
	{ 0x48b, 0x492, 'N', 'G', ALWAYS },    { 0x4c1, 0x4c8, 'N', 'N', PERFMON },
	{ 0x500, 0x500, 'G', 'G', ALWAYS },    { 0x560, 0x561, 'N', 'N', PT },
	{ 0x570, 0x572, 'N', 'N', PT },        { 0x580, 0x587, 'N', 'N', PT },
	{ 0x600, 0x600, 'N', 'N', ALWAYS },    { 0x6a0, 0x6a0, 'N', 'N', CET },
	{ 0x6a2, 0x6a2, 'N', 'N', CET },       { 0x6a4, 0x6a8, 'N', 'N', CET },
	{ 0x6e0, 0x6e0, 'V', 'V', DEADLINE },  { 0x6e1, 0x6e1, 'N', 'N', PKS },
	{ 0x800, 0x801, 'G', 'G', ALWAYS },    { 0x804, 0x807, 'G', 'G', ALWAYS },
	{ 0x808, 0x80c, 'N', 'N', ALWAYS },    { 0x80e, 0x80e, 'G', 'G', ALWAYS },
	{ 0x810, 0x827, 'N', 'N', ALWAYS },    { 0x829, 0x82e, 'G', 'G', ALWAYS },
	{ 0x831, 0x831, 'G', 'G', ALWAYS },    { 0x83f, 0x83f, 'N', 'N', ALWAYS },
	{ 0x840, 0x8ff, 'G', 'G', ALWAYS },    { 0x981, 0x984, 'V', 'V', TME },
	{ 0x985, 0x98a, 'N', 'N', ULI },       { 0xc80, 0xc80, 'N', 'V', ALWAYS },
	{ 0xd90, 0xd90, 'G', 'G', ALWAYS },    { 0xd93, 0xd93, 'G', 'G', ALWAYS },
	{ 0xda0, 0xda0, 'N', 'N', ALWAYS },    { 0x1200, 0x12ff, 'N', 'N', LBR },
	{ 0x14ce, 0x14cf, 'N', 'N', LBR },     { 0x1500, 0x16ff, 'N', 'N', LBR },
	{ 0x1b01, 0x1b01, 'N', 'N', ALWAYS },  { 0xc0000080, 0xc0000080, 'N', 'S', ALWAYS },
	{ 0xc0000081, 0xc0000082, 'N', 'N', ALWAYS }, { 0xc0000084, 0xc0000084, 'N', 'N', ALWAYS },
	{ 0xc0000100, 0xc0000103, 'N', 'N', ALWAYS },
	/* clang-format on */
};

static struct test_td td;

static bool cpuid_bit(uint32_t leaf, unsigned int reg, unsigned int b)
{
	struct tdx_cpuid_value value;
	uint32_t registers[4];

	assert_true(cpuid_td_value(test_tdr(&td), leaf, 0, &value));
	registers[0] = value.eax;
	registers[1] = value.ebx;
	registers[2] = value.ecx;
	registers[3] = value.edx;
	return registers[reg] >> b & 1;
}

static bool has(enum feature feature, bool all)
{
	switch (feature) {
	case ALWAYS:
		return true;
	case NEVER:
		return false;
	case WAITPKG:
		return cpuid_bit(7, 2, 5);
	case DCA:
		return cpuid_bit(1, 2, 18);
	case PCONFIG:
		return cpuid_bit(7, 3, 18);
	case DEADLINE:
		return cpuid_bit(1, 2, 24);
	case TME:
		return cpuid_bit(7, 2, 13);
	case PERFMON:
	case AMX:
	case PT:
	case CET:
	case PKS:
	case ULI:
	case LBR:
		break;
	}
	return all;
}

static struct msr_class class_of(uint32_t msr, bool all)
{
	static const struct msr_class unlisted = { 0, 0, 'V', 'V', ALWAYS };
	static const struct msr_class refused = { 0, 0, 'G', 'G', ALWAYS };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].first <= msr && msr <= classes[i].last)
			return has(classes[i].feature, all) ? classes[i] : refused;
	}
	return unlisted;
}

static void check(uint32_t msr, const char *how, char wanted, enum msr_result result)
{
	bool good = wanted == 'S';

	if (wanted == 'N')
		good = result != MSR_VE;
	else if (wanted == 'G')
		good = result == MSR_GP;
	else if (wanted == 'V')
		good = result == MSR_VE;
	if (!good)
		fail_msg("%s of MSR %x: %u, not %c", how, msr, result, wanted);
}

static void walk(uint32_t first, uint32_t last, bool all)
{
	struct guest g = td_guest(&td, 0);

	for (uint32_t msr = first; msr <= last; msr++) {
		struct msr_class class = class_of(msr, all);
		uint64_t value;

		check(msr, "RDMSR", class.read, msr_read(&g, msr, &value));
		check(msr, "WRMSR", class.write, msr_write(&g, msr, 0));
		check(msr, "WRMSR", class.write, msr_write(&g, msr, UINT64_MAX));
	}
}

static void walk_all(bool all)
{
	walk(0, 0x2fff, all);
	walk(0x40000000, 0x400000ff, all);
	walk(0x4b564d00, 0x4b564dff, all);
	walk(0xbffffff0, 0xc0002fff, all);
	walk(0xc0010000, 0xc00101ff, all);
}

static void test_td_without_features(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	walk_all(false);
}

static void test_td_with_all_features(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	test_tdcs(&td)->attributes |= TDX_ATTR_PERFMON | TDX_ATTR_PKS;
	test_tdcs(&td)->xfam = UINT64_MAX;
	walk_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_td_without_features),
		cmocka_unit_test(test_td_with_all_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
