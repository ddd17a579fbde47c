/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/module.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

#define SECOND_HKID (TEST_HKID + 1)

static struct snapshot *snapshots[WORLD_COUNT];
static struct hpa first_vmm_page;
#define FIELD_ELEMENTS 8

uint64_t world_fields[3][WORLD_FIELDS_MAX];
size_t world_field_count[3];

static const char *const names[WORLD_COUNT] = {
	[WORLD_COLD] = "cold",
	[WORLD_CONFIGURED] = "configured",
	[WORLD_EMPTY] = "empty",
	[WORLD_KEYED] = "keyed",
	[WORLD_INITIALIZED] = "initialized",
	[WORLD_RUNNING] = "running",
	[WORLD_TWO_TDS] = "two-tds",
	[WORLD_ENDING] = "ending",
};

struct snapshot *world_snapshot(enum world world)
{
	return snapshots[world];
}

const char *world_name(enum world world)
{
	return names[world];
}

struct hpa vmm_page(unsigned int use)
{
	return hpa_add(first_vmm_page, use * PAGE_SIZE);
}

struct gpa world_gpa(unsigned int region, unsigned int page)
{
	static const uint64_t bases[WORLD_REGIONS] = { 0, SIZE_2M, SIZE_1G };

	return gpa(bases[region] + page * PAGE_SIZE);
}

static void write_params(void)
{
	struct tdx_td_params *params = phys_ptr(vmm_page(VMM_PARAMS));

	for (unsigned int i = 0; i < 4; i++)
		params[i] = test_td_params();
	params[1].attributes |= TDX_ATTR_DEBUG;
	params[2].attributes = 0;
	params[3].attributes = UINT64_MAX;
}

static void write_tdmrs(void)
{
	struct hpa page = vmm_page(VMM_TDMRS);
	uint64_t *addresses = phys_ptr(page);
	struct tdx_tdmr_info tdmrs[2];

	machine_tdmrs(tdmrs);
	for (unsigned int i = 0; i < 2; i++) {
		addresses[i] = page.pa + 512 * (i + 1);
		memcpy(phys_ptr(hpa(addresses[i])), &tdmrs[i], sizeof(tdmrs[i]));
	}
}

static void write_shared_ept(void)
{
	uint64_t *entries;

	for (unsigned int use = VMM_EPT_4; use < VMM_EPT_1; use++) {
		entries = phys_ptr(vmm_page(use));
		entries[0] = vmm_page(use + 1).pa | TDX_EPT_RWX;
	}
	/* The root has the bit of a 48-bit GPA that says shared. */
	entries = phys_ptr(vmm_page(VMM_EPT_4));
	entries[256] = entries[0];
	entries = phys_ptr(vmm_page(VMM_EPT_1));
	for (unsigned int i = 0; i < VMM_PAGES; i++)
		entries[i] = vmm_page(i).pa | TDX_EPT_RWX | TDX_EPT_TYPE_WB;
}

static void write_vmm_pages(void)
{
	first_vmm_page = machine_vmm_page();
	for (unsigned int i = 1; i < VMM_PAGES; i++)
		machine_vmm_page();
	write_params();
	write_tdmrs();
	write_shared_ept();
	memset(phys_ptr(vmm_page(VMM_SOURCE)), 0x5c, PAGE_SIZE);
}

/* A ready machine whose module was just installed: what the PAMT was is still in memory. */
static void forget_module(void)
{
	uint64_t visible[MACHINE_PAGES / 64];

	module_init();
	memset(visible, 0xff, sizeof(visible));
	machine_load_view(visible);
}

static void configure(void)
{
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
	assert_int_equal(tdh_sys_config(vmm_page(VMM_TDMRS), 2, GLOBAL_HKID), TDX_SUCCESS);
}

static void build_cold(void)
{
	forget_module();
}

static void build_configured(void)
{
	forget_module();
	configure();
}

static void build_empty(void)
{
}

static void build_keyed(void)
{
	struct test_td td;

	test_td_build(&td, TD_ADDED);
}

static void build_initialized(void)
{
	struct test_td td;
	struct hpa half;

	test_td_build(&td, TD_WITH_VCPU);
	test_td_add_page(&td, world_gpa(0, 0), 0x11);
	half = machine_page();
	assert_int_equal(tdh_vp_create(td.tdr, half), TDX_SUCCESS);
	for (unsigned int i = 2; i < TDVPS_PAGES; i++)
		assert_int_equal(tdh_vp_addcx(half, machine_page()), TDX_SUCCESS);
}

static void set_shared_ept(const struct test_td *td)
{
	for (unsigned int i = 0; i < td->vcpus; i++)
		assert_int_equal(seam(TDH_VP_WR, td->tdvpr[i].pa, TDX_FIELD_VP_VMCS_SHARED_EPTP,
				      vmm_page(VMM_EPT_4).pa, UINT64_MAX)
					 .status,
				 TDX_SUCCESS);
}

