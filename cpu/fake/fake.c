/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cpu/fake/fake_cpu.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"

#define LEVELS_48	4
#define LEVELS_52	5
#define RFLAGS_IF	bit(9)
#define INTERRUPT_FIRST 32

/* Of the logical processor that a thread is. */
static _Thread_local fake_guest *guest;
static _Thread_local void *guest_context;
_Thread_local uint8_t fake_cpu_host_xmm[16][16];

static unsigned int gpa_width;
static unsigned int looks_left;
static bool host_takes_interrupts;
static fake_zero *zero;

/* Memory that is zero stays untouched: a test may have more than Linux has given it yet. */
static void write_zeroes(struct hpa page)
{
	static const uint8_t zeroes[PAGE_SIZE];
	void *memory = phys_ptr(page);

	if (memcmp(memory, zeroes, PAGE_SIZE) != 0)
		memset(memory, 0, PAGE_SIZE);
}

static void no_guest(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	exit->kind = CPU_EXIT_TRIPLE_FAULT;
}

void fake_cpu_reset(void)
{
	guest = no_guest;
	guest_context = NULL;
	gpa_width = 48;
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	zero = write_zeroes;
	memset(fake_cpu_host_xmm, 0, sizeof(fake_cpu_host_xmm));
	fake_host_view_reset();
	fake_cpuid_reset();
}

void fake_cpu_set_guest(fake_guest *function, void *context)
{
	guest = function;
	guest_context = context;
}

void fake_cpu_interrupt_after(unsigned int looks, bool host_takes)
{
	looks_left = looks;
	host_takes_interrupts = host_takes;
}

bool cpu_interrupt_pending(bool for_host)
{
	if (looks_left && looks_left != FAKE_NO_INTERRUPT) {
		looks_left--;
		return false;
	}
	return looks_left == 0 && (!for_host || host_takes_interrupts);
}

void fake_cpu_set_zero(fake_zero *function)
{
	zero = function;
}

void fake_cpu_set_gpa_width(unsigned int width)
{
	gpa_width = width;
}

unsigned int cpu_gpa_width(void)
{
	return gpa_width;
}

void cpu_zero(struct hpa pa, uint64_t size)
{
	CHECK(is_aligned(pa.pa | size, PAGE_SIZE));
	for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE)
		zero(hpa_add(pa, offset));
}

/*
 * Secure EPT entries: fields in an order of their own, turned and masked, so that code which looks
 * into one without cpu_sept_*() finds nonsense, and zeroes are caught.
 *
 *	7:0 state + 1   10:8 level (0 for FREE)   12:11 the module's marks   51:16 page frame number
 *63:56 the tag
 */
#define ENTRY_MASK UINT64_C(0x3c96e18f52d4a70b)
#define ENTRY_TURN 29
#define ENTRY_TAG  UINT64_C(0xa5)
#define ENTRY_MARK 11 /* where the mask is 0: a mark that is clear is a bit that is clear */

uint64_t cpu_sept_encode(enum sept_state state, struct hpa pa, unsigned int level)
{
	uint64_t plain = ENTRY_TAG << 56 | pa.pa / PAGE_SIZE << 16 | (state + 1u);

	CHECK(state < SEPT_STATE_COUNT && level <= 4);
	if (state != SEPT_STATE_FREE)
		plain |= (uint64_t)level << 8;
	plain ^= ENTRY_MASK;
	return plain << ENTRY_TURN | plain >> (64 - ENTRY_TURN);
}

uint64_t cpu_sept_mark(enum sept_mark mark)
{
	_Static_assert((ENTRY_MASK >> ENTRY_MARK & 3) == 0, "marks are clear at first");
	return bit(ENTRY_MARK + ENTRY_TURN + mark);
}

