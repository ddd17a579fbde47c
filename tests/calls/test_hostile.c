/* SPDX-License-Identifier: MIT */
/* Memory, quotes and warnings, with a VMM that lies: what is refused, and what is left afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/accept.h"
#include "guest/convert.h"
#include "guest/quote.h"
#include "guest/warn.h"
#include "lib/addr.h"
#include "lib/bits.h"
#include "tests/calls/script.h"

#define SHARED (UINT64_C(1) << 47)
#define START  UINT64_C(0x200000)

/* A TD's memory as the module sees it: one state for each 4 KiB page, and how the VMM mapped it. */
#define PAGES 2048
static struct {
	enum { PENDING, ACCEPTED, SHARED_PAGE } page[PAGES];
	unsigned int vmm_level; /* largest pages that the VMM maps */
	unsigned int accepts[3];
	unsigned int busy;		 /* so many accepts find the entry busy */
	uint64_t fail_at, fails;	 /* the accept of this address has this status */
	uint64_t map_refuses;		 /* the VMM refuses from the n-th MapGPA on; 0: never */
	unsigned int maps, map_recovers; /* and from this one on no more */
	uint64_t map_stops;		 /* what a refused MapGPA has converted before */
} memory;

static void memory_reset(void)
{
	script_reset();
	memset(&memory, 0, sizeof(memory));
	memory.vmm_level = TDX_LEVEL_2M;
}

static uint64_t accept(uint64_t rcx)
{
	unsigned int level = rcx & TDX_GPA_LEVEL_MASK;
	uint64_t at = rcx & TDX_GPA_ADDR_MASK, first = at / PAGE_SIZE;

	if (memory.busy) {
		memory.busy--;
		return TDX_OPERAND_BUSY | TDX_OPERAND_ID_RCX;
	}
	memory.accepts[level]++;
	if (level == TDX_LEVEL_1G || !is_aligned(at, level_size(level)))
		return TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	if (memory.fails && at == memory.fail_at)
		return memory.fails;
	if (level > memory.vmm_level)
		return TDX_PAGE_SIZE_MISMATCH | level;
	if (memory.page[first] == ACCEPTED)
		return TDX_PAGE_ALREADY_ACCEPTED | level;
	assert_int_equal(memory.page[first], PENDING);
	for (uint64_t i = 0; i < level_size(level) / PAGE_SIZE; i++)
		memory.page[first + i] = ACCEPTED;
	return TDX_SUCCESS;
}

static void convert(uint64_t start, uint64_t size)
{
	for (uint64_t at = start & ~SHARED; at < (start & ~SHARED) + size; at += PAGE_SIZE) {
		bool shared = memory.page[at / PAGE_SIZE] == SHARED_PAGE;

		if (start & SHARED)
			memory.page[at / PAGE_SIZE] = SHARED_PAGE;
		else if (shared)
			memory.page[at / PAGE_SIZE] = PENDING;
	}
}

static void map(const struct tdx_module_args *asked)
{
	bool refuse;

	assert_int_equal(asked->r11, TDVMCALL_MAP_GPA);
	memory.maps++;
	refuse = memory.map_refuses && memory.maps >= memory.map_refuses &&
		 !(memory.map_recovers && memory.maps >= memory.map_recovers);
	convert(asked->r12, refuse ? memory.map_stops : asked->r13);
	script.answer_count = 0;
	script_answer((struct tdx_module_args){
		.rcx = asked->rcx, .r10 = refuse ? TDVMCALL_STATUS_INVALID_OPERAND : 0 });
}

static uint64_t memory_module(uint64_t leaf, const struct tdx_module_args *asked)
{
	return leaf == TDG_MEM_PAGE_ACCEPT ? accept(asked->rcx) : TDX_SUCCESS;
}

static void memory_vmm(void)
{
	if (script.leaf[script.count] == TDG_VP_VMCALL)
		map(&script.asked[script.count]);
}

static void memory_begin(void)
{
	memory_reset();
	script.module = memory_module;
	script.before = memory_vmm;
}

