/* SPDX-License-Identifier: MIT */
/* Conversion between private and shared: TDG.VP.VMCALL<MapGPA> and acceptance. GHCI specification;
 * TDX Module ABI specification, TDG.MEM.PAGE.ACCEPT. */
#include <tdx/types.h>

#include "guest/accept.h"
#include "guest/convert.h"
#include "tests/guest/runtime.h"

#define PATTERN UINT64_C(0x5ec12e75ec12e7)

static uint64_t shared_gpa(uint64_t gpa)
{
	return gpa | tdx_shared_bit(&vp_info);
}

static uint64_t to_shared(uint64_t address, uint64_t size)
{
	return tdvmcall_map_gpa(gpa(shared_gpa(address)), size).r10;
}

static uint64_t to_private(uint64_t address, uint64_t size)
{
	return tdvmcall_map_gpa(gpa(address), size).r10;
}

static volatile uint64_t *word(uint64_t address)
{
	return (volatile uint64_t *)address;
}

static void fill(volatile uint64_t *words, uint64_t size, uint64_t value)
{
	for (uint64_t i = 0; i < size / sizeof(*words); i++)
		words[i] = value;
}

/* How many words have that value? */
static uint64_t count(volatile uint64_t *words, uint64_t size, uint64_t value)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < size / sizeof(*words); i++)
		found += words[i] == value;
	return found;
}

static void round_trip(const char *name, uint64_t start, uint64_t size)
{
	volatile uint64_t *shared = map_shared(start);

	fill(word(start), size, PATTERN);
	is(to_shared(start, size), TDVMCALL_STATUS_SUCCESS, "%s: to shared", name);
	is(count(shared, size, PATTERN), 0, "%s: the private contents are not to be seen", name);
	fill(shared, size, ~PATTERN);
	is(count(shared, size, ~PATTERN), size / 8, "%s: shared memory keeps its contents", name);
	is(to_private(start, size), TDVMCALL_STATUS_SUCCESS, "%s: to private", name);
	is(tdx_accept_range(gpa(start), size), TDX_SUCCESS, "%s: accepted again", name);
	is(count(word(start), size, 0), size / 8, "%s: it is zero", name);
	*word(start) = PATTERN;
	is(*word(start), PATTERN, "%s: and usable", name);
}

/* The neighbours of a page that is taken out of a 2 MiB page keep their contents. */
static void test_neighbours(void)
{
	uint64_t start = TEST_RAM + 2 * SIZE_2M;
	uint64_t page = start + 5 * PAGE_SIZE;

	tdx_accept_range(gpa(start), SIZE_2M);
	fill(word(start), SIZE_2M, PATTERN);
	round_trip("one page of a 2 MiB page", page, PAGE_SIZE);
	is(count(word(start), page - start, PATTERN), (page - start) / 8, "memory below it");
	is(count(word(page + PAGE_SIZE), SIZE_2M - 6 * PAGE_SIZE, PATTERN),
	   (SIZE_2M - 6 * PAGE_SIZE) / 8, "memory above it");
}

/* The VMM's own checks: past the library's. */
static uint64_t ask(uint64_t address, uint64_t size)
{
	return _tdx_hypercall(TDVMCALL_MAP_GPA, address, size, 0, 0).r10;
}

static void test_errors(void)
{
	uint64_t top = tdx_shared_bit(&vp_info);

	is(ask(shared_gpa(TEST_RAM + 8), PAGE_SIZE), TDVMCALL_STATUS_ALIGN_ERROR,
	   "start not aligned");
	is(ask(shared_gpa(TEST_RAM), 100), TDVMCALL_STATUS_ALIGN_ERROR, "size not aligned");
	is(ask(shared_gpa(TEST_RAM), 0), TDVMCALL_STATUS_INVALID_OPERAND, "nothing to map");
	is(ask(top - PAGE_SIZE, 2 * PAGE_SIZE), TDVMCALL_STATUS_INVALID_OPERAND,
	   "half private, half shared");
	is(ask(top << 1, PAGE_SIZE), TDVMCALL_STATUS_INVALID_OPERAND, "beyond the GPA width");
	is(ask(TEST_RAM, -TEST_RAM), TDVMCALL_STATUS_INVALID_OPERAND, "a range that wraps");
}

/* The library's conversions, on a range whose ends are no large pages. */
static void test_conversions(void)
{
	uint64_t start = TEST_RAM + PAGE_SIZE, size = SIZE_2M, bit = tdx_shared_bit(&vp_info);
	volatile uint64_t *shared = map_shared(start);

	fill(word(start), size, PATTERN);
	is(tdx_make_shared(gpa(start), size, bit), TDX_CONVERT_DONE, "made shared");
	is(*shared == PATTERN, false, "the private contents are not to be seen");
	is(tdx_make_private(gpa(start), size, bit), TDX_CONVERT_DONE, "made private");
	is(count(word(start), size, 0), size / 8, "it is zero");
	is(tdx_accept_page(gpa(start)), TDX_PAGE_ALREADY_ACCEPTED, "and accepted");
	is(tdx_accept_again(gpa(start), size), TDX_SUCCESS, "which can be asked for again");
}

void guest_test(void)
{
	is(tdx_accept_range(gpa(TEST_RAM), 2 * SIZE_2M), TDX_SUCCESS, "memory to work with");
	round_trip("4 KiB", TEST_RAM + PAGE_SIZE, PAGE_SIZE);
	round_trip("2 MiB", TEST_RAM + SIZE_2M, SIZE_2M);
	test_neighbours();
	test_errors();
	test_conversions();
}
