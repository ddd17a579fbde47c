/* SPDX-License-Identifier: MIT */
/* The VMM's memory: what the monitor handed over, without the TD's RAM and the VMM's own image. */
#ifndef VMM_PAGES_H
#define VMM_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/handoff.h"
#include "vmm/ranges.h"

/* All RAM that the monitor handed over. */
extern struct range_set ram;

void pages_init(const struct vmm_boot *boot);
/* Leaves the RAM of a TD of that size alone: it has the same physical addresses (lib/hob.h). Before
 * the first page is taken. */
void pages_leave_to_td(uint64_t memory_size);

/* Contiguous memory, zeroed; fails the VMM when there is none. */
struct hpa pages_alloc(uint64_t size, uint64_t align);
/* One page, not zeroed. False when there is none left. */
bool page_alloc(struct hpa *page);
void page_free(struct hpa page);
/* One page, zeroed; fails the VMM when there is none. */
void *page_new(void);

/* Physical addresses are the VMM's virtual ones; the image's objects are mapped once more. */
struct hpa hpa_of(const void *object);

#endif
