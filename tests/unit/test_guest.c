/* SPDX-License-Identifier: MIT */
/* libtdx-guest's C part, with a VMM and a module that answer as each test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/types.h>

#include "guest/accept.h"
#include "guest/hooks.h"
#include "guest/leaf.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"

#define SHARED (UINT64_C(1) << 47)

/* What was asked, and what is answered, in turn; the last answer stays. */
static struct {
	struct tdx_module_args asked[16];
	struct tdx_module_args answers[16];
	unsigned int asked_count, answer_count;
	uint64_t rax;
	unsigned int warnings;
	uint64_t (*accept)(uint64_t rcx);
} world;

static void reset(void)
{
	memset(&world, 0, sizeof(world));
}

static void answer(struct tdx_module_args args)
{
	world.answers[world.answer_count++] = args;
}

static uint64_t vmcall(struct tdx_module_args *args)
{
	unsigned int turn = world.asked_count++;

	assert_true(turn < ARRAY_SIZE(world.asked));
	world.asked[turn] = *args;
	if (world.answer_count)
		*args = world.answers[turn < world.answer_count ? turn : world.answer_count - 1];
	return world.rax;
}

uint64_t __tdcall_regs(uint64_t leaf, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	assert_int_equal(leaf, TDG_MEM_PAGE_ACCEPT);
	world.asked_count++;
	return world.accept(rcx);
}

uint64_t __tdcall_ret(uint64_t leaf, struct tdx_module_args *args)
{
	return vmcall(args);
}

uint64_t __tdcall_saved_ret(uint64_t leaf, struct tdx_module_args *args)
{
	assert_int_equal(leaf, TDG_VP_VMCALL);
	return vmcall(args);
}

struct tdvmcall_registers __tdvmcall_regs_ret(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					      uint64_t r15, uint64_t *out)
{
	struct tdx_module_args args = {
		.r11 = fn,
		.r12 = r12,
		.r13 = r13,
		.r14 = r14,
		.r15 = r15,
	};
	uint64_t rax = vmcall(&args);

	*out = args.r11;
	return (struct tdvmcall_registers){ rax, args.r10 };
}

struct tdvmcall_registers __tdvmcall_regs(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
					  uint64_t r15)
{
	uint64_t r11;

	return __tdvmcall_regs_ret(fn, r12, r13, r14, r15, &r11);
}

void tdx_panic(const char *what, uint64_t status)
{
	mock_assert(0, what, __FILE__, __LINE__);
	abort();
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	world.warnings++;
}

static void test_io_masks(void **state)
{
	static const unsigned int sizes[] = { 1, 2, 4 };
	uint32_t value;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		reset();
		answer((struct tdx_module_args){ .r11 = UINT64_MAX });
		assert_true(tdvmcall_ok(tdvmcall_io_read(0x3f8, sizes[i], &value)));
		assert_int_equal(value, byte_mask(sizes[i]));
		tdvmcall_io_write(0x3f8, sizes[i], UINT32_MAX);
		assert_int_equal(world.asked[1].r12, sizes[i]);
		assert_int_equal(world.asked[1].r13, 1);
		assert_int_equal(world.asked[1].r14, 0x3f8);
		assert_int_equal(world.asked[1].r15, byte_mask(sizes[i]));
	}
}

static void test_failure_has_no_output(void **state)
{
	struct tdx_cpuid_value cpuid;
	struct tdvmcall_info info;
	uint64_t value;

	reset();
	answer((struct tdx_module_args){
		.r10 = 1, .r11 = ~0ull, .r12 = ~0ull, .r13 = ~0ull, .r14 = ~0ull, .r15 = ~0ull });
	assert_false(tdvmcall_ok(tdvmcall_rdmsr(0, &value)));
	assert_int_equal(value, 0);
	assert_false(tdvmcall_ok(tdvmcall_cpuid(0, 0, &cpuid)));
	assert_int_equal(cpuid.eax | cpuid.ebx | cpuid.ecx | cpuid.edx, 0);
	assert_false(tdvmcall_ok(tdvmcall_get_td_vm_call_info(1, &info)));
	assert_int_equal(info.r11 | info.r12 | info.r13 | info.r14, 0);
	assert_false(tdvmcall_ok(tdvmcall_mmio_read(gpa(SHARED), 8, &value)));
	assert_int_equal(value, 0);
}

static void test_module_failure(void **state)
{
	struct tdx_vp_info info;

	reset();
	world.rax = TDX_OPERAND_INVALID;
	expect_assert_failure(tdvmcall_hlt(false));
	expect_assert_failure(tdg_vp_info(&info));
}

