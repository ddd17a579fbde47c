/* SPDX-License-Identifier: MIT */
#include "cpu/svm/svm.h"

#include "cpu/svm/instructions.h"
#include "lib/bits.h"
#include "lib/phys.h"

#define MSR_EFER	   0xc0000080
#define CPUID_SVM	   bit(2)  /* 0x80000001 ECX */
#define CPUID_NESTED_PAGES bit(0)  /* 0x8000000A EDX */
#define CPUID_XSAVE	   bit(26) /* 1 ECX */
#define CR4_OSFXSR	   bit(9)
#define CR4_OSXMMEXCPT	   bit(10)
#define CR4_FSGSBASE	   bit(16)
#define CR4_OSXSAVE	   bit(18)

struct svm_lp svm_lp;

void cpu_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(subleaf));
}

bool svm_enable(void)
{
	uint32_t leaf[4];

	cpu_cpuid(0x80000001, 0, leaf);
	if (!(leaf[2] & CPUID_SVM))
		return false;
	cpu_cpuid(0x8000000a, 0, leaf);
	if (!(leaf[3] & CPUID_NESTED_PAGES))
		return false;
	cpu_cpuid(1, 0, leaf);
	if (!(leaf[2] & CPUID_XSAVE))
		return false;
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | SVM_EFER_SVME);
	wrmsr(SVM_MSR_VM_HSAVE, phys_of(svm_lp.hsave).pa);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE);
	clgi();
	sti();
	svm_permissions_init();
	xstate_init();
	return true;
}

/* What a TD may set in CR4, of what this CPU has: no VMXE, no SMXE, no 57-bit addresses. */
uint64_t cpu_cr4_supported(void)
{
	uint64_t supported = bit_range(10, 0) | CR4_OSXSAVE;
	uint32_t leaf[4];

	cpu_cpuid(7, 0, leaf);
	if (leaf[1] & bit(0))
		supported |= CR4_FSGSBASE;
	if (leaf[1] & bit(7))
		supported |= bit(20); /* SMEP */
	if (leaf[1] & bit(20))
		supported |= bit(21); /* SMAP */
	if (leaf[2] & bit(2))
		supported |= bit(11); /* UMIP */
	if (leaf[2] & bit(3))
		supported |= bit(22); /* PKE */
	cpu_cpuid(1, 0, leaf);
	if (leaf[2] & bit(17))
		supported |= bit(17); /* PCIDE */
	return supported;
}

/* The VMCB, or the switch of the extended state, holds these; the guest may use the register
 * itself. */
bool cpu_msr_has(uint32_t msr)
{
	switch (msr) {
	case 0x10:  /* TSC, with the VMCB's offset */
	case 0x174: /* SYSENTER_CS, _ESP, _EIP */
	case 0x175:
	case 0x176:
	case 0x277:	 /* PAT */
	case 0xc0000081: /* STAR, LSTAR, FMASK */
	case 0xc0000082:
	case 0xc0000084:
	case 0xc0000100: /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
	case 0xc0000101:
	case 0xc0000102:
	case 0xc0000103: /* TSC_AUX */
		return true;
	default:
		return false;
	}
}

uint64_t cpu_msr(uint32_t msr)
{
	return rdmsr(msr);
}

#define WORDS_OF_PAGE (PAGE_SIZE / sizeof(uint64_t))

/* Eight words an iteration: an emulator pays for the loop too. */
static bool page_is_zero(const volatile uint64_t *page)
{
	for (unsigned int i = 0; i < WORDS_OF_PAGE; i += 8)
		if (page[i] | page[i + 1] | page[i + 2] | page[i + 3] | page[i + 4] | page[i + 5] |
		    page[i + 6] | page[i + 7])
			return false;
	return true;
}

static void zero_page(volatile uint64_t *page)
{
	for (unsigned int i = 0; i < WORDS_OF_PAGE; i += 8) {
		page[i] = 0;
		page[i + 1] = 0;
		page[i + 2] = 0;
		page[i + 3] = 0;
		page[i + 4] = 0;
		page[i + 5] = 0;
		page[i + 6] = 0;
		page[i + 7] = 0;
	}
}

/*
 * Looks before it writes: in an emulator most memory has never been touched, and a page that is
 * only read costs the computer nothing, while the first write to it is a page fault and a page of
 * its RAM.
 */
void cpu_zero(struct hpa pa, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		volatile uint64_t *page = phys_ptr(hpa_add(pa, at));

		if (!page_is_zero(page))
			zero_page(page);
	}
}
