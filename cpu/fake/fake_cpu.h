/* SPDX-License-Identifier: MIT */
/*
 * The CPU of a hosted test. A callback plays the guest; the test sets what memory and which CPUID
 * there is, and looks at what the module asked for. Secure EPT entries have an encoding that no
 * real CPU has, and a translation once used stays in a TLB until the module flushes it.
 */
#ifndef CPU_FAKE_FAKE_CPU_H
#define CPU_FAKE_FAKE_CPU_H

#include "cpu/backend.h"

/* As after power-on: no RAM, no guest, default CPUID. */
void fake_cpu_reset(void);

/* RAM that the VMM may access, until it is hidden. */
void fake_cpu_add_ram(struct hpa base, uint64_t size);
/* How memory zeroes one of its pages: it may know that there is nothing to do. */
typedef void fake_zero(struct hpa page);
void fake_cpu_set_zero(fake_zero *function);
/* What of a range of RAM the VMM may access, a bit a page; both multiples of 64 pages. */
void fake_cpu_save_view(struct hpa base, uint64_t size, uint64_t *bits);
void fake_cpu_load_view(struct hpa base, uint64_t size, const uint64_t *bits);

/* Plays the guest from entry to the next exit, which it fills in; exit is zeroed. Each thread is a
 * logical processor with a guest of its own. */
typedef void fake_guest(struct cpu_vcpu *v, struct cpu_exit *exit, void *context);
void fake_cpu_set_guest(fake_guest *guest, void *context);

/* The guest's access to memory, for its callback: false when the CPU would exit. */
bool fake_cpu_translate(struct cpu_vcpu *v, struct gpa gpa, struct hpa *pa);

void fake_cpu_set_gpa_width(unsigned int width);
void fake_cpu_set_cpuid(uint32_t leaf, uint32_t subleaf, const uint32_t value[4]);
/* What cpu_msr() finds; 0 at first. */
void fake_cpu_set_msr(uint32_t msr, uint64_t value);
bool fake_cpu_passes_msr(uint32_t msr, bool write);

/*
 * An interrupt begins to wait when the module has looked for one so many times, and waits until
 * this is called again; without a number there is none. host_takes: the VMM's RFLAGS.IF.
 */
#define FAKE_NO_INTERRUPT UINT32_MAX
void fake_cpu_interrupt_after(unsigned int looks, bool host_takes);

/* The VMM's XMM registers. */
extern _Thread_local uint8_t fake_cpu_host_xmm[16][16];

enum fake_event { FAKE_NO_EVENT, FAKE_EXCEPTION, FAKE_NMI, FAKE_INTERRUPT };

#define FAKE_TLB_SIZE 64

struct fake_translation {
	struct gpa gpa;
	struct hpa pa;
	uint64_t size; /* 0: unused */
};

/* What the back end keeps in the VCPU's hardware page. */
struct fake_vcpu {
	uint64_t rip, rflags, cr0, cr2, cr3, cr4, efer, xcr0, tsc_offset;
	uint64_t segment_base[6];
	uint64_t state[CPU_STATE_COUNT]; /* what has no member of its own */
	unsigned int cpl;
	bool is_64bit;
	/* asked for by the module, for the next run */
	enum fake_event inject;
	uint8_t inject_vector;
	bool inject_has_error;
	uint32_t inject_error;
	int offered; /* vector or -1 */
	bool taken;
	bool resume_flag, nmi_blocked; /* a test ends the latter as IRET would */
	/* what the last run began with */
	enum fake_event delivered;
	uint8_t delivered_vector;
	uint64_t runs, tlb_flushes, flushes;
	struct fake_translation tlb[FAKE_TLB_SIZE], shared[FAKE_TLB_SIZE];
};

struct fake_vcpu *fake_vcpu(const struct cpu_vcpu *v);
/* XMM registers of the guest, in its extended state page. */
uint8_t (*fake_xmm(const struct cpu_vcpu *v))[16];

/* host_view.c, cpuid.c: parts of fake_cpu_reset() */
void fake_host_view_reset(void);
void fake_cpuid_reset(void);

#endif
