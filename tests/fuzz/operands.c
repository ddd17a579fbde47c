/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/operands.h"

#include <string.h>

#include <tdx/field.h>
#include <tdx/leaf.h>

#include "lib/bits.h"
#include "module/page.h"
#include "module/platform.h"
#include "tests/fuzz/worlds.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_builder.h"

#define RAW	   0xff
#define ODD	   0xf0 /* to 0xfe */
#define POOL_PAGES 256	/* of block 0 of TDMR 0 */
#define RCX	   (1 << TDX_RCX)
#define RDX	   (1 << TDX_RDX)
#define R8	   (1 << TDX_R8)
#define R9	   (1 << TDX_R9)
#define R10	   (1 << TDX_R10)
#define R11	   (1 << TDX_R11)

static const struct leaf_operands seamcalls[] = {
#define SEAM(leaf, outputs, a, b, c, d)                                                            \
	{ leaf, outputs, { OPERAND_##a, OPERAND_##b, OPERAND_##c, OPERAND_##d } },
#include "tests/fuzz/operands.def"
#undef SEAM
};

static const struct leaf_operands tdcalls[] = {
#define GUEST(leaf, outputs, a, b, c, d)                                                           \
	{ leaf, outputs, { OPERAND_##a, OPERAND_##b, OPERAND_##c, OPERAND_##d } },
#include "tests/fuzz/operands.def"
#undef GUEST
};

static const struct leaf_operands unknown = {
	.outputs = RCX | RDX | R8 | R9 | R10 | R11,
	.kinds = { OPERAND_VALUE, OPERAND_VALUE, OPERAND_VALUE, OPERAND_VALUE },
};

static const struct leaf_operands *find(const struct leaf_operands *rows, size_t count,
					unsigned int leaf)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].leaf == leaf)
			return &rows[i];
	}
	return &unknown;
}

const struct leaf_operands *seamcall_operands(unsigned int leaf)
{
	return find(seamcalls, ARRAY_SIZE(seamcalls), leaf);
}

const struct leaf_operands *tdcall_operands(unsigned int leaf)
{
	return find(tdcalls, ARRAY_SIZE(tdcalls), leaf);
}

uint8_t input_byte(struct input *in)
{
	return in->next < in->end ? *in->next++ : 0;
}

uint64_t input_word(struct input *in)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++)
		value |= (uint64_t)input_byte(in) << 8 * i;
	return value;
}

static uint64_t junk(unsigned int reg)
{
	return UINT64_C(0x1badf00d00000000) | reg * UINT64_C(0x01010101);
}

/* Addresses that a leaf should not like, and values that are wrong for anything. */
static uint64_t odd(uint8_t b)
{
	const uint64_t values[] = {
		0,
		OUTSIDE_BASE,
		LOW_BASE,
		LOW_BASE + LOW_USABLE - PAGE_SIZE,
		LOW_BASE + LOW_USABLE,
		LOW_BASE + SIZE_1G - PAGE_SIZE,
		HIGH_BASE,
		LOW_BASE | 1,
		LOW_BASE | 0x800,
		LOW_BASE | bit(PLATFORM_HKID_SHIFT),
		LOW_BASE | (uint64_t)TEST_HKID << PLATFORM_HKID_SHIFT,
		bit(PLATFORM_MAXPA - 1),
		bit(PLATFORM_MAXPA),
		bit(63),
		UINT64_MAX,
	};

	return values[b - ODD];
}

static bool is_nda(struct hpa pa)
{
	const struct pamt_entry *entries =
		machine_memory(machine_page_number(hpa(LOW_BASE + LOW_USABLE)));

	return entries[(pa.pa - LOW_BASE) / PAGE_SIZE].type == TDX_PAGE_NDA;
}

