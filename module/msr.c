/* SPDX-License-Identifier: MIT */
#include "module/msr.h"

#include "lib/bits.h"
#include "module/cpuid.h"
#include "module/topology.h"
#include "module/vapic.h"

#define MSR_SPEC_CTRL	      0x48
#define MSR_PRED_CMD	      0x49
#define MSR_XAPIC_DISABLE     0xbd
#define MSR_UMWAIT_CONTROL    0xe1
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_FLUSH_CMD	      0x10b
#define MSR_SYSENTER_CS	      0x174
#define MSR_SYSENTER_ESP      0x175
#define MSR_SYSENTER_EIP      0x176
#define MSR_MISC_ENABLE	      0x1a0
#define MSR_DEBUGCTL	      0x1d9
#define MSR_PAT		      0x277
#define MSR_PERF_CAPABILITIES 0x345
#define MSR_DS_AREA	      0x600
#define MSR_X2APIC_ID	      0x802
#define MSR_XSS		      0xda0
#define MSR_UARCH_MISC_CTL    0x1b01
#define MSR_EFER	      0xc0000080
#define MSR_TSC_AUX	      0xc0000103

#define PAT_RESET UINT64_C(0x0007040600070406)

#define XAPIC_DISABLED bit(0)

/* fast strings, no branch trace store, no PEBS, MONITOR enabled; no performance monitoring */
#define MISC_ENABLE_VALUE (bit(0) | bit(11) | bit(12) | bit(18))

/*
 * RDCL_NO IBRS_ALL SKIP_L1DFL SSB_NO MDS_NO IF_PSCHANGE_MC_NO TAA_NO, the three MMIO stale data
 * bits, BHI_NO, XAPIC_DISABLE_STATUS, PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO: there is no speculation to
 * leak by, and a guest that believes so runs faster.
 */
#define ARCH_CAPABILITIES_VALUE                                                                    \
	(bit(0) | bit(1) | bit(3) | bit(4) | bit(5) | bit(6) | bit(8) | bit_range(15, 13) |        \
	 bit(20) | bit(21) | bit(24) | bit(26) | bit(27) | bit(62))

#define DEBUGCTL_TR	    bit(6)
#define DEBUGCTL_BTS	    bit(7)
#define DEBUGCTL_UNCORE_PMI bit(13)
#define DEBUGCTL_VALID	    (bit_range(2, 0) | bit_range(15, 6))

#define EFER_SCE bit(0)
#define EFER_LMA bit(10)

#define XSS_COMPONENTS (TDX_XFAM_PT | TDX_XFAM_CET | TDX_XFAM_ULI | TDX_XFAM_LBR)

enum msr_rule {
	NATIVE,
	EMULATED,
	GP,
	VE,
	IF_PERFMON,
	IF_WAITPKG,
	IF_AMX,
	IF_PT,
	IF_CET,
	IF_PKS,
	IF_ULI,
	IF_LBR,
	VE_IF_PCONFIG,
	VE_IF_DCA,
	VE_IF_TSC_DEADLINE,
	VE_IF_TME,
};

struct msr_range {
	uint32_t first, last;
	enum msr_rule read, write;
};

static const struct msr_range ranges[] = {
#define MSR(first, last, read, write) { first, last, read, write },
#include "module/msr.def"
#undef MSR
};

static const struct msr_range unlisted = { 0, UINT32_MAX, VE, VE };

/*
 * The VMM's own, whatever TD_CTLS says: the registers of the local APIC that it emulates, the
 * version of the microcode, and everything outside the ranges that the MSR bitmaps cover.
 */
static const struct {
	uint32_t first, last;
} paravirtual[] = {
	{ 0x001b, 0x001b }, /* APIC_BASE */
	{ 0x008b, 0x008b }, /* BIOS_SIGN_ID */
	{ 0x06e0, 0x06e0 }, /* TSC_DEADLINE */
	{ 0x0802, 0x083f }, /* x2APIC, as far as it has no row */
	{ 0x2000, 0xbfffffff }, { 0xc0002000, 0xffffffff },
};

static bool is_paravirtual(uint32_t msr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(paravirtual); i++)
		if (msr >= paravirtual[i].first && msr <= paravirtual[i].last)
			return true;
	return false;
}

static const struct msr_range *find_range(uint32_t msr)
{
	unsigned int low = 0, high = ARRAY_SIZE(ranges);

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (msr > ranges[middle].last)
			low = middle + 1;
		else if (msr < ranges[middle].first)
			high = middle;
		else
			return &ranges[middle];
	}
	return &unlisted;
}