static uint64_t decode(uint64_t entry)
{
	uint64_t plain = (entry >> ENTRY_TURN | entry << (64 - ENTRY_TURN)) ^ ENTRY_MASK;

	CHECK(plain >> 56 == ENTRY_TAG && (plain & 0xff) - 1 < SEPT_STATE_COUNT);
	return plain;
}

enum sept_state cpu_sept_state(uint64_t entry)
{
	return (enum sept_state)((decode(entry) & 0xff) - 1);
}

struct hpa cpu_sept_pa(uint64_t entry)
{
	return hpa((decode(entry) >> 16 & bit_range(35, 0)) * PAGE_SIZE);
}

struct fake_vcpu *fake_vcpu(const struct cpu_vcpu *v)
{
	_Static_assert(sizeof(struct fake_vcpu) <= PAGE_SIZE, "one page");
	return phys_ptr(v->hw_pa);
}

uint8_t (*fake_xmm(const struct cpu_vcpu *v))[16]
{
	return phys_ptr(v->xstate_pa);
}

void cpu_vcpu_reset(struct cpu_vcpu *v, uint64_t tsc_offset)
{
	struct fake_vcpu *f = fake_vcpu(v);

	*f = (struct fake_vcpu){
		.rip = 0xfffffff0,
		.rflags = 2,
		.cr0 = 0x21,
		.cr4 = 0x40,
		.efer = 0x901,
		.xcr0 = 1,
		.tsc_offset = tsc_offset,
		.offered = -1,
	};
	v->xcr0 = 1;
}

static struct fake_translation *find(struct fake_translation *table, struct gpa gpa)
{
	for (unsigned int i = 0; i < FAKE_TLB_SIZE; i++) {
		if (gpa.pa - table[i].gpa.pa < table[i].size)
			return &table[i];
	}
	return NULL;
}

static void enter(struct fake_translation *table, struct fake_translation t)
{
	unsigned int i = 0;

	while (i < FAKE_TLB_SIZE - 1 && table[i].size)
		i++;
	table[i] = t;
}

static void forget(struct fake_translation *table)
{
	memset(table, 0, FAKE_TLB_SIZE * sizeof(*table));
}

/* The walk of the CPU: levels as in the entries themselves, not as anybody tells it. */
static bool walk(struct cpu_vcpu *v, struct gpa gpa, struct fake_translation *t)
{
	struct hpa table = v->sept_root;
	unsigned int level = (gpa_width > 48 ? LEVELS_52 : LEVELS_48) - 1;

	for (;; level--) {
		const uint64_t *entries = phys_ptr(table);
		uint64_t entry = __atomic_load_n(&entries[gpa.pa / level_size(level) % 512],
						 __ATOMIC_ACQUIRE);

		CHECK(!cpu_host_can_access(table));
		if (cpu_sept_state(entry) == SEPT_STATE_FREE)
			return false;
		CHECK((decode(entry) >> 8 & 7) == level);
		if (cpu_sept_state(entry) == SEPT_STATE_MAPPED) {
			t->gpa.pa = align_down(gpa.pa, level_size(level));
			t->pa = cpu_sept_pa(entry);
			t->size = level_size(level);
			return true;
		}
		if (cpu_sept_state(entry) != SEPT_STATE_NL_MAPPED)
			return false;
		table = cpu_sept_pa(entry);
	}
}

bool fake_cpu_translate(struct cpu_vcpu *v, struct gpa gpa, struct hpa *pa)
{
	struct fake_vcpu *f = fake_vcpu(v);
	bool shared = gpa.pa >> (gpa_width - 1);
	struct fake_translation *known = find(shared ? f->shared : f->tlb, gpa);
	struct fake_translation t;

	if (!known && !shared && walk(v, gpa, &t)) {
		enter(f->tlb, t);
		known = find(f->tlb, gpa);
	}
	if (!known)
		return false;
	*pa = hpa_add(known->pa, gpa.pa - known->gpa.pa);
	/* A page that is hidden from the VMM is hidden from the shared half of every TD. */
	return !shared || cpu_host_can_access(hpa(pa->pa & PAGE_MASK));
}

