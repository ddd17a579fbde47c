/* SPDX-License-Identifier: MIT */
/* One small TD, made of the VMM's own pages, that runs tests/vmm/guest.S. */
#ifndef TESTS_VMM_TD_H
#define TESTS_VMM_TD_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/args.h>
#include <tdx/types.h>
#include <tdx/ve.h>

#include "host/tdh.h"
#include "lib/addr.h"
#include "tests/vmm/guest.h"
#include "vmm/td.h"

#define TD_MAX_PAGES 64

/* Private memory that every TD has from the start, of one word. */
#define TD_DATA_GPA   UINT64_C(0x200000)
#define TD_DATA_VALUE UINT64_C(0x5ec12e7da7a)
/* GPAs for tests. */
#define TD_TEST_GPA   UINT64_C(0x400000)

/* A page that the module has. */
struct donated_page {
	struct hpa pa;
	enum tdx_page_type type;
	unsigned int level;
};

struct test_td {
	struct td vmm; /* for the shared EPT: only memory.shared_root is used */
	struct hpa tdr, tdvpr;
	struct donated_page pages[TD_MAX_PAGES];
	unsigned int page_count;
	struct tdx_module_args args; /* of the last TDH.VP.ENTER */
};

/* Everything up to the last page of the guest's image; fails the VMM when a leaf does. */
void td_begin(struct test_td *td);
/* With these ATTRIBUTES besides SEPT_VE_DISABLE. */
void td_begin_with(struct test_td *td, uint64_t attributes);
/* TDH.MR.FINALIZE, and the guest runs up to its first command. */
void td_start(struct test_td *td);

/* A page for the module, noted in pages: zeroed, of 4 KiB or 2 MiB. */
struct hpa td_donate(struct test_td *td, enum tdx_page_type type, unsigned int level);
/* The page is the VMM's again. */
void td_returned(struct test_td *td, struct hpa page);
/* The n-th page of a type that the module has; fails the VMM when there is none. */
struct hpa td_page(const struct test_td *td, enum tdx_page_type type, unsigned int n);

/* TDH.MEM.PAGE.ADD and TDH.MEM.PAGE.AUG, with the pages of entries that they need. */
uint64_t td_add(struct test_td *td, uint64_t gpa, struct hpa page, struct hpa source);
uint64_t td_augment(struct test_td *td, uint64_t gpa, unsigned int level, struct hpa page);

/* One command for the guest: the status of TDH.VP.ENTER, TDX_EXIT_TDCALL when it was done. */
uint64_t td_do(struct test_td *td, uint64_t command, uint64_t first, uint64_t second,
	       uint64_t third);
/* The guest goes on with a command that a TD exit interrupted. */
uint64_t td_resume(struct test_td *td);
/* Outcome of a command that must be done; fails the VMM when it is not. */
uint64_t td_read(struct test_td *td, uint64_t gpa);
void td_write(struct test_td *td, uint64_t gpa, uint64_t value);
uint64_t td_accept(struct test_td *td, uint64_t gpa, unsigned int level);
/* Does this access end in an EPT violation of that page? */
bool td_read_violates(struct test_td *td, uint64_t linear, uint64_t gpa);

/* Takes the TD apart, in the right order; every page is the VMM's and zero. False: one was not. */
bool td_end(struct test_td *td);

#endif
