/* SPDX-License-Identifier: MIT */
/* The shared buffer of TDG.VP.VMCALL<GetQuote>. GHCI specification. */
#ifndef TDX_QUOTE_H
#define TDX_QUOTE_H

#include <stdint.h>

#define TDX_QUOTE_VERSION 1

#define TDX_QUOTE_STATUS_SUCCESS     UINT64_C(0)
#define TDX_QUOTE_STATUS_IN_FLIGHT   UINT64_C(0xffffffffffffffff)
#define TDX_QUOTE_STATUS_ERROR	     UINT64_C(0x8000000000000000)
#define TDX_QUOTE_STATUS_UNAVAILABLE UINT64_C(0x8000000000000001)

/* What follows: the report (in_length bytes) on the way in, the quote (out_length) on the way out.
 */
struct tdx_quote_header {
	uint64_t version;
	uint64_t status;     /* written by the VMM; 0 before the request */
	uint32_t in_length;  /* bytes of the report */
	uint32_t out_length; /* bytes of the quote, written by the VMM */
};

#endif
