/* SPDX-License-Identifier: MIT */
/* libtdx-guest's requests to the VMM: the registers of each, as GHCI has them, and no others. */
#include <string.h>

#include "guest/vmcall.h"
#include "lib/bits.h"
#include "tests/calls/script.h"

#define FULL	 0xffcc
#define STANDARD 0xfc00
#define SHARED	 (UINT64_C(1) << 47)
#define PAGE	 (SHARED | 0x123000)

static uint64_t subfunctions[64];
static unsigned int subfunction_count;

/* One request with these registers; the VMM says yes, and in the other registers OUT. */
static void begin(void)
{
	script_reset();
	script_answer((struct tdx_module_args){ .rcx = STANDARD,
						.r11 = OUT(R11),
						.r12 = OUT(R12),
						.r13 = OUT(R13),
						.r14 = OUT(R14),
						.r15 = OUT(R15) });
	poison_stack();
}

static void check(uint64_t mask, uint64_t fn, struct tdx_module_args want, int line)
{
	want.rcx = mask;
	want.r11 = fn;
	/* RCX is the mask itself and not among what it selects. */
	script_check(TDG_VP_VMCALL, &want, __FILE__, line);
	subfunctions[subfunction_count++] = fn;
}

#define assert_request(mask, fn, call, ...)                                                        \
	do {                                                                                       \
		begin();                                                                           \
		assert_true(tdvmcall_ok(call));                                                    \
		check(mask, fn, (struct tdx_module_args){ __VA_ARGS__ }, __LINE__);                \
	} while (0)

static void test_general_forms(void **state)
{
	struct tdx_module_args args = { .r11 = 77, .r12 = 1, .r15 = 2, .rbx = 3, .rdx = 4 };
	uint64_t out;

	begin();
	assert_true(tdvmcall_ok(_tdx_hypercall(77, 1, 2, 3, 4)));
	check(STANDARD, 77, (struct tdx_module_args){ .r12 = 1, .r13 = 2, .r14 = 3, .r15 = 4 },
	      __LINE__);
	begin();
	assert_true(tdvmcall_ok(tdvmcall(77, 1, 2, 3, 4, &out)));
	check(STANDARD, 77, (struct tdx_module_args){ .r12 = 1, .r13 = 2, .r14 = 3, .r15 = 4 },
	      __LINE__);
	assert_int_equal(out, OUT(R11));
	begin();
	assert_true(tdvmcall_ok(__tdx_hypercall(&args)));
	check(FULL, 77, (struct tdx_module_args){ .r12 = 1, .r15 = 2, .rbx = 3, .rdx = 4 },
	      __LINE__);
	assert_int_equal(args.r15, OUT(R15));
	args = (struct tdx_module_args){ .r11 = 77, .r12 = 1 };
	begin();
	assert_true(tdvmcall_ok(__tdvmcall(&args)));
	check(STANDARD, 77, (struct tdx_module_args){ .r12 = 1 }, __LINE__);
	subfunction_count = 0;
}

static void test_kvm_hypercall(void **state)
{
	script_reset();
	script_answer((struct tdx_module_args){ .r10 = (uint64_t)-95, .r11 = 1 });
	poison_stack();
	assert_int_equal(tdx_kvm_hypercall(5, 1, 2, 3, 4), -95);
	script_check(TDG_VP_VMCALL,
		     &(struct tdx_module_args){
			     .rcx = STANDARD, .r10 = 5, .r11 = 1, .r12 = 2, .r13 = 3, .r14 = 4 },
		     __FILE__, __LINE__);
	script_reset();
	assert_int_equal(tdx_kvm_hypercall(0, TDVMCALL_MAP_GPA, 2, 3, 4), -TDX_KVM_ENOSYS);
	assert_int_equal(script.count, 0);
}

