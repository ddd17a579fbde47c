/* SPDX-License-Identifier: MIT */
/* Reading the metadata of a TD's firmware image (include/tdx/tdvf.h). The image is not trusted. */
#ifndef LIB_TDVF_H
#define LIB_TDVF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/tdvf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* More sections than this are refused; known images have at most a dozen. */
#define TDVF_MAX_SECTIONS 64

/*
 * Finds the descriptor of a TDVF image and checks it. image: 8-byte aligned, stays as long as *d is
 * used and does not change meanwhile. True means that every section
 *
 *	is of a known type and page-aligned in memory, is not empty, ends below 2^47, overlaps no
 *	other section, has its data inside the image and no more data than memory, has data at all
 *	if it is a BFV and none if it is TempMem, PermMem or the TD HOB
 *
 * and that there is at least one BFV and at most one TD HOB section. *d is untouched otherwise.
 */
bool tdvf_find(const void *image, size_t size, const struct tdvf_descriptor **d);

/* The first section of that type, or null. */
const struct tdvf_section *tdvf_section(const struct tdvf_descriptor *d,
					enum tdvf_section_type type);

#ifdef __cplusplus
}
#endif

#endif