static void test_map_gpa(void **state)
{
	reset();
	answer((struct tdx_module_args){ .r10 = TDVMCALL_STATUS_RETRY, .r11 = SHARED | 0x5000 });
	answer((struct tdx_module_args){ .r10 = TDVMCALL_STATUS_RETRY, .r11 = SHARED | 0x5000 });
	answer((struct tdx_module_args){ 0 });
	assert_true(tdvmcall_ok(tdvmcall_map_gpa(gpa(SHARED | 0x4000), 0x3000)));
	assert_int_equal(world.asked_count, 3);
	assert_int_equal(world.asked[0].r12, SHARED | 0x4000);
	assert_int_equal(world.asked[0].r13, 0x3000);
	assert_int_equal(world.asked[1].r12, SHARED | 0x5000);
	assert_int_equal(world.asked[1].r13, 0x2000);
	assert_int_equal(world.warnings, 0);
}

static void test_map_gpa_no_progress(void **state)
{
	reset();
	answer((struct tdx_module_args){ .r10 = TDVMCALL_STATUS_RETRY, .r11 = 0x4000 });
	assert_int_equal(tdvmcall_map_gpa(gpa(0x4000), 0x3000).r10, TDVMCALL_STATUS_RETRY);
	assert_int_equal(world.asked_count, 3);
}

static void test_map_gpa_lies(void **state)
{
	static const uint64_t lies[] = { 0, 0x3000, 0x4001, 0x7000, SHARED | 0x5000, UINT64_MAX };

	for (unsigned int i = 0; i < ARRAY_SIZE(lies); i++) {
		reset();
		answer((struct tdx_module_args){ .r10 = TDVMCALL_STATUS_RETRY, .r11 = lies[i] });
		assert_int_equal(tdvmcall_map_gpa(gpa(0x4000), 0x3000).r10,
				 TDVMCALL_STATUS_INVALID_OPERAND);
		assert_int_equal(world.asked_count, 1);
		assert_int_equal(world.warnings, 1);
	}
}

static void test_fatal_error(void **state)
{
	static const char text[] =
		"0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"
		"and more";
	const struct tdx_module_args *a = &world.asked[0];
	uint64_t words[8];

	reset();
	tdvmcall_report_fatal_error(7, text);
	memcpy(words, (uint64_t[]){ a->r14, a->r15, a->rbx, a->rdi, a->rsi, a->r8, a->r9, a->rdx },
	       sizeof(words));
	assert_memory_equal(words, text, sizeof(words));
	assert_int_equal(a->r12, 7);
	assert_int_equal(a->rcx, 0xffcc);
	reset();
	tdvmcall_report_fatal_error(7, "short");
	assert_int_equal(a->r14, 0x74726f6873);
	assert_int_equal(a->r15 | a->rdx, 0);
}

/* The second 2 MiB are mapped with small pages. */
static uint64_t accept_small_second(uint64_t rcx)
{
	if (rcx == (2 * SIZE_2M | TDX_LEVEL_2M))
		return TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_2M;
	return TDX_SUCCESS;
}

static uint64_t accept_never(uint64_t rcx)
{
	return TDX_PAGE_ALREADY_ACCEPTED;
}

static uint64_t accept_busy(uint64_t rcx)
{
	return TDX_OPERAND_BUSY | TDX_RCX;
}

static void test_accept(void **state)
{
	reset();
	world.accept = accept_small_second;
	assert_int_equal(tdx_accept_range(gpa(SIZE_2M - PAGE_SIZE), 2 * SIZE_2M + 3 * PAGE_SIZE),
			 0);
	assert_int_equal(world.asked_count, 1 + 1 + (1 + 512) + 2);
	world.accept = accept_never;
	assert_int_equal(tdx_accept_range(gpa(0), SIZE_2M), TDX_PAGE_ALREADY_ACCEPTED);
	world.accept = accept_busy;
	assert_int_equal(tdx_accept_range(gpa(0), PAGE_SIZE), TDX_OPERAND_BUSY | TDX_RCX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_io_masks),
		cmocka_unit_test(test_failure_has_no_output),
		cmocka_unit_test(test_module_failure),
		cmocka_unit_test(test_map_gpa),
		cmocka_unit_test(test_map_gpa_no_progress),
		cmocka_unit_test(test_map_gpa_lies),
		cmocka_unit_test(test_fatal_error),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
