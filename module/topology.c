/* SPDX-License-Identifier: MIT */
#include "module/topology.h"

#include <tdx/status.h>

#include "lib/bits.h"

/* Intel SDM, CPUID leaf 0x1F: ECX 15:8. */
#define DOMAIN_THREAD (UINT32_C(1) << 8)
#define DOMAIN_CORE   (UINT32_C(2) << 8)

/* What a slot of the page holds: 0 when no VCPU has that index, else its id and 1. */
#define SLOT_OF(id)	((id) == TOPOLOGY_NO_ID ? UINT32_MAX : (id) + 1)
#define SLOT_WITHOUT_ID UINT32_MAX

_Static_assert(TOPOLOGY_MAX_VCPUS * sizeof(uint32_t) <= TDX_PAGE_SIZE, "one page");

static uint32_t *slots_of(const struct tdr *tdr)
{
	return phys_ptr(tdr->tdcx[TDCX_X2APIC_IDS]);
}

/*
 * Everyone looks at the slots in their order and takes the first free one, and none is given back:
 * of two VCPUs with one id the later comes past the other's slot, whichever LPs they are on.
 */
uint64_t topology_add(const struct tdr *tdr, struct tdcs *tdcs, uint32_t x2apic_id, uint32_t *index)
{
	uint32_t *slots = slots_of(tdr);
	uint32_t slot = SLOT_OF(x2apic_id);

	for (uint32_t i = 0; i < tdcs->max_vcpus; i++) {
		uint32_t found = 0;

		if (__atomic_compare_exchange_n(&slots[i], &found, slot, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE)) {
			*index = i;
			if (slot == SLOT_WITHOUT_ID)
				__atomic_add_fetch(&tdcs->vcpus_without_id, 1, __ATOMIC_RELAXED);
			else
				__atomic_fetch_or(&tdcs->x2apic_id_bits, x2apic_id,
						  __ATOMIC_RELAXED);
			__atomic_add_fetch(&tdcs->vcpu_count, 1, __ATOMIC_ACQ_REL);
			return TDX_SUCCESS;
		}
		if (found == slot && slot != SLOT_WITHOUT_ID)
			return TDX_X2APIC_ID_NOT_UNIQUE;
	}
	return TDX_MAX_VCPUS_EXCEEDED;
}

bool topology_is_configured(const struct tdcs *tdcs)
{
	return __atomic_load_n(&tdcs->vcpu_count, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&tdcs->vcpus_without_id, __ATOMIC_RELAXED);
}

bool topology_is_enumerated(const struct tdcs *tdcs)
{
	return td_ctls(tdcs) & (TDX_TD_CTLS_ENUM_TOPOLOGY | TDX_TD_CTLS_REDUCE_VE);
}

uint32_t topology_id(const struct tdr *tdr, uint32_t index)
{
	return slots_of(tdr)[index] - 1;
}

static uint32_t width(uint32_t value)
{
	return value ? 32 - (uint32_t)__builtin_clz(value) : 0;
}

struct tdx_cpuid_value topology_cpuid(const struct tdr *tdr, const struct vcpu *v, uint32_t subleaf)
{
	const struct tdcs *tdcs = td_control(tdr);
	struct tdx_cpuid_value value = { .ecx = subleaf & 0xff };

	value.edx = topology_id(tdr, v->index);
	if (subleaf == 0) {
		value.ebx = 1;
		value.ecx |= DOMAIN_THREAD;
	} else if (subleaf == 1) {
		value.eax = width(tdcs->x2apic_id_bits);
		value.ebx = tdcs->vcpu_count;
		value.ecx |= DOMAIN_CORE;
	}
	return value;
}
