/* SPDX-License-Identifier: MIT */
#include "vmm/guest_apic.h"

#include <tdx/field.h>

#include "host/tdh_vp.h"
#include "lib/bits.h"
#include "vmm/clock.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/lapic.h"
#include "vmm/td.h"

/* Registers, by MSR - X2APIC_FIRST_MSR. */
enum {
	APIC_ID = 0x02,
	APIC_VERSION = 0x03,
	APIC_LDR = 0x0d,
	APIC_SVR = 0x0f,
	APIC_ESR = 0x28,
	APIC_LVT_CMCI = 0x2f,
	APIC_ICR = 0x30,
	APIC_LVT_TIMER = 0x32,
	APIC_LVT_THERMAL,
	APIC_LVT_PERF,
	APIC_LVT_LINT0,
	APIC_LVT_LINT1,
	APIC_LVT_ERROR,
	APIC_INITIAL_COUNT,
	APIC_CURRENT_COUNT,
	APIC_DIVIDE = 0x3e,
};

#define APIC_VERSION_VALUE 0x50014 /* 6 local vectors, integrated APIC */
#define SVR_RESET	   0xff
#define LVT_MASKED	   bit(16)
#define LVT_MODE(lvt)	   ((lvt) >> 17 & 3)
#define LVT_VECTOR(lvt)	   ((uint8_t)(lvt))
#define TIMER_SLACK_US	   20 /* the timer is due this early: it need not be set once more */
#define HEARTBEAT_US	   10000

enum timer_mode { TIMER_ONE_SHOT, TIMER_PERIODIC, TIMER_TSC_DEADLINE };

#define ICR_MODE(icr)	   ((icr) >> 8 & 7)
#define ICR_LOGICAL	   bit(11)
#define ICR_SHORTHAND(icr) ((icr) >> 18 & 3)
#define ICR_BROADCAST	   UINT32_MAX

enum icr_mode { ICR_FIXED = 0, ICR_LOWEST_PRIORITY = 1, ICR_NMI = 4 };
enum icr_shorthand { ICR_DESTINATION, ICR_SELF, ICR_ALL, ICR_ALL_BUT_SELF };

void guest_apic_reset(struct guest_apic *apic)
{
	*apic = (struct guest_apic){ 0 };
	apic->reg[APIC_SVR] = SVR_RESET;
	apic->reg[APIC_LVT_CMCI] = LVT_MASKED;
	for (unsigned int i = APIC_LVT_TIMER; i <= APIC_LVT_ERROR; i++)
		apic->reg[i] = LVT_MASKED;
}

static enum timer_mode timer_mode(const struct guest_apic *apic)
{
	return (enum timer_mode)LVT_MODE(apic->reg[APIC_LVT_TIMER]);
}

/* Ticks of the time-stamp counter for one of the timer's count. */
static uint64_t tsc_per_count(const struct vcpu *v)
{
	uint32_t divide = v->apic.reg[APIC_DIVIDE];
	unsigned int code = (divide >> 1 & 4) | (divide & 3); /* 0: by 2 ... 6: by 128, 7: by 1 */

	return (uint64_t)v->td->tsc_frequency << (code == 7 ? 0 : code + 1);
}

/*
 * The machine's timer repeats, and never rests for long: while one thread of the emulator enters or
 * leaves a guest, another's interrupt request can get lost (QEMU 10.0), and stays pending in the
 * local APIC until the next interrupt there, whichever it is.
 */
static void set_machine_timer(const struct guest_apic *apic, uint64_t now)
{
	uint64_t ticks = clock_tsc_ticks(HEARTBEAT_US), least = clock_tsc_ticks(TIMER_SLACK_US);

	if (apic->deadline && apic->deadline < now + ticks)
		ticks = apic->deadline - now > least ? apic->deadline - now : least;
	lapic_timer_start(clock_apic_ticks(ticks));
}

static void expire(struct vcpu *v, uint64_t now)
{
	struct guest_apic *apic = &v->apic;
	uint32_t lvt = apic->reg[APIC_LVT_TIMER];

	if (!(lvt & LVT_MASKED))
		vcpu_post(v, LVT_VECTOR(lvt));
	apic->tsc_deadline = 0;
	if (apic->period == 0) {
		apic->deadline = 0;
		return;
	}
	apic->deadline += apic->period;
	if (apic->deadline <= now) /* ticks were missed: go on from here, do not make them up */
		apic->deadline = now + apic->period;
}

void guest_timer_check(struct vcpu *v)
{
	uint64_t now = rdtsc();

	if (v->apic.deadline && v->apic.deadline <= now + clock_tsc_ticks(TIMER_SLACK_US))
		expire(v, now);
	set_machine_timer(&v->apic, now);
}

