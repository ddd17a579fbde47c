/* SPDX-License-Identifier: MIT */
/*
 * Both libraries and the module in one program: TDCALL and SEAMCALL are executed, and the hosted
 * module answers them as the monitor would have it do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>
#include <tdx/report.h>

#include "guest/accept.h"
#include "guest/convert.h"
#include "guest/leaf.h"
#include "guest/report.h"
#include "guest/vmcall.h"
#include "host/tdh.h"
#include "lib/bits.h"
#include "module/module.h"
#include "tests/calls/trap.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

#define DATA   gpa(0x10000)
#define REPORT gpa(0x11000)
#define FRESH  gpa(0x200000)

static struct test_td td;
static unsigned int seamcalls, tdcalls;
static void (*vmm)(struct tdx_module_args *regs); /* answers TDG.VP.VMCALL */

static void interrupt(struct cpu_vcpu *v, struct cpu_exit *exit, void *context)
{
	*exit = (struct cpu_exit){ .kind = CPU_EXIT_INTERRUPT, .vector = TD_GUEST_LAST_VECTOR };
}

/* The VMM has its say and enters the TD again. */
static void answer_vmcall(struct tdx_module_args *exit)
{
	vmm(exit);
	fake_cpu_set_guest(interrupt, NULL);
	assert_int_equal(tdh_vp_enter(td.tdvpr[0], exit), TDX_EXIT_EXTERNAL_INTERRUPT);
}

static void tdcall(uint64_t regs[TDX_GPR_COUNT])
{
	struct tdx_module_args exit;
	uint64_t reason;

	tdcalls++;
	reason = td_guest_tdcall_exit(&td, 0, regs[TDX_RAX], regs, &exit);
	if (reason == TDX_EXIT_TDCALL)
		answer_vmcall(&exit);
	else
		assert_int_equal(reason, TDX_EXIT_EXTERNAL_INTERRUPT);
	memcpy(regs, test_vcpu(&td, 0)->cpu.gpr, sizeof(uint64_t[TDX_GPR_COUNT]));
}

static enum trap_end answer(enum trap_instruction instruction, uint64_t regs[TDX_GPR_COUNT])
{
	if (instruction == TRAP_TDCALL) {
		tdcall(regs);
	} else {
		seamcalls++;
		module_seamcall(regs);
	}
	return TRAP_DONE;
}

static struct hpa data_page, report_page;

static int setup(void **state)
{
	trap_install(answer);
	seamcalls = tdcalls = 0;
	machine_ready();
	test_td_build(&td, TD_WITH_VCPU);
	data_page = test_td_add_page(&td, DATA, 0x5c);
	report_page = test_td_add_page(&td, REPORT, 0);
	test_td_finalize(&td);
	return 0;
}

/* All of the SEAMCALLs of a TD's life were real instructions. */
static void test_host(void **state)
{
	uint64_t value;

	trap_install(answer);
	assert_true(seamcalls > 30);
	assert_int_equal(tdh_mng_rd(td.tdr, TDX_FIELD_TD_ATTRIBUTES, &value), TDX_SUCCESS);
	assert_int_equal(tdh_mng_rd(td.tdr, ~TDX_FIELD_TD_ATTRIBUTES, &value),
			 TDX_METADATA_FIELD_ID_INCORRECT);
	assert_int_equal(tdh_sys_disable(), TDX_OPERAND_INVALID | TDX_OPERAND_ID_RAX);
}

static void test_guest(void **state)
{
	struct tdx_vp_info info;
	struct tdx_ve_info ve;
	uint64_t attributes;

	trap_install(answer);
	tdg_vp_info(&info);
	assert_int_equal(info.gpa_width, 48);
	assert_int_equal(info.num_vcpus, 1);
	assert_true(info.sys_rd);
	assert_int_equal(tdg_vm_rd(TDX_FIELD_TD_ATTRIBUTES, &attributes), TDX_SUCCESS);
	assert_int_equal(attributes, info.attributes);
	assert_int_equal(tdg_vp_veinfo_get(&ve), TDX_NO_VALID_VE_INFO);
	assert_int_equal(tdg_vp_invept(2), TDX_OPERAND_INVALID | TDX_OPERAND_ID_RAX);
	assert_int_equal(tdcalls, 4);
}

