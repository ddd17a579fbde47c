/* SPDX-License-Identifier: MIT */
/* A TD to test on, built up to where the test wants it. Every step must succeed or the test fails.
 */
#ifndef TESTS_LIB_TD_BUILDER_H
#define TESTS_LIB_TD_BUILDER_H

#include <stdint.h>

#include <tdx/args.h>
#include <tdx/types.h>

#include "lib/addr.h"
#include "module/td.h"
#include "module/vcpu.h"

#define TEST_HKID      (PLATFORM_PRIVATE_HKID + 1)
#define TEST_MAX_VCPUS 4

enum td_stage {
	TD_CREATED, /* TDH.MNG.CREATE */
	TD_KEYED,   /* TDH.MNG.KEY.CONFIG on each package */
	TD_ADDED,   /* TDH.MNG.ADDCX of all pages */
	TD_READY,   /* TDH.MNG.INIT */
	TD_WITH_VCPU,
	TD_FINAL, /* TDH.MR.FINALIZE */
};

struct test_td {
	uint16_t hkid;
	struct hpa tdr;
	struct hpa tdcx[TDCX_PAGES];
	unsigned int vcpus;
	struct hpa tdvpr[TEST_MAX_VCPUS];
	unsigned int vcpu_lp[TEST_MAX_VCPUS];
};

/* TD_PARAMS that the module accepts; a test may change them. */
struct tdx_td_params test_td_params(void);
struct hpa test_td_write_params(const struct tdx_td_params *params);

void test_td_build(struct test_td *td, enum td_stage stage);
void test_td_build_with(struct test_td *td, const struct tdx_td_params *params,
			enum td_stage stage);
/* A VCPU of so many pages that lacks TDH.VP.INIT and is none of td->tdvpr[]; makes it one. */
struct hpa test_td_create_vcpu(struct test_td *td, unsigned int pages);
void test_td_remember_vcpu(struct test_td *td, struct hpa tdvpr);
/* A whole one, on the present LP; returns its TDVPR. */
struct hpa test_td_add_vcpu(struct test_td *td);
/* One with an x2APIC id. */
void test_td_add_vcpu_with_id(struct test_td *td, uint32_t x2apic_id);
void test_td_finalize(struct test_td *td);

/* SEPT pages down to entries of level at gpa, where they are missing. */
void test_td_add_sept(struct test_td *td, struct gpa gpa, unsigned int level);
/* SEPT pages and a page with TDH.MEM.PAGE.ADD (contents: every byte `fill`), or PAGE.AUG. */
struct hpa test_td_add_page(struct test_td *td, struct gpa gpa, uint8_t fill);
struct hpa test_td_aug_page(struct test_td *td, struct gpa gpa, unsigned int level);

/* TDH.MEM.RANGE.BLOCK; with TDH.MEM.TRACK, so that the page may be removed. */
void test_td_block(struct test_td *td, struct gpa gpa, unsigned int level);
void test_td_block_and_track(struct test_td *td, struct gpa gpa, unsigned int level);

/* TDH.VP.FLUSH to the reclaim of the TDR. */
void test_td_tear_down(struct test_td *td);

/* The module's own view, past all locks. */
struct tdr *test_tdr(const struct test_td *td);
struct tdcs *test_tdcs(const struct test_td *td);
struct vcpu *test_vcpu(const struct test_td *td, unsigned int index);
/* State of the entry of level at gpa, by TDH.MEM.SEPT.RD. */
enum tdx_sept_public_state test_td_sept_state(const struct test_td *td, struct gpa gpa,
					      unsigned int level);

#endif
