/* SPDX-License-Identifier: MIT */
/*
 * What of a TD's registers the VMM sees after a TD exit: those that TDG.VP.VMCALL exposes, and no
 * other. TDX Module ABI specification, "TDG.VP.VMCALL" and "TDH.VP.ENTER".
 */
#include <tdx/leaf.h>

#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/io.h"
#include "vmm/platform.h"

#define TD_XMM	    UINT64_C(0x7d00000000000000)
#define VMM_XMM	    UINT64_C(0x1100000000000000)
#define XMM_COUNT   16
#define MASK(xmm)   ((uint64_t)(xmm) << 16 | GUEST_MASK_DEFAULT)
#define POISON	    UINT64_C(0xbadbadbad)
#define TD_VALUE    0x5a5a5a58
#define VMM_VALUE   0x3c3c3c3c
#define CR4_XSAVE   (bit(18) | bit(22)) /* OSXSAVE, PKE */
#define MSR_TSC_AUX 0xc0000103
#define CR0_TS	    bit(3)

struct xmm {
	uint64_t low, high;
};

static struct test_td td;

static void read_xmms(struct xmm xmms[XMM_COUNT])
{
	__asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
			 "movups %%xmm\\n, 16 * \\n(%0)\n\t"
			 ".endr"
			 :
			 : "r"(xmms)
			 : "memory");
}

static void write_xmms(uint64_t value)
{
	struct xmm xmms[XMM_COUNT];

	for (unsigned int i = 0; i < XMM_COUNT; i++)
		xmms[i] = (struct xmm){ value + i, value + i };
	__asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
			 "movups 16 * \\n(%0), %%xmm\\n\n\t"
			 ".endr"
			 :
			 : "r"(xmms)
			 : "memory");
}

/* Which of the VMM's registers are value + their number, both halves? */
static uint16_t vmm_xmms_like(uint64_t value, uint64_t step)
{
	struct xmm xmms[XMM_COUNT] = { 0 };
	uint16_t found = 0;

	read_xmms(xmms);
	for (unsigned int i = 0; i < XMM_COUNT; i++)
		if (xmms[i].low == value + i * step && xmms[i].high == xmms[i].low)
			found |= (uint16_t)(1u << i);
	return found;
}

/* Of the TD's. */
static uint64_t td_xmms_like(uint64_t value)
{
	if (td_do(&td, GUEST_GET_XMM, value, 0, 0) != TDX_EXIT_TDCALL)
		return POISON;
	return td.args.r12;
}

static void set_td_xmms(void)
{
	is(td_do(&td, GUEST_SET_XMM, TD_XMM, 0, 0), TDX_EXIT_TDCALL, "the TD sets XMM0-15");
}

static void test_hidden_xmms(void)
{
	write_xmms(VMM_XMM);
	set_td_xmms();
	is(vmm_xmms_like(0, 0), 0xffff, "none exposed: the VMM finds the initial state");
	write_xmms(VMM_XMM);
	is(td_xmms_like(TD_XMM), 0xffff, "the TD finds its own");
	is(vmm_xmms_like(0, 0), 0xffff, "the VMM finds the initial state again");
}

static void test_exposed_xmms(uint16_t mask)
{
	set_td_xmms();
	write_xmms(VMM_XMM);
	is(td_do(&td, GUEST_MASK, MASK(mask), 0, 0), TDX_EXIT_TDCALL,
	   "TDG.VP.VMCALL that exposes XMM mask %x", mask);
	is(td.args.rcx, MASK(mask), "the VMM is told the mask");
	is(vmm_xmms_like(TD_XMM, 1), mask, "those appear");
	is(vmm_xmms_like(0, 0), (uint16_t)~mask, "the others are zero");
	write_xmms(VMM_XMM);
	/* The answer goes to the registers of the call that it answers; the next exposes too. */
	is(td_xmms_like(VMM_XMM), mask, "the VMM's answer reaches the TD in the same registers");
	is(td_xmms_like(TD_XMM), (uint16_t)~mask, "the TD's others are as they were");
	is(td_do(&td, GUEST_MASK, MASK(0), 0, 0), TDX_EXIT_TDCALL, "exposed no more");
	is(vmm_xmms_like(0, 0), 0xffff, "the VMM finds the initial state");
}

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

/* How the monitor hides the TD's registers is not to be seen. */
static void test_cr0(void)
{
	uint64_t before = read_cr0();

	set_td_xmms();
	is(read_cr0(), before, "CR0 is the VMM's own after a TD exit");
	set_td_xmms();
	__asm__ volatile("clts");
	is(vmm_xmms_like(0, 0), 0xffff, "CLTS uncovers nothing");
	set_td_xmms();
	__asm__ volatile("mov %0, %%cr0" : : "r"(before));
	is(vmm_xmms_like(0, 0), 0xffff, "nor does a write to CR0");
	__asm__ volatile("mov %0, %%cr0" : : "r"(before | CR0_TS));
	set_td_xmms();
	is(read_cr0(), before | CR0_TS, "the VMM's own TS stays set");
	__asm__ volatile("clts");
	is(vmm_xmms_like(0, 0), 0xffff, "and hides no register of the TD's");
}

