/* SPDX-License-Identifier: MIT */
#include "tests/lib/leaf_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/check.h"
#include "module/guest.h"
#include "module/module.h"
#include "module/sept.h"
#include "tests/lib/snapshot.h"

#define MAX_FAULTS  96
#define MAX_CHANGES 64
#define JUNK	    UINT64_C(0x7e57ed5a00000000)

struct test_td leaf_td;

static struct {
	struct hpa base;
	uint64_t size;
} changes[MAX_CHANGES]; /* announced */
static size_t change_count;

/* The good state; a state with faults, before the call. */
static struct snapshot *base, *before;
static uint16_t changed[MACHINE_PAGES];

/* TDH.MEM.SEPT.RD reads what is found on the way to a level, too. */
void leaf_entry_outputs(const struct leaf_call *in, struct leaf_call *expected)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RAX] = TDH_MEM_SEPT_RD };

	regs[TDX_RCX] = in->r[TDX_RCX] & ~UINT64_C(0xff8);
	regs[TDX_RDX] = in->r[TDX_RDX] & ~(PAGE_SIZE - 1);
	module_seamcall(regs);
	expected->r[TDX_RCX] = regs[TDX_RCX];
	expected->r[TDX_RDX] = regs[TDX_RDX];
}

void leaf_assert_page(struct hpa page, enum tdx_page_type type, unsigned int level)
{
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_phymem_page_rdmd(page, &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, type);
	assert_int_equal(metadata.level, level);
	assert_int_equal(metadata.owner.pa, leaf_td.tdr.pa);
	assert_false(cpu_host_can_access(page));
	assert_int_equal(page_entry(page, level)->lock, 0);
}

