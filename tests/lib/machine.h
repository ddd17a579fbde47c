/* SPDX-License-Identifier: MIT */
/*
 * A machine in a process: physical memory with holes, logical processors, the fake CPU, and the
 * module in it.
 *
 *	region	base		what is there, in this order
 *	0	1 MiB		memory that is in no CMR
 *	1	1 GiB		usable memory of TDMR 0; its PAMT (reserved); memory that stays the
 *				VMM's (reserved). The rest of the GiB is a hole (reserved).
 *	2	4 TiB - 1 GiB	usable memory of TDMR 1; its PAMT (reserved); hole
 *	3	2 GiB		only after machine_bring_up_huge(): a TDMR that is usable as a
 *whole; behind it its PAMT
 */
#ifndef TESTS_LIB_MACHINE_H
#define TESTS_LIB_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"
#include "lib/phys.h"
#include "module/page.h"
#include "module/sys.h"

#define MIB UINT64_C(0x100000)

#define OUTSIDE_BASE UINT64_C(0x100000)
#define OUTSIDE_SIZE UINT64_C(0x40000)
#define LOW_BASE     SIZE_1G
#define LOW_USABLE   (6 * MIB)
#define LOW_SIZE     (12 * MIB)
#define HIGH_BASE    (UINT64_C(0x40000000000) - SIZE_1G)
#define HIGH_USABLE  (2 * MIB)
#define HIGH_SIZE    (8 * MIB)

#define HUGE_BASE (2 * SIZE_1G)
#define HUGE_SIZE (SIZE_1G + 8 * MIB)

#define PAMT_4K_SIZE (SIZE_1G / PAGE_SIZE * sizeof(struct pamt_entry))
#define PAMT_2M_SIZE (SIZE_1G / SIZE_2M * sizeof(struct pamt_entry))
#define PAMT_1G_SIZE PAGE_SIZE

#define GLOBAL_HKID PLATFORM_PRIVATE_HKID

/* Fresh memory, CPU and module: nothing has been called yet. Calls that run from another logical
 * processor: machine.lp. */
struct machine {
	unsigned int lp, lps, packages;
	uint64_t tsc;
	uint8_t random;		 /* so many bytes have been given */
	unsigned int no_entropy; /* so many platform_random() fail */
	struct tdx_cmr_info cmrs[TDX_MAX_CMRS];
	size_t cmr_count;
};
extern struct machine machine;
void machine_reset(void);

/* The two TDMRs as they should be. Writes them, and the array of their addresses, to VMM memory;
 * returns the array. */
void machine_tdmrs(struct tdx_tdmr_info tdmrs[2]);
struct hpa machine_write_tdmrs(const struct tdx_tdmr_info *tdmrs, size_t count);

/* Steps of it, each from machine_reset() on: to TDH.SYS.LP.INIT on each LP, to TDH.SYS.CONFIG. */
void machine_init_lps(void);
void machine_configure(void);
/* All the way to a ready module, both TDMRs initialised. machine_ready() is the same but does the
 * work once and restores a copy from then on. */
void machine_bring_up(void);
void machine_ready(void);
/* A ready module with region 3, which no snapshot and no machine_assert_all_returned() looks at. */
void machine_bring_up_huge(void);
/* The same with so many logical processors in one package. */
void machine_bring_up_lps(unsigned int lps);
/* The calling thread is that logical processor, whatever machine.lp says; MACHINE_LP undoes it. */
#define MACHINE_LP UINT32_MAX
void machine_run_as(unsigned int lp);

/*
 * Pages of the usable memory of TDMR 0, never the same twice since machine_reset(); filled with
 * 0xee as a VMM's used memory would be. machine_page_high(): of TDMR 1. machine_block(): 2 MiB. All
 * of them are remembered; machine_vmm_page() is memory that no TDMR can take.
 */
struct hpa machine_page(void);
struct hpa machine_page_high(void);
struct hpa machine_block(void);
struct hpa machine_vmm_page(void);

/* Is every page handed out above the VMM's again, zeroed, NDA and unlocked? */
void machine_assert_all_returned(void);
/* PAMT entries (4 KiB ones, and 2 MiB pages) of that type, by TDH.PHYMEM.PAGE.RDMD. */
unsigned int machine_count_pages(enum tdx_page_type type);

/* All of its memory as numbered pages. */
#define MACHINE_PAGES ((OUTSIDE_SIZE + LOW_SIZE + HIGH_SIZE) / PAGE_SIZE)
struct hpa machine_page_at(size_t page);
size_t machine_page_number(struct hpa pa); /* MACHINE_PAGES: there is no memory */
void *machine_memory(size_t page);
struct hpa machine_address(const void *memory); /* of phys_ptr() the inverse */
void machine_write_page(size_t page, const void *contents);

struct page_set {
	size_t count;
	uint16_t pages[MACHINE_PAGES];
	uint8_t has[MACHINE_PAGES];
};

/* Several threads may run the module. */
static inline void page_set_add(struct page_set *set, size_t page)
{
	if (__atomic_load_n(&set->has[page], __ATOMIC_RELAXED) ||
	    __atomic_exchange_n(&set->has[page], 1, __ATOMIC_RELAXED))
		return;
	set->pages[__atomic_fetch_add(&set->count, 1, __ATOMIC_RELAXED)] = (uint16_t)page;
}

static inline void page_set_clear(struct page_set *set)
{
	while (set->count)
		set->has[set->pages[--set->count]] = 0;
}

/* Pages that somebody may have written to: phys_ptr() was asked for them. */
extern struct page_set machine_touched;
/*
 * For fake_cpu_set_zero(): leaves alone what was zeroed so and not touched since. Then nobody may
 * write through an old pointer.
 */
void machine_zero_page(struct hpa page);
/* Which of them the VMM may access, a bit each. */
void machine_save_view(uint64_t visible[MACHINE_PAGES / 64]);
void machine_load_view(const uint64_t visible[MACHINE_PAGES / 64]);

#endif
