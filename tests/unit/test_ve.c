/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "module/ve.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13
#define VECTOR_PF 14

static struct test_td td;
static struct vcpu *v;
static struct fake_vcpu *cpu;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	v = test_vcpu(&td, 0);
	cpu = td_guest_cpu(&td, 0);
	return 0;
}

static void run(struct cpu_exit exit)
{
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
}

static void assert_exception(unsigned int vector)
{
	assert_int_equal(cpu->delivered, FAKE_EXCEPTION);
	assert_int_equal(cpu->delivered_vector, vector);
}

static void get_info(uint64_t status, uint64_t regs[TDX_GPR_COUNT])
{
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		regs[i] = 0x77;
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_VP_VEINFO_GET, regs), status);
}

static void test_instructions(void **state)
{
	static const struct {
		enum cpu_exit_kind kind;
		uint8_t length;
		enum tdx_exit_reason reason;
	} rows[] = {
		{ CPU_EXIT_HLT, 1, TDX_EXIT_HLT },
		{ CPU_EXIT_INVD, 2, TDX_EXIT_INVD },
		{ CPU_EXIT_WBINVD, 2, TDX_EXIT_WBINVD },
		{ CPU_EXIT_WBINVD, 3, TDX_EXIT_WBINVD },
		{ CPU_EXIT_MONITOR, 3, TDX_EXIT_MONITOR },
		{ CPU_EXIT_MWAIT, 3, TDX_EXIT_MWAIT },
		{ CPU_EXIT_VMCALL, 3, TDX_EXIT_VMCALL },
		{ CPU_EXIT_PCONFIG, 3, TDX_EXIT_PCONFIG },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t regs[TDX_GPR_COUNT], rip = cpu->rip;

		run((struct cpu_exit){ .kind = rows[i].kind, .length = rows[i].length });
		assert_exception(TDX_VE_VECTOR);
		assert_true(cpu->resume_flag);
		assert_int_equal(cpu->rip, rip);
		get_info(TDX_SUCCESS, regs);
		assert_int_equal(regs[TDX_RCX], rows[i].reason);
		assert_int_equal(regs[TDX_RDX], 0);
		assert_int_equal(regs[TDX_R8], 0);
		assert_int_equal(regs[TDX_R9], 0);
		assert_int_equal(regs[TDX_R10], rows[i].length);
		assert_int_equal(regs[TDX_R11], 0x77);
	}
}

static void test_io_qualification(void **state)
{
	struct cpu_exit exit = { .kind = CPU_EXIT_IO, .length = 1 };

	exit.io.port = 0x3f8;
	exit.io.size = 1;
	run(exit);
	assert_int_equal(v->ve.exit_reason, TDX_EXIT_IO);
	assert_int_equal(v->ve.exit_qualification, 0x03f80000);
	v->ve_valid = 0;
	exit.io.size = 4;
	exit.io.in = exit.io.string = exit.io.rep = true;
	exit.length = 2;
	run(exit);
	assert_int_equal(v->ve.exit_qualification, 0x03f80000 | 0x38 | 3);
	assert_int_equal(v->ve.instruction_length, 2);
	v->ve_valid = 0;
	exit.io.string = exit.io.rep = false;
	exit.io.immediate = true;
	exit.io.size = 2;
	run(exit);
	assert_int_equal(v->ve.exit_qualification, 0x03f80000 | 0x40 | 8 | 1);
}

/* The second #VE before the guest has asked for the first. */
static void test_the_latch(void **state)
{
	uint64_t regs[TDX_GPR_COUNT];

	get_info(TDX_NO_VALID_VE_INFO, regs);
	assert_int_equal(
		regs[TDX_RCX] | regs[TDX_RDX] | regs[TDX_R8] | regs[TDX_R9] | regs[TDX_R10], 0);
	run((struct cpu_exit){ .kind = CPU_EXIT_HLT, .length = 1 });
	assert_exception(TDX_VE_VECTOR);
	run((struct cpu_exit){ .kind = CPU_EXIT_WBINVD, .length = 2 });
	assert_exception(VECTOR_DF);
	assert_true(cpu->inject_has_error);
	assert_int_equal(cpu->inject_error, 0);
	get_info(TDX_SUCCESS, regs);
	assert_int_equal(regs[TDX_RCX], TDX_EXIT_HLT);
	get_info(TDX_NO_VALID_VE_INFO, regs);
	run((struct cpu_exit){ .kind = CPU_EXIT_WBINVD, .length = 2 });
	assert_exception(TDX_VE_VECTOR);
}

