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

/* What is one 64-bit member of the VMCB and nothing else; null for the rest. */
static uint64_t *plain(struct vmcb *c, enum cpu_state what)
{
	switch ((unsigned int)what) {
	case CPU_STATE_DR6:
		return &c->dr6;
	case CPU_STATE_DR7:
		return &c->dr7;
	case CPU_STATE_CR2:
		return &c->cr2;
	case CPU_STATE_CR3:
		return &c->cr3;
	case CPU_STATE_RIP:
		return &c->rip;
	case CPU_STATE_RFLAGS:
		return &c->rflags;
	case CPU_STATE_PAT:
		return &c->g_pat;
	case CPU_STATE_SYSENTER_CS:
		return &c->sysenter_cs;
	case CPU_STATE_SYSENTER_ESP:
		return &c->sysenter_esp;
	case CPU_STATE_SYSENTER_EIP:
		return &c->sysenter_eip;
	case CPU_STATE_STAR:
		return &c->star;
	case CPU_STATE_LSTAR:
		return &c->lstar;
	case CPU_STATE_FMASK:
		return &c->sfmask;
	case CPU_STATE_KERNEL_GS_BASE:
		return &c->kernel_gs_base;
	default:
		return NULL;
	}
}

static bool is_unguarded(enum cpu_state what)
{
	return what == CPU_STATE_TSC_AUX || (what >= CPU_STATE_DR && what < CPU_STATE_DR6);
}

uint64_t cpu_vcpu_state(const struct cpu_vcpu *v, enum cpu_state what)
{
	struct vmcb *c = phys_ptr(v->hw_pa);
	const uint64_t *member = plain(c, what);

	if (member)
		return *member;
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
	uint64_t *member = plain(c, what);

	if (member)
		*member = what == CPU_STATE_RFLAGS ? value | RFLAGS_FIXED : value;
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
