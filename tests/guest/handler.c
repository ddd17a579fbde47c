/* SPDX-License-Identifier: MIT */
/* tdx_handle_ve() with exceptions as they come, devices as they are, and the decoder at work. */
#include <string.h>

#include "guest/port.h"
#include "guest/ve.h"
#include "tests/guest/runtime.h"

#define IO_APIC		0xfec00000
#define IO_APIC_WINDOW	0x10
#define IO_APIC_VERSION 1
#define IO_APIC_ENTRY	0x24 /* low half of pin 10 */
#define ENTRY_MASKED	0x10000
#define PCI_CONFIG	0xb0000000
#define COM1_SCRATCH	0x3ff
#define MSR_EOI		0x80b
#define MSR_SPURIOUS	0x80f
#define MSR_SELF_IPI	0x83f
#define VECTOR		0x25

static unsigned int handled, interrupts;
static struct tdx_ve_policy policy;

static size_t fetch(void *context, uint64_t linear, uint8_t *to, size_t count)
{
	memcpy(to, (const void *)linear, count);
	return count;
}

static bool read_memory(void *context, uint64_t linear, void *to, size_t size)
{
	memcpy(to, (const void *)linear, size);
	return true;
}

static bool write_memory(void *context, uint64_t linear, const void *from, size_t size)
{
	memcpy((void *)linear, from, size);
	return true;
}

static int handle(struct trap_frame *frame, const struct tdx_ve_info *ve)
{
	struct tdx_regs regs = {
		.gpr = frame->gpr, .rip = frame->rip, .rflags = frame->rflags, .policy = &policy
	};
	int length = tdx_handle_ve(&regs, ve);

	handled++;
	frame->rflags = regs.rflags;
	return length;
}

static void on_interrupt(uint64_t vector)
{
	interrupts++;
	__asm__ volatile("wrmsr" : : "c"(MSR_EOI), "a"(0), "d"(0) : "memory");
}

static uint64_t device(uint64_t address, unsigned int size)
{
	uint64_t value;

	tdvmcall_mmio_read(gpa(address | tdx_shared_bit(&vp_info)), size, &value);
	return value;
}

static void test_instructions(void)
{
	uint32_t eax = 0x40000000, ebx, ecx = 0, edx, low, high;
	struct tdx_cpuid_value cpuid;
	uint64_t msr;

	tdvmcall_cpuid(0x40000000, 0, &cpuid);
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	ok(eax == cpuid.eax && ebx == cpuid.ebx && ecx == cpuid.ecx && edx == cpuid.edx, "CPUID");
	tdvmcall_rdmsr(0x1b, &msr);
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0x1b));
	is(make64(high, low), msr, "RDMSR");
	is(handled, 2, "two exceptions");
}

static void test_ports(void)
{
	uint64_t rax = UINT64_C(0x112233445566775a);

	__asm__ volatile("outb %%al, %%dx" : : "a"(rax), "d"(COM1_SCRATCH));
	rax = UINT64_C(0x1122334455667700);
	__asm__ volatile("inb %%dx, %%al" : "+a"(rax) : "d"(COM1_SCRATCH));
	is(rax, UINT64_C(0x112233445566775a), "IN AL leaves the rest of RAX");
	handled = 0;
	tdx_outb(COM1_SCRATCH, 0xa5);
	is(tdx_inb(COM1_SCRATCH), 0xa5, "without an exception");
	is(handled, 0, "there was none");
}

static void test_string_io(void)
{
	uint8_t out[3] = { 1, 2, 3 }, in[3] = { 0 };
	const void *source = out;
	void *destination = in;
	uint64_t count = 3;

	__asm__ volatile("rep outsb" : "+S"(source), "+c"(count) : "d"(COM1_SCRATCH) : "memory");
	ok(count == 0 && source == out + 3, "REP OUTSB");
	count = 3;
	__asm__ volatile("rep insb"
			 : "+D"(destination), "+c"(count)
			 : "d"(COM1_SCRATCH)
			 : "memory");
	ok(count == 0 && destination == in + 3, "REP INSB");
	ok(in[0] == 3 && in[1] == 3 && in[2] == 3, "what was read");
}