static void assert_pages(uint64_t start, uint64_t size, unsigned int state)
{
	for (uint64_t at = start; at < start + size; at += PAGE_SIZE)
		assert_int_equal(memory.page[at / PAGE_SIZE], state);
}

static void test_accept_sizes(void **state)
{
	memory_begin();
	assert_int_equal(tdx_accept_range(gpa(START - PAGE_SIZE), SIZE_2M + 3 * PAGE_SIZE), 0);
	assert_pages(START - PAGE_SIZE, SIZE_2M + 3 * PAGE_SIZE, ACCEPTED);
	assert_int_equal(memory.accepts[TDX_LEVEL_4K], 3);
	assert_int_equal(memory.accepts[TDX_LEVEL_2M], 1);
	/* The VMM has small pages: one attempt at a large one each. */
	memory_begin();
	memory.vmm_level = TDX_LEVEL_4K;
	assert_int_equal(tdx_accept_range(gpa(START), 2 * SIZE_2M), 0);
	assert_pages(START, 2 * SIZE_2M, ACCEPTED);
	assert_int_equal(memory.accepts[TDX_LEVEL_4K], 1024);
	assert_int_equal(memory.accepts[TDX_LEVEL_2M], 2);
	memory_begin();
	assert_int_equal(tdx_accept_page(gpa(START)), 0);
	assert_int_equal(script.asked[0].rcx, START);
	assert_int_equal(memory.page[START / PAGE_SIZE], ACCEPTED);
	assert_int_equal(tdx_accept_range(gpa(START), 0), 0);
	assert_int_equal(script.count, 1);
}

static uint64_t giant_level, giant_refusal;

static uint64_t accept_giant(uint64_t leaf, const struct tdx_module_args *asked)
{
	unsigned int level = asked->rcx & TDX_GPA_LEVEL_MASK;

	memory.accepts[level]++;
	return level <= giant_level ? TDX_SUCCESS : giant_refusal;
}

static void test_accept_giants(void **state)
{
	memory_begin();
	script.module = accept_giant;
	giant_level = TDX_LEVEL_1G;
	assert_int_equal(tdx_accept_range(gpa(SIZE_1G - SIZE_2M), 2 * SIZE_1G + 2 * SIZE_2M), 0);
	assert_int_equal(memory.accepts[TDX_LEVEL_1G], 2);
	assert_int_equal(memory.accepts[TDX_LEVEL_2M], 2);
	/* The VMM has none, or the module accepts none. */
	for (unsigned int i = 0; i < 2; i++) {
		memory_begin();
		script.module = accept_giant;
		giant_level = TDX_LEVEL_2M;
		giant_refusal = i ? TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_1G
				  : TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
		assert_int_equal(tdx_accept_range(gpa(SIZE_1G), 2 * SIZE_1G + PAGE_SIZE), 0);
		assert_int_equal(memory.accepts[TDX_LEVEL_1G], 2);
		assert_int_equal(memory.accepts[TDX_LEVEL_2M], 1024);
		assert_int_equal(memory.accepts[TDX_LEVEL_4K], 1);
	}
}

static void test_accept_refusals(void **state)
{
	static const struct {
		uint64_t start, size;
	} bad[] = {
		{ 1, PAGE_SIZE },
		{ PAGE_SIZE, 1 },
		{ UINT64_MAX & ~0xfff, PAGE_SIZE },
		{ (UINT64_C(1) << 52) - PAGE_SIZE, 2 * PAGE_SIZE },
		{ 0, UINT64_MAX & ~0xfff },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		memory_begin();
		assert_int_equal(tdx_accept_range(gpa(bad[i].start), bad[i].size),
				 TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX);
		assert_int_equal(script.count, 0);
	}
	/* Nothing behind the page that failed is accepted. */
	memory_begin();
	memory.fail_at = START + 2 * PAGE_SIZE;
	memory.fails = TDX_PAGE_ALREADY_ACCEPTED;
	assert_int_equal(tdx_accept_range(gpa(START), 4 * PAGE_SIZE), TDX_PAGE_ALREADY_ACCEPTED);
	assert_pages(START, 2 * PAGE_SIZE, ACCEPTED);
	assert_pages(START + 2 * PAGE_SIZE, 2 * PAGE_SIZE, PENDING);
	/* A busy entry is tried again, but not for ever. */
	memory_begin();
	memory.busy = 5;
	assert_int_equal(tdx_accept_range(gpa(START), 2 * PAGE_SIZE), 0);
	assert_int_equal(script.count, 2 + 5);
	memory.busy = UINT32_MAX;
	script.count = 0;
	assert_int_equal(tdx_accept_page(gpa(0)), TDX_OPERAND_BUSY | TDX_OPERAND_ID_RCX);
	assert_int_equal(script.count, 1000);
}

