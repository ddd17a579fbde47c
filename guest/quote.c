/* SPDX-License-Identifier: MIT */
#include "guest/quote.h"

#include <stddef.h>

#include "guest/tsc.h"
#include "guest/warn.h"
#include "lib/addr.h"

/* Memory that the VMM can write is read once, here. */
static uint64_t read_status(const struct tdx_quote *q)
{
	return __atomic_load_n(&q->buffer->status, __ATOMIC_ACQUIRE);
}

static uint32_t read_length(const struct tdx_quote *q)
{
	return __atomic_load_n(&q->buffer->out_length, __ATOMIC_RELAXED);
}

static void copy(volatile uint8_t *to, const volatile uint8_t *from, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		to[i] = from[i];
}

bool tdx_quote_init(struct tdx_quote *q, void *buffer, struct gpa gpa, uint32_t size)
{
	if (!is_aligned((uintptr_t)buffer | gpa.pa | size, PAGE_SIZE) || size == 0)
		return false;
	*q = (struct tdx_quote){ .buffer = buffer, .gpa = gpa, .size = size };
	return true;
}

enum tdx_quote_result tdx_quote_request(struct tdx_quote *q, const struct tdx_report *report)
{
	struct tdx_quote_header *h = q->buffer;

	if (q->pending)
		return TDX_QUOTE_INVALID;
	*h = (struct tdx_quote_header){
		.version = TDX_QUOTE_VERSION,
		.in_length = sizeof(*report),
	};
	copy((uint8_t *)(h + 1), (const uint8_t *)report, sizeof(*report));
	if (!tdvmcall_ok(tdvmcall_get_quote(q->gpa, q->size)))
		return TDX_QUOTE_REFUSED;
	q->pending = true;
	return TDX_QUOTE_DONE;
}

static enum tdx_quote_result fetch(struct tdx_quote *q, void *out, uint32_t room, uint32_t *length)
{
	uint32_t size = read_length(q);

	if (size == 0 || size > q->size - sizeof(*q->buffer)) {
		tdx_warn_limited("GetQuote: a quote of impossible length", size);
		q->pending = false;
		return TDX_QUOTE_FAILED;
	}
	*length = size;
	if (size > room)
		return TDX_QUOTE_NO_ROOM;
	copy(out, (const uint8_t *)(q->buffer + 1), size);
	q->pending = false;
	return TDX_QUOTE_DONE;
}

enum tdx_quote_result tdx_quote_poll(struct tdx_quote *q, void *out, uint32_t room,
				     uint32_t *length)
{
	*length = 0;
	if (!q->pending)
		return TDX_QUOTE_INVALID;
	switch (read_status(q)) {
	case TDX_QUOTE_STATUS_IN_FLIGHT:
		return TDX_QUOTE_PENDING;
	case TDX_QUOTE_STATUS_SUCCESS:
		return fetch(q, out, room, length);
	case TDX_QUOTE_STATUS_UNAVAILABLE:
		q->pending = false;
		return TDX_QUOTE_UNAVAILABLE;
	default:
		q->pending = false;
		return TDX_QUOTE_FAILED;
	}
}

enum tdx_quote_result tdx_quote_wait(struct tdx_quote *q, uint64_t ticks, void *out, uint32_t room,
				     uint32_t *length)
{
	uint64_t start = tdx_rdtsc();
	enum tdx_quote_result result = tdx_quote_poll(q, out, room, length);

	while (result == TDX_QUOTE_PENDING && tdx_rdtsc() - start < ticks) {
		tdx_pause();
		result = tdx_quote_poll(q, out, room, length);
	}
	return result;
}