static uint64_t td_get(uint64_t which)
{
	if (td_do(&td, GUEST_GET, 0, which, 0) != TDX_EXIT_TDCALL)
		return POISON;
	return td.args.r12;
}

static void td_set(uint64_t which, uint64_t value)
{
	is(td_do(&td, GUEST_SET, value, which, 0), TDX_EXIT_TDCALL, "the TD sets a register");
}

static void enable_xsave(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_XSAVE));
}

static void write_xcr0(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "a"(value), "c"(0), "d"(0));
}

static uint32_t read_pkru(void)
{
	uint32_t eax;

	__asm__ volatile("rdpkru" : "=a"(eax) : "c"(0) : "edx");
	return eax;
}

static void write_pkru(uint32_t value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0));
}

static void write_tsc_aux(uint32_t value)
{
	__asm__ volatile("wrmsr" : : "c"(MSR_TSC_AUX), "a"(value), "d"(0));
}

static uint64_t read_dr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr0, %0" : "=r"(value));
	return value;
}

static void write_dr0(uint64_t value)
{
	__asm__ volatile("mov %0, %%dr0" : : "r"(value));
}

/* Registers that no trap guards: each world has its own all the same. */
static void test_unguarded(void)
{
	enable_xsave();
	td_set(GUEST_XCR0, TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX);
	td_set(GUEST_PKRU, TD_VALUE);
	td_set(GUEST_TSC_AUX, TD_VALUE);
	td_set(GUEST_DR0, TD_VALUE);
	is(read_pkru(), 0, "the VMM finds PKRU's initial value");
	is(low32(rdmsr(MSR_TSC_AUX)), 0, "of TSC_AUX too");
	is(read_dr0(), 0, "of DR0 too");
	write_xcr0(TDX_XFAM_X87);
	is(td_get(GUEST_XCR0), TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX,
	   "the TD's XCR0 is not the VMM's to change");
	write_pkru(VMM_VALUE);
	is(td_get(GUEST_PKRU), TD_VALUE, "nor its PKRU");
	write_tsc_aux(VMM_VALUE);
	is(td_get(GUEST_TSC_AUX), TD_VALUE, "nor its TSC_AUX");
	write_dr0(VMM_VALUE);
	is(td_get(GUEST_DR0), TD_VALUE, "nor its DR0");
}

/* Other TD exits tell nothing but what the specification says of them. */
static void test_violation(void)
{
	struct tdx_module_args *a = &td.args;

	set_td_xmms();
	write_xmms(VMM_XMM);
	is(td_do(&td, GUEST_READ, TD_TEST_GPA + 0x123, POISON, POISON), TDX_EXIT_EPT_VIOLATION,
	   "an EPT violation");
	is(a->r8, TD_TEST_GPA, "GPA without the offset in the page");
	is(a->rbx | a->rsi | a->rdi | a->r9 | a->r10 | a->r11 | a->r12 | a->r13 | a->r14 | a->r15,
	   0, "no register of the TD's");
	is(vmm_xmms_like(0, 0), 0xffff, "nor XMM registers");
}

static void test_registers(void)
{
	struct tdx_module_args *a = &td.args;

	is(td_do(&td, GUEST_MASK, 1 << TDX_R12 | 1 << TDX_R14, 0, 0), TDX_EXIT_TDCALL,
	   "TDG.VP.VMCALL that exposes R12 and R14");
	is(a->rcx, 1 << TDX_R12 | 1 << TDX_R14, "the VMM is told the mask");
	is(a->rdx | a->rbx | a->rsi | a->rdi | a->r8 | a->r9 | a->r10 | a->r11 | a->r13 | a->r15, 0,
	   "the other registers are zero");
}

void vmm_test(const struct vmm_boot *boot)
{
	platform_init();
	td_begin(&td);
	td_start(&td);
	test_hidden_xmms();
	test_cr0();
	test_exposed_xmms(0x0001);
	test_exposed_xmms(0x8124);
	test_exposed_xmms(0xffff);
	test_unguarded();
	test_violation();
	ok(td_end(&td), "every page comes back");

	td_begin(&td);
	td_start(&td);
	is(vmm_xmms_like(0, 0), 0xffff, "after TDH.VP.FLUSH the VMM finds the initial state");
	test_registers();
	ok(td_end(&td), "every page comes back");
}