static void test_instructions(void **state)
{
	struct tdx_cpuid_value c;
	uint32_t v32;
	uint64_t v64;

	assert_request(STANDARD, TDVMCALL_CPUID, tdvmcall_cpuid(1, 2, &c), .r12 = 1, .r13 = 2);
	assert_int_equal(c.eax, low32(OUT(R12)));
	assert_int_equal(c.ebx, low32(OUT(R13)));
	assert_int_equal(c.ecx, low32(OUT(R14)));
	assert_int_equal(c.edx, low32(OUT(R15)));
	assert_request(STANDARD, TDVMCALL_HLT, tdvmcall_hlt(true), .r12 = 1);
	assert_request(STANDARD, TDVMCALL_IO, tdvmcall_io_read(0x3f8, 2, &v32), .r12 = 2,
		       .r14 = 0x3f8);
	assert_int_equal(v32, OUT(R11) & 0xffff);
	assert_request(STANDARD, TDVMCALL_IO, tdvmcall_io_write(0x3f8, 1, 0x1234), .r12 = 1,
		       .r13 = 1, .r14 = 0x3f8, .r15 = 0x34);
	assert_request(STANDARD, TDVMCALL_RDMSR, tdvmcall_rdmsr(0x1b, &v64), .r12 = 0x1b);
	assert_int_equal(v64, OUT(R11));
	assert_request(STANDARD, TDVMCALL_WRMSR, tdvmcall_wrmsr(0x1b, SHARED), .r12 = 0x1b,
		       .r13 = SHARED);
	assert_request(STANDARD, TDVMCALL_MMIO, tdvmcall_mmio_read(gpa(PAGE), 4, &v64), .r12 = 4,
		       .r14 = PAGE);
	assert_int_equal(v64, low32(OUT(R11)));
	assert_request(STANDARD, TDVMCALL_MMIO, tdvmcall_mmio_write(gpa(PAGE), 2, 0x123456),
		       .r12 = 2, .r13 = 1, .r14 = PAGE, .r15 = 0x3456);
	assert_request(STANDARD, TDVMCALL_WBINVD, tdvmcall_wbinvd(true), .r12 = 1);
	assert_request(STANDARD, TDVMCALL_PCONFIG, tdvmcall_pconfig(1, 2, 3, 4, &v32), .r12 = 1,
		       .r13 = 2, .r14 = 3, .r15 = 4);
	assert_int_equal(v32, low32(OUT(R11)));
}

static void test_services(void **state)
{
	struct tdvmcall_info info;

	assert_request(STANDARD, TDVMCALL_GET_TD_VM_CALL_INFO,
		       tdvmcall_get_td_vm_call_info(1, &info), .r12 = 1);
	assert_int_equal(info.r11, OUT(R11));
	assert_int_equal(info.r14, OUT(R14));
	assert_request(STANDARD, TDVMCALL_MAP_GPA, tdvmcall_map_gpa(gpa(PAGE), 0x3000), .r12 = PAGE,
		       .r13 = 0x3000);
	assert_request(STANDARD, TDVMCALL_GET_QUOTE, tdvmcall_get_quote(gpa(PAGE), 0x2000),
		       .r12 = PAGE, .r13 = 0x2000);
	assert_request(STANDARD, TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT,
		       tdvmcall_setup_event_notify_interrupt(0x55), .r12 = 0x55);
	assert_request(STANDARD, TDVMCALL_SERVICE,
		       tdvmcall_service(gpa(PAGE), gpa(PAGE + 0x1000), 0x55, 7), .r12 = PAGE,
		       .r13 = PAGE + 0x1000, .r14 = 0x55, .r15 = 7);
}

static void test_migration_td(void **state)
{
	assert_request(STANDARD, TDVMCALL_MIGTD,
		       tdvmcall_migtd_wait_for_request(gpa(PAGE), 0x1000, 0x55), .r12 = 0x10001,
		       .r13 = 0x1000, .r14 = PAGE, .r15 = 0x55);
	assert_request(FULL, TDVMCALL_MIGTD,
		       tdvmcall_migtd_report_status(9, 8, gpa(PAGE), 0x1000, 0x55), .r12 = 0x10002,
		       .r13 = 9, .r14 = 8, .r15 = 0x1000, .rbx = PAGE, .rdi = 0x55);
	assert_request(FULL, TDVMCALL_MIGTD, tdvmcall_migtd_send(9, gpa(PAGE), 0x1000, 0x55),
		       .r12 = 0x10003, .r13 = 9, .r14 = 0x1000, .r15 = PAGE, .rbx = 0x55);
	assert_request(FULL, TDVMCALL_MIGTD, tdvmcall_migtd_receive(9, gpa(PAGE), 0x1000, 0x55),
		       .r12 = 0x10004, .r13 = 9, .r14 = 0x1000, .r15 = PAGE, .rbx = 0x55);
}

