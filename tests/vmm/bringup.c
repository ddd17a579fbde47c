/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.*: in the wrong order, twice, with operands that cannot be; then in the right order, and
 * down again. TDX Module ABI specification, "Host-Side (SEAMCALL) Interface Functions".
 */
#include <string.h>

#include <tdx/field.h>
#include <tdx/leaf.h>

#include "host/seamcall.h"
#include "host/tdh.h"
#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/tdmr.h"

#define FIRST_TDX_KEY 32
#define KEYED	      (UINT64_C(FIRST_TDX_KEY) << 42) /* a private key id in an address */
#define UNKNOWN_LEAF  200
#define INFO_SIZE     1024
#define INVALID(x)    tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_##x)

static struct hpa info, cmr_list;
static struct tdmr_list tdmrs;

static uint64_t call(uint64_t rax, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9)
{
	struct tdx_module_args args = { .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 };

	return __seamcall(rax, &args);
}

static void test_not_ready(const char *when)
{
	is(tdh_sys_tdmr_init(hpa(0), &(struct hpa){ 0 }), TDX_SYS_NOT_READY, "%s: TDMR.INIT", when);
	is(tdh_mng_create(info, FIRST_TDX_KEY + 1), TDX_SYS_NOT_READY, "%s: MNG.CREATE", when);
	is(tdh_phymem_cache_wb(false), TDX_SYS_NOT_READY, "%s: PHYMEM.CACHE.WB", when);
	is(call(TDH_SYS_SHUTDOWN, 0, 0, 0, 0), TDX_SYS_NOT_READY, "%s: SYS.SHUTDOWN", when);
	is(call(TDH_SYS_LP_SHUTDOWN, 0, 0, 0, 0), TDX_SUCCESS, "%s: SYS.LP.SHUTDOWN", when);
}

static void test_rax(void)
{
	is(call(bit(24) | TDH_SYS_INIT, 0, 0, 0, 0), INVALID(RAX), "RAX with bit 24");
	is(call(bit(63) | TDH_SYS_INIT, 0, 0, 0, 0), TDX_SEAMCALL_VMFAILINVALID,
	   "RAX with bit 63: there is no P-SEAMLDR");
	is(call(1 << TDX_VERSION_SHIFT | TDH_SYS_INIT, 0, 0, 0, 0), INVALID(RAX),
	   "a version that the leaf does not have");
}

static void test_init(void)
{
	uint64_t count, value, next;

	is(tdh_sys_lp_init(), TDX_SYS_LP_INIT_NOT_PENDING, "LP.INIT before SYS.INIT");
	is(tdh_sys_info(info, cmr_list, &count), TDX_SYS_LP_INIT_NOT_DONE, "INFO before LP.INIT");
	is(tdh_sys_rd(TDX_FIELD_SYS_TDX_FEATURES0, &value, &next), TDX_SYS_LP_INIT_NOT_DONE,
	   "RD before LP.INIT");
	is(tdh_sys_config(info, 1, FIRST_TDX_KEY), TDX_SYS_CONFIG_NOT_PENDING,
	   "CONFIG before SYS.INIT");
	is(tdh_sys_key_config(), TDX_SYS_KEY_CONFIG_NOT_PENDING, "KEY.CONFIG before SYS.INIT");
	test_not_ready("before SYS.INIT");
	is(call(TDH_SYS_INIT, 1, 0, 0, 0), INVALID(RCX), "SYS.INIT with attributes");
	is(tdh_sys_init(), TDX_SUCCESS, "SYS.INIT");
	is(tdh_sys_init(), TDX_SYS_INIT_NOT_PENDING, "SYS.INIT twice");
	is(tdh_sys_config(info, 1, FIRST_TDX_KEY), TDX_SYS_CONFIG_NOT_PENDING,
	   "CONFIG before LP.INIT");
	is(tdh_sys_info(info, cmr_list, &count), TDX_SYS_LP_INIT_NOT_DONE, "INFO before LP.INIT");
	is(tdh_sys_lp_init(), TDX_SUCCESS, "LP.INIT");
	is(tdh_sys_lp_init(), TDX_SYS_LP_INIT_DONE, "LP.INIT twice");
	test_not_ready("before CONFIG");
}