void leaf_assert_freed(struct hpa page)
{
	const uint8_t *bytes = phys_ptr(page);
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_phymem_page_rdmd(page, &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_NDA);
	assert_int_equal(metadata.owner.pa, 0);
	assert_true(cpu_host_can_access(page));
	for (size_t i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(bytes[i], 0);
}

struct hpa leaf_table(struct gpa gpa, unsigned int level)
{
	struct sept_slot slot;

	assert_true(sept_walk(test_tdr(&leaf_td), gpa, level, &slot));
	return hpa(align_down(machine_address(slot.entry).pa, PAGE_SIZE));
}

/* The faults of a case: those of the dispatcher and of the TD, then its own. */

static const struct leaf_fault rax_faults[] = {
	OR_FAULT("RAX 24", INVALID(RAX), RAX, BIT(24)),
	OR_FAULT("RAX 63", INVALID(RAX), RAX, BIT(63)),
};

#define MODULE_STATE(state, status)                                                                \
	VALUE_FAULT(#state, status, leaf_set_module_state, SYS_STATE_##state, EDITS_MODULE)
static const struct leaf_fault shutdown_faults[] = { MODULE_STATE(SHUTDOWN, TDX_SYS_SHUTDOWN) };
static const struct leaf_fault ready_faults[] = {
	MODULE_STATE(INIT_PENDING, TDX_SYS_NOT_READY),
	MODULE_STATE(INIT_DONE, TDX_SYS_NOT_READY),
	MODULE_STATE(CONFIG_DONE, TDX_SYS_NOT_READY),
};

/* Of a page that must be a TDR or TDVPR; the register is filled in. */
static const struct leaf_fault page_faults[] = {
	{ "not a page", TDX_OPERAND_INVALID, 0, BIT(11), leaf_or, 0, 0, NULL },
	{ "key id", TDX_OPERAND_INVALID, 0, BIT(PLATFORM_HKID_SHIFT), leaf_or, 0, 0, NULL },
	{ "above MAXPA", TDX_OPERAND_INVALID, 0, BIT(60), leaf_or, 0, 0, NULL },
	{ "in no TDMR", TDX_OPERAND_ADDR_RANGE_ERROR, 0, OUTSIDE_BASE, NULL, 0, 0, NULL },
	{ "reserved area", TDX_OPERAND_ADDR_RANGE_ERROR, 0, LOW_BASE + LOW_USABLE, NULL, 0, 0,
	  NULL },
	{ "locked", TDX_OPERAND_BUSY, 0, 0, leaf_lock_page, 0, 0, NULL },
	{ "of another type", TDX_PAGE_METADATA_INCORRECT, 0, 0, leaf_name_tdcx, 0, 0, NULL },
	{ "free", TDX_PAGE_METADATA_INCORRECT, 0, LEAF_FREE_PAGE, NULL, 0, 0, NULL },
};
static const struct leaf_fault shared_page_fault[] = {
	{ "in use", TDX_OPERAND_BUSY, 0, 0, leaf_lock_page_shared, 0, 0, NULL },
};
static const struct leaf_fault tdr_faults[] = {
	STATE_FAULT("TDR locked", BUSY(TDR), leaf_lock_tdr, 0),
};

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_TD_KEYS_NOT_CONFIGURED, leaf_set_lifecycle, state, EDITS_LIFECYCLE)
static const struct leaf_fault td_faults[] = {
	STATE_FAULT("fatal", TDX_TD_FATAL, leaf_set_fatal, 0),
	LIFECYCLE(TD_HKID_ASSIGNED),
	LIFECYCLE(TD_BLOCKED),
	LIFECYCLE(TD_TEARDOWN),
	VALUE_FAULT("a TDCX missing", TDX_TDCS_NOT_ALLOCATED, leaf_set_tdcx_count, TDCX_PAGES - 1,
		    0),
	STATE_FAULT("op state locked", BUSY(OP_STATE), leaf_lock_op_state, 0),
};

struct list {
	struct leaf_fault faults[MAX_FAULTS];
	size_t count, dispatch; /* the first of them are the dispatcher's */
};

static void append(struct list *list, const struct leaf_fault *faults, size_t count)
{
	CHECK(list->count + count <= MAX_FAULTS);
	if (count)
		memcpy(&list->faults[list->count], faults, count * sizeof(*faults));
	list->count += count;
}

static void append_version(struct list *list, const struct leaf_case *l)
{
	const struct leaf_fault fault = {
		.name = "version",
		.status = INVALID(RAX),
		.reg = TDX_RAX,
		.value = (l->highest_version + 1) * SEAM_V1,
		.make = leaf_or,
	};

	append(list, &fault, 1);
}

static void append_module(struct list *list, const struct leaf_case *l)
{
	append(list, rax_faults, ARRAY_SIZE(rax_faults));
	if (l->highest_version == 0)
		append_version(list, l);
	if (!l->guest && l->module_states != LEAF_ALWAYS)
		append(list, shutdown_faults, ARRAY_SIZE(shutdown_faults));
	if (!l->guest && l->module_states == LEAF_READY)
		append(list, ready_faults, ARRAY_SIZE(ready_faults));
	/* all bits of the version that the good one lacks make it higher */
	if (l->highest_version)
		append_version(list, l);
	list->dispatch = list->count;
}

static void append_page(struct list *list, const struct leaf_case *l)
{
	size_t first = list->count;

	append(list, page_faults, ARRAY_SIZE(page_faults));
	if (l->td_exclusive)
		append(list, shared_page_fault, ARRAY_SIZE(shared_page_fault));
	for (size_t i = first; i < list->count; i++) {
		list->faults[i].reg = l->td_reg;
		list->faults[i].status |= l->td_reg;
	}
}

static void append_td(struct list *list, const struct leaf_case *l)
{
	append(list, td_faults, ARRAY_SIZE(td_faults));
	for (unsigned int s = 0; s < TD_OP_STATE_COUNT; s++) {
		const struct leaf_fault fault = VALUE_FAULT("op state", TDX_OP_STATE_INCORRECT,
							    leaf_set_op_state, s, EDITS_OP_STATE);

		if (!(l->op_states >> s & 1))
			append(list, &fault, 1);
	}
}

static const struct list *collect(const struct leaf_case *l)
{
	static struct list list;

	list.count = 0;
	append_module(&list, l);
	append(&list, l->first_faults, l->first_fault_count);
	if (l->td != LEAF_NO_TD)
		append_page(&list, l);
	if (l->td == LEAF_TDVPR)
		append(&list, tdr_faults, ARRAY_SIZE(tdr_faults));
	if (l->td == LEAF_TD || l->td == LEAF_TDVPR)
		append_td(&list, l);
	append(&list, l->faults, l->fault_count);
	return &list;
}

static uint64_t edits_of(const struct leaf_fault *f)
{
	return f->edits | (f->reg == NO_REG ? 0 : BIT(f->reg));
}

static void apply(const struct leaf_fault *f, struct leaf_call *c)
{
	if (f->make)
		f->make(c, f->reg, f->value);
	else
		c->r[f->reg] = f->value;
}

/* One call. */

static struct guest entered; /* the TD whose script runs */

/* The dispatcher has pointers to these, so that nothing tells when it writes. */
static void touch_entered(void)
{
	(void)phys_ptr(leaf_td.tdr);
	for (unsigned int i = 0; i < TDCX_PAGES; i++)
		(void)phys_ptr(leaf_td.tdcx[i]);
	for (unsigned int i = 0; i < TDVPS_PAGES; i++)
		(void)phys_ptr(entered.vcpu->pages[i]);
}

static void tdcall(struct leaf_call *c)
{
	struct tdcall call = {
		.r = c->r,
		.vcpu = entered.vcpu,
		.tdr = entered.tdr,
		.tdcs = entered.tdcs,
		.exit = &c->exit,
	};

	touch_entered();
	c->action = module_tdcall(&call);
	if (c->action == TDCALL_RETURN)
		c->r[TDX_RAX] = call.status;
	if (c->action == TDCALL_EXIT)
		c->r[TDX_RAX] = c->exit.gpr[TDX_RAX];
}

static void invoke(const struct leaf_case *l, struct leaf_call *c)
{
	if (l->guest)
		tdcall(c);
	else
		module_seamcall(c->r);
}

uint64_t leaf_seamcall(struct leaf_call *c)
{
	module_seamcall(c->r);
	return c->r[TDX_RAX];
}

uint64_t leaf_tdcall(struct leaf_call *c)
{
	tdcall(c);
	return c->r[TDX_RAX];
}

static void assert_registers(const struct leaf_call *now, const struct leaf_call *expected,
			     uint64_t ignore, const char *what)
{
	for (unsigned int r = TDX_RCX; r < TDX_GPR_COUNT; r++) {
		if (!(ignore >> r & 1) && now->r[r] != expected->r[r])
			fail_msg("%s: register %u is %llx, not %llx", what, r,
				 (unsigned long long)now->r[r], (unsigned long long)expected->r[r]);
	}
}

static struct leaf_call begin(const struct leaf_case *l)
{
	struct leaf_call c = { .r = { 0 } };

	for (unsigned int r = 0; r < TDX_GPR_COUNT; r++)
		c.r[r] = JUNK + r;
	l->setup(&c);
	c.r[TDX_RAX] = l->leaf | (uint64_t)l->version << TDX_VERSION_SHIFT;
	return c;
}

struct leaf_call leaf_begin(const struct leaf_case *l)
{
	return begin(l);
}

void leaf_assert_refused(const struct leaf_call *c, uint64_t status)
{
	struct leaf_call out = *c;

	snapshot_take();
	assert_int_equal(leaf_seamcall(&out), status);
	snapshot_assert_same();
}

/*
 * Runs body in the good state: a SEAMCALL's from outside, a TDCALL's while its VCPU is in the TD.
 */
struct body {
	void (*run)(const struct leaf_case *l, const struct leaf_call *good);
	const struct leaf_case *l;
	const struct leaf_call *good;
};

static void run_body(const struct body *b)
{
	if (!base) {
		base = snapshot_new();
		before = snapshot_new();
	}
	snapshot_save(base);
	b->run(b->l, b->good);
}

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct body *b = context;

	if (b->run)
		run_body(b);
	b->run = NULL;
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT, .vector = 0x51 };
}

