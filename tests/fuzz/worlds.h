/* SPDX-License-Identifier: MIT */
/* Where a sequence of calls begins: machines that are prepared once and restored from then on. */
#ifndef TESTS_FUZZ_WORLDS_H
#define TESTS_FUZZ_WORLDS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "tests/lib/snapshot.h"

enum world {
	WORLD_COLD,	   /* before TDH.SYS.INIT */
	WORLD_CONFIGURED,  /* TDH.SYS.CONFIG done */
	WORLD_EMPTY,	   /* ready, no TD */
	WORLD_KEYED,	   /* a TD with its keys and TDCX pages, before TDH.MNG.INIT */
	WORLD_INITIALIZED, /* a TD that is being built: secure EPT, a page, a VCPU and half of
			      another */
	WORLD_RUNNING,	   /* a TD with two VCPUs, mapped, pending and shared memory */
	WORLD_TWO_TDS,	   /* the same, and a debug TD */
	WORLD_ENDING,	   /* a TD whose key is flushed, and one in teardown */
	WORLD_COUNT,
};

/* Memory of the VMM that every world has, with contents as follows; page n is vmm_page(n). */
enum vmm_page_use {
	VMM_PARAMS, /* four TD_PARAMS: plain, debug, #VE for pending pages, not valid */
	VMM_TDMRS,  /* the array of the addresses of the TDMR_INFOs at its 512 and 1024 */
	VMM_SOURCE, /* what PAGE.ADD copies */
	VMM_EPT_4,  /* shared EPT: GPA n * 4 KiB, for n below 8, is vmm_page(n) */
	VMM_EPT_3,
	VMM_EPT_2,
	VMM_EPT_1,
	VMM_SCRATCH,
	VMM_PAGES,
};

void worlds_build(void);
struct snapshot *world_snapshot(enum world world);
const char *world_name(enum world world);
struct hpa vmm_page(unsigned int use);

/* GPAs that the worlds use: page n (0..7) of region 0..2. */
#define WORLD_REGIONS 3
struct gpa world_gpa(unsigned int region, unsigned int page);

/* Field identifiers of a context (enum tdx_field_context), all that a debug TD shows. */
#define WORLD_FIELDS_MAX 2048
extern uint64_t world_fields[3][WORLD_FIELDS_MAX];
extern size_t world_field_count[3];

#endif