static uint64_t info_call(uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9)
{
	return call(TDH_SYS_INFO, rcx, rdx, r8, r9);
}

static void test_info(void)
{
	uint64_t count, value, next;
	const struct tdx_sysinfo *sysinfo = phys_ptr(info);
	const struct tdx_cmr_info *cmrs = phys_ptr(cmr_list);

	is(info_call(info.pa + 512, INFO_SIZE, cmr_list.pa, TDX_MAX_CMRS), INVALID(RCX),
	   "INFO: TDSYSINFO not aligned");
	is(info_call(info.pa | KEYED, INFO_SIZE, cmr_list.pa, TDX_MAX_CMRS), INVALID(RCX),
	   "INFO: TDSYSINFO with a private key id");
	is(info_call(info.pa, INFO_SIZE - 1, cmr_list.pa, TDX_MAX_CMRS), INVALID(RDX),
	   "INFO: TDSYSINFO too small");
	is(info_call(info.pa, INFO_SIZE, cmr_list.pa + 8, TDX_MAX_CMRS), INVALID(R8),
	   "INFO: CMR list not aligned");
	is(info_call(info.pa, INFO_SIZE, cmr_list.pa, TDX_MAX_CMRS - 1), INVALID(R9),
	   "INFO: CMR list too short");
	ok(is_zero_page(info) && is_zero_page(cmr_list), "nothing was written by all that");
	is(tdh_sys_info(info, cmr_list, &count), TDX_SUCCESS, "INFO");
	is(count, TDX_MAX_CMRS, "with all entries of the CMR list");
	ok(sysinfo->max_tdmrs && sysinfo->pamt_entry_size && sysinfo->tdcs_base_size,
	   "TDSYSINFO is filled");
	is(cmrs[0].base + cmrs[0].size, range_end(&ram.ranges[0]),
	   "the first CMR is the first RAM");
	is(tdx_status_name(tdh_sys_rd(bit(52) - 1, &value, &next)), TDX_METADATA_FIELD_ID_INCORRECT,
	   "RD of a field that is not there");
	is(tdh_sys_rd(TDX_FIELD_SYS_TDX_FEATURES0, &value, &next), TDX_SUCCESS, "RD");
}

/* TDH.SYS.CONFIG with one member of the first TDMR changed for the call. */
static void test_tdmr(uint64_t *member, uint64_t value, uint64_t status, const char *name)
{
	uint64_t old = *member;

	*member = value;
	is(tdx_status_name(tdh_sys_config(tdmrs.list, tdmrs.count, FIRST_TDX_KEY)), status,
	   "CONFIG: %s", name);
	*member = old;
}

static void test_tdmrs(void)
{
	struct tdx_tdmr_info *t = tdmrs.info[0];
	uint64_t *address = phys_ptr(tdmrs.list);

	test_tdmr(&address[0], address[0] + 8, TDX_OPERAND_INVALID, "TDMR_INFO not aligned");
	test_tdmr(&t->base, SIZE_2M, TDX_INVALID_TDMR, "TDMR not aligned to 1 GiB");
	test_tdmr(&t->size, 0, TDX_INVALID_TDMR, "TDMR of no size");
	test_tdmr(&t->size, -SIZE_1G - t->base + SIZE_2M, TDX_INVALID_TDMR,
		  "TDMR beyond the address space");
	test_tdmr(&t->pamt_4k_size, PAGE_SIZE, TDX_INVALID_PAMT, "PAMT too small");
	test_tdmr(&t->pamt_2m_base, t->pamt_2m_base + 8, TDX_INVALID_PAMT, "PAMT not aligned");
	test_tdmr(&t->pamt_1g_base, 64 * SIZE_1G, TDX_PAMT_OUTSIDE_CMRS, "PAMT where no RAM is");
	test_tdmr(&t->pamt_2m_base, t->pamt_4k_base, TDX_PAMT_OVERLAP, "PAMTs that overlap");
	test_tdmr(&t->pamt_1g_base, info.pa & PAGE_MASK, TDX_PAMT_OVERLAP, "PAMT in usable memory");
	test_tdmr(&t->reserved[0].offset, t->reserved[0].offset + 8, TDX_INVALID_RESERVED_IN_TDMR,
		  "reserved area not aligned");
	test_tdmr(&t->reserved[1].offset, 0, TDX_NON_ORDERED_RESERVED_IN_TDMR,
		  "reserved areas not in order");
}

