/* SPDX-License-Identifier: MIT */
/* TD_PARAMS: TDX Module ABI specification, "TD_PARAMS". */
#include "vmm/td_params.h"

#include "lib/bits.h"

#define XFAM_WANTED (TDX_XFAM_X87 | TDX_XFAM_SSE | TDX_XFAM_AVX | TDX_XFAM_PKRU)
#define NO_SUBLEAF  UINT32_MAX

/*
 * Which of the machine's CPUID bits the TD gets, where the module leaves that to the VMM. Left out
 * is what needs an answer of the VMM's or of hardware that is not there: MONITOR, EST, TM2, DCA,
 * TSX, RDT, WAITPKG, TME, PCONFIG, LA57, AVX-512. A leaf that is not here is 0.
 */
static const struct tdx_cpuid_config wanted[] = {
	/* FMS 0: the machine's own */
	{ 0x00000001, NO_SUBLEAF, 0, 0, 0x31000000, 0x08000000 },
	{ 0x00000004, 0, ~0u, ~0u, ~0u, ~0u },
	{ 0x00000004, 1, ~0u, ~0u, ~0u, ~0u },
	{ 0x00000004, 2, ~0u, ~0u, ~0u, ~0u },
	{ 0x00000004, 3, ~0u, ~0u, ~0u, ~0u },
	{ 0x00000007, 0, 0, 0x008a8308, 0x02400705, 0x00004010 },
	{ 0x00000007, 1, 0x00001c10, 0, 0, 0 },
};

static struct tdx_cpuid_value native(uint32_t leaf, uint32_t subleaf)
{
	struct tdx_cpuid_value v;

	__asm__ volatile("cpuid"
			 : "=a"(v.eax), "=b"(v.ebx), "=c"(v.ecx), "=d"(v.edx)
			 : "a"(leaf), "c"(subleaf));
	return v;
}

static struct tdx_cpuid_value choose(const struct tdx_cpuid_config *config)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct tdx_cpuid_config *w = &wanted[i];
		struct tdx_cpuid_value v;

		if (w->leaf != config->leaf || w->subleaf != config->subleaf)
			continue;
		v = native(w->leaf, w->subleaf == NO_SUBLEAF ? 0 : w->subleaf);
		return (struct tdx_cpuid_value){
			.eax = v.eax & w->eax & config->eax,
			.ebx = v.ebx & w->ebx & config->ebx,
			.ecx = v.ecx & w->ecx & config->ecx,
			.edx = v.edx & w->edx & config->edx,
		};
	}
	return (struct tdx_cpuid_value){ 0 };
}

void td_params_fill(struct tdx_td_params *params, const struct tdx_sysinfo *info,
		    uint64_t attributes, uint16_t tsc_frequency)
{
	*params = (struct tdx_td_params){
		.attributes = attributes,
		.xfam = (XFAM_WANTED & info->xfam_fixed0) | info->xfam_fixed1,
		.max_vcpus = 1,
		.eptp_controls = TDX_EPTP_WB | TDX_EPTP_4_LEVELS,
		.config_flags = TDX_CONFIG_NO_RBP_MOD,
		.tsc_frequency = tsc_frequency,
	};
	for (unsigned int i = 0; i < info->num_cpuid_config && i < ARRAY_SIZE(info->cpuid_config);
	     i++)
		params->cpuid_values[i] = choose(&info->cpuid_config[i]);
}
