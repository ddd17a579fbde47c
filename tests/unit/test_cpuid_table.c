/* SPDX-License-Identifier: MIT */
/*
 * Every bit of CPUID, on a CPU that has all of them and on one that has none, as TD_PARAMS and XFAM
 * leave it: the TDX Module ABI's table, "CPUID Virtualization", as it is printed there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/cpuid.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define ANY	 CPUID_NO_SUBLEAF
#define ONES	 UINT32_MAX
#define NONE	 { 0 }
#define ALL	 { ONES, ONES, ONES, ONES }
/* clang-format on */
#define XFAM_ALL   UINT64_C(0x6dbe7)
#define LAST_LEAF  0x23
#define EXTENDED   UINT32_C(0x80000000)
#define HLE_OR_RTM (bit(4) | bit(11))

/* EAX EBX ECX EDX */
typedef uint32_t registers[4];

static const struct row {
	uint32_t leaf, subleaf;
	registers mask_0, mask_1, config, allow;
} rows[] = {
	/* clang-format off */
	{ 0, ANY, { 0xffffffdc }, { 0x23 }, NONE, NONE },
	{ 1, ANY, { 0xf000c000, 0xff0000ff, 0x8010060, 0x40120400 }, { 0, 0, 0x80000000, 0x200 },
	  { 0xfff3fff, 0xff0000 }, { 0, 0, 0x31044d88, 0xb8440000 } },
	{ 3, ANY, ALL, NONE, NONE, NONE },
	{ 4, 0, { 0x3c00, 0, 0, 4 }, NONE, { 0xffffc3ff, 0xfffff000, ONES, 0xfffffffb }, NONE },
	{ 4, 1, { 0x3c00, 0, 0, 4 }, NONE, { 0xffffc3ff, 0xfffff000, ONES, 0xfffffffb }, NONE },
	{ 4, 2, { 0x3c00, 0, 0, 4 }, NONE, { 0xffffc3ff, 0xfffff000, ONES, 0xfffffffb }, NONE },
	{ 4, 3, { 0x3c00, 0, 0, 0xfffffff8 }, NONE, { 0xffffc3ff, 0xfffff000, ONES, 7 }, NONE },
	{ 4, 4, ALL, NONE, NONE, NONE },
	{ 5, ANY, { 0xffff0000, 0xffff0000, 0xfffffffc }, NONE, NONE, NONE },
	{ 7, 0, { 0, 0x404006, 0x643e8010, 0x2298c3 }, NONE,
	  NONE, { 0, 0xdc2b9b18, 0x2417f65, 0x5411c } },
	{ 7, 1, { 0xffffe2cf, ONES, ONES, ONES }, NONE, NONE, { 0x1d30 } },
	{ 7, 2, { ONES, ONES, ONES, 0xffffffc0 }, NONE, NONE, { 0, 0, 0, 0x28 } },
	{ 8, ANY, ALL, NONE, NONE, NONE },
	{ 0xa, ANY, { 0, 0, 0, 0xffff6000 }, NONE, NONE, NONE },
	{ 0xd, 0, { 0xfff9fd18, ONES, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 1, { 0xffffffe0, ONES, 0xffff26ff, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x02, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x03, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x04, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x05, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x06, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x07, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x08, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x09, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0a, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0b, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0c, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0d, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0e, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x0f, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x10, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x11, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xd, 0x12, { 0, 0, 0, ONES }, NONE, NONE, NONE },
	{ 0xe, ANY, ALL, NONE, NONE, NONE },
	{ 0x11, ANY, ALL, NONE, NONE, NONE },
	{ 0x12, ANY, ALL, NONE, NONE, NONE },
	{ 0x13, ANY, ALL, NONE, NONE, NONE },
	{ 0x14, 0, { 0, 0xfffffe00, 0x7ffffff0, ONES }, NONE, NONE, NONE },
	{ 0x14, 1, { 0xfff8, 0, ONES, ONES }, NONE, NONE, NONE },
	{ 0x15, ANY, { 0xfffffffe, 0, 0xfe8287bf, ONES }, { 1, 0, 0x17d7840 }, NONE, NONE },
	{ 0x19, ANY, ALL, NONE, NONE, NONE },
	{ 0x1c, ANY, NONE, NONE, NONE, { 0xff } },
	{ 0x1d, 0, NONE, NONE, NONE, NONE },
	{ 0x1d, 1, NONE, NONE, NONE, NONE },
	{ 0x1e, ANY, NONE, NONE, NONE, NONE },
	{ 0x20, ANY, ALL, NONE, NONE, NONE },
	{ 0x21, 0, { ONES, 0x9a8b91b6, 0xdfdfdfdf, 0xa7bbab93 }, { 0, 0x65746e49, 0x20202020, 0x5844546c },
	  NONE, NONE },
	{ 0x22, ANY, ALL, NONE, NONE, NONE },
	{ 0x23, 0, { 0xfffffff0, 0, ONES, ONES }, NONE, NONE, { 0xf } },
	{ 0x23, 1, { 0, 0, ONES, ONES }, NONE, NONE, NONE },
	{ 0x23, 2, ALL, NONE, NONE, NONE },
	{ 0x23, 3, { 0, ONES, ONES, ONES }, NONE, NONE, NONE },
	{ 0x80000000, ANY, { 0x7ffffff7, ONES, ONES, ONES }, { 0x80000008 }, NONE, NONE },
	{ 0x80000001, ANY, { ONES, ONES, 0xfffffede, 0xd3efffff }, NONE, NONE, NONE },
	{ 0x80000007, ANY, { ONES, ONES, ONES, 0xfffffeff }, NONE, NONE, NONE },
	{ 0x80000008, ANY, { 0xffff0000, 0xfffffdff, ONES, ONES }, NONE, NONE, { 0, 0x200 } },
	/* clang-format on */
};

/* Bits that go with any of these components of XFAM. */
static const struct {
	uint64_t components;
	uint32_t leaf, subleaf;
	registers mask;
} xfam_masks[] = {
	/* clang-format off */
	{ TDX_XFAM_AVX, 1, ANY, { 0, 0, 0x30001000 } },
	{ TDX_XFAM_AVX, 7, 0, { 0, 0x20, 0x600 } },
	{ TDX_XFAM_AVX512, 7, 0, { 0, 0xdc230000, 0x5842, 0x80010c } },
	{ TDX_XFAM_PT, 7, 0, { 0, 0x2000000 } },
	{ TDX_XFAM_PKRU, 7, 0, { 0, 0, 8 } },
	{ TDX_XFAM_CET, 7, 0, { 0, 0, 0x80, 0x100000 } },
	{ TDX_XFAM_ULI, 7, 0, { 0, 0, 0, 0x20 } },
	{ TDX_XFAM_LBR, 7, 0, { 0, 0, 0, 0x80000 } },
	{ TDX_XFAM_AMX, 7, 0, { 0, 0, 0, 0x3400000 } },
	{ TDX_XFAM_AVX512, 7, 1, { 0x30 } },
	{ TDX_XFAM_AVX, 0xd, 0, { 4 } },
	{ TDX_XFAM_AVX512, 0xd, 0, { 0xe0 } },
	{ TDX_XFAM_PKRU, 0xd, 0, { 0x200 } },
	{ TDX_XFAM_AMX, 0xd, 0, { 0x60000 } },
	{ TDX_XFAM_PT, 0xd, 1, { 0, 0, 0x100 } },
	{ TDX_XFAM_CET, 0xd, 1, { 0, 0, 0x1800 } },
	{ TDX_XFAM_ULI, 0xd, 1, { 0, 0, 0x4000 } },
	{ TDX_XFAM_LBR, 0xd, 1, { 0, 0, 0x8000 } },
	{ TDX_XFAM_PT, 0x14, 0, ALL }, { TDX_XFAM_PT, 0x14, 1, ALL }, { TDX_XFAM_LBR, 0x1c, ANY, ALL },
	{ TDX_XFAM_AMX, 0x1d, 0, ALL }, { TDX_XFAM_AMX, 0x1d, 1, ALL },
	/* clang-format on */
};

/* Where this module differs, module/cpuid.def: these bits are these, whatever the CPU has and
 * TD_PARAMS say. */
static const struct {
	uint32_t leaf, subleaf;
	registers mask, value;
} differences[] = {
	/* clang-format off */
	{ 0, ANY, { 0, ONES, ONES, ONES }, { 0, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ 1, ANY, { ONES, 0, 0x0024cd9c, 0xa0600000 }, { 0x806f8, 0, 0x00200000, 0 } },
	{ 5, ANY, ALL, { 0 } },
	{ 7, 0, { ONES, 0x02009810, 0x81812020, 0x640c8020 }, { 2, 0, 0, 0x24000000 } },
	{ 7, 1, { 0x100 }, { 0 } },
	{ 7, 2, { 0, 0, 0, 0x10 }, { 0, 0, 0, 0x10 } },
	{ 0xa, ANY, ALL, { 0 } },
	{ 0xd, 1, { 0x10 }, { 0 } },
	{ 0x14, 0, ALL, { 0 } }, { 0x14, 1, ALL, { 0 } }, { 0x1c, ANY, ALL, { 0 } },
	{ 0x23, 0, ALL, { 0 } }, { 0x23, 1, ALL, { 0 } }, { 0x23, 3, ALL, { 0 } },
	{ 0x80000007, ANY, { 0, 0, 0, 0x100 }, { 0, 0, 0, 0x100 } },
	{ 0x80000008, ANY, { ONES }, { 0x3030 } },
	/* clang-format on */
};

/* Registers that are computed: the sizes of XSAVE areas, the TSC's frequency. */
static const struct {
	uint32_t leaf, subleaf;
	unsigned int reg;
} computed[] = { { 0xd, 0, 1 }, { 0xd, 0, 2 }, { 0xd, 1, 1 }, { 0x15, ANY, 1 } };

static const struct {
	uint32_t leaf, subleaf;
} configurable[CPUID_CONFIG_COUNT] = {
	{ 1, ANY }, { 4, 0 },	 { 4, 1 },     { 4, 2 },      { 4, 3 },
	{ 7, 0 },   { 7, 1 },	 { 0xa, ANY }, { 0x1c, ANY }, { 0x80000008, ANY },
	{ 7, 2 },   { 0x23, 0 },
};

static struct test_td td;
static struct guest g;
static bool native; /* of all bits */

static void use_cpu(bool has_all)
{
	const uint32_t value[2][4] = { { 0 }, ALL };
	uint32_t last = ONES;

	native = has_all;
	fake_cpuid_reset();
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].leaf != last)
			fake_cpu_set_cpuid(last = rows[i].leaf, ANY, value[has_all]);
	cpuid_init_module();
}

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	g = td_guest(&td, 0);
	return 0;
}