static void add_memory(struct test_td *td)
{
	for (unsigned int i = 0; i < 3; i++)
		test_td_add_page(td, world_gpa(0, i), 0x11);
	test_td_add_vcpu(td);
	test_td_finalize(td);
	test_td_aug_page(td, world_gpa(0, 4), TDX_LEVEL_4K);
	test_td_aug_page(td, world_gpa(0, 5), TDX_LEVEL_4K);
	set_shared_ept(td);
}

static void free_second_vcpu(struct test_td *td)
{
	assert_int_equal(tdh_vp_flush(td->tdvpr[1]), TDX_SUCCESS);
	td->vcpu_lp[1] = VCPU_NOT_ASSOCIATED;
}

static void build_running_td(struct test_td *td)
{
	test_td_build(td, TD_WITH_VCPU);
	add_memory(td);
	/* Known to be zero, the block is cheap to give back. */
	cpu_zero(test_td_aug_page(td, world_gpa(1, 0), TDX_LEVEL_2M), SIZE_2M);
	free_second_vcpu(td);
}

static void build_running(void)
{
	struct test_td td;

	build_running_td(&td);
}

/* A TD beside the one of td_builder.h, which always takes the same key. */
static void build_other(struct test_td *td, const struct tdx_td_params *params)
{
	uint64_t cpuid;

	*td = (struct test_td){ .hkid = SECOND_HKID, .tdr = machine_page() };
	assert_int_equal(tdh_mng_create(td->tdr, td->hkid), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_mng_key_config(td->tdr), TDX_SUCCESS);
	machine.lp = 0;
	for (unsigned int i = 0; i < TDCX_PAGES; i++)
		assert_int_equal(tdh_mng_addcx(td->tdr, machine_page()), TDX_SUCCESS);
	assert_int_equal(tdh_mng_init(td->tdr, test_td_write_params(params), &cpuid), TDX_SUCCESS);
	test_td_add_vcpu(td);
}

/* Of a long field the first elements are enough. */
static void collect_fields(enum tdx_field_context context, uint64_t fn, struct hpa page)
{
	struct seam_result r = seam(fn, page.pa, TDX_FIELD_NONE, 0, 0);
	unsigned int element = 0;

	while (r.out.rdx != TDX_FIELD_NONE) {
		uint64_t id = r.out.rdx;

		CHECK(world_field_count[context] < WORLD_FIELDS_MAX);
		if (element < FIELD_ELEMENTS)
			world_fields[context][world_field_count[context]++] = id;
		r = seam(fn, page.pa, id, 0, 0);
		element = r.out.rdx == id + 1 ? element + 1 : 0;
	}
	CHECK(world_field_count[context] > 0);
}

static void build_two_tds(void)
{
	struct tdx_td_params params = test_td_params();
	struct test_td td, debug;

	build_running_td(&td);
	params.attributes |= TDX_ATTR_DEBUG;
	build_other(&debug, &params);
	collect_fields(TDX_CONTEXT_SYS, TDH_SYS_RD, hpa(0));
	collect_fields(TDX_CONTEXT_TD, TDH_MNG_RD | SEAM_V1, debug.tdr);
	collect_fields(TDX_CONTEXT_VP, TDH_VP_RD | SEAM_V1, debug.tdvpr[0]);
	add_memory(&debug);
}

static void end_key(struct test_td *td)
{
	for (unsigned int i = 0; i < td->vcpus; i++) {
		if (td->vcpu_lp[i] != VCPU_NOT_ASSOCIATED)
			assert_int_equal(tdh_vp_flush(td->tdvpr[i]), TDX_SUCCESS);
	}
	assert_int_equal(tdh_mng_vpflushdone(td->tdr), TDX_SUCCESS);
}

static void build_ending(void)
{
	const struct tdx_td_params params = test_td_params();
	struct test_td td, other;

	build_running_td(&td);
	build_other(&other, &params);
	end_key(&other);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 0;
	assert_int_equal(tdh_mng_key_freeid(other.tdr), TDX_SUCCESS);
	end_key(&td);
}

void worlds_build(void)
{
	static void (*const build[WORLD_COUNT])(void) = {
		[WORLD_COLD] = build_cold,
		[WORLD_CONFIGURED] = build_configured,
		[WORLD_EMPTY] = build_empty,
		[WORLD_KEYED] = build_keyed,
		[WORLD_INITIALIZED] = build_initialized,
		[WORLD_RUNNING] = build_running,
		[WORLD_TWO_TDS] = build_two_tds,
		[WORLD_ENDING] = build_ending,
	};

	machine_ready();
	fake_cpu_set_zero(machine_zero_page);
	for (unsigned int i = 0; i < WORLD_COUNT; i++) {
		machine_ready();
		write_vmm_pages();
		build[i]();
		snapshots[i] = snapshot_new();
		snapshot_save(snapshots[i]);
	}
}
