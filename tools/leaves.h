/* SPDX-License-Identifier: MIT */
/*
 * What is known of each leaf, from the module's own tables: fidelity.def, seamcall.def, tdcall.def,
 * lifecycle.def, opstate.def, vcpustate.def, septstate.def and statuses.def.
 */
#ifndef TOOLS_LEAVES_H
#define TOOLS_LEAVES_H

#include <stdbool.h>
#include <stddef.h>

#define LIFECYCLE_STATES 4
#define OP_STATES	 11
#define VCPU_STATES	 4
#define SEPT_STATES	 7

struct leaf {
	const char *constant; /* "TDH_MEM_PAGE_ADD" */
	unsigned int number;
	bool is_emulated;
	bool can_succeed;    /* not all that are emulated can */
	const char *tests;   /* programs under tests/, separated by blanks */
	const char *differs; /* empty: in nothing */
};

extern const struct leaf leaves[];
extern const size_t leaf_count;

/* In the order of the columns of their tables. */
extern const char *const lifecycle_names[LIFECYCLE_STATES];
extern const char *const vcpu_state_names[VCPU_STATES];
extern const char *const op_state_names[OP_STATES];
extern const char *const sept_state_names[SEPT_STATES];

/* Otherwise it is a SEAMCALL. */
bool leaf_is_tdcall(const struct leaf *leaf);

/* "TDH.MEM.PAGE.ADD" */
#define LEAF_NAME_SIZE 40
void leaf_name(const struct leaf *leaf, char name[LEAF_NAME_SIZE]);

/* By its name or its constant, in either case; null when there is no such leaf. */
const struct leaf *leaf_find(const char *name);

/* The highest version that the module's dispatcher has, -1 when it has no row for the leaf. */
int leaf_version(const struct leaf *leaf);

/* The states of the module in which a SEAMCALL is allowed, in words; null when it has no row. */
const char *leaf_module_states(const struct leaf *leaf);

/* What a leaf that takes a TD needs of its life cycle. */
struct lifecycle {
	bool on_fatal;
	bool allowed[LIFECYCLE_STATES];
	const char *refusal; /* in the other states, without TDX_ */
};

/* Null for a leaf that takes no TD. */
const struct lifecycle *leaf_lifecycle(const struct leaf *leaf);

/*
 * What it may answer but success and what the dispatcher gives: "OPERAND_INVALID|RCX TD_FATAL",
 * with repetitions; null when that is not known.
 */
const char *leaf_statuses(const struct leaf *leaf);

/* The next word of a list like that, or of tests; false at its end. */
bool next_word(const char **list, char *word, size_t size);

/* A column for each state in which the leaf is allowed; null for a leaf that does not
 * look.
 */
const bool *leaf_op_states(const struct leaf *leaf);
const bool *leaf_vcpu_states(const struct leaf *leaf);
const bool *leaf_sept_states(const struct leaf *leaf);

#endif
