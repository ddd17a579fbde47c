/* SPDX-License-Identifier: MIT */
/*
 * The TD hand-off block list: what the VMM tells the firmware about memory, and where kernel and
 * company lie. TDVF Design Guide, "TD Hand-Off Block"; UEFI PI specification, volume 3.
 *
 * The builder is a pure function, since the list is measured: VMM and `swtdx measure` call the same
 * one. The reader trusts nothing.
 */
#ifndef LIB_HOB_H
#define LIB_HOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/tdvf.h>

#include "lib/handoff.h"

/*
 * Where RAM lies in a TD: below the legacy hole, up to 1.5 GiB, and from 4 GiB. (The emulator's
 * machine has up to 2 GiB below 4 GiB when it has RAM above; the VMM and its files lie between.)
 */
#define TD_LOW_RAM_END	  UINT64_C(0xa0000)
#define TD_RAM_FROM	  UINT64_C(0x100000)
#define TD_RAM_BELOW_4G	  UINT64_C(0x60000000)
#define TD_RAM_ABOVE_4G	  UINT64_C(0x100000000)
#define TD_MAX_RAM_RANGES 3

/* RAM of a TD with that memory, ascending; memory_size is a multiple of 2 MiB, not 0. Returns how
 * many ranges. */
size_t td_ram_ranges(uint64_t memory_size, struct memory_range ranges[TD_MAX_RAM_RANGES]);

struct hob_input {
	uint64_t memory_size;			/* as in struct vmm_config */
	const struct tdvf_descriptor *firmware; /* valid: tdvf_find() */
	uint64_t kernel_size;			/* bytes; 0 when there is none */
	uint64_t initrd_size;
	uint64_t cmdline_size; /* without a terminating zero */
};

/* Where the files lie in the payload window. */
void hob_payload(const struct hob_input *in, struct payload_info *payload);

/*
 * Builds the list that lies at hob_gpa. Returns its length up to and including the end marker, a
 * multiple of 8, or 0 when it does not fit into size bytes. The rest of buffer is untouched.
 */
size_t hob_build(void *buffer, size_t size, uint64_t hob_gpa, const struct hob_input *in);

/*
 * Length of the list that starts at list, or 0 when it is not well-formed within size bytes: first
 * a hand-off block of version 9, lengths that are multiples of 8 and hold what the type needs, an
 * end marker at the place that the hand-off block names. list: 8-byte aligned, lies at hob_gpa.
 */
size_t hob_check(const void *list, size_t size, uint64_t hob_gpa);

/* For a list that hob_check() has passed: the next block of that type behind hob (the list itself
 * at first), or null. */
const struct hob_header *hob_next(const struct hob_header *hob, enum hob_type type);

/* The payload block of such a list; false when there is none or more than one. */
bool hob_find_payload(const void *list, struct payload_info *payload);

#endif
