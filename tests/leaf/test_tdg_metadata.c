/* SPDX-License-Identifier: MIT */
/* TDG.VM.WR, TDG.VP.RD, TDG.VP.WR, TDG.SYS.RD and TDG.SYS.RDALL, as a guest calls them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "lib/bits.h"
#include "module/sys.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define FIELD_NOTIFY_ENABLES UINT64_C(0x9110000300000010)
#define FIELD_TD_UNKNOWN     UINT64_C(0x1110000300000fff)
#define FIELD_VCPU_INDEX     UINT64_C(0xa020000200000002)
#define FIELD_CPUID_CONTROL  UINT64_C(0xa120000000000000) /* two bits that the guest may write */
#define FIELD_GPR	     UINT64_C(0x1020000300000000) /* of debuggable TDs, for the VMM */
#define FIELD_VP_UNKNOWN     UINT64_C(0x112000030000002f)
#define FIELD_TDCS_BASE_SIZE UINT64_C(0x9800000100000100) /* not for guests */
#define FIELD_VENDOR_ID	     UINT64_C(0x0800000200000000)
#define FIELD_MINOR_VERSION  UINT64_C(0x0800000100000003)
#define FIELD_MAJOR_VERSION  UINT64_C(0x0800000100000004)
#define FIELD_SYS_UNKNOWN    UINT64_C(0x0800000100000fff)

#define LIST_GPA UINT64_C(0x10000)

static struct test_td td;
static struct hpa list;

/* Two VCPUs; the second one makes the calls. */
static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_WITH_VCPU);
	test_td_add_vcpu(&td);
	list = test_td_add_page(&td, gpa(LIST_GPA), 0x5a);
	test_td_finalize(&td);
	return 0;
}

struct answer {
	uint64_t status, rcx, rdx, r8, r9;
};

static struct answer ask(uint64_t leaf, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9)
{
	uint64_t regs[TDX_GPR_COUNT] = {
		[TDX_RCX] = rcx, [TDX_RDX] = rdx, [TDX_R8] = r8, [TDX_R9] = r9
	};
	uint64_t status = td_guest_tdcall(&td, 1, leaf, regs);

	return (struct answer){ status, regs[TDX_RCX], regs[TDX_RDX], regs[TDX_R8], regs[TDX_R9] };
}

/* A refusal leaves R8 zero and everything else alone. */
static void refuses(uint64_t status, uint64_t leaf, uint64_t rcx, uint64_t field)
{
	struct answer a = ask(leaf, rcx, field, 7, UINT64_MAX);

	assert_int_equal(a.status, status);
	assert_int_equal(a.rcx, rcx);
	assert_int_equal(a.rdx, field);
	assert_int_equal(a.r8, 0);
	assert_int_equal(a.r9, UINT64_MAX);
}

static void test_vm_wr(void **state)
{
	struct answer a;

	refuses(INVALID(RCX), TDG_VM_WR, 1, FIELD_NOTIFY_ENABLES);
	refuses(INVALID(RCX), TDG_VM_WR, bit(63), FIELD_TD_UNKNOWN); /* the operand wins */
	refuses(TDX_METADATA_FIELD_ID_INCORRECT, TDG_VM_WR, 0, FIELD_TD_UNKNOWN);
	refuses(TDX_METADATA_FIELD_NOT_WRITABLE, TDG_VM_WR, 0, TDX_FIELD_TD_ATTRIBUTES);
	assert_int_equal(test_tdcs(&td)->notify_enables, 0);
	a = ask(TDG_VM_WR, 0, FIELD_NOTIFY_ENABLES, 1, 1);
	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(a.r8, 0);
	assert_int_equal(test_tdcs(&td)->notify_enables, 1);
	a = ask(TDG_VM_WR, 0, FIELD_NOTIFY_ENABLES, 0, 0); /* the mask covers nothing */
	assert_int_equal(a.status, TDX_METADATA_FIELD_NOT_WRITABLE);
	assert_int_equal(test_tdcs(&td)->notify_enables, 1);
}

static void test_vp_rd(void **state)
{
	struct answer a;

	refuses(INVALID(RCX), TDG_VP_RD, 1, FIELD_VCPU_INDEX);
	refuses(INVALID(RCX), TDG_VP_RD, 1, FIELD_VP_UNKNOWN);
	refuses(TDX_METADATA_FIELD_ID_INCORRECT, TDG_VP_RD, 0, FIELD_VP_UNKNOWN);
	refuses(TDX_METADATA_FIELD_ID_INCORRECT, TDG_VP_RD, 0, TDX_FIELD_TD_MRTD);
	refuses(TDX_METADATA_FIELD_NOT_READABLE, TDG_VP_RD, 0, FIELD_GPR);
	a = ask(TDG_VP_RD, 0, FIELD_VCPU_INDEX, 7, 7);
	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(a.r8, 1);
	assert_int_equal(a.rdx, FIELD_VCPU_INDEX);
	assert_int_equal(ask(TDG_VP_RD | SEAM_V1, 0, FIELD_VCPU_INDEX, 0, 0).status, INVALID(RAX));
}