static int teardown(void **state)
{
	machine_bring_up();
	return 0;
}

static bool is_row(const struct row *row, uint32_t leaf, uint32_t subleaf)
{
	return row->leaf == leaf && row->subleaf == subleaf;
}

static bool is_computed(const struct row *row, unsigned int reg)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(computed); i++)
		if (is_row(row, computed[i].leaf, computed[i].subleaf) && computed[i].reg == reg)
			return true;
	return false;
}

static uint32_t without_xfam(const struct row *row, unsigned int reg, uint64_t xfam, uint32_t value)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(xfam_masks); i++)
		if (is_row(row, xfam_masks[i].leaf, xfam_masks[i].subleaf) &&
		    (xfam & xfam_masks[i].components) != xfam_masks[i].components)
			value &= ~xfam_masks[i].mask[reg];
	if (row->leaf == 0xd && row->subleaf >= 2 && !(xfam & bit(row->subleaf)))
		return 0;
	return value;
}

/* Where TD_PARAMS want these bits. */
static uint32_t expected(const struct row *row, unsigned int reg, uint64_t xfam, uint32_t wanted)
{
	uint32_t value = ((native ? ONES : 0) & ~row->mask_0[reg]) | row->mask_1[reg];

	value &= ~row->allow[reg] | wanted;
	value = (value & ~row->config[reg]) | (wanted & row->config[reg]);
	value = without_xfam(row, reg, xfam, value);
	for (unsigned int i = 0; i < ARRAY_SIZE(differences); i++)
		if (is_row(row, differences[i].leaf, differences[i].subleaf))
			value = (value & ~differences[i].mask[reg]) | differences[i].value[reg];
	return value;
}

