/* SPDX-License-Identifier: MIT */
/* The virtual APIC: self-IPIs, priorities, a timer that ends HLT. TDX Module ABI specification,
 * "Interrupt Handling and APIC Virtualization"; Intel SDM volume 3, "Advanced Programmable
 * Interrupt Controller". */
#include "tests/guest/runtime.h"

#define MSR_TPR		  0x808
#define MSR_PPR		  0x80a
#define MSR_EOI		  0x80b
#define MSR_SPURIOUS	  0x80f
#define MSR_ISR		  0x810 /* eight registers of 32 vectors */
#define MSR_IRR		  0x820
#define MSR_LVT_TIMER	  0x832
#define MSR_INITIAL_COUNT 0x838
#define MSR_DIVIDE	  0x83e
#define MSR_SELF_IPI	  0x83f

#define APIC_ENABLE	 (1 << 8)
#define SPURIOUS_VECTOR	 0x3f
#define TIMER_DIVIDE_BY1 0xb

#define LOW_VECTOR   0x25
#define HIGH_VECTOR  0x35
#define TIMER_VECTOR 0x31

static unsigned int taken;
static uint64_t order[8];
static bool in_service;

static uint64_t rdmsr(uint32_t index)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
	return make64(high, low);
}

static void wrmsr(uint32_t index, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(index), "a"(low32(value)), "d"(high32(value)) : "memory");
}

static bool vector_bit(uint32_t base, uint64_t vector)
{
	return rdmsr(base + (uint32_t)vector / 32) >> vector % 32 & 1;
}

static void on_interrupt(uint64_t vector)
{
	if (taken < ARRAY_SIZE(order))
		order[taken] = vector;
	taken++;
	in_service = vector_bit(MSR_ISR, vector);
	wrmsr(MSR_EOI, 0);
}

/* Lets waiting interrupts in; the instruction behind STI is executed before they come. */
static void open_window(void)
{
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

static void test_self_ipi(void)
{
	taken = 0;
	wrmsr(MSR_SELF_IPI, HIGH_VECTOR);
	is(taken, 0, "IF = 0 holds an interrupt back");
	ok(vector_bit(MSR_IRR, HIGH_VECTOR), "it waits in the IRR");
	open_window();
	is(taken, 1, "IF = 1 lets it in");
	is(order[0], HIGH_VECTOR, "its vector");
	ok(in_service, "its handler finds it in the ISR");
	ok(!vector_bit(MSR_IRR, HIGH_VECTOR) && !vector_bit(MSR_ISR, HIGH_VECTOR),
	   "EOI clears both");
}

static void test_priority(void)
{
	taken = 0;
	wrmsr(MSR_SELF_IPI, LOW_VECTOR);
	wrmsr(MSR_SELF_IPI, HIGH_VECTOR);
	open_window();
	open_window();
	is(taken, 2, "two at once");
	ok(order[0] == HIGH_VECTOR && order[1] == LOW_VECTOR, "the higher first");

	taken = 0;
	wrmsr(MSR_TPR, 0x30);
	is(rdmsr(MSR_TPR), 0x30, "TPR");
	is(rdmsr(MSR_PPR), 0x30, "PPR follows");
	wrmsr(MSR_SELF_IPI, LOW_VECTOR);
	wrmsr(MSR_SELF_IPI, TIMER_VECTOR);
	open_window();
	is(taken, 0, "TPR holds its own class and lower ones back");
	wrmsr(MSR_TPR, 0);
	open_window();
	open_window();
	is(taken, 2, "until it falls");
}

static void start_timer(uint32_t count)
{
	tdvmcall_wrmsr(MSR_DIVIDE, TIMER_DIVIDE_BY1);
	tdvmcall_wrmsr(MSR_LVT_TIMER, TIMER_VECTOR);
	tdvmcall_wrmsr(MSR_INITIAL_COUNT, count);
}

static void test_hlt(void)
{
	taken = 0;
	wrmsr(MSR_SELF_IPI, HIGH_VECTOR);
	is(tdvmcall_hlt(false).r10, TDVMCALL_STATUS_SUCCESS,
	   "HLT returns when an interrupt waits already, IF = 0");
	open_window();
	is(taken, 1, "it comes in afterwards");

	taken = 0;
	start_timer(25000); /* a millisecond */
	while (!vector_bit(MSR_IRR, TIMER_VECTOR))
		tdvmcall_hlt(false);
	is(taken, 0, "the timer ends HLT with IF = 0, and waits");
	open_window();
	is(taken, 1, "it comes in afterwards");
	is(order[0], TIMER_VECTOR, "its vector");

	taken = 0;
	start_timer(25000);
	__asm__ volatile("sti" : : : "memory");
	while (!*(volatile unsigned int *)&taken)
		__asm__ volatile("pause");
	__asm__ volatile("cli" : : : "memory");
	is(taken, 1, "the timer interrupts a loop");
}

void guest_test(void)
{
	interrupt_handler = on_interrupt;
	tdvmcall_wrmsr(MSR_SPURIOUS, APIC_ENABLE | SPURIOUS_VECTOR);
	test_self_ipi();
	test_priority();
	test_hlt();
}
