/* SPDX-License-Identifier: MIT */
/*
 * The permission matrices, cell by cell: against the tables of the TDX Module ABI, written down
 * here a second time in another form, and against what SEAMCALL answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/lock.h"
#include "module/sept.h"
#include "module/sys.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define ALL "0 1 2 3 4 5 6 7 8 9 10"

/*
 * States of the module: 0 INIT_PENDING, 1 INIT_DONE, 2 CONFIG_DONE, 3 READY, 4 SHUTDOWN. What is
 * not here needs 3, or it is SYS_NOT_READY; in 4 all but TDH.SYS.LP.SHUTDOWN is SYS_SHUTDOWN.
 */
static const struct module_case {
	unsigned int leaf;
	const char *allowed;
	uint64_t otherwise; /* in 0 to 3 */
} module_cases[] = {
	{ TDH_SYS_INIT, "0", TDX_SYS_INIT_NOT_PENDING },
	{ TDH_SYS_LP_INIT, "1", TDX_SYS_LP_INIT_NOT_PENDING },
	{ TDH_SYS_CONFIG, "1", TDX_SYS_CONFIG_NOT_PENDING },
	{ TDH_SYS_KEY_CONFIG, "2", TDX_SYS_KEY_CONFIG_NOT_PENDING },
	{ TDH_SYS_UPDATE, "1", TDX_SYS_STATE_INCORRECT },
	{ TDH_SYS_INFO, "0 1 2 3", 0 },
	{ TDH_SYS_RD, "0 1 2 3", 0 },
	{ TDH_SYS_RDALL, "0 1 2 3", 0 },
	{ TDH_SYS_LP_SHUTDOWN, "0 1 2 3 4", 0 },
};

/* How a leaf names its TD, and operands with which it gets past the checks of the TD, no further;
 * TDR_RDX_PAGE looks at the page in RCX before. */
enum names { TDR_RCX, TDR_RDX, TDR_RDX_PAGE, TDVPR_RCX, TDVPR_RDX };
#define BAD 8 /* no page, no GPA, no metadata field */

static const struct op_state_case {
	unsigned int leaf;
	enum names names;
	const char *allowed;
} op_state_cases[] = {
	{ TDH_VP_ENTER, TDVPR_RCX, "2 3 9" },
	{ TDH_MNG_ADDCX, TDR_RDX_PAGE, "0" },
	{ TDH_MEM_PAGE_ADD, TDR_RDX, "1" },
	{ TDH_MEM_SEPT_ADD, TDR_RDX, "1 2 3 6 7 8 9" },
	{ TDH_VP_ADDCX, TDVPR_RDX, "1 7" },
	{ TDH_MEM_PAGE_RELOCATE, TDR_RDX, "1 2 3 4 5 8 9" },
	{ TDH_MEM_PAGE_AUG, TDR_RDX, "1 2 3 9" },
	{ TDH_MEM_RANGE_BLOCK, TDR_RDX, "1 2 3 4 5 8 9" },
	{ TDH_VP_CREATE, TDR_RDX, "1 7" },
	{ TDH_MNG_RD, TDR_RCX, "1 2 3 4 5 6 7 8 9 10" },
	{ TDH_MEM_RD, TDR_RDX, "1 2 3 4 5 6 7 8 9 10" },
	{ TDH_MEM_WR, TDR_RDX, "1 2 3 6 7 8 9 10" },
	{ TDH_MNG_WR, TDR_RCX, "1 2 3 6 7 8 9 10" },
	{ TDH_MEM_PAGE_DEMOTE, TDR_RDX, "1 2 3 4 5 8 9" },
	{ TDH_MR_EXTEND, TDR_RDX, "1" },
	{ TDH_MR_FINALIZE, TDR_RCX, "1" },
	{ TDH_VP_FLUSH, TDVPR_RCX, ALL },
	{ TDH_MNG_INIT, TDR_RCX, "0" },
	{ TDH_VP_INIT, TDVPR_RCX, "1" },
	{ TDH_MEM_PAGE_PROMOTE, TDR_RDX, "1 2 3 4 5 8 9" },
	{ TDH_MEM_SEPT_RD, TDR_RDX, "1 2 3 4 5 6 7 8 9 10" },
	{ TDH_VP_RD, TDVPR_RCX, "1 2 3 4 5 6 7 8 9 10" },
	{ TDH_MEM_PAGE_REMOVE, TDR_RDX, "1 2 3 4 5 8 9 10" },
	{ TDH_MEM_SEPT_REMOVE, TDR_RDX, "1 2 3 4 5 6 7 8 9 10" },
	{ TDH_MEM_TRACK, TDR_RCX, "1 2 3 4 5 6 7 8 9" },
	{ TDH_MEM_RANGE_UNBLOCK, TDR_RDX, "1 2 3 4 5 8 9" },
	{ TDH_VP_WR, TDVPR_RCX, "1 2 3 6 7 8 9 10" },
};