bool cpu_shared_enter(struct cpu_vcpu *v, struct gpa gpa, struct hpa pa, unsigned int level,
		      bool write, bool exec)
{
	for (uint64_t offset = 0; offset < level_size(level); offset += PAGE_SIZE) {
		if (!cpu_host_can_access(hpa_add(pa, offset)))
			return false;
	}
	enter(fake_vcpu(v)->shared, (struct fake_translation){ gpa, pa, level_size(level) });
	return true;
}

void cpu_shared_forget(struct cpu_vcpu *v)
{
	forget(fake_vcpu(v)->shared);
}

void cpu_vcpu_flush_tlb(struct cpu_vcpu *v)
{
	forget(fake_vcpu(v)->tlb);
	fake_vcpu(v)->tlb_flushes++;
}

void cpu_vcpu_flush(struct cpu_vcpu *v)
{
	fake_vcpu(v)->flushes++;
}

static void deliver(struct fake_vcpu *f)
{
	f->delivered = f->inject;
	f->delivered_vector = f->inject_vector;
	f->inject = FAKE_NO_EVENT;
	f->taken = false;
	if (f->delivered == FAKE_NO_EVENT && f->offered >= INTERRUPT_FIRST &&
	    (f->rflags & RFLAGS_IF)) {
		f->delivered = FAKE_INTERRUPT;
		f->delivered_vector = (uint8_t)f->offered;
		f->offered = -1;
		f->taken = true;
	}
}

void cpu_vcpu_run(struct cpu_vcpu *v, struct cpu_exit *exit)
{
	struct fake_vcpu *f = fake_vcpu(v);

	CHECK(!cpu_host_can_access(v->hw_pa) && !cpu_host_can_access(v->xstate_pa) &&
	      !cpu_host_can_access(v->sept_root));
	deliver(f);
	f->runs++;
	memset(exit, 0, sizeof(*exit));
	guest(v, exit, guest_context);
}

static void inject(struct cpu_vcpu *v, enum fake_event event, uint8_t vector)
{
	struct fake_vcpu *f = fake_vcpu(v);

	f->resume_flag = false;
	f->inject = event;
	f->inject_vector = vector;
	f->inject_has_error = false;
	f->inject_error = 0;
}

void cpu_vcpu_inject_exception(struct cpu_vcpu *v, uint8_t vector, bool has_error, uint32_t error)
{
	CHECK(vector < INTERRUPT_FIRST);
	inject(v, FAKE_EXCEPTION, vector);
	fake_vcpu(v)->inject_has_error = has_error;
	fake_vcpu(v)->inject_error = error;
}

void cpu_vcpu_set_resume_flag(struct cpu_vcpu *v)
{
	fake_vcpu(v)->resume_flag = true;
}

bool cpu_vcpu_nmi_blocked(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->nmi_blocked;
}

void cpu_vcpu_inject_nmi(struct cpu_vcpu *v)
{
	fake_vcpu(v)->nmi_blocked = true;
	inject(v, FAKE_NMI, 2);
}

void cpu_vcpu_inject_interrupt(struct cpu_vcpu *v, uint8_t vector)
{
	inject(v, FAKE_INTERRUPT, vector);
}

bool cpu_vcpu_injecting(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->inject != FAKE_NO_EVENT;
}

void cpu_vcpu_offer_interrupt(struct cpu_vcpu *v, int vector)
{
	fake_vcpu(v)->offered = vector < 0 ? -1 : vector;
}

bool cpu_vcpu_interrupt_taken(struct cpu_vcpu *v)
{
	bool taken = fake_vcpu(v)->taken;

	fake_vcpu(v)->taken = false;
	return taken;
}

void cpu_vcpu_skip(struct cpu_vcpu *v, unsigned int length)
{
	fake_vcpu(v)->rip += length;
}