static void with_good_state(void **state,
			    void (*run)(const struct leaf_case *l, const struct leaf_call *good))
{
	const struct leaf_case *l = *state;
	const struct leaf_call good = begin(l);
	struct body b = { run, l, &good };
	struct tdx_module_args args = { 0 };

	if (!l->guest) {
		run_body(&b);
		return;
	}
	entered = (struct guest){ test_vcpu(&leaf_td, 0), test_tdr(&leaf_td), test_tdcs(&leaf_td) };
	fake_cpu_set_guest(play, &b);
	(void)tdh_vp_enter(leaf_td.tdvpr[0], &args);
	assert_null(b.run);
}

/* Faults. */

static void expect(const struct leaf_case *l, const struct leaf_fault *f, bool dispatcher,
		   const struct leaf_call *in, struct leaf_call *expected)
{
	*expected = *in;
	for (unsigned int r = 0; r < TDX_GPR_COUNT && !dispatcher; r++) {
		if (f->action == TDCALL_RETURN && (l->errors_zero >> r & 1))
			expected->r[r] = 0;
		if (f->action == TDCALL_RETURN && (l->errors_ones >> r & 1))
			expected->r[r] = UINT64_MAX;
	}
	if (f->outputs)
		f->outputs(in, expected);
}

/* Of the VCPU that is in the TD: after a TD exit or a #VE they hold what it leaves. */
static bool is_of_vcpu(struct hpa page)
{
	for (unsigned int i = 0; i < TDVPS_PAGES; i++) {
		if (entered.vcpu->pages[i].pa == page.pa)
			return true;
	}
	return false;
}