static uint32_t reg_of(const struct tdx_cpuid_value *value, unsigned int reg)
{
	const registers all = { value->eax, value->ebx, value->ecx, value->edx };

	return all[reg];
}

static uint32_t answer(const struct row *row, unsigned int reg)
{
	struct tdx_cpuid_value value;

	assert_true(cpuid_execute(g.vcpu, g.tdr, row->leaf, row->subleaf == ANY ? 0 : row->subleaf,
				  &value));
	return reg_of(&value, reg);
}

static void configure(const struct tdx_td_params *params)
{
	uint64_t bad;

	assert_int_equal(cpuid_init_td(g.tdr, params, &bad), TDX_SUCCESS);
}

static void assert_answer(const struct row *row, unsigned int reg, uint64_t xfam, uint32_t wanted)
{
	uint32_t value = answer(row, reg), right = expected(row, reg, xfam, wanted);

	if (value != right && !is_computed(row, reg))
		fail_msg("leaf %#x.%#x, register %u, XFAM %#llx, native %d, configured %#x: %#x "
			 "and not %#x",
			 row->leaf, row->subleaf, reg, (unsigned long long)xfam, native, wanted,
			 value, right);
}

static void assert_all(const struct tdx_td_params *params)
{
	configure(params);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned int reg = 0; reg < 4; reg++)
			assert_answer(&rows[i], reg, params->xfam, 0);
}