void msr_init_module(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct msr_range *r = &ranges[i];

		for (uint32_t msr = r->first; msr <= r->last; msr++)
			if ((r->read == NATIVE || r->write == NATIVE) && cpu_msr_has(msr))
				cpu_msr_pass_through(msr, r->read == NATIVE, r->write == NATIVE);
	}
}

uint64_t msr_arch_capabilities(const struct tdcs *tdcs)
{
	return ARCH_CAPABILITIES_VALUE;
}

void msr_init_vcpu(struct vcpu *v)
{
	v->msrs = (struct vcpu_msrs){ .pat = PAT_RESET };
}

static bool has_xfam(const struct guest *g, uint64_t components)
{
	return (g->tdcs->xfam & components) == components;
}

/* What a conditional rule means for this TD: NATIVE, GP or VE. */
static enum msr_rule decide(const struct guest *g, enum msr_rule rule)
{
	enum msr_rule yes = NATIVE;
	bool condition = true;

	switch (rule) {
	case NATIVE:
	case EMULATED:
	case GP:
	case VE:
		return rule;
	case IF_PERFMON:
		condition = g->tdcs->attributes & TDX_ATTR_PERFMON;
		break;
	case IF_WAITPKG:
		condition = cpuid_td_has(g->tdr, 7, 2, 5);
		break;
	case IF_AMX:
		condition = has_xfam(g, TDX_XFAM_AMX);
		break;
	case IF_PT:
		condition = has_xfam(g, TDX_XFAM_PT);
		break;
	case IF_CET:
		condition = has_xfam(g, TDX_XFAM_CET);
		break;
	case IF_PKS:
		condition = g->tdcs->attributes & TDX_ATTR_PKS;
		break;
	case IF_ULI:
		condition = has_xfam(g, TDX_XFAM_ULI);
		break;
	case IF_LBR:
		condition = has_xfam(g, TDX_XFAM_LBR);
		break;
	case VE_IF_PCONFIG:
		yes = VE;
		condition = cpuid_td_has(g->tdr, 7, 3, 18);
		break;
	case VE_IF_DCA:
		yes = VE;
		condition = cpuid_td_has(g->tdr, 1, 2, 18);
		break;
	case VE_IF_TSC_DEADLINE:
		yes = VE;
		condition = cpuid_td_has(g->tdr, 1, 2, 24);
		break;
	case VE_IF_TME:
		yes = VE;
		condition = cpuid_td_has(g->tdr, 7, 2, 13);
		break;
	}
	return condition ? yes : GP;
}

/* TD_CTLS.REDUCE_VE: an MSR that neither the module nor the VMM has is a #GP, as on a CPU. */
static enum msr_result result_of_ve(const struct guest *g, uint32_t msr)
{
	bool reduced = td_ctls(g->tdcs) & TDX_TD_CTLS_REDUCE_VE;

	return reduced && !is_paravirtual(msr) ? MSR_GP : MSR_VE;
}

/* Where the module keeps an MSR that this CPU lacks; null: nowhere. */
static uint64_t *kept(struct vcpu *v, uint32_t msr)
{
	switch (msr) {
	case MSR_SPEC_CTRL:
		return &v->msrs.spec_ctrl;
	case MSR_UMWAIT_CONTROL:
		return &v->msrs.umwait_control;
	case MSR_SYSENTER_CS:
		return &v->msrs.sysenter_cs;
	case MSR_SYSENTER_ESP:
		return &v->msrs.sysenter_esp;
	case MSR_SYSENTER_EIP:
		return &v->msrs.sysenter_eip;
	case MSR_DEBUGCTL:
		return &v->msrs.debugctl;
	case MSR_PAT:
		return &v->msrs.pat;
	case MSR_DS_AREA:
		return &v->msrs.ds_area;
	case MSR_XSS:
		return &v->msrs.xss;
	case MSR_UARCH_MISC_CTL:
		return &v->msrs.uarch_misc_ctl;
	case MSR_TSC_AUX:
		return &v->msrs.tsc_aux;
	default:
		return NULL;
	}
}

/* Memory types 0, 1, 4..7 in each of the eight bytes. */
static bool pat_is_valid(uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++, value >>= 8)
		if ((value & 0xff) > 7 || (value & 0xfe) == 2)
			return false;
	return true;
}

