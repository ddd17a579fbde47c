/* SPDX-License-Identifier: MIT */
/*
 * A leaf as a table: a state and registers with which it succeeds, and what can be wrong, in the
 * order in which the ABI looks at it. Tried are each fault alone, and each two at once: the first
 * one wins, and nothing has changed but the documented outputs. Then the good call.
 *
 * The dispatcher's checks, and those that all leaves with a TDR or a TDVPR have in common, come
 * with the case; its own faults come after them.
 */
#ifndef TESTS_LIB_LEAF_CASE_H
#define TESTS_LIB_LEAF_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/args.h>

#include "lib/bits.h"
#include "module/leaf.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

#define BIT(n) (UINT64_C(1) << (n))

/* One SEAMCALL or TDCALL: RAX is leaf and version, then the status. */
struct leaf_call {
	uint64_t r[TDX_GPR_COUNT];
	enum tdcall_action action; /* TDCALL only, as exit */
	struct td_exit exit;
};

typedef void leaf_edit(struct leaf_call *c, unsigned int reg, uint64_t value);

struct leaf_fault {
	const char *name;
	uint64_t status;
	unsigned int reg; /* becomes value, unless make does something else with it; or NO_REG */
	uint64_t value;
	leaf_edit *make;
	uint32_t edits; /* EDITS_*; two faults that edit the same thing are not tried together */
	enum tdcall_action action; /* unless TDCALL_RETURN: the VCPU's own pages may change */
	/* Registers as they must be afterwards, where the case's error_* do not say it. In: as the
	 * call finds them, in the state that it finds. */
	void (*outputs)(const struct leaf_call *in, struct leaf_call *expected);
};

#define NO_REG TDX_RSP /* no leaf has it as an operand */

/* Parts of the state; a register is BIT(TDX_RCX) ... by itself. */
#define EDITS_MODULE	 BIT(16)
#define EDITS_LIFECYCLE	 BIT(17)
#define EDITS_OP_STATE	 BIT(18)
#define EDITS_ENTRY	 BIT(19) /* a secure EPT entry */
#define EDITS_PAGE	 BIT(20) /* the page operand */
#define EDITS_VCPU_STATE BIT(21)
#define EDITS_PARAMS	 BIT(22) /* what lies in the VMM's memory */
#define EDITS_LP	 BIT(23) /* who calls */
#define EDITS_KEY	 BIT(24)
#define EDITS_TRACKING	 BIT(25)

/* A register with a wrong value; some other thing wrong. */
/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define REG_FAULT(what, status_, reg_, value_)                                                     \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = TDX_##reg_, .value = (value_)          \
	}
#define OR_FAULT(what, status_, reg_, bits_)                                                       \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = TDX_##reg_, .value = (bits_),          \
		.make = leaf_or                                                                    \
	}
#define STATE_FAULT(what, status_, make_, edits_)                                                  \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = NO_REG, .make = (make_),               \
		.edits = (edits_)                                                                  \
	}
#define VALUE_FAULT(what, status_, make_, value_, edits_)                                          \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = NO_REG, .value = (value_),             \
		.make = (make_), .edits = (edits_)                                                 \
	}
/* A TDCALL that finds the page at this GPA pending, or none: a TD exit by EPT violation. */
#define EXIT_FAULT(what, reg_, value_)                                                             \
	{                                                                                          \
		.name = (what), .status = TDX_EXIT_EPT_VIOLATION, .reg = TDX_##reg_,               \
		.value = (value_), .action = TDCALL_EXIT                                           \
	}
/* The same about an entry of the secure EPT: RCX and RDX are what TDH.MEM.SEPT.RD says of it. */
#define ENTRY_FAULT(what, status_, reg_, value_)                                                   \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = TDX_##reg_, .value = (value_),         \
		.outputs = leaf_entry_outputs                                                      \
	}