/* From there on the next one that is free. */
static uint64_t free_page(uint8_t b)
{
	for (unsigned int i = 0; i < POOL_PAGES; i++) {
		struct hpa pa = hpa(LOW_BASE + (b + i) % POOL_PAGES * PAGE_SIZE);

		if (is_nda(pa))
			return pa.pa;
	}
	return LOW_BASE;
}

static uint64_t block(uint8_t b)
{
	static const uint64_t blocks[] = { LOW_BASE + 2 * SIZE_2M, HIGH_BASE, LOW_BASE + SIZE_2M,
					   LOW_BASE };

	return blocks[b % ARRAY_SIZE(blocks)];
}

static uint64_t page(uint8_t b, unsigned int level)
{
	if (b >= 0xe0)
		return LOW_BASE + (b & 0xf) * PAGE_SIZE;
	return level == TDX_LEVEL_4K ? free_page(b) : block(b);
}

static uint64_t nth_page(const struct inventory *inv, const uint16_t *numbers, size_t count,
			 uint8_t b)
{
	if (count == 0 || (b & 0xe0) == 0xe0)
		return LOW_BASE + (b & 0x1f) * PAGE_SIZE;
	return inv->pages[numbers[b % count]].pa.pa;
}

static uint64_t used_page(const struct inventory *inv, uint8_t b)
{
	if (inv->pages_count == 0 || b >= 0xd0)
		return LOW_BASE + b * PAGE_SIZE;
	return inv->pages[b % inv->pages_count].pa.pa;
}

/* Bits: 7:6 region (3: shared), 5:3 level, 2:0 page. */
static uint64_t gpa_of(uint8_t b)
{
	unsigned int region = b >> 6;

	if (region == WORLD_REGIONS)
		return bit(47) | world_gpa(0, b & 7).pa;
	return world_gpa(region, b & 7).pa;
}

static uint64_t entry(uint8_t b, unsigned int level)
{
	return align_down(gpa_of(b), level_size(level)) | level;
}

static uint64_t any_entry(uint8_t b)
{
	static const uint8_t levels[] = { 0, 0, 0, 1, 1, 2, 3, 4 };

	return entry(b, levels[b >> 3 & 7]);
}

static uint64_t address(uint8_t b)
{
	static const uint16_t offsets[] = { 0, 0, 0, 1024, 256, 64, 8, 3072 };

	return gpa_of(b) + offsets[b >> 3 & 7];
}

static uint64_t field(enum tdx_field_context context, uint8_t high, uint8_t low)
{
	/* What can be written is rare among all of them. */
	static const uint64_t written[][2] = {
		[TDX_CONTEXT_SYS] = { TDX_FIELD_SYS_TDX_FEATURES0, TDX_FIELD_NONE },
		[TDX_CONTEXT_TD] = { TDX_FIELD_TD_NOTIFY_ENABLES, TDX_FIELD_TD_CTLS },
		[TDX_CONTEXT_VP] = { TDX_FIELD_VP_PEND_NMI, TDX_FIELD_VP_VMCS_PI_VECTOR },
	};

	if (high >= 0xe0)
		return written[context][low & 1];
	return world_fields[context][((high & 7) << 8 | low) % world_field_count[context]];
}

static uint64_t exposed(uint8_t b)
{
	static const uint64_t masks[] = { 0xfc00, 0, 0xffcc, 0x2, UINT64_C(0xfffffc00), 0xffec };

	return masks[b % ARRAY_SIZE(masks)];
}

static uint64_t value_of(uint8_t b)
{
	if (b < 0x40)
		return b;
	if (b < 0x80)
		return bit(b - 0x40);
	return b < 0xc0 ? UINT64_MAX >> (b - 0x80) : UINT64_MAX;
}

static uint64_t vmm_memory(uint8_t b)
{
	if (b >= 0xe0)
		return LOW_BASE + (b & 0xf) * PAGE_SIZE;
	return vmm_page(b & 7).pa + (b & 0x80 ? (b >> 4 & 3) * 1024u : 0);
}