static void test_loads(void)
{
	const uint8_t *pci = map_shared(PCI_CONFIG);
	uint64_t vendor = device(PCI_CONFIG, 4), value, base = 0x10;

	is(vendor & 0xffff, 0x8086, "there is a host bridge");
	value = UINT64_MAX;
	__asm__ volatile("movl (%1), %k0" : "+r"(value) : "r"(pci));
	is(value, vendor, "MOV r32");
	__asm__ volatile("movzwl 2(%1), %k0" : "=r"(value) : "r"(pci));
	is(value, vendor >> 16, "MOVZX r32, m16");
	__asm__ volatile("movsbq 1(%1), %0" : "=r"(value) : "r"(pci));
	is(value, (uint64_t)(int8_t)(vendor >> 8), "MOVSX r64, m8");
	value = UINT64_C(0x1122334455667788);
	__asm__ volatile("movb (%1), %%ah" : "+a"(value) : "D"(pci));
	is(value, UINT64_C(0x1122334455660088) | (vendor & 0xff) << 8, "MOV AH, m8");
	__asm__ volatile("movw -0x20(%1, %2, 2), %w0" : "=&r"(value) : "r"(pci), "r"(base));
	is(value & 0xffff, vendor & 0xffff, "base, index and displacement");
}

static void test_device_registers(void)
{
	uint8_t *io_apic = map_shared(IO_APIC);
	uint32_t *window = (uint32_t *)(io_apic + IO_APIC_WINDOW), value;
	uint64_t flags;

	__asm__ volatile("movl %1, (%0)" : : "r"(io_apic), "i"(IO_APIC_VERSION) : "memory");
	__asm__ volatile("mov (%1), %0" : "=r"(value) : "r"(window));
	is(value, device(IO_APIC + IO_APIC_WINDOW, 4), "version of the IO-APIC");
	__asm__ volatile("movl %1, (%0)" : : "r"(io_apic), "i"(IO_APIC_ENTRY) : "memory");
	__asm__ volatile("movl %1, (%0)" : : "r"(window), "i"(ENTRY_MASKED) : "memory");
	__asm__ volatile("orl $0x31, (%1)\n\tpushfq\n\tpop %0"
			 : "=r"(flags)
			 : "r"(window)
			 : "memory");
	is(device(IO_APIC + IO_APIC_WINDOW, 4), ENTRY_MASKED | 0x31, "OR m32, imm8");
	is(flags & 0x8d5, 0, "its flags");
	value = ENTRY_MASKED | 0x32;
	__asm__ volatile("xchg %0, (%1)" : "+r"(value) : "r"(window) : "memory");
	is(value, ENTRY_MASKED | 0x31, "XCHG");
	is(device(IO_APIC + IO_APIC_WINDOW, 4), ENTRY_MASKED | 0x32, "what it wrote");
	__asm__ volatile("lock btrl $1, (%1)\n\tsbb %0, %0" : "=r"(value) : "r"(window) : "memory");
	is(value, UINT32_MAX, "LOCK BTR: the bit was set");
	is(device(IO_APIC + IO_APIC_WINDOW, 4), ENTRY_MASKED | 0x30, "and is not now");
}

static void test_strings(void)
{
	const uint8_t *pci = map_shared(PCI_CONFIG);
	uint64_t first = device(PCI_CONFIG, 4), second = device(PCI_CONFIG + 4, 4);
	uint32_t buffer[2] = { 0 };
	void *to = buffer;
	uint64_t count = 2;

	__asm__ volatile("rep movsl" : "+S"(pci), "+D"(to), "+c"(count) : : "memory");
	ok(buffer[0] == first && buffer[1] == second, "REP MOVSD from a device");
	ok(count == 0 && to == buffer + 2, "its registers");
}

/* The interrupt waits when HLT is executed, and its handler runs behind HLT. */
static void test_hlt(void)
{
	interrupt_handler = on_interrupt;
	__asm__ volatile("wrmsr" : : "c"(MSR_SPURIOUS), "a"(0x13f), "d"(0) : "memory");
	__asm__ volatile("wrmsr" : : "c"(MSR_SELF_IPI), "a"(VECTOR), "d"(0) : "memory");
	is(interrupts, 0, "interrupts are off");
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	is(interrupts, 1, "HLT ends at once when an interrupt waits");
}

void guest_test(void)
{
	policy = tdx_ve_default_policy;
	policy.shared_bit = tdx_shared_bit(&vp_info);
	policy.mmio_all = policy.string_io = true;
	policy.fetch = fetch;
	policy.read = read_memory;
	policy.write = write_memory;
	ve_handler = handle;
	test_instructions();
	test_ports();
	test_string_io();
	test_loads();
	test_device_registers();
	test_strings();
	test_hlt();
}