static bool is_listed(const char *list, unsigned int number)
{
	char wanted[8], padded[64];

	snprintf(wanted, sizeof(wanted), " %u ", number);
	snprintf(padded, sizeof(padded), " %s ", list);
	return strstr(padded, wanted) != NULL;
}

static struct module_case module_case(unsigned int leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(module_cases); i++) {
		if (module_cases[i].leaf == leaf)
			return module_cases[i];
	}
	return (struct module_case){ leaf, "3", TDX_SYS_NOT_READY };
}

/* None of these is what a leaf answers for another reason. */
static bool is_about_the_module(uint64_t status)
{
	return status == TDX_SYS_NOT_READY || status == TDX_SYS_SHUTDOWN ||
	       status == TDX_SYS_INIT_NOT_PENDING || status == TDX_SYS_LP_INIT_NOT_PENDING ||
	       status == TDX_SYS_CONFIG_NOT_PENDING || status == TDX_SYS_KEY_CONFIG_NOT_PENDING ||
	       status == TDX_SYS_STATE_INCORRECT;
}

static void test_module_states(void **state)
{
	machine_ready();
	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		const struct module_case c = module_case(leaf);

		if (leaf == TDH_SYS_DISABLE)
			continue; /* tests/leaf/test_dispatch.c */
		for (unsigned int s = SYS_STATE_INIT_PENDING; s <= SYS_STATE_SHUTDOWN; s++) {
			/* one that looks at its operand before */
			uint64_t rcx = leaf == TDH_SYS_INIT ? 0 : BAD;
			uint64_t status;

			sys.state = (enum sys_state)s;
			status = seam(leaf, rcx, BAD, 0, 0).status;
			sys.state = SYS_STATE_READY;
			if (is_listed(c.allowed, s))
				assert_false(is_about_the_module(status));
			else
				assert_int_equal(status, s == SYS_STATE_SHUTDOWN ? TDX_SYS_SHUTDOWN
										 : c.otherwise);
		}
	}
}

static uint64_t call(const struct op_state_case *c, struct hpa tdr, struct hpa tdvpr)
{
	switch (c->names) {
	case TDR_RCX:
		return seam(c->leaf, tdr.pa, BAD, 0, 0).status;
	case TDR_RDX:
		return seam(c->leaf, BAD, tdr.pa, 0, 0).status;
	case TDR_RDX_PAGE:
		return seam(c->leaf, machine_page().pa, tdr.pa, 0, 0).status;
	case TDVPR_RCX:
		return seam(c->leaf, tdvpr.pa, BAD, 0, 0).status;
	case TDVPR_RDX:
		return seam(c->leaf, BAD, tdvpr.pa, 0, 0).status;
	}
	return TDX_SW_ERROR;
}

static void test_op_states(void **state)
{
	struct hpa tdvpr;
	struct test_td td;

	machine_ready();
	test_td_build(&td, TD_READY);
	tdvpr = machine_page();
	assert_int_equal(tdh_vp_create(td.tdr, tdvpr), TDX_SUCCESS);

	for (size_t i = 0; i < ARRAY_SIZE(op_state_cases); i++) {
		const struct op_state_case *c = &op_state_cases[i];

		for (unsigned int s = 0; s < TD_OP_STATE_COUNT; s++) {
			bool allowed = is_listed(c->allowed, s);
			uint64_t status;

			assert_int_equal(td_leaf_allowed(c->leaf, s), allowed);
			test_tdcs(&td)->op_state = s;
			status = call(c, td.tdr, tdvpr);
			if (allowed != (status != TDX_OP_STATE_INCORRECT))
				fail_msg("leaf %u in op state %u: %llx", c->leaf, s,
					 (unsigned long long)status);
		}
	}
}

