/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

#include "tests/lib/td_guest.h"

#define LINUX_MASK UINT64_C(0xffcc)
#define XMM_MASK   UINT64_C(0x8001)
#define MASK	   (LINUX_MASK | XMM_MASK << 16)

static void setup_with(struct leaf_call *c, uint64_t config_flags, uint64_t mask)
{
	struct tdx_td_params params = test_td_params();

	params.config_flags = config_flags;
	machine_ready();
	test_td_build_with(&leaf_td, &params, TD_FINAL);
	c->r[TDX_RCX] = mask;
}

static void setup(struct leaf_call *c)
{
	setup_with(c, TDX_CONFIG_NO_RBP_MOD, MASK);
}

/* RBP may be exposed where the TD says that it may be changed. */
static void setup_rbp(struct leaf_call *c)
{
	setup_with(c, 0, MASK | BIT(TDX_RBP));
}

static const struct leaf_fault faults[] = {
	OR_FAULT("RAX", INVALID(RCX), RCX, BIT(TDX_RAX)),
	OR_FAULT("RCX", INVALID(RCX), RCX, BIT(TDX_RCX)),
	OR_FAULT("RSP", INVALID(RCX), RCX, BIT(TDX_RSP)),
	OR_FAULT("RBP", INVALID(RCX), RCX, BIT(TDX_RBP)),
	OR_FAULT("RCX 32", INVALID(RCX), RCX, BIT(32)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
};

/* What the mask says, and nothing else, is for the VMM; the guest goes on behind the TDCALL. */
static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	uint64_t mask = in->r[TDX_RCX];
	const struct vcpu *v = test_vcpu(&leaf_td, 0);

	assert_int_equal(out->exit.gpr[TDX_RCX], mask);
	for (unsigned int r = TDX_RDX; r < TDX_GPR_COUNT; r++)
		assert_int_equal(out->exit.gpr[r], mask & BIT(r) ? in->r[r] : 0);
	assert_int_equal(out->exit.xmm_mask, XMM_MASK);
	assert_int_equal(out->exit.keep_rbp, !(mask & BIT(TDX_RBP)));
	assert_true(v->vmcall_pending);
	assert_int_equal(v->vmcall_mask, mask);
	assert_int_equal(td_guest_cpu(&leaf_td, 0)->rip, 0xfffffff0 + 4);
	leaf_changes(leaf_td.tdvpr[0]);
	leaf_changes(v->pages[TDVPS_HW]);
}

#define COMMON                                                                                     \
	.leaf = TDG_VP_VMCALL, .guest = true, .success = TDX_EXIT_TDCALL,                          \
	.success_action = TDCALL_EXIT, .effect = effect

static const struct leaf_case vmcall = {
	COMMON,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
};

static const struct leaf_case with_rbp = { COMMON, .setup = setup_rbp };

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(vmcall), LEAF_TESTS(with_rbp) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
