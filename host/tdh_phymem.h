/* SPDX-License-Identifier: MIT */
/* TDH.PHYMEM.*: physical pages, whoever they belong to. */
#ifndef HOST_TDH_PHYMEM_H
#define HOST_TDH_PHYMEM_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tdx_page_metadata {
	enum tdx_page_type type;
	struct hpa owner;   /* TDR, 0 for none */
	unsigned int level; /* size of the page */
	uint64_t bepoch;    /* REG and EPT pages; not from tdh_phymem_page_reclaim() */
};

/* What the module knows of the page at pa. */
uint64_t tdh_phymem_page_rdmd(struct hpa pa, struct tdx_page_metadata *metadata);

/*
 * Takes a page of a TD in tear-down back; pa aligned to the page's size. The TDR comes last.
 * TDX_LIFECYCLE_STATE_INCORRECT, TDX_TD_ASSOCIATED_PAGES_EXIST.
 */
uint64_t tdh_phymem_page_reclaim(struct hpa pa, struct tdx_page_metadata *metadata);

/* Writes back and invalidates the lines of a free page that were written with a key; keyed_pa has
 * the key id in its upper bits. */
uint64_t tdh_phymem_page_wbinvd(struct hpa keyed_pa);

/* On one logical processor of each package: writes back what the flushed keys left in the caches.
 * TDX_INTERRUPTED_RESUMABLE: call again with resume. TDX_NO_HKID_READY_TO_WBCACHE (no error). */
uint64_t tdh_phymem_cache_wb(bool resume);

#ifdef __cplusplus
}
#endif

#endif
