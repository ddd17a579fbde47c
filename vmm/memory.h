/* SPDX-License-Identifier: MIT */
/*
 * The memory of a TD. It consists of windows: ranges of GPAs backed by as many bytes of physical
 * memory. RAM has the same GPA as physical address, so that devices of the machine can reach what
 * the TD shares; the legacy hole below 1 MiB and the firmware are backed by pages of the VMM.
 *
 * A page is absent, private (the module has it, accepted or not) or shared (mapped in the shared
 * EPT). Private memory is mapped in 2 MiB pages where a whole block is.
 */
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/tdh_mem.h"
#include "lib/addr.h"

struct td;

enum td_page { TD_PAGE_ABSENT, TD_PAGE_PRIVATE, TD_PAGE_SHARED };

struct td_window {
	uint64_t gpa, size, hpa;
	uint8_t *page;	/* enum td_page of each 4 KiB page */
	uint8_t *large; /* of each 2 MiB block, counted from that of gpa: is one private page */
};

#define TD_MAX_WINDOWS 6

struct td_memory {
	unsigned int count;
	struct td_window windows[TD_MAX_WINDOWS];
	uint64_t *shared_root;
	uint64_t pages_to_shared, pages_to_private; /* converted by the TD, 4 KiB units */
};

/* A growing list of pages, in pages of the VMM's. */
struct page_list {
	uint64_t count;
	struct page_list_block *last;
};
void page_list_add(struct page_list *list, struct hpa page);
/* The page added last; false when the list is empty. */
bool page_list_take(struct page_list *list, struct hpa *page);

/* Windows and an empty shared EPT. The firmware has everything from firmware_start to 4 GiB. */
void memory_init(struct td *td, uint64_t memory_size, uint64_t firmware_start);
/* The window that has this private GPA, or null. */
struct td_window *memory_window(struct td *td, uint64_t gpa);
enum td_page memory_page(const struct td_window *w, uint64_t gpa);
/* Physical memory for the page at gpa, which becomes private: for pages added to a new TD. */
bool memory_add(struct td *td, struct gpa gpa, struct hpa *page);

/*
 * Gives the TD the absent pages of the 2 MiB block around gpa, to be accepted: as one page if that
 * is possible and largest allows it. A private 2 MiB page is split if largest does not.
 */
void memory_augment(struct td *td, struct td_window *w, uint64_t gpa, unsigned int largest);

/* Conversions, of pages of one window and of one 2 MiB block. What is converted loses its
 * contents. */
void memory_make_shared(struct td *td, struct td_window *w, uint64_t gpa, uint64_t size);
void memory_make_private(struct td *td, struct td_window *w, uint64_t gpa, uint64_t size);

/* Shared EPT. gpa without SHARED bit, size and hpa multiples of 4 KiB. */
void shared_ept_map(struct td *td, uint64_t gpa, uint64_t size, struct hpa hpa, bool writable);
/* RAM that is not shared: accesses end in a TD exit. What was never set is MMIO: they end in a #VE.
 */
void shared_ept_unmap(struct td *td, uint64_t gpa, uint64_t size);

#endif
