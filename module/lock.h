/* SPDX-License-Identifier: MIT */
/*
 * Try-locks of 16 bits: 0 free, 0x8000 exclusive, else the number of sharers. The module never
 * waits for one: whoever finds it taken returns OPERAND_BUSY with the operand, SYS_BUSY for the
 * module's own.
 *
 * A call takes its locks in the order of enum lock_rank and returns without any. Nothing can
 * deadlock, so the order protects no one from waiting; it is what decides which of two held locks
 * a caller hears of, and what a reader can rely on. Builds without NDEBUG (all hosted ones, and
 * images with DEBUG=1) check both at run time, for each logical processor.
 */
#ifndef MODULE_LOCK_H
#define MODULE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Lower ones first; of the same rank any number, in any order. */
enum lock_rank {
	LOCK_RANK_SYS,	      /* sys.lock				SYS_BUSY */
	LOCK_RANK_WRITE_BACK, /* sys.write_back[].lock		WBCACHE */
	LOCK_RANK_TDMR,	      /* a TDMR, while it is initialised	RCX */
	LOCK_RANK_NAMED,      /* a page of any type: RDMD, RECLAIM	RCX */
	LOCK_RANK_TDVPR,      /*				its register */
	LOCK_RANK_TDR,	      /*				its register, or TDR */
	LOCK_RANK_OP_STATE,   /* tdcs.op_state_lock		OP_STATE */
	LOCK_RANK_EPOCH,      /* tdcs.epoch_lock		TD_EPOCH */
	LOCK_RANK_SEPT_TREE,  /* tdcs.sept_lock			SEPT_TREE */
	LOCK_RANK_SEPT_ENTRY, /* a bit of the entry			RCX */
	LOCK_RANK_RTMR,	      /* tdcs.rtmr_lock			RTMR */
	LOCK_RANK_PAGE,	      /* any other page			its register; none for a copy */
	LOCK_RANK_KOT,	      /* sys.kot_lock			KOT */
	LOCK_RANK_KET,	      /* sys.ket_lock			KET */
};

/* False when another has it. */
bool lock_acquire(uint16_t *lock, enum lock_mode mode, enum lock_rank rank);
void lock_release(uint16_t *lock, enum lock_mode mode);
/* The same for a lock of another kind, wherever it is. */
void lock_note_acquired(const void *lock, enum lock_rank rank);
void lock_note_released(const void *lock);

/*
 * A SEAMCALL begins and ends here; what it holds in between is checked. They nest: a TD that runs
 * inside TDH.VP.ENTER may call, and in a test other logical processors may. The value of begin is
 * end's.
 */
unsigned int lock_call_begin(void);
void lock_call_end(unsigned int outer);
/* How many locks this logical processor holds; 0 where nothing is checked. */
unsigned int lock_count_held(void);

/* The lock itself, with no order: for lock_acquire(), and for tests that hold one as another
 * logical processor would. */
bool lock_try_shared(uint16_t *lock);
bool lock_try_exclusive(uint16_t *lock);
void lock_release_shared(uint16_t *lock);
void lock_release_exclusive(uint16_t *lock);

#endif
