/* SPDX-License-Identifier: MIT */
/*
 * The life of a physical page. TDX Module ABI, "Physical Memory Management".
 *
 * The PAMT, in memory that the VMM gave with TDH.SYS.CONFIG, has an entry for each 4 KiB page of
 * each TDMR, and one for each 2 MiB and 1 GiB block. A page belongs to the entry of its own size;
 * the smaller entries below it are unused and NDA.
 *
 *	type		owner	who may touch the contents
 *	NDA		-	the VMM (and the shared half of TDs)
 *	RSVD		-	whoever the hole belongs to; never a leaf's
 *	TDR		-	module, with the entry locked
 *	TDCX, TDVPR	TDR	module, with the TDR or the TDVPR locked
 *	EPT		TDR	module and the CPU's page walk, with the SEPT tree locked
 *	REG		TDR	the TD; the module on the TD's behalf
 *
 * Legal changes: NDA -> any other and back. Every change goes through page_assign() and
 *page_free(); they hide the page from the VMM and show it again. A page that comes back to the VMM
 *has been zeroed.
 *
 * Locks are in the entry, shared or exclusive; lock.h has the order. A 4 KiB page is locked
 *together with its 2 MiB block, shared, which cannot become a page then.
 */
#ifndef MODULE_PAGE_H
#define MODULE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"
#include "module/lock.h"

/* One PAMT entry, 16 bytes: the size that TDSYSINFO.PAMT_ENTRY_SIZE announces. */
struct pamt_entry {
	uint8_t type; /* enum tdx_page_type */
	uint8_t reserved;
	uint16_t lock;	 /* page.c's */
	uint32_t owner;	 /* page frame number of the TDR; 0 for none */
	uint64_t bepoch; /* TD epoch when the page or the range below it was blocked; in a 2 MiB
			    entry of type NDA the number of its 4 KiB pages that are not NDA */
};

enum page_lock { PAGE_LOCK_SHARED = LOCK_SHARED, PAGE_LOCK_EXCLUSIVE = LOCK_EXCLUSIVE };

/* A page whose PAMT entry is locked. Only page_lock() makes one. */
struct page_locked {
	struct hpa pa;
	unsigned int level; /* TDX_LEVEL_4K .. TDX_LEVEL_1G */
	struct pamt_entry *entry;
	enum page_lock lock;
};

struct tdmr {
	struct tdx_tdmr_info info;
	uint64_t next; /* entries of the pages below it are initialised */
	uint16_t init_lock;
};

/* TDMRs, as TDH.SYS.CONFIG accepted them. With struct sys all of the module that is in no page. */
struct page_tdmrs {
	size_t count;
	struct tdmr tdmr[TDX_MAX_TDMRS];
};
extern struct page_tdmrs page_tdmrs;
void page_add_tdmr(const struct tdx_tdmr_info *info);
void page_forget_tdmrs(void);
/* TDH.SYS.TDMR.INIT: initialises the metadata of the next 4 MiB of the TDMR at base; see the leaf.
 */
uint64_t page_init_tdmr(struct hpa base, uint64_t *next);

/*
 * Is pa a page of that level that a leaf may name: aligned, no key id bits, below MAXPA, in an
 * initialised part of a TDMR and in no reserved area? If so locks it, and what is larger around it
 * shared. Nobody takes NDA memory in pieces of more than 2 MiB.
 *
 * Statuses, each with operand: OPERAND_INVALID, OPERAND_ADDR_RANGE_ERROR, OPERAND_BUSY;
 * PAGE_METADATA_INCORRECT when the type is not the expected one (a 2 MiB block that is not wholly
 * NDA counts as another type).
 */
uint64_t page_lock(struct hpa pa, unsigned int level, enum tdx_page_type expected,
		   enum page_lock lock, uint32_t operand, struct page_locked *page);
/* The same for a page of any type and size; level is an output. For RDMD and RECLAIM. */
uint64_t page_lock_any(struct hpa pa, enum page_lock lock, uint32_t operand,
		       struct page_locked *page);
void page_unlock(struct page_locked *page);

/* Takes an NDA page, locked exclusively, away from the VMM and gives it type and owner (0 for a
 * TDR). Stays locked. */
void page_assign(struct page_locked *page, enum tdx_page_type type, struct hpa owner_tdr);
/*
 * Gives the page of a TD that is gone back to the VMM, which will find zeroes in it. Stays locked.
 * The back end may put the zeroing off until the page is touched (cpu_host_show_zeroed()).
 */
void page_free(struct page_locked *page);
/* The same of a TD that lives: zeroed at once, since the VMM may hand the page to a device. */
void page_free_now(struct page_locked *page);

struct pamt_entry *page_entry(struct hpa pa, unsigned int level);
struct hpa page_owner(const struct page_locked *page);
/*
 * TDH.MEM.PAGE.DEMOTE: one REG page of level (2 MiB, 1 GiB) becomes 512 of the level below;
 * TDH.MEM.PAGE.PROMOTE: the reverse, of pages of one TD. False when the large page, or a page in
 * it, is locked.
 */
bool page_split(struct hpa pa, unsigned int level);
bool page_merge(struct hpa pa, unsigned int level);

/*
 * Memory of the VMM, by physical address: the only ways in and out. Bytes that the VMM may not
 * access itself read as 0xff and take no writes, as another key's memory does. Reads copy once;
 * only the copy is looked at.
 */
void vmm_read(struct hpa pa, void *to, uint64_t size);
void vmm_write(struct hpa pa, const void *from, uint64_t size);
/* One aligned word that other processors change as well, as a posted-interrupt descriptor: clears
 * what mask lacks, atomically, and returns the word before. 0 when the VMM may not access it. */
uint64_t vmm_fetch_and(struct hpa pa, uint64_t mask);
/* A shared operand: aligned to align, size bytes below MAXPA, no private key id. OPERAND_INVALID
 * with operand, else 0. */
uint64_t vmm_operand(uint64_t value, uint64_t align, uint64_t size, uint32_t operand,
		     struct hpa *pa);

#endif