static void test_accept_again(void **state)
{
	memory_begin();
	memory.page[START / PAGE_SIZE + 3] = ACCEPTED;
	memory.vmm_level = TDX_LEVEL_4K;
	assert_int_equal(tdx_accept_range(gpa(START), SIZE_2M), TDX_PAGE_ALREADY_ACCEPTED);
	assert_int_equal(tdx_accept_again(gpa(START), SIZE_2M), 0);
	assert_pages(START, SIZE_2M, ACCEPTED);
	assert_int_equal(tdx_accept_again(gpa(START), SIZE_2M), 0);
}

static void test_map_gpa_progress(void **state)
{
	script_reset();
	for (unsigned int i = 1; i < 9; i++)
		script_answer((struct tdx_module_args){ .rcx = 0xfc00,
							.r10 = TDVMCALL_STATUS_RETRY,
							.r11 = START + i / 2 * PAGE_SIZE });
	script_answer((struct tdx_module_args){ .rcx = 0xfc00 });
	assert_true(tdvmcall_ok(tdvmcall_map_gpa(gpa(START), 16 * PAGE_SIZE)));
	assert_int_equal(script.count, 9);
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(script.asked[i].r12, START + i / 2 * PAGE_SIZE);
		assert_int_equal(script.asked[i].r13, (16 - i / 2) * PAGE_SIZE);
	}
	assert_int_equal(script.warnings, 0);
}

static void test_map_gpa_lies(void **state)
{
	static const uint64_t lies[] = {
		0,
		START - PAGE_SIZE,
		START + 1,
		START + 3 * PAGE_SIZE,
		SHARED | START,
		START + 4 * PAGE_SIZE,
		UINT64_MAX,
		START | UINT64_C(1) << 63,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lies); i++) {
		script_reset();
		script_answer((struct tdx_module_args){
			.rcx = 0xfc00, .r10 = TDVMCALL_STATUS_RETRY, .r11 = lies[i] });
		assert_int_equal(tdvmcall_map_gpa(gpa(START), 3 * PAGE_SIZE).r10,
				 TDVMCALL_STATUS_INVALID_OPERAND);
		assert_int_equal(script.count, 1);
	}
	script_reset();
	script_answer((struct tdx_module_args){
		.rcx = 0xfc00, .r10 = TDVMCALL_STATUS_RETRY, .r11 = START });
	assert_int_equal(tdvmcall_map_gpa(gpa(START), PAGE_SIZE).r10, TDVMCALL_STATUS_RETRY);
	assert_int_equal(script.count, 3);
}

/* Going back is no progress. */
static void test_map_gpa_back(void **state)
{
	script_reset();
	script_answer((struct tdx_module_args){
		.rcx = 0xfc00, .r10 = TDVMCALL_STATUS_RETRY, .r11 = START + PAGE_SIZE });
	script_answer((struct tdx_module_args){
		.rcx = 0xfc00, .r10 = TDVMCALL_STATUS_RETRY, .r11 = START });
	assert_int_equal(tdvmcall_map_gpa(gpa(START), 3 * PAGE_SIZE).r10,
			 TDVMCALL_STATUS_INVALID_OPERAND);
	assert_int_equal(script.count, 2);
}