static void assert_same(bool but_vcpu, const char *what)
{
	size_t count = snapshot_changes(before, changed, MACHINE_PAGES);

	for (size_t i = 0; i < count; i++) {
		struct hpa page = machine_page_at(changed[i]);

		if (!but_vcpu || !is_of_vcpu(page))
			fail_msg("%s: page %llx has changed", what, (unsigned long long)page.pa);
	}
	if (snapshot_sys_changed(before))
		fail_msg("%s: the module's state has changed", what);
}

/* a comes before b; b may be null. */
static void check_faults(const struct leaf_case *l, const struct leaf_call *good,
			 const struct leaf_fault *a, const struct leaf_fault *b, bool dispatcher)
{
	struct leaf_call in = *good, out, expected;
	char what[160];

	snprintf(what, sizeof(what), "%s%s%s", a->name, b ? " + " : "", b ? b->name : "");
	if (b)
		apply(b, &in);
	apply(a, &in);
	expect(l, a, dispatcher, &in, &expected);
	snapshot_save(before);
	out = in;
	invoke(l, &out);
	if (out.action != a->action)
		fail_msg("%s: action %u", what, out.action);
	if (a->action != TDCALL_RESTART && out.r[TDX_RAX] != a->status)
		fail_msg("%s: %llx, not %llx", what, (unsigned long long)out.r[TDX_RAX],
			 (unsigned long long)a->status);
	assert_registers(&out, &expected, 0, what);
	assert_same(a->action != TDCALL_RETURN, what);
	snapshot_restore(base);
	fake_cpuid_reset(); /* what the snapshot does not have */
}

static void try_each(const struct leaf_case *l, const struct leaf_call *good)
{
	const struct list *list = collect(l);

	for (size_t i = 0; i < list->count; i++)
		check_faults(l, good, &list->faults[i], NULL, i < list->dispatch);
}

static void try_pairs(const struct leaf_case *l, const struct leaf_call *good)
{
	const struct list *list = collect(l);

	for (size_t a = 0; a < list->count; a++) {
		for (size_t b = a + 1; b < list->count; b++) {
			const struct leaf_fault *first = &list->faults[a];
			const struct leaf_fault *second = &list->faults[b];

			if (!(edits_of(first) & edits_of(second)))
				check_faults(l, good, first, second, a < list->dispatch);
		}
	}
}

