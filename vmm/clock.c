/* SPDX-License-Identifier: MIT */
#include "vmm/clock.h"

#include "lib/bits.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/lapic.h"

#define PIT_HZ		    1193182
#define PIT_CHANNEL_2	    0x42
#define PIT_COMMAND	    0x43
#define PIT_COUNT_DOWN	    0xb0 /* channel 2, low and high byte, mode 0 */
#define PIT_LATCH	    0x80 /* channel 2 */
#define PORT_SYSTEM_CONTROL 0x61
#define CONTROL_GATE_2	    bit(0)
#define CONTROL_SPEAKER	    bit(1)
#define INTERVAL	    (PIT_HZ / 50) /* at least, in ticks of the PIT */
#define SAMPLES		    16
#define MAX_POLLS	    100000
#define UNIT_HZ		    25000000
#define UNITS_MIN	    4 /* of a TD */
#define UNITS_MAX	    400
#define APIC_COUNT_MAX	    (UINT32_C(1) << 31)

/* All clocks at one moment. The PIT and the APIC timer count down. */
struct sample {
	uint64_t tsc;
	uint32_t apic;
	uint16_t pit;
};

static uint64_t tsc_hz, apic_hz;

static uint16_t read_pit(void)
{
	uint8_t low;

	outb(PIT_LATCH, PIT_COMMAND);
	low = inb(PIT_CHANNEL_2);
	return (uint16_t)(inb(PIT_CHANNEL_2) << 8 | low);
}

/* The emulator may stop between any two instructions: of several tries the shortest counts. */
static struct sample take_sample(void)
{
	uint64_t shortest = UINT64_MAX;
	struct sample best = { 0 };

	for (unsigned int i = 0; i < SAMPLES; i++) {
		struct sample s = { .tsc = rdtsc() };
		uint64_t duration;

		s.pit = read_pit();
		s.apic = lapic_timer_count();
		duration = rdtsc() - s.tsc;
		if (duration >= shortest)
			continue;
		shortest = duration;
		s.tsc += duration / 2;
		best = s;
	}
	return best;
}

static void start_counting(void)
{
	uint8_t control = inb(PORT_SYSTEM_CONTROL) & (uint8_t)~CONTROL_SPEAKER;

	outb(control | CONTROL_GATE_2, PORT_SYSTEM_CONTROL);
	outb(PIT_COUNT_DOWN, PIT_COMMAND);
	outb(0xff, PIT_CHANNEL_2);
	outb(0xff, PIT_CHANNEL_2);
	lapic_timer_start(UINT32_MAX);
}

void clock_init(void)
{
	struct sample from, to;
	uint16_t ticks;

	start_counting();
	from = take_sample();
	for (unsigned int i = 0; (uint16_t)(from.pit - read_pit()) < INTERVAL; i++)
		if (i == MAX_POLLS)
			fail("The machine has no timer to measure the clock against.");
	to = take_sample();
	lapic_timer_start(0);
	ticks = (uint16_t)(from.pit - to.pit);
	tsc_hz = (to.tsc - from.tsc) * PIT_HZ / ticks;
	apic_hz = (uint64_t)(from.apic - to.apic) * PIT_HZ / ticks;
	if (tsc_hz == 0 || apic_hz == 0)
		fail("The machine's clocks do not run.");
	note("time-stamp counter: %lu kHz, local APIC timer: %lu kHz", tsc_hz / 1000,
	     apic_hz / 1000);
}

uint16_t clock_tsc_frequency(void)
{
	uint64_t units = (tsc_hz + UNIT_HZ / 2) / UNIT_HZ;

	if (units < UNITS_MIN || units > UNITS_MAX)
		fail("The time-stamp counter runs at %lu MHz, which no TD can have.",
		     tsc_hz / 1000000);
	return (uint16_t)units;
}

uint64_t clock_tsc_ticks(uint64_t microseconds)
{
	return tsc_hz / 1000 * microseconds / 1000;
}

uint32_t clock_apic_ticks(uint64_t tsc_ticks)
{
	uint64_t ticks;

	if (tsc_ticks / tsc_hz >= APIC_COUNT_MAX / apic_hz)
		return APIC_COUNT_MAX;
	ticks = tsc_ticks * (apic_hz / 1000) / (tsc_hz / 1000);
	return ticks ? (uint32_t)ticks : 1;
}