static void test_no_other_leaf_looks_at_the_op_state(void **state)
{
	for (unsigned int leaf = 0; leaf < 256; leaf++) {
		bool listed = false;

		for (size_t i = 0; i < ARRAY_SIZE(op_state_cases); i++)
			listed |= op_state_cases[i].leaf == leaf;
		for (unsigned int s = 0; s < TD_OP_STATE_COUNT && !listed; s++)
			assert_false(td_leaf_allowed(leaf, s));
	}
	assert_false(td_leaf_allowed(TDH_VP_ENTER, TD_OP_STATE_COUNT));
}

#define STATE(name) (UINT32_C(1) << SEPT_STATE_##name)

static const struct sept_case {
	unsigned int leaf;
	unsigned int level; /* at which the SEAMCALL is tried; NOT_TRIED for leaves whose refusal
			       has another status */
	uint32_t allowed;
} sept_cases[] = {
#define NOT_TRIED 9
	{ TDH_MEM_PAGE_ADD, 0, STATE(FREE) },
	{ TDH_MEM_SEPT_ADD, 1, STATE(FREE) | STATE(NL_MAPPED) },
	{ TDH_MEM_PAGE_RELOCATE, 0,
	  STATE(MAPPED) | STATE(BLOCKED) | STATE(PENDING) | STATE(PENDING_BLOCKED) },
	{ TDH_MEM_PAGE_AUG, 1, STATE(FREE) },
	{ TDH_MEM_RANGE_BLOCK, 1, STATE(NL_MAPPED) | STATE(MAPPED) | STATE(PENDING) },
	{ TDH_MEM_PAGE_DEMOTE, 1,
	  STATE(MAPPED) | STATE(BLOCKED) | STATE(PENDING) | STATE(PENDING_BLOCKED) },
	{ TDH_MEM_RD, NOT_TRIED, STATE(MAPPED) },
	{ TDH_MEM_WR, NOT_TRIED, STATE(MAPPED) },
	{ TDH_MR_EXTEND, NOT_TRIED, STATE(MAPPED) },
	{ TDH_MEM_PAGE_PROMOTE, 1, STATE(NL_MAPPED) | STATE(NL_BLOCKED) },
	{ TDH_MEM_SEPT_RD, 1, (1u << SEPT_STATE_COUNT) - 1 },
	{ TDH_MEM_PAGE_REMOVE, 1,
	  STATE(MAPPED) | STATE(BLOCKED) | STATE(PENDING) | STATE(PENDING_BLOCKED) },
	{ TDH_MEM_SEPT_REMOVE, 1, STATE(NL_MAPPED) | STATE(NL_BLOCKED) },
	{ TDH_MEM_RANGE_UNBLOCK, 1, STATE(NL_BLOCKED) | STATE(BLOCKED) | STATE(PENDING_BLOCKED) },
	{ SEPT_LEAF_TDG_MEM_PAGE_ACCEPT, NOT_TRIED, STATE(PENDING) },
	{ SEPT_LEAF_TDG_MEM_PAGE_ATTR_RD, NOT_TRIED, STATE(MAPPED) | STATE(PENDING) },
	{ SEPT_LEAF_TDG_MEM_PAGE_ATTR_WR, NOT_TRIED, STATE(MAPPED) | STATE(PENDING) },
};

/* One page of each kind that an entry can name. */
struct sept_subject {
	struct test_td td;
	struct hpa block, small, table;
};

