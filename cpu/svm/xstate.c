/* SPDX-License-Identifier: MIT */
/*
 * The extended state (x87, SSE, AVX) of the worlds. The monitor does not use it, so a VCPU's state
 * stays in the registers until another VCPU runs or the VMM touches it: then the VMM finds the
 * initial state, never the TD's.
 *
 * CR0.TS does not guard all that the VMCB lacks: PKRU, TSC_AUX and DR0-DR3 are taken away whenever
 * the VMM runs, and given back with XCR0, which it may have changed.
 */
#include <string.h>

#include "cpu/svm/instructions.h"
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/phys.h"

#define XSTATE_SUPPORTED                                                                           \
	(bit(0) | bit(1) | bit(2) | bit(9)) /* x87 SSE AVX PKRU: one page holds them */
#define XSTATE_SSE  bit(1)
#define XSTATE_PKRU bit(9)
#define XSAVE_XMM   160 /* offset of XMM0 in an XSAVE area */
#define XSAVE_BV    512 /* offset of XSTATE_BV */
#define MSR_TSC_AUX 0xc0000103
#define CR4_PKE	    bit(22)

static uint8_t initial_state[4096] __attribute__((aligned(64)));
static uint8_t host_state[4096] __attribute__((aligned(64)));
static uint64_t components;  /* all that a guest may have */
static uint64_t saved;	     /* of them, what CR0.TS guards */
static bool unguarded_given; /* the registers that it does not guard are the owner's */

/* scratch[1], [2] and [8] are vcpu.c's. */
enum { SCRATCH_TSC_AUX = 0, SCRATCH_PKRU = 3, SCRATCH_DR0 = 4 };

void xstate_init(void)
{
	uint32_t leaf[4];
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	cpu_cpuid(0xd, 0, leaf);
	components = leaf[0] & XSTATE_SUPPORTED;
	saved = components & ~XSTATE_PKRU;
	if (components & XSTATE_PKRU)
		write_cr4(read_cr4() | CR4_PKE);
	memcpy(initial_state, &fcw, sizeof(fcw));
	memcpy(initial_state + 24, &mxcsr, sizeof(mxcsr));
}

uint64_t cpu_xstate_supported(void)
{
	return components;
}

uint32_t cpu_xsave_size(uint64_t in_force, bool compacted)
{
	uint32_t size = 576;
	uint32_t leaf[4];

	for (unsigned int i = 2; i < 63; i++) {
		if (!(in_force & components & bit(i)))
			continue;
		cpu_cpuid(0xd, i, leaf);
		if (compacted)
			size += leaf[0];
		else if (leaf[0] + leaf[1] > size)
			size = leaf[0] + leaf[1];
	}
	return size;
}

static void set_unguarded(const uint64_t scratch[8])
{
	/* WRPKRU costs an emulator its TLB. */
	if ((components & XSTATE_PKRU) && rdpkru() != low32(scratch[SCRATCH_PKRU]))
		wrpkru(low32(scratch[SCRATCH_PKRU]));
	wrmsr(MSR_TSC_AUX, scratch[SCRATCH_TSC_AUX]);
	write_dr0_3(&scratch[SCRATCH_DR0]);
}

static void give_unguarded(const struct cpu_vcpu *v)
{
	if (unguarded_given)
		return;
	set_unguarded(v->scratch);
	xsetbv(0, v->xcr0);
	unguarded_given = true;
}

void xstate_take_unguarded(void)
{
	static const uint64_t initial[8];
	struct cpu_vcpu *owner = svm_lp.xstate_owner;

	if (!unguarded_given)
		return;
	if (components & XSTATE_PKRU)
		owner->scratch[SCRATCH_PKRU] = rdpkru();
	owner->scratch[SCRATCH_TSC_AUX] = rdmsr(MSR_TSC_AUX);
	read_dr0_3(&owner->scratch[SCRATCH_DR0]);
	set_unguarded(initial);
	xsetbv(0, components); /* TDX Module ABI: what a TD may have, not what it chose */
	unguarded_given = false;
}

static void save_owner(void)
{
	struct cpu_vcpu *owner = svm_lp.xstate_owner;

	if (!owner)
		return;
	xstate_take_unguarded();
	xsetbv(0, components);
	xsave(phys_ptr(owner->xstate_pa), saved);
	svm_lp.xstate_owner = NULL;
}

void xstate_load(struct cpu_vcpu *v)
{
	if (svm_lp.xstate_owner != v) {
		save_owner();
		xsetbv(0, components);
		xrstor(phys_ptr(v->xstate_pa), saved);
		svm_lp.xstate_owner = v;
	}
	give_unguarded(v);
}

void xstate_give_to_host(void)
{
	if (!svm_lp.xstate_owner)
		return;
	save_owner();
	xrstor(initial_state, saved);
}

uint64_t *cpu_vcpu_xstate(struct cpu_vcpu *v)
{
	if (svm_lp.xstate_owner == v)
		xstate_give_to_host();
	return phys_ptr(v->xstate_pa);
}

uint64_t *xstate_unguarded(struct cpu_vcpu *v, enum cpu_state what)
{
	if (svm_lp.xstate_owner == v)
		xstate_take_unguarded();
	return what == CPU_STATE_TSC_AUX ? &v->scratch[SCRATCH_TSC_AUX]
					 : &v->scratch[SCRATCH_DR0 + what - CPU_STATE_DR];
}

void cpu_vcpu_set_xcr0(struct cpu_vcpu *v, uint64_t value)
{
	v->xcr0 = value;
	if (svm_lp.xstate_owner == v && unguarded_given)
		xsetbv(0, value);
}

void cpu_vcpu_flush(struct cpu_vcpu *v)
{
	if (svm_lp.xstate_owner == v)
		xstate_give_to_host();
	if (svm_lp.last_vcpu == v)
		svm_lp.last_vcpu = NULL;
}

static void copy_xmm(uint8_t *to, const uint8_t *from, uint16_t mask)
{
	uint64_t present;

	for (unsigned int i = 0; i < 16; i++)
		if (mask & bit(i))
			memcpy(to + XSAVE_XMM + 16 * i, from + XSAVE_XMM + 16 * i, 16);
	memcpy(&present, to + XSAVE_BV, sizeof(present));
	present |= XSTATE_SSE;
	memcpy(to + XSAVE_BV, &present, sizeof(present));
}

void cpu_vcpu_export_xmm(struct cpu_vcpu *v, uint16_t mask)
{
	if (!mask)
		return;
	xstate_give_to_host();
	memcpy(host_state, initial_state, sizeof(host_state));
	copy_xmm(host_state, phys_ptr(v->xstate_pa), mask);
	xrstor(host_state, saved);
}

void cpu_vcpu_import_xmm(struct cpu_vcpu *v, uint16_t mask)
{
	if (!mask)
		return;
	xstate_give_to_host();
	memset(host_state, 0, sizeof(host_state));
	xsave(host_state, saved);
	copy_xmm(phys_ptr(v->xstate_pa), host_state, mask);
}
