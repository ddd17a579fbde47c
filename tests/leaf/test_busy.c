/* SPDX-License-Identifier: MIT */
/*
 * Every leaf against every lock, held shared and exclusively by another logical processor. What a
 * leaf takes, and how, is the table below; a cell where that conflicts with what is held must be
 * OPERAND_BUSY with the operand of that lock (SYS_BUSY for the module's), and change nothing; in
 * every other cell the leaf must do what it does. TDX Module ABI, "Concurrency".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sept.h"
#include "module/sys.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/td_guest.h"

/* The columns of the table. */
enum held_lock {
	LOCK_SYS,
	LOCK_WRITE_BACK,
	LOCK_KOT,
	LOCK_KET,
	LOCK_TDVPR,
	LOCK_TDR,
	LOCK_OP_STATE,
	LOCK_EPOCH,
	LOCK_TREE,
	LOCK_ENTRY, /* that RCX of a TDH.MEM leaf names */
	LOCK_RTMR,
	LOCK_PAGE,   /* that a leaf names */
	LOCK_TARGET, /* the page that the entry maps or points to */
	LOCK_COUNT,
};

/* Where a leaf finds the module: each builds on what is above it, but for the last ones. */
enum scene {
	FRESH,	    /* nothing has been called */
	SYS_INITED, /* and on every LP but this one */
	LPS_INITED, /* TDH.SYS.CONFIG is next */
	CONFIGURED, /* TDH.SYS.KEY.CONFIG is next */
	NO_TD,	    /* the module is ready */
	CREATED,    /* a TD without keys */
	KEYED,	    /* without control pages */
	ADDED,	    /* with them */
	BARE_VCPU,  /* a TD, initialised; a VCPU without pages */
	WHOLE_VCPU, /* with them, not initialised */
	BUILT,	    /* with a VCPU and with memory */
	DEMOTED,    /* the large page has been split */
	RUNNABLE,   /* TDH.MR.FINALIZE has been called */
	FLUSHED,    /* TDH.MNG.VPFLUSHDONE, too; caches not written back */
	WRITTEN_BACK,
	TORN_DOWN,
	SCENES,
};

/* What the operands are: members of the scene. */
static struct {
	struct test_td td;
	uint64_t none, tdr, tdvpr, page, source, params, child, base, tdmrs, buffer;
	uint64_t all_ones, tdmr_count, hkid, global_hkid, epoch, timeout, pend_nmi, lines;
	uint64_t mapped, pending, blocked, free, table, empty, large, word, data, report, extend;
	uint64_t thousand, max_cmrs;
} s = {
	.all_ones = UINT64_MAX,
	.tdmr_count = 2,
	.hkid = TEST_HKID,
	.global_hkid = GLOBAL_HKID,
	.epoch = UINT64_C(0x9210000300000000),
	.timeout = UINT64_C(0x9110000300000011),
	.lines = 20000,
	.pend_nmi = UINT64_C(0x202000000000000b),
	.mapped = 0x1000,
	.pending = 0x2000,
	.blocked = 0x3000,
	.free = 0x4000,
	.word = 0x1008,
	.data = 0x1800,
	.report = 0x1000,
	.extend = 0x1100,
	.table = 4 * SIZE_2M | TDX_LEVEL_2M,
	.empty = 5 * SIZE_2M | TDX_LEVEL_2M,
	.large = 6 * SIZE_2M | TDX_LEVEL_2M,
	.base = LOW_BASE,
	.thousand = 1024,
	.max_cmrs = TDX_MAX_CMRS,
};

#define ID(name)  TDX_OPERAND_ID_##name
#define SUCCESS	  TDX_SUCCESS
#define INTERRUPT ((uint64_t)TDX_EXIT_EXTERNAL_INTERRUPT)

/* One character a lock: X exclusively, S shared, - not at all. */
struct row {
	unsigned int leaf;
	enum scene scene;
	const uint64_t *rcx, *rdx, *r8, *r9;
	const char *takes; /* SYS WBC KOT KET, TDVPR TDR OPS EPO, TREE ENT RTMR, PAGE TARGET */
	uint32_t tdvpr, tdr, page; /* the operands that these have for the leaf */
	uint64_t good;		   /* without a lock in the way */
};

