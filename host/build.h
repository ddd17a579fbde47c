/* SPDX-License-Identifier: MIT */
/*
 * Fills a TD, between TDH.MNG.INIT and TDH.MR.FINALIZE, from a TDVF image: for each section in the
 * image's order, for each page TDH.MEM.PAGE.ADD and, if the section is measured, 16 times
 * TDH.MR.EXTEND before the next page. Sections with TDVF_SECTION_PAGE_AUG are left to the TD, which
 * accepts their pages itself. TDVF Design Guide, "TD Virtual Firmware Image Format".
 *
 * All functions return a status as the module does, or TD_BUILD_NO_PAGE.
 */
#ifndef HOST_BUILD_H
#define HOST_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/status.h>
#include <tdx/tdvf.h>

#include "host/tdh_mem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A callback had no page to give. */
#define TD_BUILD_NO_PAGE (TDX_SW_ERROR | 0x100)

struct td_builder {
	struct hpa tdr;
	struct hpa bounce; /* a page of the VMM's, through which contents travel to the TD */
	/* A free page for secure EPT entries; private memory for the TD at gpa. False: none left.
	 */
	bool (*sept_page)(void *context, struct hpa *page);
	bool (*private_page)(void *context, struct gpa gpa, struct hpa *page);
	void *context;
};

/*
 * After TDX_EPT_WALK_FAILED with that entry: gives the page of entries whose absence ended the
 * walk. Call the leaf again when 0 is returned. TDX_EPT_WALK_FAILED: the walk ended for another
 * reason.
 */
uint64_t td_build_sept(const struct td_builder *b, struct gpa gpa,
		       const struct tdx_sept_entry *ended_at);

/* One page with size <= 4096 bytes of contents, the rest zero. */
uint64_t td_build_page(const struct td_builder *b, struct gpa gpa, const void *contents,
		       size_t size, bool measure);

/* A TDVF image that tdvf_find() has passed. The TD HOB section, if there is one, gets the list. */
uint64_t td_build_image(const struct td_builder *b, const void *image,
			const struct tdvf_descriptor *descriptor, const void *hob, size_t hob_size);

#ifdef __cplusplus
}
#endif

#endif
