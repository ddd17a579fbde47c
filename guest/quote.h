/* SPDX-License-Identifier: MIT */
/*
 * Quotes: a report that others can check. GHCI specification, TDG.VP.VMCALL<GetQuote>.
 *
 * The report goes to the VMM in a shared buffer and the quote comes back in it, at once or later.
 * While it is on its way the buffer is the VMM's: it must not be used for anything else, and not
 * become private again, however long it takes. What the VMM writes is read once and bounded; that
 * the quote is one is for its verifier to say.
 */
#ifndef GUEST_QUOTE_H
#define GUEST_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/quote.h>
#include <tdx/report.h>

#include "guest/vmcall.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tdx_quote {
	struct tdx_quote_header *buffer; /* shared memory; nothing in it may be believed */
	struct gpa gpa;			 /* of the buffer, with the SHARED bit, 4 KiB-aligned */
	uint32_t size;			 /* of the buffer, multiple of 4 KiB */
	bool pending;			 /* the buffer is the VMM's */
};

enum tdx_quote_result {
	TDX_QUOTE_DONE = 0,
	TDX_QUOTE_PENDING = -1,	    /* not yet: ask again */
	TDX_QUOTE_INVALID = -2,	    /* the caller: a bad buffer, or a request is pending already */
	TDX_QUOTE_REFUSED = -3,	    /* the VMM does not take the request */
	TDX_QUOTE_UNAVAILABLE = -4, /* the VMM has no quoting service at present */
	TDX_QUOTE_FAILED = -5,	    /* the VMM says that it failed, or its answer is nonsense */
	TDX_QUOTE_NO_ROOM = -6,	    /* the caller: the quote is longer than out */
};

/* Initialises *q. False, and nothing is set: not such a buffer. */
bool tdx_quote_init(struct tdx_quote *q, void *buffer, struct gpa gpa, uint32_t size);

/* Sends the report; DONE means that the request is pending. INVALID, REFUSED. */
enum tdx_quote_result tdx_quote_request(struct tdx_quote *q, const struct tdx_report *report);

/*
 * Is there an answer? DONE: the quote has been copied to out, *length bytes. PENDING: not yet. Any
 * other: there will be none. *length is 0 unless DONE; for NO_ROOM it is what would be needed, and
 * the request stays pending so that the caller can come with more.
 */
enum tdx_quote_result tdx_quote_poll(struct tdx_quote *q, void *out, uint32_t room,
				     uint32_t *length);

/* Polls, with PAUSE in between, for at most so many TSC ticks. PENDING: they are over, and the
 * buffer is still the VMM's. A kernel that can sleep polls itself, after the interrupt of
 * tdvmcall_setup_event_notify_interrupt(). */
enum tdx_quote_result tdx_quote_wait(struct tdx_quote *q, uint64_t ticks, void *out, uint32_t room,
				     uint32_t *length);

#ifdef __cplusplus
}
#endif

#endif
