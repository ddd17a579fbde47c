/* SPDX-License-Identifier: MIT */
#include "module/fault.h"

#include "lib/bits.h"
#include "lib/insn.h"
#include "module/exit.h"
#include "module/module.h"
#include "module/shared.h"
#include "module/ve.h"

static uint64_t qualification(struct memory_access access)
{
	return (access.read ? TDX_EPT_QUAL_READ : 0) | (access.write ? TDX_EPT_QUAL_WRITE : 0) |
	       (access.fetch ? TDX_EPT_QUAL_FETCH : 0);
}

/* Does this linear address lie in the page that faulted? *gla is then the address of the fault. */
static bool maps_to(const struct guest *g, uint64_t linear, struct gpa fault, uint64_t *gla)
{
	struct gpa address;

	if (!guest_translate(g, linear, &address) ||
	    (address.pa & PAGE_MASK) != (fault.pa & PAGE_MASK))
		return false;
	*gla = (linear & PAGE_MASK) | (fault.pa & ~PAGE_MASK);
	return true;
}

static enum insn_mode instruction_mode(const struct guest *g)
{
	/* The guest's 16-bit code, if there is any, is decoded as 32-bit: the check of the page
	 * turns a wrong guess into "unknown". */
	return cpu_vcpu_is_64bit(&g->vcpu->cpu) ? INSN_MODE_64 : INSN_MODE_32;
}

static bool fetch_instruction(const struct guest *g, uint64_t rip, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t count = guest_read_linear(g, rip + cpu_vcpu_segment_base(&g->vcpu->cpu, INSN_CS),
					 bytes, sizeof(bytes));

	return insn_decode(bytes, count, instruction_mode(g), insn) == INSN_OK;
}

/* The second page of an operand that crosses a page boundary counts as well. */
static bool operand_maps_to(const struct guest *g, uint64_t linear, struct gpa fault, uint64_t *gla)
{
	return maps_to(g, linear, fault, gla) ||
	       maps_to(g, align_up(linear + 1, PAGE_SIZE), fault, gla);
}

/*
 * The CPU does not tell the linear address of a nested page fault: it is found again from the
 * instruction. 0 stands for an address that cannot be found.
 */
static uint64_t find_gla(const struct guest *g, const struct cpu_exit *x)
{
	const struct cpu_vcpu *cpu = &g->vcpu->cpu;
	struct gpa fault = x->memory.gpa;
	uint64_t rip = cpu_vcpu_rip(cpu);
	uint64_t base[6];
	struct insn insn;
	uint64_t gla;

	if (x->memory.fetch)
		return operand_maps_to(g, rip, fault, &gla) ? gla : 0;
	if (x->memory.walk || !fetch_instruction(g, rip, &insn))
		return 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(base); i++)
		base[i] = cpu_vcpu_segment_base(cpu, i);
	if (insn.memory &&
	    operand_maps_to(g, insn_memory_address(&insn, cpu->gpr, rip, base), fault, &gla))
		return gla;
	/* String instructions, and the stack of PUSH, POP, CALL and RET. */
	if (operand_maps_to(g, cpu->gpr[TDX_RSI], fault, &gla) ||
	    operand_maps_to(g, cpu->gpr[TDX_RDI], fault, &gla) ||
	    maps_to(g, cpu->gpr[TDX_RSP], fault, &gla) ||
	    maps_to(g, cpu->gpr[TDX_RSP] - 1, fault, &gla))
		return gla;
	return 0;
}

static void raise_ept_ve(const struct guest *g, struct gpa address, uint64_t qual, uint64_t gla,
			 unsigned int length)
{
	const struct tdx_ve_info info = {
		.exit_reason = TDX_EXIT_EPT_VIOLATION,
		.exit_qualification = qual,
		.gla = gla,
		.gpa = address.pa,
		.instruction_length = length,
	};

	ve_raise(g->vcpu, &info);
}

static void raise_ve(const struct guest *g, const struct cpu_exit *x, uint64_t qual)
{
	uint64_t gla = find_gla(g, x);

	if (gla)
		qual |= TDX_EPT_QUAL_GLA_VALID;
	if (!x->memory.walk)
		qual |= TDX_EPT_QUAL_TRANSLATED;
	raise_ept_ve(g, x->memory.gpa, qual, gla, x->length);
}

/*
 * TDX Module ABI, "#VE Injection": a page fault of the module's own on top of an event that was on
 * its way. On a #PF or a #VE it makes a double fault, on that a triple fault, and it takes the
 * place of any other. False: TD exit.
 */
static bool raise_pf(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	if (x->event_pending && x->event_is_exception && x->event_vector == VECTOR_DF) {
		td_exit_triple_fault(g->vcpu, out);
		return false;
	}
	if (x->event_pending && x->event_is_exception &&
	    (x->event_vector == VECTOR_PF || x->event_vector == TDX_VE_VECTOR)) {
		raise_df(g->vcpu);
		return true;
	}
	raise_reserved_pf(g->vcpu, find_gla(g, x), x->memory.write, x->memory.fetch);
	return true;
}

/* A private page that the guest may not touch ends the TD, as a rule: note it for the report. */
static void note_private_fault(const struct guest *g, struct gpa address,
			       const struct memory_target *t)
{
	if (t->shared)
		return;
	module_count(&module_counters.fault_count, 1);
	__atomic_store_n(&module_counters.fault_gpa, address.pa, __ATOMIC_RELAXED);
	__atomic_store_n(&module_counters.fault_rip, cpu_vcpu_rip(&g->vcpu->cpu), __ATOMIC_RELAXED);
	__atomic_store_n(&module_counters.fault_pending, t->pending, __ATOMIC_RELAXED);
}

static void exit_to_vmm(const struct guest *g, struct gpa address, uint64_t qual,
			const struct memory_target *t, struct td_exit *out)
{
	note_private_fault(g, address, t);
	td_exit_memory(out, t->reason, qual, address, t->extended);
}

bool fault_handle(const struct guest *g, const struct cpu_exit *x, struct td_exit *out)
{
	const struct memory_access access = { x->memory.read, x->memory.write, x->memory.fetch };
	uint64_t qual = qualification(access);
	struct memory_target t;

	switch (guest_memory(g, x->memory.gpa, access, &t)) {
	case MEMORY_OK:
		/* Private: another VCPU has accepted the page since. */
		if (!t.shared || shared_enter(g, x->memory.gpa, &t))
			return true;
		t.reason = TDX_EXIT_EPT_VIOLATION;
		break;
	case MEMORY_PF:
		return raise_pf(g, x, out);
	case MEMORY_VE:
		raise_ve(g, x, qual);
		return true;
	case MEMORY_EXIT:
		break;
	}
	exit_to_vmm(g, x->memory.gpa, qual, &t, out);
	return false;
}

bool fault_of_operand(const struct guest *g, struct gpa address, struct memory_access access,
		      enum memory_outcome outcome, const struct memory_target *t,
		      struct td_exit *out)
{
	if (outcome == MEMORY_VE)
		raise_ept_ve(g, address, qualification(access), 0, 0);
	if (outcome != MEMORY_EXIT)
		return false;
	exit_to_vmm(g, address, qualification(access), t, out);
	return true;
}
