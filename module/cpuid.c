/* SPDX-License-Identifier: MIT */
#include "module/cpuid.h"

#include <string.h>

#include <tdx/status.h>

#include "lib/bits.h"
#include "module/topology.h"

#define MAX_BASE_LEAF	  0x23
#define MAX_EXTENDED_LEAF 0x80000008
#define ANY		  CPUID_NO_SUBLEAF

#define CPUID_VE_AT_SUPERVISOR bit(0)
#define CPUID_VE_AT_USER       bit(1)

/* Intel SDM, CPUID leaf 2: "see leaf 4", "see leaf 0x18", 64-byte prefetch. */
#define LEAF2_EAX UINT32_C(0x00feff01)
#define LEAF2_EBX UINT32_C(0x000000f0)

/* MCE MTRR MCA: without a #VE for their MSRs there is nothing behind them. */
#define LEAF1_EDX_PARAVIRTUAL (UINT32_C(1) << 7 | UINT32_C(1) << 12 | UINT32_C(1) << 14)

#define CR4_OSXSAVE bit(18)
#define CR4_PKE	    bit(22)

#define LEAF1_ECX_OSXSAVE    (UINT32_C(1) << 27)
#define LEAF7_EBX_HLE	     (UINT32_C(1) << 4)
#define LEAF7_EBX_RTM	     (UINT32_C(1) << 11)
#define LEAF7_ECX_OSPKE	     (UINT32_C(1) << 4)
#define LEAFD1_EAX_COMPACTED (UINT32_C(1) << 1 | UINT32_C(1) << 3) /* XSAVEC, XSAVES */
#define EXT1_EDX_SYSCALL     (UINT32_C(1) << 11)
#define XSTATE_GIVEN_TO_TDS                                                                        \
	(TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX | TDX_XFAM_AVX512 | TDX_XFAM_PKRU |            \
	 TDX_XFAM_AMX)

struct cpuid_rule {
	uint32_t leaf, subleaf;
	uint32_t mask_0[4], mask_1[4], config[4], allow[4];
};

struct cpuid_mask {
	uint64_t components; /* of XFAM; none: always */
	uint32_t leaf, subleaf;
	uint32_t mask[4];
};

/* clang-format off */
#define R(a, b, c, d) { a, b, c, d }
/* clang-format on */
static const struct cpuid_rule rules[] = {
#define CPUID(leaf, subleaf, m0, m1, config, allow) { leaf, subleaf, m0, m1, config, allow },
#include "module/cpuid.def"
#undef CPUID
};
#undef R

static const struct cpuid_mask absent[] = {
#define CPUID_ABSENT(leaf, subleaf, a, b, c, d) { 0, leaf, subleaf, { a, b, c, d } },
#include "module/cpuid.def"
#undef CPUID_ABSENT
};

static const struct cpuid_mask xfam_masks[] = {
#define CPUID_XFAM(components, leaf, subleaf, a, b, c, d)                                          \
	{ components, leaf, subleaf, { a, b, c, d } },
#include "module/cpuid.def"
#undef CPUID_XFAM
};

#define ROWS ARRAY_SIZE(rules)

/* TDX Module ABI specification, CPUID_CONFIG: the order of TD_PARAMS.CPUID_VALUES. */
static const struct {
	uint32_t leaf, subleaf;
} configurable[CPUID_CONFIG_COUNT] = {
	{ 0x01, ANY }, { 0x04, 0 },   { 0x04, 1 },   { 0x04, 2 },	  { 0x04, 3 }, { 0x07, 0 },
	{ 0x07, 1 },   { 0x0a, ANY }, { 0x1c, ANY }, { 0x80000008, ANY }, { 0x07, 2 }, { 0x23, 0 },
};

/* TDCX page 1. */
struct tdcs_cpuid {
	uint32_t value[ROWS][4];
};

_Static_assert(sizeof(struct tdcs_cpuid) <= TDX_PAGE_SIZE, "one page");
_Static_assert(ROWS <= sizeof(((struct vcpu *)0)->cpuid_control), "one control byte a row");

/* What a TD has that configures nothing and may use everything. */
static uint32_t base_value[ROWS][4];

static struct tdcs_cpuid *table_of(const struct tdr *tdr)
{
	return phys_ptr(tdr->tdcx[TDCX_CPUID]);
}

/* The row's index, or ROWS. */
static unsigned int find_row(uint32_t leaf, uint32_t subleaf)
{
	unsigned int row = 0;

	while (row < ROWS && (rules[row].leaf != leaf ||
			      (rules[row].subleaf != subleaf && rules[row].subleaf != ANY)))
		row++;
	return row;
}

/* A leaf that this CPU does not have is zero, whatever the instruction would return. */
static void read_native(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	uint32_t max[4];

	cpu_cpuid(leaf & bit(31), 0, max);
	if (leaf <= max[0])
		cpu_cpuid(leaf, subleaf == ANY ? 0 : subleaf, out);
	else
		out[0] = out[1] = out[2] = out[3] = 0;
}