static void test_map_gpa_ranges(void **state)
{
	script_reset();
	assert_int_equal(tdvmcall_map_gpa(gpa(START + 1), PAGE_SIZE).r10,
			 TDVMCALL_STATUS_ALIGN_ERROR);
	assert_int_equal(tdvmcall_map_gpa(gpa(START), 1).r10, TDVMCALL_STATUS_ALIGN_ERROR);
	assert_int_equal(tdvmcall_map_gpa(gpa(START), 0).r10, TDVMCALL_STATUS_INVALID_OPERAND);
	assert_int_equal(tdvmcall_map_gpa(gpa(START), UINT64_MAX & ~0xfff).r10,
			 TDVMCALL_STATUS_INVALID_OPERAND);
	assert_int_equal(script.count, 0);
}

#define SIZE (4 * PAGE_SIZE)

static void test_convert(void **state)
{
	memory_begin();
	assert_int_equal(tdx_accept_range(gpa(START), SIZE), 0);
	assert_int_equal(tdx_make_shared(gpa(START), SIZE, SHARED), TDX_CONVERT_DONE);
	assert_pages(START, SIZE, SHARED_PAGE);
	assert_int_equal(tdx_make_private(gpa(START), SIZE, SHARED), TDX_CONVERT_DONE);
	assert_pages(START, SIZE, ACCEPTED);
	memory_begin();
	assert_int_equal(tdx_make_shared(gpa(START + 1), SIZE, SHARED), TDX_CONVERT_INVALID);
	assert_int_equal(tdx_make_shared(gpa(START), 0, SHARED), TDX_CONVERT_INVALID);
	assert_int_equal(tdx_make_private(gpa(SHARED | START), SIZE, SHARED), TDX_CONVERT_INVALID);
	assert_int_equal(tdx_make_private(gpa(SHARED - PAGE_SIZE), SIZE, SHARED),
			 TDX_CONVERT_INVALID);
	assert_int_equal(tdx_make_private(gpa(0), UINT64_MAX & ~0xfff, SHARED),
			 TDX_CONVERT_INVALID);
	assert_int_equal(script.count, 0);
}

/* The VMM stops half way and takes it back when asked: all as before. */
static void test_convert_refused(void **state)
{
	memory_begin();
	assert_int_equal(tdx_accept_range(gpa(START), SIZE), 0);
	memory.map_refuses = 1;
	memory.map_recovers = 2;
	memory.map_stops = 2 * PAGE_SIZE;
	assert_int_equal(tdx_make_shared(gpa(START), SIZE, SHARED), TDX_CONVERT_REFUSED);
	assert_pages(START, SIZE, ACCEPTED);
	memory_begin();
	convert(SHARED | START, SIZE);
	memory.map_refuses = 1;
	memory.map_recovers = 2;
	memory.map_stops = 2 * PAGE_SIZE;
	assert_int_equal(tdx_make_private(gpa(START), SIZE, SHARED), TDX_CONVERT_REFUSED);
	assert_pages(START, SIZE, SHARED_PAGE);
	assert_int_equal(memory.accepts[TDX_LEVEL_4K], 0);
	assert_int_equal(script.warnings, 0);
}

/* And does not take it back, or puts what cannot be accepted there. */
static void test_convert_lost(void **state)
{
	memory_begin();
	assert_int_equal(tdx_accept_range(gpa(START), SIZE), 0);
	memory.map_refuses = 1;
	memory.map_stops = PAGE_SIZE;
	assert_int_equal(tdx_make_shared(gpa(START), SIZE, SHARED), TDX_CONVERT_LOST);
	memory_begin();
	assert_int_equal(tdx_accept_range(gpa(START), SIZE), 0);
	memory.map_refuses = 1;
	memory.map_recovers = 2;
	memory.fail_at = START + PAGE_SIZE;
	memory.fails = TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	assert_int_equal(tdx_make_shared(gpa(START), SIZE, SHARED), TDX_CONVERT_LOST);
	memory_begin();
	convert(SHARED | START, SIZE);
	memory.map_refuses = 1;
	assert_int_equal(tdx_make_private(gpa(START), SIZE, SHARED), TDX_CONVERT_LOST);
	memory_begin();
	convert(SHARED | START, SIZE);
	memory.fail_at = START + PAGE_SIZE;
	memory.fails = TDX_PAGE_ALREADY_ACCEPTED;
	assert_int_equal(tdx_make_private(gpa(START), SIZE, SHARED), TDX_CONVERT_LOST);
}

