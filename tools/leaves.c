/* SPDX-License-Identifier: MIT */
#include "tools/leaves.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <tdx/leaf.h>

#include "lib/bits.h"

enum presence { ABSENT, REFUSED, EMULATED };

const struct leaf leaves[] = {
#define FIDELITY(leaf, presence, tests, differs)                                                   \
	{ #leaf, (leaf), (presence) != ABSENT, (presence) == EMULATED, tests, differs },
#include "module/fidelity.def"
#undef FIDELITY
};

const size_t leaf_count = ARRAY_SIZE(leaves);

const char *const lifecycle_names[LIFECYCLE_STATES] = {
	"HKID_ASSIGNED",
	"KEYS_CONFIGURED",
	"BLOCKED",
	"TEARDOWN",
};

const char *const vcpu_state_names[VCPU_STATES] = { "UNINITIALIZED", "READY", "ACTIVE",
						    "DISABLED" };

const char *const op_state_names[OP_STATES] = {
	"UNINITIALIZED", "INITIALIZED", "RUNNABLE",	 "LIVE_EXPORT",
	"PAUSED_EXPORT", "POST_EXPORT", "MEMORY_IMPORT", "STATE_IMPORT",
	"POST_IMPORT",	 "LIVE_IMPORT", "FAILED_IMPORT",
};

const char *const sept_state_names[SEPT_STATES] = {
	"FREE", "NL_MAPPED", "NL_BLOCKED", "MAPPED", "BLOCKED", "PENDING", "PENDING_BLOCKED",
};

static const struct dispatched {
	const char *constant;
	int version;
	const char *states;
} dispatched[] = {
#define READY					"ready"
#define NOT_READY_TOO				"not yet ready, too"
#define ALWAYS					"shut down, too"
#define SEAMCALL(number, name, version, states) { #number, version, states },
#define TDCALL(number, name, version)		{ #number, version, NULL },
#include "module/seamcall.def"
#include "module/tdcall.def"
#undef SEAMCALL
#undef TDCALL
};

/* The first is what a leaf without a row of its own needs. */
static const struct lifecycle_row {
	const char *constant;
	struct lifecycle lifecycle;
} lifecycle_rows[] = {
	{ "", { false, { false, true, false, false }, "TD_KEYS_NOT_CONFIGURED" } },
#define LIFECYCLE(leaf, fatal, assigned, configured, blocked, teardown, refusal)                   \
	{ #leaf,                                                                                   \
	  { fatal, { assigned, configured, blocked, teardown }, &#refusal[sizeof("TDX_") - 1] } },
#include "module/lifecycle.def"
#undef LIFECYCLE
};

static const struct vcpu_state_row {
	const char *constant;
	bool allowed[VCPU_STATES];
} vcpu_state_rows[] = {
#define VCPUSTATE(leaf, ...) { #leaf, { __VA_ARGS__ } },
#include "module/vcpustate.def"
#undef VCPUSTATE
};

static const struct op_state_row {
	const char *constant;
	bool allowed[OP_STATES];
} op_state_rows[] = {
#define OPSTATE(leaf, ...) { #leaf, { __VA_ARGS__ } },
#include "module/opstate.def"
#undef OPSTATE
};

static const struct sept_state_row {
	const char *constant;
	bool allowed[SEPT_STATES];
} sept_state_rows[] = {
#define SEPTSTATE(leaf, ...) { #leaf, { __VA_ARGS__ } },
#include "module/septstate.def"
#undef SEPTSTATE
};

bool leaf_is_tdcall(const struct leaf *leaf)
{
	return !strncmp(leaf->constant, "TDG_", 4);
}

static const struct status_row {
	const char *constant, *statuses;
} status_rows[] = {
#define STATUSES(leaf, statuses) { #leaf, statuses },
#include "module/statuses.def"
#undef STATUSES
};

const char *leaf_statuses(const struct leaf *leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++)
		if (!strcmp(status_rows[i].constant, leaf->constant))
			return status_rows[i].statuses;
	return NULL;
}

bool next_word(const char **list, char *word, size_t size)
{
	const char *start = *list + strspn(*list, " ");
	size_t length = strcspn(start, " ");

	*list = start + length;
	snprintf(word, size, "%.*s", (int)length, start);
	return length > 0;
}

void leaf_name(const struct leaf *leaf, char name[LEAF_NAME_SIZE])
{
	snprintf(name, LEAF_NAME_SIZE, "%s", leaf->constant);
	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = '.';
}

const struct leaf *leaf_find(const char *name)
{
	char dotted[LEAF_NAME_SIZE];

	for (size_t i = 0; i < leaf_count; i++) {
		leaf_name(&leaves[i], dotted);
		if (!strcasecmp(name, leaves[i].constant) || !strcasecmp(name, dotted))
			return &leaves[i];
	}
	return NULL;
}

static const struct dispatched *dispatched_row(const struct leaf *leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(dispatched); i++)
		if (!strcmp(dispatched[i].constant, leaf->constant))
			return &dispatched[i];
	return NULL;
}

int leaf_version(const struct leaf *leaf)
{
	const struct dispatched *row = dispatched_row(leaf);

	return row ? row->version : -1;
}

const char *leaf_module_states(const struct leaf *leaf)
{
	const struct dispatched *row = dispatched_row(leaf);

	return row ? row->states : NULL;
}

const bool *leaf_op_states(const struct leaf *leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(op_state_rows); i++)
		if (!strcmp(op_state_rows[i].constant, leaf->constant))
			return op_state_rows[i].allowed;
	return NULL;
}

const bool *leaf_vcpu_states(const struct leaf *leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(vcpu_state_rows); i++)
		if (!strcmp(vcpu_state_rows[i].constant, leaf->constant))
			return vcpu_state_rows[i].allowed;
	return NULL;
}

const struct lifecycle *leaf_lifecycle(const struct leaf *leaf)
{
	for (size_t i = 1; i < ARRAY_SIZE(lifecycle_rows); i++)
		if (!strcmp(lifecycle_rows[i].constant, leaf->constant))
			return &lifecycle_rows[i].lifecycle;
	return leaf_op_states(leaf) ? &lifecycle_rows[0].lifecycle : NULL;
}

/* The TDCALLs have a prefix there, so that their numbers do not meet those of SEAMCALLs. */
const bool *leaf_sept_states(const struct leaf *leaf)
{
	static const char prefix[] = "SEPT_LEAF_";

	for (size_t i = 0; i < ARRAY_SIZE(sept_state_rows); i++) {
		const char *constant = sept_state_rows[i].constant;

		if (!strncmp(constant, prefix, sizeof(prefix) - 1))
			constant += sizeof(prefix) - 1;
		if (!strcmp(constant, leaf->constant))
			return sept_state_rows[i].allowed;
	}
	return NULL;
}