static void test_instructions_that_no_td_has(void **state)
{
	const enum cpu_exit_kind ud[] = { CPU_EXIT_UD, CPU_EXIT_SEAM_UD, CPU_EXIT_VIRT_UD };

	for (unsigned int i = 0; i < ARRAY_SIZE(ud); i++) {
		run((struct cpu_exit){ .kind = ud[i], .length = 3 });
		assert_exception(VECTOR_UD);
	}
	run((struct cpu_exit){ .kind = CPU_EXIT_RDPMC, .length = 2 });
	assert_exception(VECTOR_GP);
	run((struct cpu_exit){ .kind = CPU_EXIT_ENQCMD, .length = 5 });
	assert_exception(VECTOR_GP);
	assert_int_equal(v->ve_valid, 0);
}

static void test_tdcall_outside_the_kernel(void **state)
{
	const struct cpu_exit tdcall = { .kind = CPU_EXIT_TDCALL, .length = 4 };
	uint64_t rip = cpu->rip;

	run(tdcall); /* 32-bit mode */
	assert_exception(VECTOR_GP);
	cpu->is_64bit = true;
	cpu->cpl = 3;
	run(tdcall);
	assert_exception(VECTOR_GP);
	assert_int_equal(cpu->rip, rip);
}

static void test_events_under_way_come_again(void **state)
{
	struct cpu_exit exit = { .kind = CPU_EXIT_WINDOW, .event_pending = true };

	exit.event_vector = 0x41;
	run(exit);
	assert_int_equal(cpu->delivered, FAKE_INTERRUPT);
	assert_int_equal(cpu->delivered_vector, 0x41);
	exit.event_vector = VECTOR_PF;
	exit.event_is_exception = exit.event_has_error = true;
	exit.event_error = 2;
	run(exit);
	assert_exception(VECTOR_PF);
	assert_int_equal(cpu->inject_error, 2);
	exit = (struct cpu_exit){ .kind = CPU_EXIT_WINDOW,
				  .event_pending = true,
				  .event_is_nmi = true,
				  .event_vector = 2 };
	run(exit);
	assert_int_equal(cpu->delivered, FAKE_NMI);
}

/* It survives a TD exit as well, and a #VE takes its place. */
static void test_events_under_way_and_other_things(void **state)
{
	struct cpu_exit exit = { .kind = CPU_EXIT_INTERRUPT, .event_pending = true };

	exit.event_vector = 0x41;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_NO_EVENT);
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_INTERRUPT);
	exit.kind = CPU_EXIT_HLT;
	run(exit);
	assert_exception(TDX_VE_VECTOR);
}

static void test_nmi_waits_for_ve_information(void **state)
{
	uint64_t regs[TDX_GPR_COUNT];

	run((struct cpu_exit){ .kind = CPU_EXIT_HLT, .length = 1 });
	v->pend_nmi = true;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_true(v->pend_nmi);
	get_info(TDX_SUCCESS, regs);
	assert_int_equal(cpu->delivered, FAKE_NMI);
	assert_false(v->pend_nmi);
}

/* A second NMI waits for the IRET of the first one's handler. */
static void test_nmi_waits_for_iret(void **state)
{
	v->pend_nmi = true;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_NMI);
	v->pend_nmi = true;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_NO_EVENT);
	assert_true(v->pend_nmi);
	cpu->nmi_blocked = false;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(cpu->delivered, FAKE_NMI);
	assert_false(v->pend_nmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_instructions, setup),
		cmocka_unit_test_setup(test_io_qualification, setup),
		cmocka_unit_test_setup(test_the_latch, setup),
		cmocka_unit_test_setup(test_instructions_that_no_td_has, setup),
		cmocka_unit_test_setup(test_tdcall_outside_the_kernel, setup),
		cmocka_unit_test_setup(test_events_under_way_come_again, setup),
		cmocka_unit_test_setup(test_events_under_way_and_other_things, setup),
		cmocka_unit_test_setup(test_nmi_waits_for_ve_information, setup),
		cmocka_unit_test_setup(test_nmi_waits_for_iret, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