static void try_rax(const struct leaf_case *l, const struct leaf_call *good)
{
	struct leaf_fault fault = {
		.name = "reserved bit", .status = INVALID(RAX), .reg = TDX_RAX, .make = leaf_or
	};

	for (unsigned int b = 24; b < 64; b++) {
		fault.value = BIT(b);
		check_faults(l, good, &fault, NULL, true);
	}
	fault.name = "version";
	fault.make = NULL;
	for (unsigned int v = l->highest_version + 1; v <= TDX_VERSION_MASK; v++) {
		fault.value = l->leaf | v * SEAM_V1;
		check_faults(l, good, &fault, NULL, true);
	}
}

void leaf_test_rax(void **state)
{
	with_good_state(state, try_rax);
}

void leaf_test_faults(void **state)
{
	with_good_state(state, try_each);
}

void leaf_test_pairs(void **state)
{
	with_good_state(state, try_pairs);
}

/* Success. */

void leaf_changes_range(struct hpa start, uint64_t size)
{
	CHECK(change_count < MAX_CHANGES);
	changes[change_count].base = start;
	changes[change_count++].size = size;
}

void leaf_changes(struct hpa page)
{
	leaf_changes_range(page, PAGE_SIZE);
}

void leaf_changes_pamt(struct hpa page)
{
	for (unsigned int level = TDX_LEVEL_4K; level <= TDX_LEVEL_2M; level++) {
		struct hpa entry = machine_address(page_entry(page, level));

		leaf_changes(hpa(align_down(entry.pa, PAGE_SIZE)));
	}
}

static bool is_announced(struct hpa page)
{
	for (size_t i = 0; i < change_count; i++) {
		if (page.pa - changes[i].base.pa < changes[i].size)
			return true;
	}
	return false;
}

static void assert_announced(void)
{
	size_t count = snapshot_changes(base, changed, MACHINE_PAGES);

	for (size_t i = 0; i < count; i++) {
		struct hpa page = machine_page_at(changed[i]);

		if (!is_announced(page))
			fail_msg("page %llx has changed", (unsigned long long)page.pa);
	}
}

static bool has_fault(const struct leaf_case *l, leaf_edit *make)
{
	for (size_t i = 0; i < l->fault_count; i++) {
		if (l->faults[i].make == make)
			return true;
	}
	return false;
}

/* What the call shares: others may have it at the same time, and still have it afterwards. */
static void share_locks(const struct leaf_case *l, struct leaf_call *in)
{
	if (l->td != LEAF_NO_TD && !l->td_exclusive)
		leaf_lock_page_shared(in, l->td_reg, 0);
	if (l->td == LEAF_TDVPR)
		leaf_hold_page(leaf_td.tdr);
	if (has_fault(l, leaf_lock_tree) && !has_fault(l, leaf_share_tree))
		leaf_share_tree(in, NO_REG, 0);
}

static void try_shared(const struct leaf_case *l, const struct leaf_call *good)
{
	struct leaf_call out = *good;

	share_locks(l, &out);
	invoke(l, &out);
	assert_int_equal(out.action, l->success_action);
	assert_int_equal(out.r[TDX_RAX], l->success);
	if (l->td != LEAF_NO_TD && !l->td_exclusive)
		assert_int_equal(page_entry(hpa(good->r[l->td_reg]), TDX_LEVEL_4K)->lock,
				 HELD_SHARED);
	snapshot_restore(base);
	fake_cpuid_reset();
}

static void try_success(const struct leaf_case *l, const struct leaf_call *good)
{
	struct leaf_call out = *good;

	try_shared(l, good);
	change_count = 0;
	invoke(l, &out);
	assert_int_equal(out.action, l->success_action);
	assert_int_equal(out.r[TDX_RAX], l->success);
	assert_registers(&out, good, l->outputs, "success");
	if (l->effect)
		l->effect(good, &out);
	assert_announced();
}

void leaf_test_success(void **state)
{
	with_good_state(state, try_success);
}