static void clear_masked(const struct cpuid_mask *m, uint32_t table[ROWS][4])
{
	uint32_t *value = table[find_row(m->leaf, m->subleaf)];

	for (unsigned int i = 0; i < 4; i++)
		value[i] &= ~m->mask[i];
}

void cpuid_init_module(void)
{
	for (unsigned int row = 0; row < ROWS; row++) {
		const struct cpuid_rule *r = &rules[row];
		uint32_t native[4];

		read_native(r->leaf, r->subleaf, native);
		for (unsigned int i = 0; i < 4; i++)
			base_value[row][i] = (native[i] & ~r->mask_0[i]) | r->mask_1[i];
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		clear_masked(&absent[i], base_value);
}

uint64_t cpuid_xfam_supported(void)
{
	uint64_t xfam =
		(cpu_xstate_supported() & XSTATE_GIVEN_TO_TDS) | TDX_XFAM_X87 | TDX_XFAM_SSE;

	if ((xfam & TDX_XFAM_AVX512) != TDX_XFAM_AVX512 || !(xfam & TDX_XFAM_AVX))
		xfam &= ~TDX_XFAM_AVX512;
	if ((xfam & TDX_XFAM_AMX) != TDX_XFAM_AMX)
		xfam &= ~TDX_XFAM_AMX;
	return xfam;
}

void cpuid_config_list(struct tdx_cpuid_config out[CPUID_CONFIG_COUNT])
{
	for (unsigned int i = 0; i < CPUID_CONFIG_COUNT; i++) {
		unsigned int row = find_row(configurable[i].leaf, configurable[i].subleaf);
		uint32_t mask[4] = { 0 };

		for (unsigned int reg = 0; reg < 4; reg++)
			mask[reg] = rules[row].config[reg] |
				    (rules[row].allow[reg] & base_value[row][reg]);
		out[i] = (struct tdx_cpuid_config){
			configurable[i].leaf,
			configurable[i].subleaf,
			mask[0],
			mask[1],
			mask[2],
			mask[3],
		};
	}
}

/*
 * TD_PARAMS may give family, model and stepping only as they are; 0 stands for that as well. HLE
 * and RTM come together.
 */
static bool is_possible(unsigned int row, const uint32_t wanted[4])
{
	const struct cpuid_rule *r = &rules[row];

	if (r->leaf == 1 && wanted[0] && wanted[0] != base_value[row][0])
		return false;
	if (r->leaf == 7 && r->subleaf == 0 &&
	    !(wanted[1] & LEAF7_EBX_HLE) != !(wanted[1] & LEAF7_EBX_RTM))
		return false;
	for (unsigned int i = 0; i < 4; i++)
		if (wanted[i] & ~(r->config[i] | r->allow[i]))
			return false;
	return true;
}

static void configure(unsigned int row, const uint32_t wanted[4], uint32_t value[4])
{
	const struct cpuid_rule *r = &rules[row];

	for (unsigned int i = 0; i < 4; i++) {
		value[i] &= ~r->allow[i] | wanted[i];
		if (r->leaf != 1 || i != 0)
			value[i] = (value[i] & ~r->config[i]) | (wanted[i] & r->config[i]);
	}
}

/* Row and wish of TD_PARAMS.CPUID_VALUES[i]. */
static unsigned int wish(const struct tdx_td_params *params, unsigned int i, uint32_t wanted[4])
{
	const struct tdx_cpuid_value *v = &params->cpuid_values[i];

	wanted[0] = v->eax;
	wanted[1] = v->ebx;
	wanted[2] = v->ecx;
	wanted[3] = v->edx;
	return find_row(configurable[i].leaf, configurable[i].subleaf);
}

static void fill_table(const struct tdx_td_params *params, uint32_t table[ROWS][4])
{
	uint32_t wanted[4];

	memcpy(table, base_value, sizeof(base_value));
	for (unsigned int i = 0; i < CPUID_CONFIG_COUNT; i++) {
		unsigned int row = wish(params, i, wanted);

		configure(row, wanted, table[row]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(xfam_masks); i++)
		if ((xfam_masks[i].components & params->xfam) != xfam_masks[i].components)
			clear_masked(&xfam_masks[i], table);
	table[find_row(0x15, 0)][1] = params->tsc_frequency;
	table[find_row(0x0d, 0)][2] = cpu_xsave_size(params->xfam, false);
}

uint64_t cpuid_init_td(struct tdr *tdr, const struct tdx_td_params *params, uint64_t *bad_leaf)
{
	uint32_t wanted[4];

	*bad_leaf = 0;
	for (unsigned int i = 0; i < CPUID_CONFIG_COUNT; i++) {
		if (is_possible(wish(params, i, wanted), wanted))
			continue;
		*bad_leaf = make64(configurable[i].subleaf, configurable[i].leaf);
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_CPUID_CONFIG);
	}
	fill_table(params, table_of(tdr)->value);
	return TDX_SUCCESS;
}

/* What changes while the TD runs. TDX Module ABI specification, "CPUID Virtualization". */
static void apply_vcpu(const struct vcpu *v, const struct tdr *tdr, unsigned int row,
		       uint32_t value[4])
{
	const struct tdcs *tdcs = td_control(tdr);
	uint64_t cr4 = cpu_vcpu_cr4(&v->cpu);

	switch (rules[row].leaf) {
	case 0x01:
		value[1] |= (topology_is_enumerated(tdcs) ? topology_id(tdr, v->index) : v->index)
			    << 24;
		if (td_ctls(tdcs) & TDX_TD_CTLS_REDUCE_VE)
			value[3] &= ~LEAF1_EDX_PARAVIRTUAL;
		if (cr4 & CR4_OSXSAVE)
			value[2] |= LEAF1_ECX_OSXSAVE;
		break;
	case 0x07:
		if (rules[row].subleaf == 0 && (cr4 & CR4_PKE))
			value[2] |= LEAF7_ECX_OSPKE;
		break;
	case 0x0d:
		if (rules[row].subleaf == 0)
			value[1] = cpu_xsave_size(v->cpu.xcr0, false);
		else if (rules[row].subleaf == 1 && (value[0] & LEAFD1_EAX_COMPACTED))
			value[1] = cpu_xsave_size(v->cpu.xcr0 | v->msrs.xss, true);
		break;
	case 0x80000001:
		if (cpu_vcpu_is_64bit(&v->cpu))
			value[3] |= EXT1_EDX_SYSCALL;
		break;
	default:
		break;
	}
}

/* The leaves in which a hypervisor tells of itself. */
static bool is_of_vmm(uint32_t leaf)
{
	return leaf >= 0x40000000 && leaf <= 0x4fffffff;
}

static uint32_t reduce(uint32_t leaf)
{
	if (is_of_vmm(leaf))
		return leaf;
	if ((leaf > MAX_BASE_LEAF && leaf < 0x80000000) || leaf > MAX_EXTENDED_LEAF)
		return MAX_BASE_LEAF;
	return leaf;
}

static bool guest_wants_ve(const struct vcpu *v, unsigned int row)
{
	bool supervisor = cpu_vcpu_cpl(&v->cpu) == 0;

	if (supervisor ? v->cpuid_supervisor_ve : v->cpuid_user_ve)
		return true;
	return row < ROWS &&
	       v->cpuid_control[row] & (supervisor ? CPUID_VE_AT_SUPERVISOR : CPUID_VE_AT_USER);
}

/*
 * What has no row is a #VE, unless TD_CTLS asks for fewer of them. TDX Module Base specification,
 * "Reduced #VE".
 */
static bool execute_unlisted(const struct vcpu *v, const struct tdr *tdr, uint32_t leaf,
			     uint32_t subleaf, struct tdx_cpuid_value *value)
{
	const struct tdcs *tdcs = td_control(tdr);
	bool reduced = td_ctls(tdcs) & TDX_TD_CTLS_REDUCE_VE;

	*value = (struct tdx_cpuid_value){ 0 };
	if (is_of_vmm(leaf))
		return false;
	switch (leaf) {
	case 0x02:
		*value = (struct tdx_cpuid_value){ .eax = LEAF2_EAX, .ebx = LEAF2_EBX };
		return reduced || (td_ctls(tdcs) & TDX_TD_CTLS_VIRT_CPUID2);
	case 0x0b:
	case 0x1f:
		if (!topology_is_enumerated(tdcs))
			return false;
		*value = topology_cpuid(tdr, v, subleaf);
		return true;
	default:
		return reduced;
	}
}

bool cpuid_execute(const struct vcpu *v, const struct tdr *tdr, uint32_t leaf, uint32_t subleaf,
		   struct tdx_cpuid_value *value)
{
	unsigned int row = find_row(reduce(leaf), subleaf);
	uint32_t out[4];

	if (guest_wants_ve(v, row))
		return false;
	if (row == ROWS)
		return execute_unlisted(v, tdr, reduce(leaf), subleaf, value);
	for (unsigned int i = 0; i < 4; i++)
		out[i] = table_of(tdr)->value[row][i];
	apply_vcpu(v, tdr, row, out);
	*value = (struct tdx_cpuid_value){ out[0], out[1], out[2], out[3] };
	return true;
}

bool cpuid_td_value(const struct tdr *tdr, uint32_t leaf, uint32_t subleaf,
		    struct tdx_cpuid_value *value)
{
	unsigned int row = find_row(leaf, subleaf);
	const uint32_t *v;

	if (row == ROWS)
		return false;
	v = table_of(tdr)->value[row];
	*value = (struct tdx_cpuid_value){ v[0], v[1], v[2], v[3] };
	return true;
}

bool cpuid_td_has(const struct tdr *tdr, uint32_t leaf, unsigned int reg, unsigned int number)
{
	unsigned int row = find_row(leaf, 0);

	return row < ROWS && (table_of(tdr)->value[row][reg] & bit(number));
}

unsigned int cpuid_row_count(void)
{
	return ROWS;
}

void cpuid_row(unsigned int row, uint32_t *leaf, uint32_t *subleaf)
{
	*leaf = rules[row].leaf;
	*subleaf = rules[row].subleaf;
}
