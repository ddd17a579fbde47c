/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/status.h>

#include "host/tdh.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/platform.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

#define FIRST_GUEST_RCX 0x809000

struct tdx_td_params test_td_params(void)
{
	struct tdx_td_params params = {
		.attributes = TDX_ATTR_SEPT_VE_DISABLE,
		.xfam = TDX_XFAM_X87 | TDX_XFAM_SSE,
		.max_vcpus = TEST_MAX_VCPUS,
		.eptp_controls = TDX_EPTP_WB | TDX_EPTP_4_LEVELS,
		.config_flags = TDX_CONFIG_NO_RBP_MOD,
		.tsc_frequency = 100,
	};

	memset(params.mrconfigid, 0xc1, sizeof(params.mrconfigid));
	memset(params.mrowner, 0xc2, sizeof(params.mrowner));
	memset(params.mrownerconfig, 0xc3, sizeof(params.mrownerconfig));
	return params;
}

struct hpa test_td_write_params(const struct tdx_td_params *params)
{
	struct hpa pa = machine_vmm_page();

	memcpy(phys_ptr(pa), params, sizeof(*params));
	return pa;
}

static void create(struct test_td *td)
{
	td->tdr = machine_page();
	assert_int_equal(tdh_mng_create(td->tdr, td->hkid), TDX_SUCCESS);
}

static void configure_keys(struct test_td *td)
{
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_mng_key_config(td->tdr), TDX_SUCCESS);
	machine.lp = 0;
}

static void add_control_pages(struct test_td *td)
{
	for (unsigned int i = 0; i < TDCX_PAGES; i++) {
		td->tdcx[i] = machine_page();
		assert_int_equal(tdh_mng_addcx(td->tdr, td->tdcx[i]), TDX_SUCCESS);
	}
}

static void init(struct test_td *td, const struct tdx_td_params *params)
{
	uint64_t cpuid;

	assert_int_equal(tdh_mng_init(td->tdr, test_td_write_params(params), &cpuid), TDX_SUCCESS);
}

struct hpa test_td_create_vcpu(struct test_td *td, unsigned int pages)
{
	struct hpa tdvpr = machine_page();

	assert_int_equal(tdh_vp_create(td->tdr, tdvpr), TDX_SUCCESS);
	for (unsigned int i = 1; i < pages; i++)
		assert_int_equal(tdh_vp_addcx(tdvpr, machine_page()), TDX_SUCCESS);
	return tdvpr;
}

void test_td_remember_vcpu(struct test_td *td, struct hpa tdvpr)
{
	CHECK(td->vcpus < TEST_MAX_VCPUS);
	td->vcpu_lp[td->vcpus] = machine.lp;
	td->tdvpr[td->vcpus++] = tdvpr;
}

struct hpa test_td_add_vcpu(struct test_td *td)
{
	struct hpa tdvpr = test_td_create_vcpu(td, TDVPS_PAGES);

	assert_int_equal(tdh_vp_init(tdvpr, FIRST_GUEST_RCX), TDX_SUCCESS);
	test_td_remember_vcpu(td, tdvpr);
	return tdvpr;
}

void test_td_add_vcpu_with_id(struct test_td *td, uint32_t x2apic_id)
{
	struct hpa tdvpr = test_td_create_vcpu(td, TDVPS_PAGES);

	assert_int_equal(tdh_vp_init_x2apic(tdvpr, FIRST_GUEST_RCX, x2apic_id), TDX_SUCCESS);
	test_td_remember_vcpu(td, tdvpr);
}

void test_td_finalize(struct test_td *td)
{
	assert_int_equal(tdh_mr_finalize(td->tdr), TDX_SUCCESS);
}

void test_td_build_with(struct test_td *td, const struct tdx_td_params *params, enum td_stage stage)
{
	*td = (struct test_td){ .hkid = TEST_HKID };
	create(td);
	if (stage >= TD_KEYED)
		configure_keys(td);
	if (stage >= TD_ADDED)
		add_control_pages(td);
	if (stage >= TD_READY)
		init(td, params);
	if (stage >= TD_WITH_VCPU)
		test_td_add_vcpu(td);
	if (stage >= TD_FINAL)
		test_td_finalize(td);
}

void test_td_build(struct test_td *td, enum td_stage stage)
{
	struct tdx_td_params params = test_td_params();

	test_td_build_with(td, &params, stage);
}