#define ENTRY_STATE_FAULT(what, status_, make_, edits_)                                            \
	{                                                                                          \
		.name = (what), .status = (status_), .reg = NO_REG, .make = (make_),               \
		.edits = (edits_), .outputs = leaf_entry_outputs                                   \
	}
/* clang-format on */

/* A 4 KiB page operand: its address; that it may be one; that it is free. */
#define PAGE_ADDRESS_FAULTS(reg_)                                                                  \
	OR_FAULT(#reg_ ": not a page", INVALID(reg_), reg_, 8),                                    \
		OR_FAULT(#reg_ ": key id", INVALID(reg_), reg_, BIT(PLATFORM_HKID_SHIFT)),         \
		OR_FAULT(#reg_ ": above MAXPA", INVALID(reg_), reg_, BIT(60)),                     \
		REG_FAULT(#reg_ ": in no TDMR", OUT_OF_RANGE(reg_), reg_, OUTSIDE_BASE)
#define PAGE_OPERAND_FAULTS(reg_)                                                                  \
	PAGE_ADDRESS_FAULTS(reg_),                                                                 \
		REG_FAULT(#reg_ ": reserved area", OUT_OF_RANGE(reg_), reg_,                       \
			  LOW_BASE + LOW_USABLE),                                                  \
		PAGE_LOCKED_FAULT(reg_)
/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define PAGE_LOCKED_FAULT(reg_)                                                                    \
	{                                                                                          \
		.name = #reg_ ": locked", .status = BUSY(reg_), .reg = TDX_##reg_,                 \
		.make = leaf_lock_page                                                             \
	}
/* clang-format on */
#define FREE_PAGE_FAULTS(reg_)                                                                     \
	PAGE_OPERAND_FAULTS(reg_),                                                                 \
	{                                                                                          \
		.name = #reg_ ": in use", .status = WRONG_PAGE(reg_), .reg = TDX_##reg_,           \
		.make = leaf_name_tdcx                                                             \
	}

/* RCX of the leaves that take level and GPA, but for what the leaf has against a level. */
#define MEM_OPERAND_FAULTS                                                                         \
	OR_FAULT("RCX 3", INVALID(RCX), RCX, BIT(3)),                                              \
		OR_FAULT("RCX 11", INVALID(RCX), RCX, BIT(11)),                                    \
		OR_FAULT("RCX 52", INVALID(RCX), RCX, BIT(52)),                                    \
		OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),                                    \
		OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),                                \
		OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),                              \
		OR_FAULT("level 7", INVALID(RCX), RCX, 7)
/* The entry that RCX names, and nothing above it, is another's. */
#define ENTRY_LOCKED_FAULT ENTRY_STATE_FAULT("entry locked", BUSY(RCX), leaf_lock_entry, 0)
#define EPT_STATUS(name)   (TDX_##name | TDX_OPERAND_ID_RCX)

enum leaf_module_states { LEAF_READY, LEAF_EARLY, LEAF_ALWAYS };
enum leaf_td_checks {
	LEAF_NO_TD,
	LEAF_TDR_PAGE, /* only that it is a TDR */
	LEAF_TD,       /* all of the generic checks */
	LEAF_TDVPR,    /* the VCPU's page, then all of the TD's */
};

struct leaf_case {
	unsigned int leaf, version, highest_version;
	/* Looked at before all of the TD's. */
	const struct leaf_fault *first_faults;
	size_t first_fault_count;
	bool guest; /* TDCALL by VCPU 0 of leaf_td, which has been entered */
	enum leaf_module_states module_states;
	enum leaf_td_checks td;
	unsigned int td_reg;  /* that names TDR or TDVPR */
	bool td_exclusive;    /* locks that page exclusively */
	uint16_t op_states;   /* bit per op state in which the leaf is allowed */
	uint32_t outputs;     /* registers that a success may change */
	uint32_t errors_zero; /* registers that are 0, or all-ones, after a failure */
	uint32_t errors_ones;
	const struct leaf_fault *faults;
	size_t fault_count;
	/* Builds leaf_td and fills the registers that are operands; the rest is junk. */
	void (*setup)(struct leaf_call *c);
	uint64_t success; /* the good call's status, and what becomes of a TDCALL */
	enum tdcall_action success_action;
	/* Looks at each documented effect. Changed pages have to be announced. */
	void (*effect)(const struct leaf_call *in, const struct leaf_call *out);
};

extern struct test_td leaf_td;

#define ALL_OP_STATES 0x7ff

/* A page of TDMR 0 that is free: the last that machine_page() hands out. */
#define LEAF_FREE_PAGE (LOW_BASE + 2 * SIZE_2M - PAGE_SIZE)

/* Edits for faults (leaf_edits.c). leaf_or: register |= value. */
leaf_edit leaf_or, leaf_lock_page, leaf_lock_page_shared, leaf_name_tdcx, leaf_name_tdr;
leaf_edit leaf_lock_tree, leaf_share_tree, leaf_lock_entry, leaf_lock_kot, leaf_share_kot,
	leaf_lock_ket;
leaf_edit leaf_lock_tdr, leaf_share_sys, leaf_lock_sys;
leaf_edit leaf_set_fatal, leaf_set_lifecycle, leaf_set_tdcx_count, leaf_set_op_state,
	leaf_lock_op_state;
leaf_edit leaf_set_lp;
leaf_edit leaf_take_entropy, leaf_set_module_state;
/* The VMM has written IA32_TSC_ADJUST, or made CPUID shorter, on this LP. */
leaf_edit leaf_shift_tsc, leaf_limit_cpuid;
#define TSC_ADJUST_DIFFERS (TDX_INCONSISTENT_MSR | 0x3b)
/* Of the first VCPU: its state, the number of its pages. */
leaf_edit leaf_set_vcpu_state, leaf_set_vcpu_pages;
/* What was blocked last is out of the TLBs no longer: by the epoch, or by a VCPU that entered in
 * it. */
leaf_edit leaf_undo_track, leaf_stay_in_epoch;
void leaf_entry_outputs(const struct leaf_call *in, struct leaf_call *expected);

/* Locks as another logical processor would hold them. */
#define HELD_EXCLUSIVE 0x8000
#define HELD_SHARED    1

/* In effect(): contents or visibility of this page or range, or the PAMT entries of that
 * page, may have changed. */
void leaf_changes(struct hpa page);
void leaf_changes_range(struct hpa start, uint64_t size);
void leaf_changes_pamt(struct hpa page);

/* Another logical processor is at work on this page. */
void leaf_hold_page(struct hpa page);
/* Is page one of leaf_td, or NDA and all zero? */
void leaf_assert_page(struct hpa page, enum tdx_page_type type, unsigned int level);
void leaf_assert_freed(struct hpa page);
/* The secure EPT page with the entry of that level. */
struct hpa leaf_table(struct gpa gpa, unsigned int level);

/* The case's call by itself, for tests that go on from the good state. */
struct leaf_call leaf_begin(const struct leaf_case *l);
uint64_t leaf_seamcall(struct leaf_call *c);
/* A TDCALL, in effect() of a guest's case. */
uint64_t leaf_tdcall(struct leaf_call *c);
/* The same call must be refused, and nothing change. */
void leaf_assert_refused(const struct leaf_call *c, uint64_t status);

void leaf_test_rax(void **state);
void leaf_test_faults(void **state);
void leaf_test_pairs(void **state);
void leaf_test_success(void **state);

#define LEAF_TESTS(case_)                                                                          \
	{ "RAX of " #case_, leaf_test_rax, NULL, NULL, (void *)&(case_) },                         \
		{ "each fault of " #case_, leaf_test_faults, NULL, NULL, (void *)&(case_) },       \
		{ "each two faults of " #case_, leaf_test_pairs, NULL, NULL, (void *)&(case_) },   \
	{                                                                                          \
		"success of " #case_, leaf_test_success, NULL, NULL, (void *)&(case_)              \
	}

#endif