static void test_config(void)
{
	uint64_t at = tdmrs.list.pa;

	is(tdh_sys_key_config(), TDX_SYS_KEY_CONFIG_NOT_PENDING, "KEY.CONFIG before CONFIG");
	is(call(TDH_SYS_CONFIG, at + 8, 1, FIRST_TDX_KEY, 0), INVALID(RCX),
	   "CONFIG: list not aligned");
	is(call(TDH_SYS_CONFIG, at | KEYED, 1, FIRST_TDX_KEY, 0), INVALID(RCX),
	   "CONFIG: list with a private key id");
	is(call(TDH_SYS_CONFIG, at, 0, FIRST_TDX_KEY, 0), INVALID(RDX), "CONFIG: no TDMR");
	is(call(TDH_SYS_CONFIG, at, TDX_MAX_TDMRS + 1, FIRST_TDX_KEY, 0), INVALID(RDX),
	   "CONFIG: too many TDMRs");
	is(call(TDH_SYS_CONFIG, at, tdmrs.count, FIRST_TDX_KEY - 1, 0), INVALID(R8),
	   "CONFIG: a key id that is not private");
	is(call(TDH_SYS_CONFIG, at, tdmrs.count, bit(16) | FIRST_TDX_KEY, 0), INVALID(R8),
	   "CONFIG: a key id of 17 bits");
	test_tdmrs();
	*(volatile uint64_t *)tdmrs.info[0]->pamt_4k_base = 0;
	ok(true, "the PAMT's memory is still the VMM's");
	is(tdh_sys_config(tdmrs.list, tdmrs.count, FIRST_TDX_KEY), TDX_SUCCESS, "CONFIG");
	ok(read_is_refused(tdmrs.info[0]->pamt_4k_base), "the PAMT's memory is hidden");
	is(tdh_sys_config(tdmrs.list, tdmrs.count, FIRST_TDX_KEY), TDX_SYS_CONFIG_NOT_PENDING,
	   "CONFIG twice");
	test_not_ready("before KEY.CONFIG");
	is(tdh_sys_key_config(), TDX_SUCCESS, "KEY.CONFIG");
	is(tdh_sys_key_config(), TDX_SYS_KEY_CONFIG_NOT_PENDING, "KEY.CONFIG twice");
}

static uint64_t init_tdmr(const struct tdx_tdmr_info *t)
{
	struct hpa next = hpa(0);
	uint64_t status;

	do {
		status = tdh_sys_tdmr_init(hpa(t->base), &next);
	} while (status == TDX_SUCCESS && next.pa < t->base + t->size);
	return status;
}