/* Nothing configured; all of XFAM, and all but one of its components. */
static void test_each_row(void **state)
{
	struct tdx_td_params params = test_td_params();

	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		use_cpu(cpu);
		params.xfam = XFAM_ALL;
		assert_all(&params);
		for (unsigned int i = 2; i < 19; i++) {
			params.xfam = XFAM_ALL & ~bit(i);
			assert_all(&params);
		}
	}
}

static const struct row *configured_row(unsigned int i)
{
	const struct row *row = rows;

	while (!is_row(row, configurable[i].leaf, configurable[i].subleaf))
		row++;
	return row;
}

static uint32_t *params_reg(struct tdx_td_params *params, unsigned int i, unsigned int reg)
{
	struct tdx_cpuid_value *v = &params->cpuid_values[i];
	uint32_t *const all[4] = { &v->eax, &v->ebx, &v->ecx, &v->edx };

	return all[reg];
}

/* Family, model and stepping cannot be made of one bit. */
static bool is_possible(const struct row *row, unsigned int reg, uint32_t wanted)
{
	if (row->leaf == 1 && reg == 0)
		return false;
	return !(wanted & ~(row->config[reg] | row->allow[reg]));
}

static void configure_bit(unsigned int i, unsigned int reg, unsigned int b, uint64_t xfam)
{
	const struct row *row = configured_row(i);
	struct tdx_td_params params = test_td_params();
	uint32_t wanted = UINT32_C(1) << b;
	uint64_t bad = 0;

	if (row->leaf == 7 && row->subleaf == 0 && reg == 1 && (wanted & HLE_OR_RTM))
		wanted = HLE_OR_RTM;
	params.xfam = xfam;
	*params_reg(&params, i, reg) = wanted;
	if (is_possible(row, reg, wanted)) {
		configure(&params);
		assert_answer(row, reg, xfam, wanted);
		return;
	}
	assert_int_equal(cpuid_init_td(g.tdr, &params, &bad), INVALID(CPUID_CONFIG));
	assert_int_equal(bad, make64(row->subleaf, row->leaf));
}

/* Each bit that TD_PARAMS have, alone. */
static void test_each_configured_bit(void **state)
{
	const uint64_t xfams[] = { XFAM_ALL, TDX_XFAM_X87 | TDX_XFAM_SSE };

	for (unsigned int n = 0; n < 2 * ARRAY_SIZE(xfams); n++) {
		use_cpu(n & 1);
		for (unsigned int i = 0; i < CPUID_CONFIG_COUNT; i++)
			for (unsigned int b = 0; b < 128; b++)
				configure_bit(i, b / 32, b % 32, xfams[n / 2]);
	}
}

/* TDX Module ABI, TD_PARAMS: both or neither. */
static void test_hle_without_rtm(void **state)
{
	struct tdx_td_params params = test_td_params();
	uint64_t bad;

	for (unsigned int b = 4; b <= 11; b += 7) {
		*params_reg(&params, 5, 1) = UINT32_C(1) << b;
		assert_int_equal(cpuid_init_td(g.tdr, &params, &bad), INVALID(CPUID_CONFIG));
		assert_int_equal(bad, 7);
	}
}

static bool is_listed(uint32_t leaf, uint32_t subleaf)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].leaf == leaf && (rows[i].subleaf == ANY || rows[i].subleaf == subleaf))
			return true;
	return false;
}

/* Whatever the CPU has in them. */
static void test_all_else_is_a_ve(void **state)
{
	const uint32_t first[] = { 0, 0x40000000, EXTENDED };
	const uint32_t last[] = { LAST_LEAF, 0x40000010, EXTENDED + 8 };
	struct tdx_cpuid_value value;

	use_cpu(true);
	for (unsigned int range = 0; range < ARRAY_SIZE(first); range++)
		for (uint32_t leaf = first[range]; leaf <= last[range]; leaf++)
			for (uint32_t subleaf = 0; subleaf < 0x40; subleaf++)
				assert_int_equal(
					cpuid_execute(g.vcpu, g.tdr, leaf, subleaf, &value),
					is_listed(leaf, subleaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_row, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_configured_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hle_without_rtm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_else_is_a_ve, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
