/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.INIT: the TD's execution controls, from TD_PARAMS. TDX Module ABI, "TDH.MNG.INIT".
 *
 *	in	RCX	TDR	RDX	TD_PARAMS, 1024-aligned
 *	out	RCX	0; with OPERAND_INVALID|CPUID_CONFIG the leaf 31:0 and sub-leaf 63:32 that
 *			cannot be
 *
 * Changes op state UNINITIALIZED -> INITIALIZED; the epoch, the virtual TSC and MRTD begin.
 */
#include <string.h>

#include "lib/bits.h"
#include "module/cpuid.h"
#include "module/leaf.h"
#include "module/measure.h"
#include "module/msr.h"
#include "module/sameness.h"
#include "module/sys.h"
#include "module/topology.h"

#define MSR_CTLS_ARCH_CAPS 1
#define TSC_FREQUENCY_MIN  4
#define TSC_FREQUENCY_MAX  400
#define HP_LOCK_TIMEOUT	   1000000 /* microseconds */
#define TSC_MULTIPLIER_ONE bit(48) /* 48 fraction bits */
#define PARAMS_MAX_CPUID   ARRAY_SIZE(((struct tdx_td_params *)0)->cpuid_values)

static uint64_t invalid(uint32_t operand)
{
	return tdx_operand(TDX_OPERAND_INVALID, operand);
}

static bool is_zero(const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++) {
		if (b[i])
			return false;
	}
	return true;
}

static bool fits_fixed(uint64_t value, uint64_t fixed0, uint64_t fixed1)
{
	return !(value & ~fixed0) && (value & fixed1) == fixed1;
}

/* Some components come together or not at all, and AVX-512 needs AVX. */
static bool xfam_is_valid(uint64_t xfam)
{
	const uint64_t groups[] = { TDX_XFAM_AVX512, TDX_XFAM_CET, TDX_XFAM_AMX };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if ((xfam & groups[i]) && (xfam & groups[i]) != groups[i])
			return false;
	}
	if ((xfam & TDX_XFAM_AVX512) && !(xfam & TDX_XFAM_AVX))
		return false;
	return fits_fixed(xfam, cpuid_xfam_supported(), SYS_XFAM_FIXED1);
}

static unsigned int sept_levels(const struct tdx_td_params *p)
{
	return p->eptp_controls == (TDX_EPTP_WB | TDX_EPTP_5_LEVELS) ? 5 : 4;
}

static bool eptp_controls_are_valid(const struct tdx_td_params *p)
{
	bool five_possible = sys_config_flags_fixed0() & TDX_CONFIG_GPAW_52;

	if (p->eptp_controls == (TDX_EPTP_WB | TDX_EPTP_5_LEVELS))
		return five_possible;
	return p->eptp_controls == (TDX_EPTP_WB | TDX_EPTP_4_LEVELS) &&
	       !(p->config_flags & TDX_CONFIG_GPAW_52);
}

/* In the ABI's order, as are the checks after it. */
static uint64_t check_controls(const struct tdx_td_params *p)
{
	if (!fits_fixed(p->attributes, SYS_ATTRIBUTES_FIXED0, SYS_ATTRIBUTES_FIXED1))
		return invalid(TDX_OPERAND_ID_ATTRIBUTES);
	if (!xfam_is_valid(p->xfam))
		return invalid(TDX_OPERAND_ID_XFAM);
	if (p->max_vcpus == 0 || p->max_vcpus > TOPOLOGY_MAX_VCPUS)
		return invalid(TDX_OPERAND_ID_MAX_VCPUS);
	if (p->num_l2_vms != 0)
		return invalid(TDX_OPERAND_ID_NUM_L2_VMS);
	if (p->reserved_0)
		return invalid(TDX_OPERAND_ID_RDX);
	if (!fits_fixed(p->config_flags, sys_config_flags_fixed0(), SYS_CONFIG_FLAGS_FIXED1))
		return invalid(TDX_OPERAND_ID_CONFIG_FLAGS);
	if (!eptp_controls_are_valid(p))
		return invalid(TDX_OPERAND_ID_EPTP_CONTROLS);
	if (p->tsc_frequency < TSC_FREQUENCY_MIN || p->tsc_frequency > TSC_FREQUENCY_MAX)
		return invalid(TDX_OPERAND_ID_TSC_FREQUENCY);
	return sameness_of_tsc();
}