static void prepare(struct sept_subject *s)
{
	struct sept_slot slot;

	test_td_build(&s->td, TD_READY);
	s->block = test_td_aug_page(&s->td, gpa(0x200000), TDX_LEVEL_2M);
	s->small = test_td_aug_page(&s->td, gpa(0x401000), TDX_LEVEL_4K);
	assert_true(sept_walk(test_tdr(&s->td), gpa(0x400000), TDX_LEVEL_2M, &slot));
	s->table = sept_pa(slot);
	/* tracking is required, and nothing is tracked: removal goes no further than that */
	test_tdcs(&s->td)->epoch = 10;
	page_entry(s->block, TDX_LEVEL_2M)->bepoch = 10;
	page_entry(s->small, TDX_LEVEL_4K)->bepoch = 10;
	page_entry(s->table, TDX_LEVEL_4K)->bepoch = 10;
}

static struct hpa target(const struct sept_subject *s, enum sept_state state, unsigned int level)
{
	if (state == SEPT_STATE_FREE)
		return hpa(0);
	if (sept_is_leaf(state))
		return level ? s->block : s->small;
	return s->table;
}

static uint64_t try_leaf(struct sept_subject *s, const struct sept_case *c, enum sept_state state)
{
	struct gpa where = gpa(c->level ? 0x200000 : 0x401000);
	struct sept_slot slot;
	uint64_t status;

	test_tdcs(&s->td)->op_state =
		c->leaf == TDH_MEM_PAGE_ADD ? TD_OP_INITIALIZED : TD_OP_RUNNABLE;
	assert_true(sept_walk(test_tdr(&s->td), where, c->level, &slot));
	sept_set(slot, state, target(s, state, c->level));
	status = seam(c->leaf, where.pa | c->level, s->td.tdr.pa, BAD, BAD).status;
	sept_set(slot, SEPT_STATE_PENDING, c->level ? s->block : s->small);
	return status;
}

static void test_sept_states(void **state)
{
	struct sept_subject subject;

	machine_ready();
	prepare(&subject);
	for (size_t i = 0; i < ARRAY_SIZE(sept_cases); i++) {
		const struct sept_case *c = &sept_cases[i];

		for (unsigned int s = 0; s < SEPT_STATE_COUNT; s++) {
			bool allowed = c->allowed >> s & 1;
			/* there is no non-leaf entry of level 0 */
			bool possible =
				c->level != NOT_TRIED && (c->level || s == SEPT_STATE_FREE ||
							  sept_is_leaf((enum sept_state)s));
			uint64_t wrong =
				tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX);
			uint64_t status;

			assert_int_equal(sept_leaf_allowed(c->leaf, (enum sept_state)s), allowed);
			if (!possible)
				continue;
			status = try_leaf(&subject, c, (enum sept_state)s);
			if (c->leaf == TDH_MEM_RANGE_BLOCK &&
			    tdx_status_name(status) == TDX_GPA_RANGE_ALREADY_BLOCKED)
				continue;
			if (c->leaf == TDH_MEM_SEPT_ADD && s == SEPT_STATE_NL_MAPPED)
				continue; /* by version and flags:
					     tests/leaf/test_tdh_mem_sept_add.c */
			if (allowed != (status != wrong))
				fail_msg("leaf %u on state %u: %llx", c->leaf, s,
					 (unsigned long long)status);
		}
	}
}

/* The leaves whose refusal is another status have their own walks over the states. */

static void set_state(const struct sept_subject *s, unsigned int level, enum sept_state state)
{
	struct sept_slot slot;

	assert_true(sept_walk(test_tdr(&s->td), gpa(level ? 0x200000 : 0x401000), level, &slot));
	sept_set(slot, state, target(s, state, level));
}

static void test_extend_on_every_state(void **state)
{
	struct sept_subject s;

	machine_ready();
	prepare(&s);
	test_tdcs(&s.td)->op_state = TD_OP_INITIALIZED;
	for (unsigned int level = 0; level < 2; level++) {
		for (unsigned int n = 0; n < SEPT_STATE_COUNT; n++) {
			uint64_t where = level ? 0x200000 : 0x401000, status;

			if (!level && n != SEPT_STATE_FREE && !sept_is_leaf((enum sept_state)n))
				continue;
			set_state(&s, level, (enum sept_state)n);
			status = seam(TDH_MR_EXTEND, where, s.td.tdr.pa, 0, 0).status;
			assert_int_equal(tdx_status_name(status),
					 n == SEPT_STATE_MAPPED ? TDX_SUCCESS
								: TDX_EPT_ENTRY_NOT_PRESENT);
			set_state(&s, level, SEPT_STATE_PENDING);
		}
	}
}

