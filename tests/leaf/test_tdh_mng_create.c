/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define NEXT_HKID (TEST_HKID + 1)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	page = machine_page();
	c->r[TDX_RCX] = page.pa;
	c->r[TDX_RDX] = NEXT_HKID;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("a shared key id", INVALID(RDX), RDX, PLATFORM_PRIVATE_HKID - 1),
	REG_FAULT("no key id", INVALID(RDX), RDX, PLATFORM_PRIVATE_HKID + PLATFORM_HKID_COUNT),
	OR_FAULT("RDX 16", INVALID(RDX), RDX, BIT(16)),
	OR_FAULT("RDX 63", INVALID(RDX), RDX, BIT(63)),
	FREE_PAGE_FAULTS(RCX),
	STATE_FAULT("KOT in use", BUSY(KOT), leaf_share_kot, 0),
	REG_FAULT("the module's key id", TDX_HKID_NOT_FREE, RDX, GLOBAL_HKID),
	REG_FAULT("another TD's key id", TDX_HKID_NOT_FREE, RDX, TEST_HKID),
	STATE_FAULT("no entropy", TDX_RND_NO_ENTROPY, leaf_take_entropy, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct tdr *tdr = phys_ptr(page);
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_phymem_page_rdmd(page, &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_TDR);
	assert_int_equal(metadata.owner.pa, 0);
	assert_false(cpu_host_can_access(page));
	assert_int_equal(tdr->lifecycle, TD_HKID_ASSIGNED);
	assert_int_equal(tdr->hkid, NEXT_HKID);
	assert_int_equal(tdr->child_count, 0);
	assert_false(tdr->fatal);
	assert_memory_not_equal(tdr->uuid, test_tdr(&leaf_td)->uuid, sizeof(tdr->uuid));
	assert_int_equal(sys_key(NEXT_HKID)->state, HKID_ASSIGNED);
	leaf_changes(page);
	leaf_changes_pamt(page);
}

static const struct leaf_case create = {
	.leaf = TDH_MNG_CREATE,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(create) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
