/* SPDX-License-Identifier: MIT */
#include "vmm/clock.h"

#include "lib/bits.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/lapic.h"

#define PIT_HZ	      1193182
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND   0x43
#define PIT_COMMAND_MEASURE                                                                        \
	0xb0 /* channel 2, low and high byte, mode 0: output rises at the end                      \
	      */
#define PORT_SYSTEM_CONTROL 0x61
#define CONTROL_GATE_2	    bit(0)
#define CONTROL_SPEAKER	    bit(1)
#define CONTROL_OUTPUT_2    bit(5)
#define INTERVAL_US	    10000
#define MEASUREMENTS	    3
#define MAX_POLLS	    10000000
#define TSC_FREQUENCY_UNIT  25000000
#define TSC_FREQUENCY_MIN   4
#define TSC_FREQUENCY_MAX   400
#define APIC_COUNT_MAX	    (UINT32_C(1) << 31)

static uint64_t tsc_interval; /* ticks in INTERVAL_US */
static uint64_t apic_interval;

static void wait_interval(void)
{
	uint16_t count = (uint16_t)((uint64_t)PIT_HZ * INTERVAL_US / 1000000);
	uint8_t control = inb(PORT_SYSTEM_CONTROL) & (uint8_t) ~(CONTROL_GATE_2 | CONTROL_SPEAKER);

	outb(control | CONTROL_GATE_2, PORT_SYSTEM_CONTROL);
	outb(PIT_COMMAND_MEASURE, PIT_COMMAND);
	outb((uint8_t)count, PIT_CHANNEL_2);
	outb((uint8_t)(count >> 8), PIT_CHANNEL_2);
	for (unsigned int i = 0; !(inb(PORT_SYSTEM_CONTROL) & CONTROL_OUTPUT_2); i++)
		if (i == MAX_POLLS)
			fail("The machine has no timer to measure the clock against.");
	outb(control, PORT_SYSTEM_CONTROL);
}

static void measure(uint64_t *tsc, uint64_t *apic)
{
	uint64_t start;

	lapic_timer_start(UINT32_MAX);
	start = rdtsc();
	wait_interval();
	*tsc = rdtsc() - start;
	*apic = UINT32_MAX - lapic_timer_count();
	lapic_timer_start(0);
}

/* Whatever disturbs a measurement makes it longer: the shortest is the best. */
void clock_init(void)
{
	for (unsigned int i = 0; i < MEASUREMENTS; i++) {
		uint64_t tsc, apic;

		measure(&tsc, &apic);
		if (tsc_interval == 0 || tsc < tsc_interval) {
			tsc_interval = tsc;
			apic_interval = apic;
		}
	}
	if (tsc_interval == 0 || apic_interval == 0)
		fail("The machine's clocks do not run.");
	note("time-stamp counter: %lu kHz, local APIC timer: %lu kHz",
	     tsc_interval * 1000 / INTERVAL_US, apic_interval * 1000 / INTERVAL_US);
}

uint16_t clock_tsc_frequency(void)
{
	uint64_t hz = tsc_interval * (1000000 / INTERVAL_US);
	uint64_t units = (hz + TSC_FREQUENCY_UNIT / 2) / TSC_FREQUENCY_UNIT;

	if (units < TSC_FREQUENCY_MIN || units > TSC_FREQUENCY_MAX)
		fail("The time-stamp counter runs at %lu MHz, which no TD can have.", hz / 1000000);
	return (uint16_t)units;
}

uint64_t clock_tsc_ticks(uint64_t microseconds)
{
	return tsc_interval * microseconds / INTERVAL_US;
}

uint32_t clock_apic_ticks(uint64_t tsc_ticks)
{
	uint64_t longest = APIC_COUNT_MAX / apic_interval * tsc_interval;
	uint64_t ticks;

	if (tsc_ticks >= longest)
		return APIC_COUNT_MAX;
	ticks = tsc_ticks * apic_interval / tsc_interval;
	return ticks ? (uint32_t)ticks : 1;
}