/* Warnings: a burst, then silence and a count; a new window each 2^32 ticks. */
static void test_warnings(void **state)
{
	const uint64_t day = bit(50);

	script_reset();
	for (unsigned int i = 0; i < 1000; i++)
		tdx_warn_at(day + i, "", i);
	assert_int_equal(script.warnings, TDX_WARN_BURST);
	assert_int_equal(script.warned, TDX_WARN_BURST - 1);
	tdx_warn_at(day + TDX_WARN_WINDOW - 1, "", 0);
	assert_int_equal(script.warnings, TDX_WARN_BURST);
	tdx_warn_at(day + TDX_WARN_WINDOW, "", 7);
	assert_int_equal(script.warnings, TDX_WARN_BURST + 1);
	assert_int_equal(script.warned, 7);
	assert_int_equal(script.suppressed, 1000 - TDX_WARN_BURST + 1);
	tdx_warn_at(day + TDX_WARN_WINDOW + 1, "", 8);
	assert_int_equal(script.suppressed, 0);
}

#define BUFFER_SIZE 8192

static struct {
	struct tdx_quote quote;
	uint8_t *buffer;
	uint64_t status; /* what the VMM writes during the call */
	uint32_t length;
	uint64_t r10;
} service;

/* The buffer is the VMM's while it answers GetQuote. */
static void quote_vmm(void)
{
	struct tdx_quote_header *h = (struct tdx_quote_header *)service.buffer;

	assert_int_equal(h->version, 1);
	assert_int_equal(h->status, 0);
	assert_int_equal(h->in_length, sizeof(struct tdx_report));
	assert_int_equal(h->out_length, 0);
	assert_int_equal(service.buffer[24], 0x81);
	h->status = service.status;
	h->out_length = service.length;
	memset(h + 1, 0xab, BUFFER_SIZE - sizeof(*h));
	script.answer_count = 0;
	script_answer((struct tdx_module_args){ .rcx = 0xfc00, .r10 = service.r10 });
}

static enum tdx_quote_result request(uint64_t status, uint32_t length, uint64_t r10)
{
	static uint8_t buffer[BUFFER_SIZE] __attribute__((aligned(4096)));
	static const struct tdx_report report = { .mac = { .type = 0x81 } };

	memset(buffer, 0x77, sizeof(buffer));
	service.buffer = buffer;
	service.status = status;
	service.length = length;
	service.r10 = r10;
	script_reset();
	script.before = quote_vmm;
	assert_true(tdx_quote_init(&service.quote, buffer, gpa(SHARED | START), BUFFER_SIZE));
	return tdx_quote_request(&service.quote, &report);
}

static void test_quote(void **state)
{
	static uint8_t out[BUFFER_SIZE];
	uint32_t length;

	assert_int_equal(request(TDX_QUOTE_STATUS_SUCCESS, 100, 0), TDX_QUOTE_DONE);
	assert_int_equal(script.asked[0].r12, SHARED | START);
	assert_int_equal(script.asked[0].r13, BUFFER_SIZE);
	memset(out, 0, sizeof(out));
	assert_int_equal(tdx_quote_poll(&service.quote, out, 99, &length), TDX_QUOTE_NO_ROOM);
	assert_int_equal(length, 100);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_DONE);
	assert_int_equal(length, 100);
	assert_int_equal(out[99], 0xab);
	assert_int_equal(out[100], 0);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_INVALID);
	/* All of the buffer, and no more. */
	length = BUFFER_SIZE - sizeof(struct tdx_quote_header);
	assert_int_equal(request(TDX_QUOTE_STATUS_SUCCESS, length, 0), TDX_QUOTE_DONE);
	assert_int_equal(tdx_quote_poll(&service.quote, out, sizeof(out), &length), TDX_QUOTE_DONE);
	assert_int_equal(length, BUFFER_SIZE - sizeof(struct tdx_quote_header));
}

