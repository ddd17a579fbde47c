/* SPDX-License-Identifier: MIT */
/*
 * The whole machine as it was: memory, what of it the VMM may access, the module's state, struct
 * machine. The cost is that of the pages that have been touched since: phys_ptr() tells. A pointer
 * that it has returned is not to be written through after the next snapshot_*().
 */
#ifndef TESTS_LIB_SNAPSHOT_H
#define TESTS_LIB_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct snapshot;

/* Never freed. */
struct snapshot *snapshot_new(void);
void snapshot_save(struct snapshot *s);
void snapshot_restore(struct snapshot *s);

/* What has changed since: numbers of pages (machine_page_at()) whose contents or whose visibility
 * differ, at most max; returns how many there are. */
size_t snapshot_changes(struct snapshot *s, uint16_t *pages, size_t max);
/* Has the module's state outside of pages changed since? */
bool snapshot_sys_changed(const struct snapshot *s);

/* One for assert_refused() and its like: looks at all of memory. assert_same() fails the test
 * unless nothing has changed.
 */
void snapshot_take(void);
void snapshot_assert_same(void);

#endif