static const uint64_t accept_outcomes[SEPT_STATE_COUNT] = {
	[SEPT_STATE_FREE] = TDX_EXIT_EPT_VIOLATION,
	[SEPT_STATE_NL_MAPPED] = TDX_PAGE_SIZE_MISMATCH,
	[SEPT_STATE_NL_BLOCKED] = TDX_PAGE_SIZE_MISMATCH,
	[SEPT_STATE_MAPPED] = TDX_PAGE_ALREADY_ACCEPTED,
	[SEPT_STATE_BLOCKED] = TDX_EXIT_EPT_VIOLATION,
	[SEPT_STATE_PENDING] = TDX_SUCCESS,
	[SEPT_STATE_PENDING_BLOCKED] = TDX_EXIT_EPT_VIOLATION,
};

/* RAX of the guest, or of the VMM when the TDCALL ends in a TD exit. */
static uint64_t try_accept(const struct sept_subject *s, unsigned int level)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = level ? 0x200001 : 0x401000 };
	uint64_t status = td_guest_tdcall_exit(&s->td, 0, TDG_MEM_PAGE_ACCEPT, regs, NULL);

	return status == TDX_EXIT_EXTERNAL_INTERRUPT ? test_vcpu(&s->td, 0)->cpu.gpr[TDX_RAX]
						     : status;
}

static void test_accept_on_every_state(void **state)
{
	struct sept_subject s;

	machine_ready();
	prepare(&s);
	test_tdcs(&s.td)->op_state = TD_OP_INITIALIZED;
	test_td_add_vcpu(&s.td);
	test_td_finalize(&s.td);
	for (unsigned int level = 0; level < 2; level++) {
		for (unsigned int n = 0; n < SEPT_STATE_COUNT; n++) {
			uint64_t wanted = accept_outcomes[n];

			if (!level && n != SEPT_STATE_FREE && !sept_is_leaf((enum sept_state)n))
				continue;
			if (wanted != TDX_SUCCESS && wanted != TDX_EXIT_EPT_VIOLATION)
				wanted = tdx_operand(wanted, level);
			set_state(&s, level, (enum sept_state)n);
			assert_int_equal(try_accept(&s, level), wanted);
			set_state(&s, level, SEPT_STATE_PENDING);
		}
	}
}

/*
 * A leaf and the states of a TD's life cycle in which it is allowed: 0 HKID_ASSIGNED, 1
 * KEYS_CONFIGURED, 2 BLOCKED, 3 TEARDOWN. The leaves of op_state_cases[] need 1.
 */
static const struct lifecycle_case {
	struct op_state_case call;
	bool on_fatal;
	uint64_t otherwise;
} lifecycle_cases[] = {
	{ { TDH_VP_FLUSH, TDVPR_RCX, "1" }, true, TDX_TD_KEYS_NOT_CONFIGURED },
	{ { TDH_MNG_KEY_CONFIG, TDR_RCX, "0" }, false, TDX_LIFECYCLE_STATE_INCORRECT },
	{ { TDH_MNG_VPFLUSHDONE, TDR_RCX, "0 1" }, true, TDX_LIFECYCLE_STATE_INCORRECT },
	{ { TDH_MNG_KEY_FREEID, TDR_RCX, "2" }, true, TDX_LIFECYCLE_STATE_INCORRECT },
	{ { TDH_PHYMEM_PAGE_RECLAIM, TDR_RCX, "3" }, true, TDX_LIFECYCLE_STATE_INCORRECT },
	{ { TDH_PHYMEM_PAGE_RECLAIM, TDVPR_RCX, "3" }, true, TDX_LIFECYCLE_STATE_INCORRECT },
};

static struct lifecycle_case lifecycle_case(size_t i)
{
	struct lifecycle_case c = { .otherwise = TDX_TD_KEYS_NOT_CONFIGURED };

