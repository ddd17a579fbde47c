/* SPDX-License-Identifier: MIT */
/*
 * What holds of the module between any two calls, whoever made them:
 *
 * - a page is the VMM's (NDA, and visible to it) or has one owner, and then it is hidden;
 * - the PAMT agrees with what names the page: control pages with TDR and TDVPR, EPT and REG pages
 *   with exactly one entry of their owner's secure EPT, of the right level; no other TD names them;
 * - what a VCPU has in its TLB, and may use again, belongs to its TD;
 * - CHLDCNT, NUM_VCPUS, NUM_ASSOC_VCPUS, REFCOUNT and the counts of 2 MiB blocks are right;
 * - key ids belong to at most one TD, and to one in the right state;
 * - no lock is held but those of VCPUs that are inside their TD.
 *
 * Looks past all locks, at the memory of tests/lib/machine.h with cpu/fake.
 */
#ifndef TESTS_LIB_INVARIANTS_H
#define TESTS_LIB_INVARIANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"

#define INVENTORY_PAGES 2048 /* all usable memory of the machine */
#define INVENTORY_TDS	16
#define INVENTORY_VCPUS 32

struct inventory_page {
	struct hpa pa, owner;
	enum tdx_page_type type;
	unsigned int level;
	unsigned int names; /* how often something names it */
	uint16_t lock;
};

/* All pages that are not NDA, and which of them are TDs and VCPUs: numbers into pages[]. */
struct inventory {
	size_t pages_count, td_count, vcpu_count;
	struct inventory_page pages[INVENTORY_PAGES];
	uint16_t td[INVENTORY_TDS], vcpu[INVENTORY_VCPUS];
};

/* VCPUs that are inside their TD now, by TDVPR. */
struct invariants_running {
	const struct hpa *tdvpr;
	size_t count;
};

/*
 * Null when all of it holds, else what does not, in a buffer of the function's own. The inventory
 * is complete in the first case only.
 */
const char *invariants_check(const struct invariants_running *running, struct inventory *inventory);

/* The same as an assertion, between calls. */
void assert_invariants(void);

#endif