/* clang-format off */
static const struct row seamcalls[] = {
	{ TDH_VP_ENTER,            RUNNABLE,     &s.tdvpr,   &s.none,  &s.none,  &s.none,   "---- SSSS --- --", ID(RCX), ID(TDR), 0, INTERRUPT },
	{ TDH_MNG_ADDCX,           KEYED,        &s.page,    &s.tdr,   &s.none,  &s.none,   "---- -X-- --- X-", 0, ID(RDX), ID(RCX), SUCCESS },
	{ TDH_MEM_PAGE_ADD,        BUILT,        &s.free,    &s.tdr,   &s.page,  &s.source, "---- -XS- SX- X-", 0, ID(RDX), ID(R8), SUCCESS },
	{ TDH_MEM_SEPT_ADD,        BUILT,        &s.table,   &s.tdr,   &s.page,  &s.none,   "---- -SS- SX- X-", 0, ID(RDX), ID(R8), SUCCESS },
	{ TDH_VP_ADDCX,            BARE_VCPU,    &s.page,    &s.tdvpr, &s.none,  &s.none,   "---- XSS- --- X-", ID(RDX), ID(TDR), ID(RCX), SUCCESS },
	{ TDH_MEM_PAGE_RELOCATE,   BUILT,        &s.blocked, &s.tdr,   &s.page,  &s.none,   "---- -SS- SX- XX", 0, ID(RDX), ID(R8), SUCCESS },
	{ TDH_MEM_PAGE_AUG,        BUILT,        &s.free,    &s.tdr,   &s.page,  &s.none,   "---- -SS- SX- X-", 0, ID(RDX), ID(R8), SUCCESS },
	{ TDH_MEM_RANGE_BLOCK,     BUILT,        &s.mapped,  &s.tdr,   &s.none,  &s.none,   "---- -SS- XX- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_MNG_KEY_CONFIG,      CREATED,      &s.tdr,     &s.none,  &s.none,  &s.none,   "---X -X-- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MNG_CREATE,          NO_TD,        &s.page,    &s.hkid,  &s.none,  &s.none,   "--X- ---- --- X-", 0, 0, ID(RCX), SUCCESS },
	{ TDH_VP_CREATE,           BUILT,        &s.page,    &s.tdr,   &s.none,  &s.none,   "---- -SS- --- X-", 0, ID(RDX), ID(RCX), SUCCESS },
	{ TDH_MNG_RD,              BUILT,        &s.tdr,     &s.epoch, &s.none,  &s.none,   "---- -SS- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MEM_RD,              BUILT,        &s.word,    &s.tdr,   &s.none,  &s.none,   "---- -SS- SX- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_MNG_WR,              BUILT,        &s.tdr,     &s.timeout, &s.lines, &s.all_ones, "---- -SS- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MEM_WR,              BUILT,        &s.word,    &s.tdr,   &s.none,  &s.none,   "---- -SS- SX- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_MEM_PAGE_DEMOTE,     BUILT,        &s.large,   &s.tdr,   &s.page,  &s.all_ones, "---- -SS- SX- XX", 0, ID(RDX), ID(R8), SUCCESS },
	{ TDH_MR_EXTEND,           BUILT,        &s.extend,  &s.tdr,   &s.none,  &s.none,   "---- -XS- --- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_MR_FINALIZE,         BUILT,        &s.tdr,     &s.none,  &s.none,  &s.none,   "---- -XS- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_VP_FLUSH,            RUNNABLE,     &s.tdvpr,   &s.none,  &s.none,  &s.none,   "---- XS-- --- --", ID(RCX), ID(TDR), 0, SUCCESS },
	{ TDH_MNG_VPFLUSHDONE,     KEYED,        &s.tdr,     &s.none,  &s.none,  &s.none,   "--X- -X-- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MNG_KEY_FREEID,      WRITTEN_BACK, &s.tdr,     &s.none,  &s.none,  &s.none,   "--X- -X-- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MNG_INIT,            ADDED,        &s.tdr,     &s.params, &s.none, &s.none,   "---- -XS- --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_VP_INIT,             WHOLE_VCPU,   &s.tdvpr,   &s.none,  &s.none,  &s.none,   "---- XSS- --- --", ID(RCX), ID(TDR), 0, SUCCESS },
	{ TDH_MEM_PAGE_PROMOTE,    DEMOTED,      &s.large,   &s.tdr,   &s.none,  &s.none,   "---- -SS- XX- -X", 0, ID(RDX), 0, SUCCESS },
	{ TDH_PHYMEM_PAGE_RDMD,    NO_TD,        &s.page,    &s.none,  &s.none,  &s.none,   "---- ---- --- S-", 0, 0, ID(RCX), SUCCESS },
	{ TDH_MEM_SEPT_RD,         BUILT,        &s.mapped,  &s.tdr,   &s.none,  &s.none,   "---- -SS- SX- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_VP_RD,               BUILT,        &s.tdvpr,   &s.pend_nmi, &s.none, &s.none, "---- SSS- --- --", ID(RCX), ID(TDR), 0, SUCCESS },
	{ TDH_MNG_KEY_RECLAIMID,   BUILT,        &s.tdr,     &s.none,  &s.none,  &s.none,   "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_PHYMEM_PAGE_RECLAIM, TORN_DOWN,    &s.child,   &s.none,  &s.none,  &s.none,   "---- -S-- --- X-", 0, ID(TDR), ID(RCX), SUCCESS },
	{ TDH_MEM_PAGE_REMOVE,     BUILT,        &s.blocked, &s.tdr,   &s.none,  &s.none,   "---- -SS- SX- -X", 0, ID(RDX), 0, SUCCESS },
	{ TDH_MEM_SEPT_REMOVE,     BUILT,        &s.empty,   &s.tdr,   &s.none,  &s.none,   "---- -SS- XX- -X", 0, ID(RDX), 0, SUCCESS },
	{ TDH_SYS_KEY_CONFIG,      CONFIGURED,   &s.none,    &s.none,  &s.none,  &s.none,   "X--X ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_INFO,            NO_TD,        &s.buffer,  &s.thousand, &s.source, &s.max_cmrs, "S--- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_INIT,            FRESH,        &s.none,    &s.none,  &s.none,  &s.none,   "X--- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_RD,              NO_TD,        &s.none,    &s.all_ones, &s.none, &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT },
	{ TDH_SYS_LP_INIT,         SYS_INITED,   &s.none,    &s.none,  &s.none,  &s.none,   "S--- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_TDMR_INIT,       NO_TD,        &s.base,    &s.none,  &s.none,  &s.none,   "---- ---- --- --", 0, 0, 0, TDX_TDMR_ALREADY_INITIALIZED },
	{ TDH_SYS_RDALL,           NO_TD,        &s.none,    &s.buffer, &s.all_ones, &s.none, "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_MEM_TRACK,           BUILT,        &s.tdr,     &s.none,  &s.none,  &s.none,   "---- -SSX --- --", 0, ID(RCX), 0, SUCCESS },
	{ TDH_MEM_RANGE_UNBLOCK,   BUILT,        &s.blocked, &s.tdr,   &s.none,  &s.none,   "---- -SS- XX- --", 0, ID(RDX), 0, SUCCESS },
	{ TDH_PHYMEM_CACHE_WB,     FLUSHED,      &s.none,    &s.none,  &s.none,  &s.none,   "-XS- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_PHYMEM_PAGE_WBINVD,  NO_TD,        &s.page,    &s.none,  &s.none,  &s.none,   "---- ---- --- S-", 0, 0, ID(RCX), SUCCESS },
	{ TDH_VP_WR,               BUILT,        &s.tdvpr,   &s.pend_nmi, &s.none, &s.all_ones, "---- SSS- --- --", ID(RCX), ID(TDR), 0, SUCCESS },
	{ TDH_SYS_LP_SHUTDOWN,     NO_TD,        &s.none,    &s.none,  &s.none,  &s.none,   "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_CONFIG,          LPS_INITED,   &s.tdmrs,   &s.tdmr_count, &s.global_hkid, &s.none, "X--- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDH_SYS_UPDATE,          LPS_INITED,   &s.none,    &s.none,  &s.none,  &s.none,   "X--- ---- --- --", 0, 0, 0, TDX_SYS_INVALID_HANDOFF },
	{ TDH_SYS_SHUTDOWN,        NO_TD,        &s.none,    &s.none,  &s.none,  &s.none,   "X--- ---- --- --", 0, 0, 0, SUCCESS },
};

/* All in RUNNABLE, inside TDH.VP.ENTER. */
static const struct row tdcalls[] = {
	{ TDG_VP_INFO,          RUNNABLE, &s.none,    &s.none,     &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDG_MR_RTMR_EXTEND,   RUNNABLE, &s.data,    &s.none,     &s.none,     &s.none, "---- ---- --X --", 0, 0, 0, SUCCESS },
	{ TDG_VP_VEINFO_GET,    RUNNABLE, &s.none,    &s.none,     &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_NO_VALID_VE_INFO },
	{ TDG_MR_REPORT,        RUNNABLE, &s.report,  &s.data,     &s.none,     &s.none, "---- ---- --S --", 0, 0, 0, SUCCESS },
	{ TDG_VP_CPUIDVE_SET,   RUNNABLE, &s.none,    &s.none,     &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDG_MEM_PAGE_ACCEPT,  RUNNABLE, &s.pending, &s.none,     &s.none,     &s.none, "---- ---- -X- --", 0, 0, 0, SUCCESS },
	{ TDG_VM_RD,            RUNNABLE, &s.none,    &s.all_ones, &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIELD_ID_INCORRECT },
	{ TDG_VM_WR,            RUNNABLE, &s.none,    &s.epoch,    &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIELD_NOT_WRITABLE },
	{ TDG_VP_RD,            RUNNABLE, &s.none,    &s.all_ones, &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIELD_ID_INCORRECT },
	{ TDG_VP_WR,            RUNNABLE, &s.none,    &s.pend_nmi, &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIELD_NOT_WRITABLE },
	{ TDG_SYS_RD,           RUNNABLE, &s.none,    &s.all_ones, &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT },
	{ TDG_SYS_RDALL,        RUNNABLE, &s.none,    &s.mapped,   &s.all_ones, &s.none, "---- ---- --- --", 0, 0, 0, SUCCESS },
	{ TDG_MR_VERIFYREPORT,  RUNNABLE, &s.report,  &s.none,     &s.none,     &s.none, "---- ---- --- --", 0, 0, 0, TDX_INVALID_CPUSVN },
	{ TDG_MEM_PAGE_ATTR_RD, RUNNABLE, &s.mapped,  &s.none,     &s.none,     &s.none, "---- ---- -X- --", 0, 0, 0, SUCCESS },
	{ TDG_MEM_PAGE_ATTR_WR, RUNNABLE, &s.mapped,  &s.none,     &s.none,     &s.none, "---- ---- -X- --", 0, 0, 0, SUCCESS },
};
/* clang-format on */

/* Of a lock that has the same operand whoever takes it. */
static const uint64_t busy[LOCK_COUNT] = {
	[LOCK_SYS] = TDX_SYS_BUSY,	  [LOCK_WRITE_BACK] = BUSY(WBCACHE),
	[LOCK_KOT] = BUSY(KOT),		  [LOCK_KET] = BUSY(KET),
	[LOCK_OP_STATE] = BUSY(OP_STATE), [LOCK_EPOCH] = BUSY(TD_EPOCH),
	[LOCK_TREE] = BUSY(SEPT_TREE),	  [LOCK_ENTRY] = BUSY(RCX),
	[LOCK_RTMR] = BUSY(RTMR),	  [LOCK_TARGET] = BUSY(RCX),
};

static uint64_t busy_status(const struct row *row, enum held_lock lock)
{
	if (lock == LOCK_TDVPR)
		return TDX_OPERAND_BUSY | row->tdvpr;
	if (lock == LOCK_TDR)
		return TDX_OPERAND_BUSY | row->tdr;
	return lock == LOCK_PAGE ? TDX_OPERAND_BUSY | row->page : busy[lock];
}

/* Does what the leaf takes conflict with what is held? */
static bool conflicts(const struct row *row, enum held_lock lock, bool exclusive)
{
	unsigned int column = 0;
	const char *c = row->takes;

	for (; *c == ' ' || column < (unsigned int)lock; c++)
		column += *c != ' ';
	return *c == 'X' || (*c == 'S' && exclusive);
}

/* --- scenes --- */

static void build_platform(enum scene scene)
{
	struct tdx_tdmr_info tdmrs[2];

	machine_reset();
	machine_tdmrs(tdmrs);
	s.tdmrs = machine_write_tdmrs(tdmrs, 2).pa;
	if (scene > FRESH)
		assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	for (machine.lp = 1; scene >= SYS_INITED && machine.lp < machine.lps; machine.lp++)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	machine.lp = 0;
	if (scene > SYS_INITED)
		assert_int_equal(tdh_sys_lp_init(), TDX_SUCCESS);
	if (scene > LPS_INITED)
		assert_int_equal(tdh_sys_config(hpa(s.tdmrs), 2, GLOBAL_HKID), TDX_SUCCESS);
}

static void build_memory(enum scene scene)
{
	struct tdx_sept_entry entry;

	s.child = test_td_add_page(&s.td, gpa(s.mapped), 1).pa;
	test_td_aug_page(&s.td, gpa(s.pending), TDX_LEVEL_4K);
	test_td_add_page(&s.td, gpa(s.blocked), 1);
	assert_int_equal(tdh_mem_range_block(s.td.tdr, gpa(s.blocked), TDX_LEVEL_4K, &entry),
			 TDX_SUCCESS);
	test_td_add_sept(&s.td, gpa(align_down(s.empty, SIZE_2M)), TDX_LEVEL_4K);
	test_td_aug_page(&s.td, gpa(align_down(s.large, SIZE_2M)), TDX_LEVEL_2M);
	if (scene == DEMOTED)
		assert_int_equal(tdh_mem_page_demote(s.td.tdr, gpa(align_down(s.large, SIZE_2M)),
						     TDX_LEVEL_2M, machine_page(), &entry),
				 TDX_SUCCESS);
}

static void end_td(enum scene scene)
{
	if (s.td.vcpus)
		assert_int_equal(tdh_vp_flush(s.td.tdvpr[0]), TDX_SUCCESS);
	assert_int_equal(tdh_mng_vpflushdone(s.td.tdr), TDX_SUCCESS);
	for (machine.lp = 0; scene > FLUSHED && machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 0;
	if (scene == TORN_DOWN)
		assert_int_equal(tdh_mng_key_freeid(s.td.tdr), TDX_SUCCESS);
}

static void build_td(enum scene scene)
{
	struct tdx_td_params params = test_td_params();

	params.attributes |= TDX_ATTR_DEBUG;
	test_td_build_with(&s.td, &params,
			   scene == CREATED ? TD_CREATED
			   : scene == KEYED ? TD_KEYED
			   : scene == ADDED ? TD_ADDED
					    : TD_READY);
	s.tdr = s.td.tdr.pa;
	s.params = test_td_write_params(&params).pa;
	if (scene == BARE_VCPU) {
		s.tdvpr = machine_page().pa;
		assert_int_equal(tdh_vp_create(s.td.tdr, hpa(s.tdvpr)), TDX_SUCCESS);
	}
	if (scene == WHOLE_VCPU)
		s.tdvpr = test_td_create_vcpu(&s.td, TDVPS_PAGES).pa;
	if (scene < BUILT)
		return;
	s.tdvpr = test_td_add_vcpu(&s.td).pa;
	td_guest_cpu(&s.td, 0)->is_64bit = true;
	build_memory(scene);
	if (scene >= RUNNABLE)
		test_td_finalize(&s.td);
	if (scene > RUNNABLE)
		end_td(scene);
}

static void build(enum scene scene)
{
	memset(&s.td, 0, sizeof(s.td));
	s.tdr = s.tdvpr = 0;
	if (scene < NO_TD) {
		build_platform(scene);
		return;
	}
	machine_ready();
	s.page = machine_page().pa;
	s.source = machine_vmm_page().pa;
	s.buffer = machine_vmm_page().pa;
	if (scene > NO_TD)
		build_td(scene);
	if (scene == TORN_DOWN)
		s.page = s.child;
}

/* --- locks --- */

static uint16_t *page_lock_at(uint64_t pa)
{
	return pa ? &page_entry(hpa(pa), TDX_LEVEL_4K)->lock : NULL;
}

/* The entry that the row names, or any. */
static bool slot_of(const struct row *row, struct sept_slot *slot)
{
	bool names_one =
		(*row->rcx & ~TDX_GPA_LEVEL_MASK & (PAGE_SIZE - 1)) == 0 && *row->rcx <= s.large;
	uint64_t at = names_one ? *row->rcx : row->rcx == &s.word ? s.mapped : s.blocked;
	const struct tdcs *tdcs = s.tdr ? test_tdcs(&s.td) : NULL;

	return tdcs && tdcs->op_state != TD_OP_UNINITIALIZED && row->scene >= BUILT &&
	       sept_walk(test_tdr(&s.td), gpa(at & ~TDX_GPA_LEVEL_MASK), at & TDX_GPA_LEVEL_MASK,
			 slot);
}

static uint16_t *target_lock(const struct row *row)
{
	struct sept_slot slot;
	enum sept_state state;

	if (!slot_of(row, &slot))
		return NULL;
	state = sept_state(slot);
	if (state == SEPT_STATE_FREE)
		return NULL;
	return &page_entry(sept_pa(slot), sept_is_leaf(state) ? slot.level : TDX_LEVEL_4K)->lock;
}

static uint16_t *td_lock_of(enum held_lock lock)
{
	struct tdcs *tdcs = s.tdr ? test_tdcs(&s.td) : NULL;

	if (!tdcs)
		return NULL;
	switch ((unsigned int)lock) {
	case LOCK_OP_STATE:
		return &tdcs->op_state_lock;
	case LOCK_EPOCH:
		return &tdcs->epoch_lock;
	case LOCK_TREE:
		return &tdcs->sept_lock;
	default:
		return &tdcs->rtmr_lock;
	}
}

/* Null where the scene has no such lock. Entries have theirs elsewhere. */
static uint16_t *word_of(const struct row *row, enum held_lock lock)
{
	switch ((unsigned int)lock) {
	case LOCK_SYS:
		return &sys.lock;
	case LOCK_WRITE_BACK:
		return &sys.write_back[platform_package(platform_lp())].lock;
	case LOCK_KOT:
		return &sys.kot_lock;
	case LOCK_KET:
		return &sys.ket_lock;
	case LOCK_TDVPR:
		return page_lock_at(s.tdvpr);
	case LOCK_TDR:
		return page_lock_at(s.tdr);
	case LOCK_PAGE:
		return page_lock_at(row->scene < NO_TD ? 0 : s.page);
	case LOCK_TARGET:
		return target_lock(row);
	default:
		return td_lock_of(lock);
	}
}

static bool hold(const struct row *row, enum held_lock lock, bool exclusive)
{
	struct sept_slot slot;
	uint16_t *word;

	if (lock == LOCK_ENTRY)
		return exclusive && slot_of(row, &slot) && sept_lock_host(slot);
	word = word_of(row, lock);
	if (!word)
		return false;
	assert_true(exclusive ? lock_try_exclusive(word) : lock_try_shared(word));
	return true;
}

/* --- calls --- */

static void end_at_once(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	exit->kind = CPU_EXIT_INTERRUPT;
}

static uint64_t seamcall(const struct row *row)
{
	fake_cpu_set_guest(end_at_once, NULL);
	return seam(row->leaf, *row->rcx, *row->rdx, *row->r8, *row->r9).status;
}

struct guest_call {
	const struct row *row;
	bool made;
	uint64_t status;
};

static void play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	struct guest_call *call = context;

	if (call->made) {
		call->status = v->gpr[TDX_RAX];
		exit->kind = CPU_EXIT_INTERRUPT;
		return;
	}
	call->made = true;
	v->gpr[TDX_RAX] = call->row->leaf;
	v->gpr[TDX_RCX] = *call->row->rcx;
	v->gpr[TDX_RDX] = *call->row->rdx;
	v->gpr[TDX_R8] = *call->row->r8;
	v->gpr[TDX_R9] = *call->row->r9;
	exit->kind = CPU_EXIT_TDCALL;
	exit->length = 4;
}

/* What TDH.VP.ENTER returns, when it does not let the guest in. */
static uint64_t tdcall(const struct row *row)
{
	struct guest_call call = { .row = row };
	struct tdx_module_args args = { 0 };
	uint64_t status;

	fake_cpu_set_guest(play, &call);
	status = tdh_vp_enter(s.td.tdvpr[0], &args);
	return status == INTERRUPT ? call.status : status;
}

/* --- cells --- */

typedef uint64_t make_call(const struct row *row);

static struct snapshot *scene_copy;
static unsigned int cells, busy_cells;

static void begin(const struct row *row)
{
	if (row->scene < NO_TD)
		build(row->scene);
	else
		snapshot_restore(scene_copy);
}

static void check_cell(const struct row *row, make_call *make, const struct row *outer,
		       enum held_lock lock, bool exclusive)
{
	uint64_t expected = row->good, status;

	begin(row);
	if (!hold(row, lock, exclusive)) {
		assert_false(conflicts(row, lock, exclusive) && lock != LOCK_ENTRY);
		return;
	}
	if (outer && conflicts(outer, lock, exclusive))
		expected = busy_status(outer, lock);
	else if (conflicts(row, lock, exclusive))
		expected = busy_status(row, lock);
	if (expected != row->good)
		busy_cells++;
	cells++;
	snapshot_take();
	status = make(row);
	if (status != expected)
		print_error("leaf %u, lock %d held %s: 0x%016llx, not 0x%016llx\n", row->leaf,
			    (int)lock, exclusive ? "exclusively" : "shared",
			    (unsigned long long)status, (unsigned long long)expected);
	assert_int_equal(status, expected);
	/* A busy entry is the VMM's first, and a TD that could not go on has run. */
	if (expected != row->good && lock != LOCK_ENTRY && !outer)
		snapshot_assert_same();
}

static void check_row(const struct row *row, make_call *make, const struct row *outer)
{
	build(row->scene);
	if (row->scene >= NO_TD)
		snapshot_save(scene_copy);
	assert_int_equal(make(row), row->good);
	for (int lock = 0; lock < LOCK_COUNT; lock++) {
		check_cell(row, make, outer, (enum held_lock)lock, false);
		check_cell(row, make, outer, (enum held_lock)lock, true);
	}
}

static const struct row *row_of(const struct row *rows, size_t count, unsigned int leaf)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].leaf == leaf)
			return &rows[i];
	}
	return NULL;
}

static void test_seamcalls(void **state)
{
	scene_copy = snapshot_new();
	for (size_t i = 0; i < ARRAY_SIZE(seamcalls); i++)
		check_row(&seamcalls[i], seamcall, NULL);
	print_message("%u cells, %u of them busy\n", cells, busy_cells);
}

static void test_tdcalls(void **state)
{
	const struct row *outer = row_of(seamcalls, ARRAY_SIZE(seamcalls), TDH_VP_ENTER);

	cells = busy_cells = 0;
	for (size_t i = 0; i < ARRAY_SIZE(tdcalls); i++)
		check_row(&tdcalls[i], tdcall, outer);
	print_message("%u cells, %u of them busy\n", cells, busy_cells);
}

/* TDG.VP.VMCALL is the one without a status of its own. */
static void test_every_leaf_has_a_row(void **state)
{
#define SEAMCALL(number, name, version, states)                                                    \
	assert_non_null(row_of(seamcalls, ARRAY_SIZE(seamcalls), number));
#define TDCALL(number, name, version)                                                              \
	assert_true((number) == TDG_VP_VMCALL ||                                                   \
		    row_of(tdcalls, ARRAY_SIZE(tdcalls), number) != NULL);
#include "module/seamcall.def"
#include "module/tdcall.def"
#undef SEAMCALL
#undef TDCALL
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_leaf_has_a_row),
		cmocka_unit_test(test_seamcalls),
		cmocka_unit_test(test_tdcalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