void test_td_add_sept(struct test_td *td, struct gpa where, unsigned int level)
{
	unsigned int top = test_tdcs(td)->sept_levels - 1u;

	for (unsigned int l = top; l > level; l--) {
		struct gpa aligned = gpa(align_down(where.pa, level_size(l)));
		struct tdx_sept_entry entry;

		if (test_td_sept_state(td, aligned, l) == TDX_SEPT_NL_MAPPED)
			continue;
		assert_int_equal(tdh_mem_sept_add(td->tdr, aligned, l, machine_page(), &entry),
				 TDX_SUCCESS);
	}
}

struct hpa test_td_add_page(struct test_td *td, struct gpa gpa, uint8_t fill)
{
	struct hpa page = machine_page();
	struct hpa source = machine_vmm_page();
	struct tdx_sept_entry entry;

	memset(phys_ptr(source), fill, PAGE_SIZE);
	test_td_add_sept(td, gpa, TDX_LEVEL_4K);
	assert_int_equal(tdh_mem_page_add(td->tdr, gpa, page, source, &entry), TDX_SUCCESS);
	return page;
}

struct hpa test_td_aug_page(struct test_td *td, struct gpa gpa, unsigned int level)
{
	struct hpa page = level ? machine_block() : machine_page();
	struct tdx_sept_entry entry;

	test_td_add_sept(td, gpa, level);
	assert_int_equal(tdh_mem_page_aug(td->tdr, gpa, level, page, &entry), TDX_SUCCESS);
	return page;
}

void test_td_block(struct test_td *td, struct gpa gpa, unsigned int level)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_range_block(td->tdr, gpa, level, &entry), TDX_SUCCESS);
}

void test_td_block_and_track(struct test_td *td, struct gpa gpa, unsigned int level)
{
	test_td_block(td, gpa, level);
	assert_int_equal(tdh_mem_track(td->tdr), TDX_SUCCESS);
}

static void release_key(struct test_td *td)
{
	assert_int_equal(tdh_mng_vpflushdone(td->tdr), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 0;
	assert_int_equal(tdh_mng_key_freeid(td->tdr), TDX_SUCCESS);
}

static void reclaim(struct hpa pa, uint16_t hkid)
{
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_phymem_page_reclaim(pa, &metadata), TDX_SUCCESS);
	assert_int_equal(tdh_phymem_page_wbinvd(hpa(pa.pa | (uint64_t)hkid << PLATFORM_HKID_SHIFT)),
			 TDX_SUCCESS);
}

/* Whatever names this TD as its owner. */
static void reclaim_range(struct test_td *td, uint64_t base, uint64_t size)
{
	for (uint64_t pa = base; pa < base + size;) {
		struct tdx_page_metadata metadata;

		assert_int_equal(tdh_phymem_page_rdmd(hpa(pa), &metadata), TDX_SUCCESS);
		if (metadata.owner.pa == td->tdr.pa)
			reclaim(hpa(pa), td->hkid);
		pa += level_size(metadata.level);
	}
}

void test_td_tear_down(struct test_td *td)
{
	for (unsigned int i = 0; i < td->vcpus; i++) {
		machine.lp = td->vcpu_lp[i];
		assert_int_equal(tdh_vp_flush(td->tdvpr[i]), TDX_SUCCESS);
	}
	machine.lp = 0;
	release_key(td);
	reclaim_range(td, LOW_BASE, LOW_USABLE);
	reclaim_range(td, HIGH_BASE, HIGH_USABLE);
	reclaim(td->tdr, GLOBAL_HKID);
}

struct tdr *test_tdr(const struct test_td *td)
{
	return td_by_owner(td->tdr);
}

struct tdcs *test_tdcs(const struct test_td *td)
{
	return td_control(test_tdr(td));
}

struct vcpu *test_vcpu(const struct test_td *td, unsigned int index)
{
	return phys_ptr(td->tdvpr[index]);
}

enum tdx_sept_public_state test_td_sept_state(const struct test_td *td, struct gpa gpa,
					      unsigned int level)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_sept_rd(td->tdr, gpa, level, &entry), TDX_SUCCESS);
	assert_int_equal(tdx_sept_level(&entry), level);
	return tdx_sept_state(&entry);
}