	if (i < ARRAY_SIZE(lifecycle_cases))
		return lifecycle_cases[i];
	c.call = op_state_cases[i - ARRAY_SIZE(lifecycle_cases)];
	if (c.call.leaf == TDH_VP_FLUSH)
		return lifecycle_cases[0];
	c.call.allowed = "1";
	return c;
}

/* A state in which each of these leaves would be refused for a later reason, if not for this one.
 */
static void prepare_lifecycle(const struct test_td *td, unsigned int lifecycle, bool fatal)
{
	struct tdr *tdr = test_tdr(td);

	tdr->lifecycle = lifecycle;
	tdr->fatal = fatal;
	tdr->packages_configured = sys_all_packages();
	sys_key(tdr->hkid)->write_back_pending = sys_all_packages();
	test_tdcs(td)->associated_count = 1;
	test_tdcs(td)->op_state = TD_OP_POST_IMPORT;
}

static void test_lifecycle(void **state)
{
	struct test_td td;

	machine_ready();
	test_td_build(&td, TD_READY);
	for (size_t i = 0; i < ARRAY_SIZE(lifecycle_cases) + ARRAY_SIZE(op_state_cases); i++) {
		const struct lifecycle_case c = lifecycle_case(i);

		for (unsigned int s = 0; s < 2 * TD_LIFECYCLE_COUNT; s++) {
			bool fatal = s >= TD_LIFECYCLE_COUNT;
			bool allowed = is_listed(c.call.allowed, s % TD_LIFECYCLE_COUNT);
			struct hpa tdvpr = machine_page();
			uint64_t status;

			prepare_lifecycle(&td, TD_KEYS_CONFIGURED, false);
			test_tdcs(&td)->op_state = TD_OP_INITIALIZED;
			assert_int_equal(tdh_vp_create(td.tdr, tdvpr), TDX_SUCCESS);
			prepare_lifecycle(&td, s % TD_LIFECYCLE_COUNT, fatal);
			status = call(&c.call, td.tdr, tdvpr);
			if (fatal && !c.on_fatal)
				assert_int_equal(status, TDX_TD_FATAL);
			else if (!allowed)
				assert_int_equal(status, c.otherwise);
			else if (status == TDX_TD_FATAL || status == TDX_TD_KEYS_NOT_CONFIGURED ||
				 status == TDX_LIFECYCLE_STATE_INCORRECT)
				fail_msg("leaf %u in life-cycle state %u: %llx", c.call.leaf, s,
					 (unsigned long long)status);
		}
	}
}

static void test_which_td_check_comes_first(void **state)
{
	struct test_td td;
	struct hpa tdvpr;
	struct tdr *tdr;

	machine_ready();
	test_td_build(&td, TD_READY);
	tdvpr = machine_page();
	assert_int_equal(tdh_vp_create(td.tdr, tdvpr), TDX_SUCCESS);
	tdr = test_tdr(&td);
	for (size_t i = 0; i < ARRAY_SIZE(op_state_cases); i++) {
		const struct op_state_case *c = &op_state_cases[i];

		if (c->leaf == TDH_VP_FLUSH || c->leaf == TDH_MNG_ADDCX)
			continue; /* they do not look at all of it */
		test_tdcs(&td)->op_state = TD_OP_STATE_COUNT;
		assert_true(lock_try_exclusive(&test_tdcs(&td)->op_state_lock));
		tdr->tdcx_count = TDCX_PAGES - 1;
		tdr->lifecycle = TD_BLOCKED;
		tdr->fatal = true;
		assert_int_equal(call(c, td.tdr, tdvpr), TDX_TD_FATAL);
		tdr->fatal = false;
		assert_int_equal(call(c, td.tdr, tdvpr), TDX_TD_KEYS_NOT_CONFIGURED);
		tdr->lifecycle = TD_KEYS_CONFIGURED;
		assert_int_equal(call(c, td.tdr, tdvpr), TDX_TDCS_NOT_ALLOCATED);
		tdr->tdcx_count = TDCX_PAGES;
		assert_int_equal(call(c, td.tdr, tdvpr), BUSY(OP_STATE));
		lock_release_exclusive(&test_tdcs(&td)->op_state_lock);
		assert_int_equal(call(c, td.tdr, tdvpr), TDX_OP_STATE_INCORRECT);
	}
}

