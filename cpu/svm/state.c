/* SPDX-License-Identifier: MIT */
/* The guest's state by number: the members of its VMCB. */
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/phys.h"

/* VMCS access rights: 7:0 as in the VMCB, AVL L DB G at 15:12 instead of 11:8, 16 unusable. */
#define ATTRIBUTES_LOW	 0xffu
#define ATTRIBUTES_HIGH	 0xf00u
#define ATTRIBUTES_SHIFT 4
#define ATTRIBUTE_P	 bit(7)
#define ACCESS_UNUSABLE	 bit(16)
#define DPL(access)	 ((uint8_t)((access) >> 5 & 3))
#define RFLAGS_FIXED	 bit(1)
#define SEGMENT_SS	 2

static struct vmcb_segment *segment(struct vmcb *c, unsigned int number)
{
	struct vmcb_segment *const segments[] = { &c->es, &c->cs,   &c->ss, &c->ds,   &c->fs,
						  &c->gs, &c->ldtr, &c->tr, &c->gdtr, &c->idtr };

	return segments[number];
}

static uint64_t access_of(const struct vmcb_segment *s)
{
	uint32_t attributes = s->attributes;
	uint64_t access = (attributes & ATTRIBUTES_LOW) | (attributes & ATTRIBUTES_HIGH)
								  << ATTRIBUTES_SHIFT;

	return attributes & ATTRIBUTE_P ? access : access | ACCESS_UNUSABLE;
}

static void set_access(struct vmcb *c, unsigned int number, uint64_t access)
{
	uint64_t attributes =
		(access & ATTRIBUTES_LOW) | (access >> ATTRIBUTES_SHIFT & ATTRIBUTES_HIGH);

	if (access & ACCESS_UNUSABLE)
		attributes &= ~ATTRIBUTE_P;
	segment(c, number)->attributes = (uint16_t)attributes;
	if (number == SEGMENT_SS)
		c->cpl = DPL(access);
}

/* Where what is one 64-bit member of the VMCB and nothing else; 0 for the rest. */
static size_t member_of(enum cpu_state what)
{
	switch ((unsigned int)what) {
	case CPU_STATE_DR6:
		return offsetof(struct vmcb, dr6);
	case CPU_STATE_DR7:
		return offsetof(struct vmcb, dr7);
	case CPU_STATE_CR2:
		return offsetof(struct vmcb, cr2);
	case CPU_STATE_CR3:
		return offsetof(struct vmcb, cr3);
	case CPU_STATE_RIP:
		return offsetof(struct vmcb, rip);
	case CPU_STATE_RFLAGS:
		return offsetof(struct vmcb, rflags);
	case CPU_STATE_PAT:
		return offsetof(struct vmcb, g_pat);
	case CPU_STATE_SYSENTER_CS:
		return offsetof(struct vmcb, sysenter_cs);
	case CPU_STATE_SYSENTER_ESP:
		return offsetof(struct vmcb, sysenter_esp);
	case CPU_STATE_SYSENTER_EIP:
		return offsetof(struct vmcb, sysenter_eip);
	case CPU_STATE_STAR:
		return offsetof(struct vmcb, star);
	case CPU_STATE_LSTAR:
		return offsetof(struct vmcb, lstar);
	case CPU_STATE_FMASK:
		return offsetof(struct vmcb, sfmask);
	case CPU_STATE_KERNEL_GS_BASE:
		return offsetof(struct vmcb, kernel_gs_base);
	default:
		return 0;
	}
}

static uint64_t *at(struct vmcb *c, size_t offset)
{
	return (uint64_t *)((uint8_t *)c + offset);
}

static bool is_unguarded(enum cpu_state what)
{
	return what == CPU_STATE_TSC_AUX || (what >= CPU_STATE_DR && what < CPU_STATE_DR6);
}

uint64_t cpu_vcpu_state(const struct cpu_vcpu *v, enum cpu_state what)
{
	struct vmcb *c = phys_ptr(v->hw_pa);
	size_t member = member_of(what);

	if (member)
		return *at(c, member);
	if (what < CPU_STATE_ACCESS)
		return segment(c, what - CPU_STATE_SELECTOR)->selector;
	if (what < CPU_STATE_LIMIT)
		return access_of(segment(c, what - CPU_STATE_ACCESS));
	if (what < CPU_STATE_BASE)
		return segment(c, what - CPU_STATE_LIMIT)->limit;
	if (what < CPU_STATE_DR)
		return segment(c, what - CPU_STATE_BASE)->base;
	if (is_unguarded(what))
		return *xstate_unguarded((struct cpu_vcpu *)v, what);
	switch ((unsigned int)what) {
	case CPU_STATE_CR0:
		return cpu_vcpu_cr0(v);
	case CPU_STATE_CR4:
		return cpu_vcpu_cr4(v);
	case CPU_STATE_EFER:
		return cpu_vcpu_efer(v);
	default:
		return c->int_state & SVM_INT_SHADOW;
	}
}

void cpu_vcpu_set_state(struct cpu_vcpu *v, enum cpu_state what, uint64_t value)
{
	struct vmcb *c = phys_ptr(v->hw_pa);
	size_t member = member_of(what);

	if (member)
		*at(c, member) = what == CPU_STATE_RFLAGS ? value | RFLAGS_FIXED : value;
	else if (what < CPU_STATE_ACCESS)
		segment(c, what - CPU_STATE_SELECTOR)->selector = (uint16_t)value;
	else if (what < CPU_STATE_LIMIT)
		set_access(c, what - CPU_STATE_ACCESS, value);
	else if (what < CPU_STATE_BASE)
		segment(c, what - CPU_STATE_LIMIT)->limit = low32(value);
	else if (what < CPU_STATE_DR)
		segment(c, what - CPU_STATE_BASE)->base = value;
	else if (is_unguarded(what))
		*xstate_unguarded(v, what) = value;
	else if (what == CPU_STATE_CR0)
		cpu_vcpu_set_cr0(v, value);
	else if (what == CPU_STATE_CR4)
		cpu_vcpu_set_cr4(v, value);
	else if (what == CPU_STATE_EFER)
		cpu_vcpu_set_efer(v, value);
	else
		c->int_state = value & SVM_INT_SHADOW;
	cpu_vcpu_flush_tlb(v);
}