uint64_t cpu_vcpu_rip(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->rip;
}

void cpu_vcpu_set_rip(struct cpu_vcpu *v, uint64_t rip)
{
	fake_vcpu(v)->rip = rip;
}

uint64_t cpu_vcpu_rflags(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->rflags;
}

uint64_t cpu_vcpu_cr0(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->cr0;
}

uint64_t cpu_vcpu_cr2(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->cr2;
}

uint64_t cpu_vcpu_cr3(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->cr3;
}

uint64_t cpu_vcpu_cr4(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->cr4;
}

uint64_t cpu_vcpu_efer(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->efer;
}

void cpu_vcpu_set_cr0(struct cpu_vcpu *v, uint64_t value)
{
	fake_vcpu(v)->cr0 = value;
}

void cpu_vcpu_set_cr2(struct cpu_vcpu *v, uint64_t value)
{
	fake_vcpu(v)->cr2 = value;
}

void cpu_vcpu_set_cr4(struct cpu_vcpu *v, uint64_t value)
{
	fake_vcpu(v)->cr4 = value;
}

void cpu_vcpu_set_efer(struct cpu_vcpu *v, uint64_t value)
{
	fake_vcpu(v)->efer = value;
}

void cpu_vcpu_set_xcr0(struct cpu_vcpu *v, uint64_t value)
{
	v->xcr0 = value;
	fake_vcpu(v)->xcr0 = value;
}

unsigned int cpu_vcpu_cpl(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->cpl;
}

bool cpu_vcpu_is_64bit(const struct cpu_vcpu *v)
{
	return fake_vcpu(v)->is_64bit;
}

uint64_t cpu_vcpu_segment_base(const struct cpu_vcpu *v, unsigned int segment)
{
	CHECK(segment < 6);
	return fake_vcpu(v)->segment_base[segment];
}

/* Where it is kept. */
static uint64_t *state(struct fake_vcpu *f, enum cpu_state what)
{
	switch ((unsigned int)what) {
	case CPU_STATE_CR0:
		return &f->cr0;
	case CPU_STATE_CR2:
		return &f->cr2;
	case CPU_STATE_CR3:
		return &f->cr3;
	case CPU_STATE_CR4:
		return &f->cr4;
	case CPU_STATE_EFER:
		return &f->efer;
	case CPU_STATE_RIP:
		return &f->rip;
	case CPU_STATE_RFLAGS:
		return &f->rflags;
	default:
		break;
	}
	if (what >= CPU_STATE_BASE && what < CPU_STATE_BASE + ARRAY_SIZE(f->segment_base))
		return &f->segment_base[what - CPU_STATE_BASE];
	return &f->state[what];
}

uint64_t cpu_vcpu_state(const struct cpu_vcpu *v, enum cpu_state what)
{
	CHECK(what < CPU_STATE_COUNT);
	return *state(fake_vcpu(v), what);
}

void cpu_vcpu_set_state(struct cpu_vcpu *v, enum cpu_state what, uint64_t value)
{
	CHECK(what < CPU_STATE_COUNT);
	*state(fake_vcpu(v), what) = value;
}

uint64_t *cpu_vcpu_xstate(struct cpu_vcpu *v)
{
	return phys_ptr(v->xstate_pa);
}

void cpu_vcpu_export_xmm(struct cpu_vcpu *v, uint16_t mask)
{
	for (unsigned int i = 0; i < 16; i++) {
		if (mask & bit(i))
			memcpy(fake_cpu_host_xmm[i], fake_xmm(v)[i], 16);
		else
			memset(fake_cpu_host_xmm[i], 0, 16);
	}
}

void cpu_vcpu_import_xmm(struct cpu_vcpu *v, uint16_t mask)
{
	for (unsigned int i = 0; i < 16; i++) {
		if (mask & bit(i))
			memcpy(fake_xmm(v)[i], fake_cpu_host_xmm[i], 16);
	}
}
