/* SPDX-License-Identifier: MIT */
/*
 * hello-td: a kernel that tells what it finds in its TD, and powers off. start.S has its first
 * instructions and link.lds says what its image is; td.c makes it a TDX guest. The drivers here are
 * those of any PC: they use ports and device memory, which raises #VE, and td.c does the rest.
 */
#include <stddef.h>

#include "guest/report.h"
#include "td.h"

#define COM1_DATA	 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define LINE_STATUS_THRE 0x20  /* takes a character */
#define PM1A_CONTROL	 0x604 /* a kernel that reads ACPI tables finds it in the FADT */
#define PM1A_SLEEP_S5	 0x2000
#define IO_APIC		 0xfec00000
#define IO_APIC_VERSION	 1
#define RTMR		 3 /* the one that is left to applications */

static uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port));
	return value;
}

static void outb(uint8_t value, uint16_t port)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static void outw(uint16_t value, uint16_t port)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "d"(port));
}

static void put(char c)
{
	while (!(inb(COM1_LINE_STATUS) & LINE_STATUS_THRE))
		;
	outb((uint8_t)c, COM1_DATA);
}

static void print(const char *text)
{
	while (*text)
		put(*text++);
}

static void print_hex(uint64_t value, unsigned int digits)
{
	while (digits--)
		put("0123456789abcdef"[value >> 4 * digits & 15]);
}

static void print_digest(const char *name, const uint8_t digest[TDX_MR_SIZE])
{
	print(name);
	for (unsigned int i = 0; i < TDX_MR_SIZE; i++)
		print_hex(digest[i], 2);
	print("\n");
}

static void print_signature(const char *name, uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t text[] = { a, b, c, 0 };

	print(name);
	print((const char *)text);
	print("\n");
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r = { .eax = leaf };

	__asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
	return r;
}

/* Who answers a leaf is the module's choice; it raises #VE for those that it leaves to the VMM. */
static void show_cpuid(void)
{
	struct cpuid vendor = cpuid(0), tdx = cpuid(0x21), vmm = cpuid(0x40000000);

	print_signature("CPUID 0, from the TDX module:        ", vendor.ebx, vendor.edx,
			vendor.ecx);
	print_signature("CPUID 0x21, from the TDX module:     ", tdx.ebx, tdx.edx, tdx.ecx);
	print_signature("CPUID 0x40000000, #VE, from the VMM: ", vmm.ebx, vmm.ecx, vmm.edx);
}

static void show_io_apic(void)
{
	volatile uint32_t *io_apic = td_device(IO_APIC);

	io_apic[0x00 / 4] = IO_APIC_VERSION;
	print("I/O APIC version, #VE, from the VMM: 0x");
	print_hex(io_apic[0x10 / 4], 8);
	print("\n");
}

static const struct tdx_report *make_report(void)
{
	static struct tdx_report report __attribute__((aligned(1024)));
	static const char data[TDX_REPORT_DATA_SIZE] __attribute__((aligned(64))) = "a nonce";

	tdx_report(gpa((uintptr_t)&report), gpa((uintptr_t)data));
	return &report;
}

/* An event is the SHA-384 of what is measured; the module takes any 48 bytes. */
static void show_rtmr(void)
{
	static const char event[TDX_MR_SIZE] __attribute__((aligned(64))) = "Hello from a TD";

	print_digest("RTMR3:          ", make_report()->td.rtmr[RTMR]);
	tdx_rtmr_extend(gpa((uintptr_t)event), RTMR);
	print_digest("RTMR3 extended: ", make_report()->td.rtmr[RTMR]);
}

static void show_report(void)
{
	const struct tdx_report *r = make_report();

	print_digest("MRTD:           ", r->td.mrtd);
	print("TD attributes:  0x");
	print_hex(r->td.attributes, 16);
	print(", XFAM: 0x");
	print_hex(r->td.xfam, 16);
	print("\n");
}

static _Noreturn void power_off(void)
{
	outw(PM1A_SLEEP_S5, PM1A_CONTROL);
	for (;;)
		__asm__ volatile("hlt");
}

void hello(void)
{
	td_init();
	print("Hello from a TD. Each character here is an OUT, each OUT is a #VE.\n");
	show_cpuid();
	show_io_apic();
	show_rtmr();
	show_report();
	power_off();
}