static uint64_t plausible(struct input *in, const struct inventory *inv, enum operand_kind kind,
			  uint8_t b, unsigned int level)
{
	switch (kind) {
	case OPERAND_JUNK:
	case OPERAND_ZERO:
		return b < 0xe0 ? 0 : b & 3;
	case OPERAND_SMALL:
		return b & 0x80 ? 2 : b & 7;
	case OPERAND_SIZE:
		return b < 0xe0 ? 1024 : b;
	case OPERAND_VALUE:
		return value_of(b);
	case OPERAND_MASK:
		return exposed(b);
	case OPERAND_PAGE:
		return page(b, level);
	case OPERAND_PAGE_OR_NONE:
		return b < 0xe0 ? UINT64_MAX : page(b, level);
	case OPERAND_USED:
		return used_page(inv, b);
	case OPERAND_TDR:
		return nth_page(inv, inv->td, inv->td_count, b);
	case OPERAND_TDR_FLAG:
		return nth_page(inv, inv->td, inv->td_count, b) | ((b & 0xc) == 0xc);
	case OPERAND_TDVPR:
		return nth_page(inv, inv->vcpu, inv->vcpu_count, b);
	case OPERAND_ENTRY_4K:
		return entry(b, TDX_LEVEL_4K);
	case OPERAND_ENTRY_2M:
		return entry(b, b & 0x20 ? TDX_LEVEL_1G : TDX_LEVEL_2M);
	case OPERAND_ENTRY_ANY:
		return any_entry(b);
	case OPERAND_ADDRESS:
		return address(b);
	case OPERAND_FIELD_SYS:
		return field(TDX_CONTEXT_SYS, b, input_byte(in));
	case OPERAND_FIELD_TD:
		return field(TDX_CONTEXT_TD, b, input_byte(in));
	case OPERAND_FIELD_VP:
		return field(TDX_CONTEXT_VP, b, input_byte(in));
	case OPERAND_VMM:
		return vmm_memory(b);
	case OPERAND_PARAMS:
		return vmm_page(VMM_PARAMS).pa + (b & 3) * 1024u;
	case OPERAND_TDMRS:
		return vmm_page(VMM_TDMRS).pa;
	case OPERAND_TDMR:
		return b & 1 ? HIGH_BASE : LOW_BASE;
	case OPERAND_HKID:
		return b < 0xe0 ? TEST_HKID + (b & 3u) : PLATFORM_PRIVATE_HKID + (b & 0x3fu);
	}
	return 0;
}

static uint64_t decode(struct input *in, const struct inventory *inv, enum operand_kind kind,
		       unsigned int level)
{
	uint8_t b = input_byte(in);

	if (b == RAW)
		return input_word(in);
	return b >= ODD && kind < OPERAND_FIELD_SYS ? odd(b) : plausible(in, inv, kind, b, level);
}

uint64_t operand_value(struct input *in, const struct inventory *inventory, enum operand_kind kind)
{
	return decode(in, inventory, kind, TDX_LEVEL_4K);
}

void operands_load(struct input *in, const struct inventory *inventory,
		   const struct leaf_operands *leaf, bool seamcall, uint64_t regs[TDX_GPR_COUNT])
{
	static const uint8_t places[] = { TDX_RCX, TDX_RDX, TDX_R8, TDX_R9 };
	unsigned int level = TDX_LEVEL_4K;

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		regs[i] = junk(i);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		if (leaf->kinds[i] == OPERAND_JUNK)
			continue;
		regs[places[i]] = decode(in, inventory, leaf->kinds[i], level);
		if (leaf->leaf == TDH_MEM_PAGE_AUG && i == 0)
			level = regs[TDX_RCX] & 7 ? TDX_LEVEL_2M : TDX_LEVEL_4K;
	}
	if (seamcall)
		regs[TDX_R10] = regs[TDX_R11] = UINT64_MAX;
}