static void test_vp_wr(void **state)
{
	struct vcpu *v = test_vcpu(&td, 1);
	struct answer a;

	refuses(INVALID(RCX), TDG_VP_WR, 1, FIELD_CPUID_CONTROL);
	refuses(TDX_METADATA_FIELD_ID_INCORRECT, TDG_VP_WR, 0, FIELD_VP_UNKNOWN);
	refuses(TDX_METADATA_FIELD_NOT_WRITABLE, TDG_VP_WR, 0, FIELD_VCPU_INDEX);
	v->cpuid_control[3] = 2;
	a = ask(TDG_VP_WR, 0, FIELD_CPUID_CONTROL + 3, 1, 3);
	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(a.r8, 2);
	assert_int_equal(v->cpuid_control[3], 1);
	assert_int_equal(test_vcpu(&td, 0)->cpuid_control[3], 0); /* this VCPU's only */
	a = ask(TDG_VP_WR, 0, FIELD_CPUID_CONTROL + 3, 2, 2);
	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(v->cpuid_control[3], 3);
}

static void test_sys_rd(void **state)
{
	struct answer a = ask(TDG_SYS_RD, 0, TDX_FIELD_NONE, 7, 0);

	assert_int_equal(a.status, TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT);
	assert_int_equal(a.rdx, FIELD_VENDOR_ID);
	a = ask(TDG_SYS_RD, 0, FIELD_MINOR_VERSION, 0, 0);
	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(a.r8, SYS_MINOR_VERSION);
	assert_int_equal(a.rdx, FIELD_MAJOR_VERSION);
	a = ask(TDG_SYS_RD, 0, FIELD_SYS_UNKNOWN, 7, 0);
	assert_int_equal(a.status, TDX_METADATA_FIELD_ID_INCORRECT);
	assert_int_equal(a.r8, 0);
	a = ask(TDG_SYS_RD, 0, FIELD_TDCS_BASE_SIZE, 7, 0);
	assert_int_equal(a.status, TDX_METADATA_FIELD_NOT_READABLE);
	assert_int_equal(a.r8, 0);
	assert_int_equal(ask(TDG_SYS_RD | SEAM_V1, 0, FIELD_VENDOR_ID, 0, 0).status, INVALID(RAX));
}

static void test_sys_rdall_operands(void **state)
{
	const uint64_t bad[] = { LIST_GPA + 8, LIST_GPA + 0x800, bit(47), bit(48), bit(63) };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answer a = ask(TDG_SYS_RDALL, 0, bad[i], FIELD_VENDOR_ID, 0);

		assert_int_equal(a.status, INVALID(RDX));
		assert_int_equal(a.r8, TDX_FIELD_NONE);
	}
	assert_int_equal(*(const uint8_t *)phys_ptr(list), 0x5a);
	assert_int_equal(ask(TDG_SYS_RDALL, 0, LIST_GPA, FIELD_SYS_UNKNOWN, 0).status,
			 TDX_METADATA_FIELD_ID_INCORRECT);
}

/* The list says of each field what TDG.SYS.RD says of it, and has all that the iteration finds. */
static void test_sys_rdall(void **state)
{
	const uint64_t *words = phys_ptr(list);
	struct answer a = ask(TDG_SYS_RDALL, 0, LIST_GPA, TDX_FIELD_NONE, 0);
	unsigned int at = 1, listed = 0, found = 0;
	uint64_t id;

	assert_int_equal(a.status, TDX_SUCCESS);
	assert_int_equal(a.r8, TDX_FIELD_NONE);
	while (8 * at < (words[0] & 0xffff)) {
		unsigned int elements = (unsigned int)(words[at] >> 34 & 0xf) + 1;
		unsigned int fields = (unsigned int)(words[at] >> 38 & 0x1ff) + 1;

		id = words[at] & ~bit_range(46, 34);
		for (unsigned int i = 0; i < fields * elements; i++, listed++) {
			a = ask(TDG_SYS_RD, 0, id + i, 0, 0);
			assert_int_equal(a.status, TDX_SUCCESS);
			assert_int_equal(a.r8, words[at + 1 + i]);
		}
		at += 1 + fields * elements;
	}
	assert_int_equal(8 * at, words[0] & 0xffff);
	for (id = ask(TDG_SYS_RD, 0, TDX_FIELD_NONE, 0, 0).rdx; id != TDX_FIELD_NONE; found++)
		id = ask(TDG_SYS_RD, 0, id, 0, 0).rdx;
	assert_int_equal(listed, found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vm_wr, setup),
		cmocka_unit_test_setup(test_vp_rd, setup),
		cmocka_unit_test_setup(test_vp_wr, setup),
		cmocka_unit_test_setup(test_sys_rd, setup),
		cmocka_unit_test_setup(test_sys_rdall_operands, setup),
		cmocka_unit_test_setup(test_sys_rdall, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