static void test_fatal_error(void **state)
{
	begin();
	tdvmcall_report_fatal_error(7, "0123456789");
	check(FULL, TDVMCALL_REPORT_FATAL_ERROR,
	      (struct tdx_module_args){
		      .r12 = 7, .r14 = UINT64_C(0x3736353433323130), .r15 = 0x3938 },
	      __LINE__);
	begin();
	tdvmcall_report_fatal_error_page(make64(1, 7), "A", gpa(PAGE));
	check(FULL, TDVMCALL_REPORT_FATAL_ERROR,
	      (struct tdx_module_args){ .r12 = bit(63) | make64(1, 7), .r13 = PAGE, .r14 = 'A' },
	      __LINE__);
}

/* The module's failure is not the VMM's, and neither has outputs. */
static void test_failures(void **state)
{
	struct tdvmcall_info info;
	uint32_t v32;
	uint64_t v64;

	script_reset();
	script_answer((struct tdx_module_args){
		.r10 = TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED, .r11 = 1, .r12 = 2, .r15 = 3 });
	assert_int_equal(tdvmcall(1, 0, 0, 0, 0, &v64).r10, TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED);
	assert_int_equal(v64, 0);
	assert_int_equal(_tdx_hypercall(1, 0, 0, 0, 0).r10, TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED);
	assert_false(tdvmcall_ok(tdvmcall_io_read(0x80, 4, &v32)));
	assert_int_equal(v32, 0);
	assert_false(tdvmcall_ok(tdvmcall_pconfig(0, 0, 0, 0, &v32)));
	assert_int_equal(v32, 0);
	assert_false(tdvmcall_ok(tdvmcall_get_td_vm_call_info(0, &info)));
	assert_int_equal(info.r11 | info.r12 | info.r13 | info.r14, 0);
	script_reset();
	script.rax = TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	expect_assert_failure(_tdx_hypercall(1, 0, 0, 0, 0));
	expect_assert_failure(tdvmcall(1, 0, 0, 0, 0, &v64));
	expect_assert_failure(__tdvmcall(&(struct tdx_module_args){ 0 }));
	expect_assert_failure(__tdx_hypercall(&(struct tdx_module_args){ 0 }));
	expect_assert_failure(tdx_kvm_hypercall(1, 0, 0, 0, 0));
}

static void test_all_subfunctions(void **state)
{
	static const uint64_t all[] = {
		TDVMCALL_CPUID,
		TDVMCALL_HLT,
		TDVMCALL_IO,
		TDVMCALL_RDMSR,
		TDVMCALL_WRMSR,
		TDVMCALL_MMIO,
		TDVMCALL_WBINVD,
		TDVMCALL_PCONFIG,
		TDVMCALL_GET_TD_VM_CALL_INFO,
		TDVMCALL_MAP_GPA,
		TDVMCALL_GET_QUOTE,
		TDVMCALL_REPORT_FATAL_ERROR,
		TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT,
		TDVMCALL_SERVICE,
		TDVMCALL_MIGTD,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
		bool seen = false;

		for (unsigned int j = 0; j < subfunction_count; j++)
			seen |= subfunctions[j] == all[i];
		assert_true(seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_general_forms), cmocka_unit_test(test_kvm_hypercall),
		cmocka_unit_test(test_instructions),  cmocka_unit_test(test_services),
		cmocka_unit_test(test_migration_td),  cmocka_unit_test(test_fatal_error),
		cmocka_unit_test(test_failures),      cmocka_unit_test(test_all_subfunctions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
