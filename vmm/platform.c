/* SPDX-License-Identifier: MIT */
#include "vmm/platform.h"

#include <tdx/field.h>
#include <tdx/status.h>

#include "host/tdh_sys.h"
#include "lib/bits.h"
#include "lib/phys.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/pages.h"
#include "vmm/tdmr.h"

#define MSR_MKTME_KEYID_PARTITIONING 0x87 /* MKTME keys 31:0, TDX keys 63:32 */
#define CPUID_ADDRESS_SIZES	     0x80000008
#define SYSINFO_ALIGN		     1024
#define TRIES			     10

static const struct tdx_sysinfo *info;
static uint16_t first_tdx_key;
static unsigned int key_shift;

const struct tdx_sysinfo *platform_info(void)
{
	return info;
}

uint16_t platform_global_hkid(void)
{
	return first_tdx_key;
}

uint16_t platform_hkid(void)
{
	return first_tdx_key + 1;
}

struct hpa platform_keyed(struct hpa pa, uint16_t hkid)
{
	return hpa(pa.pa | (uint64_t)hkid << key_shift);
}

/* Key ids: 0, those of MKTME, those of TDX. They take the upper bits of a physical address. */
static void read_key_ids(void)
{
	uint64_t partitioning = rdmsr(MSR_MKTME_KEYID_PARTITIONING);
	uint32_t keys = low32(partitioning) + high32(partitioning);
	unsigned int address_bits = cpuid_eax(CPUID_ADDRESS_SIZES) & 0xff;

	if (high32(partitioning) < 2)
		fail("The platform has %u private key ids; one TD needs 2.", high32(partitioning));
	first_tdx_key = (uint16_t)(low32(partitioning) + 1);
	key_shift = address_bits - (highest_bit(keys) + 1);
}

static void read_info(struct tdx_cmr_info **cmrs, uint64_t *cmr_count)
{
	struct hpa sysinfo = pages_alloc(sizeof(*info), SYSINFO_ALIGN);
	struct hpa cmr_list = pages_alloc(TDX_MAX_CMRS * sizeof(**cmrs), PAGE_SIZE);
	uint64_t features, next;

	must(tdh_sys_info(sysinfo, cmr_list, cmr_count), "TDH.SYS.INFO");
	info = phys_ptr(sysinfo);
	*cmrs = phys_ptr(cmr_list);
	must(tdh_sys_rd(TDX_FIELD_SYS_TDX_FEATURES0, &features, &next), "TDH.SYS.RD");
	note("TDX module %u.%u.%u, features %lx", info->major_version, info->minor_version,
	     info->build_num, features);
	if (!(features & TDX_FEATURES0_NO_RBP_MOD))
		fail("The TDX module cannot leave RBP alone; this VMM needs that.");
}

static void configure_key(void)
{
	uint64_t status = TDX_KEY_GENERATION_FAILED;

	for (unsigned int i = 0; i < TRIES; i++) {
		status = tdh_sys_key_config();
		if (tdx_status_name(status) != TDX_KEY_GENERATION_FAILED)
			break;
	}
	must(status, "TDH.SYS.KEY.CONFIG");
}

static void initialise_tdmr(const struct tdx_tdmr_info *tdmr)
{
	struct hpa next = hpa(tdmr->base), before;

	do {
		before = next;
		must(tdh_sys_tdmr_init(hpa(tdmr->base), &next), "TDH.SYS.TDMR.INIT");
	} while (next.pa >= before.pa && next.pa < tdmr->base + tdmr->size);
}

void platform_init(void)
{
	struct tdx_cmr_info *cmrs;
	struct tdmr_list tdmrs;
	uint64_t cmr_count;

	read_key_ids();
	must(tdh_sys_init(), "TDH.SYS.INIT");
	must(tdh_sys_lp_init(), "TDH.SYS.LP.INIT");
	read_info(&cmrs, &cmr_count);
	tdmr_build(cmrs, cmr_count, info->pamt_entry_size, &tdmrs);
	must(tdh_sys_config(tdmrs.list, tdmrs.count, first_tdx_key), "TDH.SYS.CONFIG");
	wbinvd();
	configure_key();
	for (unsigned int i = 0; i < tdmrs.count; i++)
		initialise_tdmr(tdmrs.info[i]);
	note("the TDX module is ready: %u TDMRs", tdmrs.count);
}
