/* SPDX-License-Identifier: MIT */
/*
 * Which VCPU is which: the index that TDH.VP.INIT gives, and the x2APIC id that the VMM may give
 * with it. TDX Module Base specification, "CPU Topology Enumeration".
 *
 * The ids lie in TDCX page 4, at the VCPUs' indices. A TD whose VCPUs all have one may ask for
 * CPUID leaves 0xB and 0x1F and the MSR of the id without a #VE (TD_CTLS).
 */
#ifndef MODULE_TOPOLOGY_H
#define MODULE_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "module/td.h"
#include "module/vcpu.h"

#define TOPOLOGY_MAX_VCPUS  576	       /* of a TD: MAX_VCPUS_PER_TD */
#define TOPOLOGY_NO_ID	    UINT32_MAX /* version 0 of TDH.VP.INIT gives none */
#define TOPOLOGY_HIGHEST_ID UINT32_C(0xfffffffd)

/*
 * The next index, for a VCPU with this id (at most TOPOLOGY_HIGHEST_ID, or TOPOLOGY_NO_ID).
 * X2APIC_ID_NOT_UNIQUE, MAX_VCPUS_EXCEEDED; nothing is taken then. Callers on several LPs may race.
 */
uint64_t topology_add(const struct tdr *tdr, struct tdcs *tdcs, uint32_t x2apic_id,
		      uint32_t *index);

/* TOPOLOGY_ENUM_CONFIGURED: there are VCPUs, and each came with an id. */
bool topology_is_configured(const struct tdcs *tdcs);
/* Has the guest asked for it? (TD_CTLS.ENUM_TOPOLOGY or REDUCE_VE) */
bool topology_is_enumerated(const struct tdcs *tdcs);
uint32_t topology_id(const struct tdr *tdr, uint32_t index);

/*
 * CPUID leaf 0xB or 0x1F as this VCPU sees it: one thread a core, all cores in one package, whose
 * width is that of the highest id.
 */
struct tdx_cpuid_value topology_cpuid(const struct tdr *tdr, const struct vcpu *v,
				      uint32_t subleaf);

#endif