static void test_report(void **state)
{
	const struct tdx_report *report = phys_ptr(report_page);
	uint8_t before[TDX_MR_SIZE];

	trap_install(answer);
	tdx_report(REPORT, DATA);
	assert_int_equal(report->mac.type, 0x81);
	assert_int_equal(report->mac.report_data[63], 0x5c);
	memcpy(before, report->td.rtmr[2], sizeof(before));
	tdx_rtmr_extend(DATA, 2);
	tdx_report(REPORT, DATA);
	assert_memory_not_equal(before, report->td.rtmr[2], sizeof(before));
	assert_int_equal(tdg_mr_rtmr_extend(gpa(DATA.pa + 8), 2),
			 TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX);
}

static void test_accept(void **state)
{
	trap_install(answer);
	test_td_aug_page(&td, FRESH, TDX_LEVEL_2M);
	assert_int_equal(tdx_accept_range(FRESH, SIZE_2M), TDX_SUCCESS);
	assert_int_equal(test_td_sept_state(&td, FRESH, TDX_LEVEL_2M), TDX_SEPT_MAPPED);
	assert_int_equal(tdx_accept_range(FRESH, SIZE_2M),
			 TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_2M);
	assert_int_equal(tdx_accept_again(FRESH, SIZE_2M), TDX_SUCCESS);
	assert_int_equal(tdx_accept_page(DATA), TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_4K);
}

static struct tdx_module_args seen;

static void rdmsr_vmm(struct tdx_module_args *regs)
{
	seen = *regs;
	regs->r10 = TDVMCALL_STATUS_SUCCESS;
	regs->r11 = 0x1234;
	regs->rbx = regs->rdx = regs->r9 = 0x666; /* not exposed: must not arrive */
}

/* The VMM sees the operands and zeroes; the library sees the answer. */
static void test_vmcall(void **state)
{
	uint64_t value;

	trap_install(answer);
	vmm = rdmsr_vmm;
	assert_true(tdvmcall_ok(tdvmcall_rdmsr(0x1b, &value)));
	assert_int_equal(value, 0x1234);
	assert_int_equal(seen.rcx, 0xfc00);
	assert_int_equal(seen.r11, TDVMCALL_RDMSR);
	assert_int_equal(seen.r12, 0x1b);
	assert_int_equal(seen.rdx | seen.rbx | seen.rsi | seen.rdi | seen.r8 | seen.r9 | seen.r10 |
				 seen.r13 | seen.r14 | seen.r15,
			 0);
	tdvmcall_report_fatal_error(7, "x");
	assert_int_equal(seen.rcx, 0xffcc);
	assert_int_equal(seen.r12, 7);
	assert_int_equal(seen.r14, 'x');
}

static void map_gpa_vmm(struct tdx_module_args *regs)
{
	assert_int_equal(regs->r11, TDVMCALL_MAP_GPA);
	if (regs->r12 == FRESH.pa)
		test_td_aug_page(&td, FRESH, TDX_LEVEL_4K);
	regs->r10 = TDVMCALL_STATUS_SUCCESS;
}

static void test_convert(void **state)
{
	struct tdx_vp_info info;

	trap_install(answer);
	vmm = map_gpa_vmm;
	tdg_vp_info(&info);
	assert_int_equal(tdx_make_private(FRESH, PAGE_SIZE, tdx_shared_bit(&info)),
			 TDX_CONVERT_DONE);
	assert_int_equal(test_td_sept_state(&td, FRESH, TDX_LEVEL_4K), TDX_SEPT_MAPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_host, setup),
		cmocka_unit_test_setup(test_guest, setup),
		cmocka_unit_test_setup(test_report, setup),
		cmocka_unit_test_setup(test_accept, setup),
		cmocka_unit_test_setup(test_vmcall, setup),
		cmocka_unit_test_setup(test_convert, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