static void test_tdmr_init(void)
{
	struct hpa page = pages_alloc(PAGE_SIZE, PAGE_SIZE), next;

	is(tdh_mng_create(page, FIRST_TDX_KEY + 1),
	   tdx_operand(TDX_OPERAND_ADDR_RANGE_ERROR, TDX_OPERAND_ID_RCX),
	   "MNG.CREATE in a TDMR that is not initialised");
	is(tdh_sys_tdmr_init(hpa(SIZE_2M), &next), INVALID(RCX), "TDMR.INIT: not aligned");
	is(tdh_sys_tdmr_init(hpa(64 * SIZE_1G), &next), INVALID(RCX), "TDMR.INIT: no TDMR");
	for (unsigned int i = 0; i < tdmrs.count; i++)
		is(init_tdmr(tdmrs.info[i]), TDX_SUCCESS, "TDMR.INIT, TDMR %u", i);
	is(tdh_sys_tdmr_init(hpa(tdmrs.info[0]->base), &next), TDX_TDMR_ALREADY_INITIALIZED,
	   "TDMR.INIT once more");
	is(next.pa, tdmrs.info[0]->base + tdmrs.info[0]->size, "all of it can be used");
}

static void test_ready(void)
{
	struct hpa page = pages_alloc(PAGE_SIZE, PAGE_SIZE);
	uint64_t reserved = tdmrs.info[0]->pamt_4k_base;

	is(tdh_sys_init(), TDX_SYS_INIT_NOT_PENDING, "SYS.INIT of a module that is ready");
	is(tdh_sys_lp_init(), TDX_SYS_LP_INIT_NOT_PENDING, "LP.INIT of a module that is ready");
	test_rax();
	is(call(UNKNOWN_LEAF, 0, 0, 0, 0), INVALID(RAX), "a leaf that is not there");
	is(call(TDX_LEAF_MASK, 0, 0, 0, 0), INVALID(RAX), "the last leaf number");
	is(tdh_mng_create(page, FIRST_TDX_KEY), TDX_HKID_NOT_FREE,
	   "MNG.CREATE with the module's key id");
	is(call(TDH_MNG_CREATE, page.pa, FIRST_TDX_KEY - 1, 0, 0), INVALID(RDX),
	   "MNG.CREATE with a key id that is not private");
	is(tdh_mng_create(hpa(page.pa + 8), FIRST_TDX_KEY + 1), INVALID(RCX),
	   "MNG.CREATE, page not aligned");
	is(tdh_mng_create(hpa(reserved), FIRST_TDX_KEY + 1),
	   tdx_operand(TDX_OPERAND_ADDR_RANGE_ERROR, TDX_OPERAND_ID_RCX),
	   "MNG.CREATE in a reserved area");
	ok(is_zero_page(page), "the page is still the VMM's");
}

static void test_shutdown(void)
{
	uint64_t value, next;

	is(call(TDH_SYS_SHUTDOWN, 7, 0, 0, 0), INVALID(RCX), "SHUTDOWN: unknown handoff version");
	is(tdh_sys_shutdown(0), TDX_SUCCESS, "SHUTDOWN");
	is(tdh_sys_shutdown(0), TDX_SYS_SHUTDOWN, "SHUTDOWN twice");
	is(tdh_sys_init(), TDX_SYS_SHUTDOWN, "SYS.INIT after SHUTDOWN");
	is(tdh_sys_rd(TDX_FIELD_SYS_TDX_FEATURES0, &value, &next), TDX_SYS_SHUTDOWN,
	   "RD after SHUTDOWN");
	is(tdh_mng_create(info, FIRST_TDX_KEY + 1), TDX_SYS_SHUTDOWN, "MNG.CREATE after SHUTDOWN");
	is(tdh_sys_lp_shutdown(), TDX_SUCCESS, "LP.SHUTDOWN after SHUTDOWN");
}

void vmm_test(const struct vmm_boot *boot)
{
	info = pages_alloc(PAGE_SIZE, PAGE_SIZE);
	cmr_list = pages_alloc(PAGE_SIZE, PAGE_SIZE);
	test_rax();
	test_init();
	test_info();
	tdmr_build(phys_ptr(cmr_list), TDX_MAX_CMRS,
		   ((const struct tdx_sysinfo *)phys_ptr(info))->pamt_entry_size, &tdmrs);
	test_config();
	test_tdmr_init();
	test_ready();
	test_shutdown();
}
