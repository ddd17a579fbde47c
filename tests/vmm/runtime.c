/* SPDX-License-Identifier: MIT */
#include "tests/vmm/runtime.h"

#include "host/extable.h"
#include "lib/phys.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/pages.h"
#include "vmm/traps.h"

#define COM1_DATA	 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define LINE_STATUS_THRE 0x20

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK	0xa1
#define GATE_INTERRUPT	0x8e00
#define CODE_SELECTOR	8

#define POISON UINT64_C(0x900dda7ab19b00b5)

struct gate {
	uint16_t offset_low, selector, attributes, offset_middle;
	uint32_t offset_high, reserved;
};

_Noreturn void vmm_main(const struct vmm_boot *boot);

struct attempt attempt;
uint64_t attempt_end;

static struct gate idt[TRAP_COUNT] __attribute__((aligned(16)));
static bool attempting;

void tap_put(void *context, char c)
{
	while (!(inb(COM1_LINE_STATUS) & LINE_STATUS_THRE))
		;
	outb((uint8_t)c, COM1_DATA);
}

static void traps_init(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned int i = 0; i < TRAP_COUNT; i++) {
		uint64_t handler = (uint64_t)trap_stubs + i * TRAP_STUB_SIZE;

		idt[i] = (struct gate){
			.offset_low = (uint16_t)handler,
			.selector = CODE_SELECTOR,
			.attributes = GATE_INTERRUPT,
			.offset_middle = (uint16_t)(handler >> 16),
			.offset_high = (uint32_t)(handler >> 32),
		};
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
	outb(0xff, PIC_MASTER_MASK);
	outb(0xff, PIC_SLAVE_MASK);
}

void attempt_begin(void)
{
	attempt = (struct attempt){ .vector = ATTEMPT_NOTHING };
	attempting = true;
}

void attempt_done(void)
{
	attempting = false;
}

/* Called by the stubs of vmm/traps.S. */
void trap_handle(struct trap_frame *frame)
{
	if (tdx_extable_fixup(&frame->rip, &frame->rax, (unsigned int)frame->vector))
		return;
	if (!attempting || attempt.vector != ATTEMPT_NOTHING) {
		tap_bail_out("exception %lu (error 0x%lx) at 0x%lx", frame->vector, frame->error,
			     frame->rip);
		fail("The test took exception %lu at %lx.", frame->vector, frame->rip);
	}
	attempt.vector = frame->vector;
	attempt.rip = frame->rip;
	frame->rip = attempt_end;
}

bool read_is_refused(uint64_t address)
{
	uint64_t value = POISON;

	ATTEMPT("mov (%1), %0", : "+a"(value) : "c"(address) : ATTEMPT_CLOBBERS);
	return attempt.vector == VECTOR_MC && value == POISON;
}

bool write_is_refused(uint64_t address)
{
	ATTEMPT("mov %0, (%1)", : : "a"(POISON), "c"(address) : ATTEMPT_CLOBBERS);
	return attempt.vector == VECTOR_MC;
}

bool execute_is_refused(uint64_t address)
{
	ATTEMPT("jmp *%0", : : "c"(address) : ATTEMPT_CLOBBERS);
	return attempt.vector == VECTOR_MC && attempt.rip == address;
}

bool is_zero_page(struct hpa page)
{
	const volatile uint64_t *words = phys_ptr(page);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

_Noreturn void vmm_main(const struct vmm_boot *boot)
{
	traps_init();
	print("@vmm.start\n");
	pages_init(boot);
	vmm_test(boot);
	tap_plan();
	print("@vmm.end\n");
	machine_exit(0);
}