/* States of a VCPU: 0 UNINITIALIZED, 2 READY, 4 ACTIVE, 8 DISABLED. */
static const struct vcpu_case {
	struct op_state_case call;
	uint32_t op_state;
} vcpu_cases[] = {
	{ { TDH_VP_ENTER, TDVPR_RCX, "2" }, TD_OP_RUNNABLE },
	{ { TDH_VP_ADDCX, TDVPR_RDX, "0" }, TD_OP_INITIALIZED },
	{ { TDH_VP_INIT, TDVPR_RCX, "0" }, TD_OP_INITIALIZED },
	{ { TDH_VP_RD, TDVPR_RCX, "2 8" }, TD_OP_RUNNABLE },
	{ { TDH_VP_WR, TDVPR_RCX, "2" }, TD_OP_RUNNABLE },
	{ { TDH_VP_FLUSH, TDVPR_RCX, "0 2 4 8" }, TD_OP_RUNNABLE },
};

/* The next thing that is wrong with each of these calls: no VCPU may be added, nor enter. */
static void prepare_vcpu(struct test_td *td)
{
	struct tdcs *tdcs;

	test_td_build(td, TD_WITH_VCPU);
	tdcs = test_tdcs(td);
	tdcs->max_vcpus = tdcs->vcpu_count;
	assert_true(lock_try_exclusive(&tdcs->epoch_lock));
}

static void test_vcpu_states(void **state)
{
	static const uint32_t states[] = { VCPU_UNINITIALIZED, VCPU_READY, VCPU_ACTIVE,
					   VCPU_DISABLED };
	struct test_td td;

	machine_ready();
	prepare_vcpu(&td);
	for (size_t i = 0; i < ARRAY_SIZE(vcpu_cases); i++) {
		const struct vcpu_case *c = &vcpu_cases[i];

		test_tdcs(&td)->op_state = c->op_state;
		for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
			bool allowed = is_listed(c->call.allowed, states[s]);
			uint64_t status;

			test_vcpu(&td, 0)->state = states[s];
			status = call(&c->call, td.tdr, td.tdvpr[0]);
			if (allowed != (status != TDX_VCPU_STATE_INCORRECT))
				fail_msg("leaf %u in VCPU state %u: %llx", c->call.leaf, states[s],
					 (unsigned long long)status);
			if (c->call.leaf != TDH_VP_FLUSH)
				assert_int_equal(vcpu_leaf_allowed(c->call.leaf, states[s]),
						 allowed);
		}
		assert_false(vcpu_leaf_allowed(c->call.leaf, 1));
		assert_false(vcpu_leaf_allowed(c->call.leaf, 9));
	}
}

/* Pages that are missing win over the state, but for the leaf that adds them. */
static void test_which_vcpu_check_comes_first(void **state)
{
	struct test_td td;

	machine_ready();
	prepare_vcpu(&td);
	test_vcpu(&td, 0)->state = VCPU_ACTIVE;
	for (size_t i = 0; i < ARRAY_SIZE(vcpu_cases); i++) {
		const struct vcpu_case *c = &vcpu_cases[i];
		bool adds = c->call.leaf == TDH_VP_ADDCX;

		test_tdcs(&td)->op_state = c->op_state;
		test_vcpu(&td, 0)->page_count = adds ? TDVPS_PAGES : TDVPS_PAGES - 1;
		assert_int_equal(call(&c->call, td.tdr, td.tdvpr[0]),
				 adds ? TDX_VCPU_STATE_INCORRECT : TDX_TDCX_NUM_INCORRECT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module_states),
		cmocka_unit_test(test_op_states),
		cmocka_unit_test(test_no_other_leaf_looks_at_the_op_state),
		cmocka_unit_test(test_sept_states),
		cmocka_unit_test(test_extend_on_every_state),
		cmocka_unit_test(test_accept_on_every_state),
		cmocka_unit_test(test_lifecycle),
		cmocka_unit_test(test_which_td_check_comes_first),
		cmocka_unit_test(test_vcpu_states),
		cmocka_unit_test(test_which_vcpu_check_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