static void test_quote_lies(void **state)
{
	static const uint32_t lengths[] = { 0, BUFFER_SIZE - 23, BUFFER_SIZE, 0x80000000,
					    UINT32_MAX };
	static uint8_t out[2 * BUFFER_SIZE];
	uint32_t length;

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		assert_int_equal(request(TDX_QUOTE_STATUS_SUCCESS, lengths[i], 0), TDX_QUOTE_DONE);
		assert_int_equal(tdx_quote_poll(&service.quote, out, UINT32_MAX, &length),
				 TDX_QUOTE_FAILED);
		assert_int_equal(length, 0);
		assert_false(service.quote.pending);
	}
	assert_int_equal(request(TDX_QUOTE_STATUS_ERROR, 100, 0), TDX_QUOTE_DONE);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_FAILED);
	assert_int_equal(request(12345, 100, 0), TDX_QUOTE_DONE);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_FAILED);
	assert_int_equal(request(TDX_QUOTE_STATUS_UNAVAILABLE, 0, 0), TDX_QUOTE_DONE);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_UNAVAILABLE);
	assert_int_equal(request(0, 0, TDVMCALL_STATUS_INVALID_OPERAND), TDX_QUOTE_REFUSED);
	assert_int_equal(tdx_quote_poll(&service.quote, out, 100, &length), TDX_QUOTE_INVALID);
}

/* A quote that never comes: the time is over, the buffer stays the VMM's. */
static void test_quote_in_flight(void **state)
{
	static const struct tdx_report report;
	struct tdx_quote_header *h;
	static uint8_t out[BUFFER_SIZE];
	uint32_t length;

	assert_int_equal(request(TDX_QUOTE_STATUS_IN_FLIGHT, 0, 0), TDX_QUOTE_DONE);
	assert_int_equal(tdx_quote_wait(&service.quote, 1000000, out, sizeof(out), &length),
			 TDX_QUOTE_PENDING);
	assert_int_equal(tdx_quote_request(&service.quote, &report), TDX_QUOTE_INVALID);
	assert_int_equal(script.count, 1);
	h = service.quote.buffer;
	h->out_length = 50;
	h->status = TDX_QUOTE_STATUS_SUCCESS;
	assert_int_equal(tdx_quote_wait(&service.quote, 1000000, out, sizeof(out), &length),
			 TDX_QUOTE_DONE);
	assert_int_equal(length, 50);
}

static void test_quote_buffers(void **state)
{
	static uint8_t buffer[2 * BUFFER_SIZE] __attribute__((aligned(4096)));
	struct tdx_quote q;

	assert_false(tdx_quote_init(&q, buffer + 8, gpa(SHARED), BUFFER_SIZE));
	assert_false(tdx_quote_init(&q, buffer, gpa(SHARED | 8), BUFFER_SIZE));
	assert_false(tdx_quote_init(&q, buffer, gpa(SHARED), BUFFER_SIZE + 8));
	assert_false(tdx_quote_init(&q, buffer, gpa(SHARED), 0));
	assert_true(tdx_quote_init(&q, buffer, gpa(SHARED), BUFFER_SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept_sizes),
		cmocka_unit_test(test_accept_giants),
		cmocka_unit_test(test_accept_refusals),
		cmocka_unit_test(test_accept_again),
		cmocka_unit_test(test_map_gpa_progress),
		cmocka_unit_test(test_map_gpa_lies),
		cmocka_unit_test(test_map_gpa_back),
		cmocka_unit_test(test_map_gpa_ranges),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_convert_refused),
		cmocka_unit_test(test_convert_lost),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_quote_lies),
		cmocka_unit_test(test_quote_in_flight),
		cmocka_unit_test(test_quote_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
