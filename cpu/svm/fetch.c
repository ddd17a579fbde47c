/* SPDX-License-Identifier: MIT */
/*
 * The instruction at a guest's RIP: this CPU gives neither its bytes nor its length (no decode
 * assists). The walk is the hardware's own, in software: guest page tables, each of their addresses
 * through the nested page table. Bytes that cannot be reached are left out; the guest executed the
 * instruction a moment ago, so that is rare.
 */
#include <string.h>

#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/phys.h"

#define PTE_PRESENT bit(0)
#define PTE_LARGE   bit(7)
#define PTE_ADDR    bit_range(51, 12)
#define CR0_PG	    bit(31)
#define CR4_PAE	    bit(5)
#define EFER_LMA    bit(10)
#define SEGMENT_L   bit(9) /* in the VMCB's attribute word */
#define SEGMENT_D   bit(10)

bool svm_nested_walk(uint64_t root, uint64_t gpa, uint64_t *pa)
{
	uint64_t table = root;

	for (int level = 3; level >= 0; level--) {
		unsigned int shift = 12 + 9 * (unsigned int)level;
		const uint64_t *entries = phys_ptr(hpa(table));
		uint64_t entry = entries[gpa >> shift & 511];

		if (!(entry & PTE_PRESENT))
			return false;
		if (level == 0 || (level < 3 && (entry & PTE_LARGE))) {
			*pa = (entry & PTE_ADDR & ~(bit(shift) - 1)) | (gpa & (bit(shift) - 1));
			return true;
		}
		table = entry & PTE_ADDR;
	}
	return false;
}

static bool read_entry(const struct vmcb *c, uint64_t gpa, unsigned int size, uint64_t *entry)
{
	uint64_t pa;

	*entry = 0;
	if (!svm_nested_walk(c->nested_cr3, gpa, &pa))
		return false;
	memcpy(entry, phys_ptr(hpa(pa)), size);
	return true;
}

/* One paging mode: index bits a level, bytes an entry, levels. */
struct paging_mode {
	uint8_t levels, index_bits, entry_size;
};

static struct paging_mode paging_mode(const struct vmcb *c)
{
	if (c->efer & EFER_LMA)
		return (struct paging_mode){ 4, 9, 8 };
	if (c->cr4 & CR4_PAE)
		return (struct paging_mode){ 3, 9, 8 };
	return (struct paging_mode){ 2, 10, 4 };
}

static bool linear_to_gpa(const struct vmcb *c, uint64_t linear, uint64_t *gpa)
{
	struct paging_mode mode = paging_mode(c);
	uint64_t table = c->cr3 & PTE_ADDR;

	if (!(c->cr0 & CR0_PG)) {
		*gpa = low32(linear);
		return true;
	}
	if (mode.levels == 3)
		table = c->cr3 & 0xffffffe0;
	for (int level = mode.levels - 1; level >= 0; level--) {
		unsigned int shift = 12 + mode.index_bits * (unsigned int)level;
		uint64_t index = linear >> shift & (bit(mode.index_bits) - 1);
		uint64_t entry;

		if (!read_entry(c, table + index * mode.entry_size, mode.entry_size, &entry) ||
		    !(entry & PTE_PRESENT))
			return false;
		if (level == 0 || (level < 3 && (entry & PTE_LARGE))) {
			*gpa = (entry & PTE_ADDR & ~(bit(shift) - 1)) | (linear & (bit(shift) - 1));
			return true;
		}
		table = entry & PTE_ADDR;
	}
	return false;
}

static unsigned int read_linear(const struct vmcb *c, uint64_t linear, uint8_t *to,
				unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		uint64_t gpa, pa;
		unsigned int chunk = (unsigned int)(PAGE_SIZE - (linear + done) % PAGE_SIZE);

		if (chunk > count - done)
			chunk = count - done;
		if (!linear_to_gpa(c, linear + done, &gpa) ||
		    !svm_nested_walk(c->nested_cr3, gpa, &pa))
			break;
		memcpy(to + done, phys_ptr(hpa(pa)), chunk);
		done += chunk;
	}
	return done;
}

bool svm_read_linear(const struct vmcb *c, uint64_t linear, void *to, unsigned int count)
{
	return read_linear(c, linear, to, count) == count;
}

unsigned int svm_fetch(const struct vmcb *c, uint8_t bytes[15])
{
	return read_linear(c, c->cs.base + c->rip, bytes, INSN_MAX_LENGTH);
}

enum insn_mode svm_mode(const struct vmcb *c)
{
	if ((c->efer & EFER_LMA) && (c->cs.attributes & SEGMENT_L))
		return INSN_MODE_64;
	return c->cs.attributes & SEGMENT_D ? INSN_MODE_32 : INSN_MODE_16;
}

bool svm_decode(const struct vmcb *c, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	unsigned int count = svm_fetch(c, bytes);

	return insn_decode(bytes, count, svm_mode(c), insn) == INSN_OK;
}

enum svm_seam_opcode svm_seam_opcode(const struct insn *insn)
{
	if (insn->map != INSN_MAP_0F || insn->opcode != 0x01 || !insn->prefixes.operand_size ||
	    insn->prefixes.rep || insn->prefixes.repne || insn->prefixes.lock ||
	    insn->modrm < SVM_OPCODE_TDCALL || insn->modrm > SVM_OPCODE_SEAMCALL)
		return SVM_OPCODE_NONE;
	return (enum svm_seam_opcode)insn->modrm;
}