static void timer_start(struct vcpu *v, uint64_t ticks, bool periodic)
{
	v->apic.deadline = ticks ? rdtsc() + ticks : 0;
	v->apic.period = periodic ? ticks : 0;
	guest_timer_check(v);
}

static void write_initial_count(struct vcpu *v, uint32_t count)
{
	enum timer_mode mode = timer_mode(&v->apic);

	if (mode == TIMER_TSC_DEADLINE)
		return;
	v->apic.reg[APIC_INITIAL_COUNT] = count;
	timer_start(v, count * tsc_per_count(v), mode == TIMER_PERIODIC);
}

/* Going to or from deadline mode stops the timer. */
static void write_lvt_timer(struct vcpu *v, uint32_t value)
{
	enum timer_mode old = timer_mode(&v->apic);

	v->apic.reg[APIC_LVT_TIMER] = value;
	if ((old == TIMER_TSC_DEADLINE) != (timer_mode(&v->apic) == TIMER_TSC_DEADLINE))
		timer_start(v, 0, false);
	else if (timer_mode(&v->apic) != TIMER_PERIODIC)
		v->apic.period = 0;
}

static uint32_t read_current_count(const struct vcpu *v)
{
	uint64_t now = rdtsc();

	if (timer_mode(&v->apic) == TIMER_TSC_DEADLINE || v->apic.deadline <= now)
		return 0;
	return (uint32_t)((v->apic.deadline - now) / tsc_per_count(v));
}

/* The TD's time-stamp counter is the machine's plus an offset. */
void guest_tsc_deadline_write(struct vcpu *v, uint64_t value)
{
	uint64_t now = rdtsc(), due = value - v->td->tsc_offset;

	if (timer_mode(&v->apic) != TIMER_TSC_DEADLINE)
		return;
	v->apic.tsc_deadline = value;
	timer_start(v, value == 0 ? 0 : (int64_t)(due - now) > 0 ? due - now : 1, false);
}

uint64_t guest_tsc_deadline_read(const struct vcpu *v)
{
	return v->apic.tsc_deadline;
}

static uint32_t logical_id(void)
{
	return 1; /* cluster 0, bit 0: x2APIC id 0 */
}

/* There is one VCPU: either the message is for it or for nobody. */
static bool icr_is_for_self(uint64_t icr)
{
	uint32_t destination = high32(icr);

	switch ((enum icr_shorthand)ICR_SHORTHAND(icr)) {
	case ICR_SELF:
	case ICR_ALL:
		return true;
	case ICR_ALL_BUT_SELF:
		return false;
	case ICR_DESTINATION:
		break;
	}
	if (destination == ICR_BROADCAST)
		return true;
	if (icr & ICR_LOGICAL)
		return destination >> 16 == 0 && (destination & logical_id());
	return destination == 0;
}

static void write_icr(struct vcpu *v, uint64_t icr)
{
	uint64_t old;

	v->apic.icr = icr;
	if (!icr_is_for_self(icr))
		return;
	if (ICR_MODE(icr) == ICR_FIXED || ICR_MODE(icr) == ICR_LOWEST_PRIORITY)
		vcpu_post(v, (uint8_t)icr);
	else if (ICR_MODE(icr) == ICR_NMI)
		must(tdh_vp_wr(v->tdvpr, TDX_FIELD_VP_PEND_NMI, 1, 1, &old), "TDH.VP.WR");
}

bool guest_apic_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	unsigned int reg = msr - X2APIC_FIRST_MSR;

	switch (reg) {
	case APIC_ID:
	case APIC_ESR:
		*value = 0;
		return true;
	case APIC_VERSION:
		*value = APIC_VERSION_VALUE;
		return true;
	case APIC_LDR:
		*value = logical_id();
		return true;
	case APIC_ICR:
		*value = v->apic.icr;
		return true;
	case APIC_CURRENT_COUNT:
		*value = read_current_count(v);
		return true;
	case APIC_SVR:
	case APIC_LVT_CMCI:
	case APIC_LVT_TIMER ... APIC_INITIAL_COUNT:
	case APIC_DIVIDE:
		*value = v->apic.reg[reg];
		return true;
	default:
		return false;
	}
}

bool guest_apic_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	unsigned int reg = msr - X2APIC_FIRST_MSR;

	switch (reg) {
	case APIC_ICR:
		write_icr(v, value);
		return true;
	case APIC_LVT_TIMER:
		write_lvt_timer(v, low32(value));
		return true;
	case APIC_INITIAL_COUNT:
		write_initial_count(v, low32(value));
		return true;
	case APIC_ESR:
		return true;
	case APIC_SVR:
	case APIC_LVT_CMCI:
	case APIC_LVT_THERMAL ... APIC_LVT_ERROR:
	case APIC_DIVIDE:
		v->apic.reg[reg] = low32(value);
		return true;
	default:
		return false;
	}
}