static uint64_t check_reserved(const struct tdx_td_params *p)
{
	if (!is_zero(p->reserved_1, sizeof(p->reserved_1)) ||
	    (p->msr_config_ctls & ~MSR_CTLS_ARCH_CAPS) ||
	    !is_zero(p->reserved_2, sizeof(p->reserved_2)))
		return invalid(TDX_OPERAND_ID_RDX);
	return TDX_SUCCESS;
}

static uint64_t check_after_cpuid(const struct tdx_td_params *p, uint64_t native_capabilities)
{
	uint64_t possible = native_capabilities & SYS_ARCH_CAPABILITIES_CONFIG_MASK;
	size_t unused = (PARAMS_MAX_CPUID - CPUID_CONFIG_COUNT) * sizeof(p->cpuid_values[0]);

	if (!is_zero(&p->cpuid_values[CPUID_CONFIG_COUNT], unused))
		return invalid(TDX_OPERAND_ID_RDX);
	if ((p->msr_config_ctls & MSR_CTLS_ARCH_CAPS) &&
	    (p->ia32_arch_capabilities_config & ~possible))
		return invalid(TDX_OPERAND_ID_ARCH_CAPABILITIES_CONFIG);
	return TDX_SUCCESS;
}

static uint64_t arch_capabilities(const struct tdx_td_params *p, uint64_t native)
{
	if (!(p->msr_config_ctls & MSR_CTLS_ARCH_CAPS))
		return native;
	return (native & ~SYS_ARCH_CAPABILITIES_CONFIG_MASK) | p->ia32_arch_capabilities_config;
}

static void commit(struct tdcs *tdcs, const struct tdx_td_params *p, uint64_t native_capabilities)
{
	tdcs->attributes = p->attributes;
	tdcs->xfam = p->xfam;
	tdcs->max_vcpus = p->max_vcpus;
	tdcs->config_flags = p->config_flags;
	tdcs->eptp_controls = p->eptp_controls;
	tdcs->gpaw = p->config_flags & TDX_CONFIG_GPAW_52 ? 52 : 48;
	tdcs->sept_levels = (uint8_t)sept_levels(p);
	if (p->attributes & TDX_ATTR_SEPT_VE_DISABLE)
		tdcs->td_ctls = TDX_TD_CTLS_PENDING_VE_DISABLE;
	tdcs->hp_lock_timeout = HP_LOCK_TIMEOUT;
	tdcs->tsc_frequency = p->tsc_frequency;
	tdcs->tsc_multiplier = TSC_MULTIPLIER_ONE;
	tdcs->tsc_offset = -platform_tsc();
	tdcs->ia32_arch_capabilities = arch_capabilities(p, native_capabilities);
	tdcs->epoch = 1;
	memcpy(tdcs->mrconfigid, p->mrconfigid, sizeof(tdcs->mrconfigid));
	memcpy(tdcs->mrowner, p->mrowner, sizeof(tdcs->mrowner));
	memcpy(tdcs->mrownerconfig, p->mrownerconfig, sizeof(tdcs->mrownerconfig));
	measure_start(tdcs);
	tdcs->op_state = TD_OP_INITIALIZED;
}

static uint64_t init(struct seamcall *c, struct td_locked *td, uint64_t params)
{
	struct tdx_td_params p;
	struct hpa pa;
	uint64_t native_capabilities, status;

	status = vmm_operand(params, sizeof(p), sizeof(p), TDX_OPERAND_ID_RDX, &pa);
	if (status)
		return status;
	vmm_read(pa, &p, sizeof(p));
	status = check_controls(&p);
	if (!status)
		status = check_reserved(&p);
	if (status)
		return status;
	status = cpuid_init_td(td->tdr, &p, &c->r[TDX_RCX]);
	if (status)
		return status;
	native_capabilities = msr_arch_capabilities(td->tdcs);
	status = check_after_cpuid(&p, native_capabilities);
	if (status) {
		/* The page is filled before the last checks: back to what ADDCX left. */
		cpu_zero(td->tdr->tdcx[TDCX_CPUID], PAGE_SIZE);
		return status;
	}
	commit(td->tdcs, &p, native_capabilities);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mng_init(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					   PAGE_LOCK_EXCLUSIVE, TDH_MNG_INIT, &td);

	c->r[TDX_RCX] = 0;
	if (status)
		return status;
	status = init(c, &td, c->r[TDX_RDX]);
	td_unlock(&td);
	return status;
}