static bool is_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static bool kept_value_is_valid(uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_PAT:
		return pat_is_valid(value);
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
	case MSR_DS_AREA:
		return is_canonical(value);
	case MSR_TSC_AUX:
	case MSR_SYSENTER_CS:
	case MSR_UMWAIT_CONTROL:
		return value <= UINT32_MAX;
	default:
		return true;
	}
}

static enum msr_result read_emulated(const struct guest *g, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_XAPIC_DISABLE:
		*value = XAPIC_DISABLED;
		return MSR_DONE;
	case MSR_ARCH_CAPABILITIES:
		*value = g->tdcs->ia32_arch_capabilities;
		return MSR_DONE;
	case MSR_MISC_ENABLE:
		*value = MISC_ENABLE_VALUE;
		return MSR_DONE;
	case MSR_DEBUGCTL:
		*value = g->vcpu->msrs.debugctl & ~DEBUGCTL_UNCORE_PMI;
		return MSR_DONE;
	case MSR_PERF_CAPABILITIES:
		*value = 0;
		return MSR_DONE;
	case MSR_EFER:
		*value = cpu_vcpu_efer(&g->vcpu->cpu);
		return MSR_DONE;
	case MSR_X2APIC_ID:
		if (!topology_is_enumerated(g->tdcs))
			return MSR_VE;
		*value = topology_id(g->tdr, g->vcpu->index);
		return MSR_DONE;
	default:
		return vapic_read(g->vcpu, msr, value) ? MSR_DONE : MSR_GP;
	}
}

static enum msr_result write_debugctl(struct vcpu *v, uint64_t value)
{
	if (value & ~DEBUGCTL_VALID)
		return MSR_GP;
	if ((value & DEBUGCTL_TR) && !(value & DEBUGCTL_BTS))
		return MSR_VE;
	v->msrs.debugctl =
		(value & ~DEBUGCTL_UNCORE_PMI) | (v->msrs.debugctl & DEBUGCTL_UNCORE_PMI);
	return MSR_DONE;
}

/* Only SCE is the guest's; LMA is ignored. */
static enum msr_result write_efer(struct vcpu *v, uint64_t value)
{
	uint64_t old = cpu_vcpu_efer(&v->cpu);

	if ((old ^ value) & ~(EFER_SCE | EFER_LMA))
		return MSR_VE;
	cpu_vcpu_set_efer(&v->cpu, (old & ~EFER_SCE) | (value & EFER_SCE));
	return MSR_DONE;
}

static enum msr_result write_xss(const struct guest *g, uint64_t value)
{
	if (value & ~(g->tdcs->xfam & XSS_COMPONENTS))
		return MSR_GP;
	g->vcpu->msrs.xss = value;
	return MSR_DONE;
}

static enum msr_result write_emulated(const struct guest *g, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_XAPIC_DISABLE:
		return MSR_DONE;
	case MSR_PRED_CMD:
	case MSR_FLUSH_CMD:
		/* Commands to predictors and caches that need none here; bit 0 of either. */
		return value & ~bit(0) ? MSR_GP : MSR_DONE;
	case MSR_DEBUGCTL:
		return write_debugctl(g->vcpu, value);
	case MSR_XSS:
		return write_xss(g, value);
	case MSR_EFER:
		return write_efer(g->vcpu, value);
	default:
		return vapic_write(g->vcpu, msr, value) ? MSR_DONE : MSR_GP;
	}
}

enum msr_result msr_read(const struct guest *g, uint32_t msr, uint64_t *value)
{
	enum msr_rule rule = decide(g, find_range(msr)->read);
	const uint64_t *place;

	if (rule == EMULATED)
		return read_emulated(g, msr, value);
	if (rule == VE)
		return result_of_ve(g, msr);
	place = rule == NATIVE ? kept(g->vcpu, msr) : NULL;
	if (!place)
		return MSR_GP;
	*value = *place;
	return MSR_DONE;
}

enum msr_result msr_write(const struct guest *g, uint32_t msr, uint64_t value)
{
	enum msr_rule rule = decide(g, find_range(msr)->write);
	uint64_t *place;

	if (rule == EMULATED)
		return write_emulated(g, msr, value);
	if (rule == VE)
		return result_of_ve(g, msr);
	place = rule == NATIVE ? kept(g->vcpu, msr) : NULL;
	if (!place || !kept_value_is_valid(msr, value))
		return MSR_GP;
	*place = value;
	return MSR_DONE;
}
