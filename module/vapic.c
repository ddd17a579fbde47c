/* SPDX-License-Identifier: MIT */
#include "module/vapic.h"

#include <tdx/field.h>

#include "lib/bits.h"

#define MSR_BASE     0x800
#define MSR_TPR	     0x808
#define MSR_PPR	     0x80a
#define MSR_EOI	     0x80b
#define MSR_ISR	     0x810
#define MSR_TMR	     0x818
#define MSR_IRR	     0x820
#define MSR_IRR_LAST 0x827
#define MSR_SELF_IPI 0x83f

#define BITMAP_WORDS	    8
#define FIRST_POSTED_VECTOR 32
#define POSTED_WORDS	    ARRAY_SIZE(((struct tdx_posted_interrupts *)0)->pir)
#define POSTED_CONTROL	    offsetof(struct tdx_posted_interrupts, control)
#define POSTED_ON	    bit(0)

static uint32_t *apic_register(const struct vcpu *v, uint32_t msr)
{
	return (uint32_t *)vcpu_page(v, TDVPS_VAPIC) + 4 * (msr - MSR_BASE);
}

static int highest_vector(const struct vcpu *v, uint32_t bitmap)
{
	for (unsigned int i = BITMAP_WORDS; i-- > 0;) {
		uint32_t word = *apic_register(v, bitmap + i);

		if (word)
			return (int)(32 * i + highest_bit(word));
	}
	return -1;
}

static void set_vector(const struct vcpu *v, uint32_t bitmap, unsigned int vector)
{
	*apic_register(v, bitmap + vector / 32) |= UINT32_C(1) << vector % 32;
}

static void clear_vector(const struct vcpu *v, uint32_t bitmap, unsigned int vector)
{
	*apic_register(v, bitmap + vector / 32) &= ~(UINT32_C(1) << vector % 32);
}

/* Intel SDM, "PPR Virtualization". */
static uint32_t processor_priority(const struct vcpu *v)
{
	int in_service = highest_vector(v, MSR_ISR);
	uint32_t class = in_service < 0 ? 0 : (uint32_t)in_service & 0xf0;
	uint32_t tpr = *apic_register(v, MSR_TPR);

	return (tpr & 0xf0) >= class ? tpr : class;
}

static int deliverable_vector(const struct vcpu *v)
{
	int requested = highest_vector(v, MSR_IRR);

	return requested >> 4 > (int)(*apic_register(v, MSR_PPR) >> 4) ? requested : -1;
}

/* After every change of TPR, ISR or IRR. */
static void evaluate(struct vcpu *v)
{
	int vector;

	*apic_register(v, MSR_PPR) = processor_priority(v);
	vector = deliverable_vector(v);
	if (vector == v->offered_vector)
		return;
	v->offered_vector = vector;
	cpu_vcpu_offer_interrupt(&v->cpu, vector);
}

void vapic_interrupt_taken(struct vcpu *v)
{
	unsigned int vector = (unsigned int)v->offered_vector;

	v->offered_vector = -1;
	clear_vector(v, MSR_IRR, vector);
	set_vector(v, MSR_ISR, vector);
	evaluate(v);
}

void vapic_merge_posted(struct vcpu *v)
{
	struct hpa posted = hpa(v->pi_descriptor);

	if (!(v->pin_controls & TDX_PIN_CTLS_POSTED_INTERRUPTS) ||
	    !(vmm_fetch_and(hpa_add(posted, POSTED_CONTROL), ~POSTED_ON) & POSTED_ON))
		return;
	for (unsigned int i = 0; i < POSTED_WORDS; i++) {
		uint64_t vectors = vmm_fetch_and(hpa_add(posted, 8 * i), 0);

		if (i == 0)
			vectors &= bit_range(63, FIRST_POSTED_VECTOR);
		*apic_register(v, MSR_IRR + 2 * i) |= low32(vectors);
		*apic_register(v, MSR_IRR + 2 * i + 1) |= high32(vectors);
	}
	evaluate(v);
}

bool vapic_is_pending(const struct vcpu *v)
{
	return deliverable_vector(v) >= 0;
}

bool vapic_read(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
	if (msr != MSR_TPR && msr != MSR_PPR && (msr < MSR_ISR || msr > MSR_IRR_LAST))
		return false;
	*value = *apic_register(v, msr);
	return true;
}

static void end_of_interrupt(struct vcpu *v)
{
	int vector = highest_vector(v, MSR_ISR);

	if (vector < 0)
		return;
	clear_vector(v, MSR_ISR, (unsigned int)vector);
	evaluate(v);
}

static bool set_tpr(struct vcpu *v, uint64_t value)
{
	if (value > 0xff)
		return false;
	*apic_register(v, MSR_TPR) = low32(value);
	evaluate(v);
	return true;
}

bool vapic_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_TPR:
		return set_tpr(v, value);
	case MSR_EOI:
		if (value)
			return false;
		end_of_interrupt(v);
		return true;
	case MSR_SELF_IPI:
		if (value > 0xff)
			return false;
		/* Vectors below 16 are illegal and only set a bit in ESR, which is the VMM's. */
		if (value >= 16) {
			set_vector(v, MSR_IRR, low32(value));
			evaluate(v);
		}
		return true;
	default:
		return false;
	}
}

uint64_t vapic_cr8(const struct vcpu *v)
{
	return *apic_register(v, MSR_TPR) >> 4;
}

bool vapic_set_cr8(struct vcpu *v, uint64_t value)
{
	return value <= 0xf && set_tpr(v, value << 4);
}
