/* SPDX-License-Identifier: MIT */
/* libtdx-guest's leaves: the registers of each, as tables of the TDX Module ABI have them. */
#include <string.h>

#include "guest/leaf.h"
#include "guest/report.h"
#include "lib/addr.h"
#include "lib/bits.h"
#include "lib/status_name.h"
#include "tests/calls/script.h"

#define V1    (UINT64_C(1) << TDX_VERSION_SHIFT)
#define FIELD UINT64_C(0x9110000300000010)
#define PAGE  UINT64_C(0x123456000)

static void test_module_call(void **state)
{
	struct tdx_module_output out;

	assert_leaf(TDG_VM_WR, __tdx_module_call(TDG_VM_WR, 1, 2, 3, 4, &out), .rcx = 1, .rdx = 2,
		    .r8 = 3, .r9 = 4);
	assert_int_equal(out.rcx, OUT(RCX));
	assert_int_equal(out.rdx, OUT(RDX));
	assert_int_equal(out.r8, OUT(R8));
	assert_int_equal(out.r9, OUT(R9));
	assert_int_equal(out.r10, OUT(R10));
	assert_int_equal(out.r11, OUT(R11));
	assert_leaf(TDG_VM_WR, __tdx_module_call(TDG_VM_WR, 1, 2, 3, 4, NULL), .rcx = 1, .rdx = 2,
		    .r8 = 3, .r9 = 4);
}

static void test_info(void **state)
{
	struct tdx_vp_info info;

	script_reset();
	script_answer((struct tdx_module_args){
		.rcx = 52, .rdx = 7, .r8 = make64(9, 8), .r9 = 5, .r10 = 1 });
	poison_stack();
	tdg_vp_info(&info);
	script_check(TDG_VP_INFO, &(struct tdx_module_args){ 0 }, __FILE__, __LINE__);
	assert_int_equal(info.gpa_width, 52);
	assert_int_equal(tdx_shared_bit(&info), bit(51));
	assert_int_equal(info.attributes, 7);
	assert_int_equal(info.num_vcpus, 8);
	assert_int_equal(info.max_vcpus, 9);
	assert_int_equal(info.vcpu_index, 5);
	assert_true(info.sys_rd);
	script_reset();
	script_answer((struct tdx_module_args){ .rcx = 47 });
	expect_assert_failure(tdg_vp_info(&info));
	script_reset();
	script.rax = TDX_OPERAND_INVALID;
	expect_assert_failure(tdg_vp_info(&info));
}

static void test_ve(void **state)
{
	struct tdx_ve_info ve;

	assert_leaf(TDG_VP_VEINFO_GET, tdg_vp_veinfo_get(&ve), 0);
	assert_int_equal(ve.exit_reason, low32(OUT(RCX)));
	assert_int_equal(ve.exit_qualification, OUT(RDX));
	assert_int_equal(ve.gla, OUT(R8));
	assert_int_equal(ve.gpa, OUT(R9));
	assert_int_equal(ve.instruction_length, low32(OUT(R10)));
	assert_int_equal(ve.instruction_info, high32(OUT(R10)));
	assert_leaf(TDG_VP_CPUIDVE_SET, tdg_vp_cpuidve_set(true, false), .rcx = 1);
	assert_leaf(TDG_VP_CPUIDVE_SET, tdg_vp_cpuidve_set(false, true), .rcx = 2);
	assert_leaf(TDG_VP_CPUIDVE_SET, tdg_vp_cpuidve_set(true, true), .rcx = 3);
}

static void test_metadata(void **state)
{
	uint64_t v, n;

	assert_leaf(TDG_VM_RD, tdg_vm_rd(FIELD, &v), .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDG_VM_RD | V1, tdg_vm_rd_next(FIELD, &v, &n), .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_int_equal(n, OUT(RDX));
	assert_leaf(TDG_VM_WR, tdg_vm_wr(FIELD, 5, 6, &v), .rdx = FIELD, .r8 = 5, .r9 = 6);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDG_VM_WR, tdg_vm_wr(FIELD, 5, 6, NULL), .rdx = FIELD, .r8 = 5, .r9 = 6);
	assert_leaf(TDG_VP_RD, tdg_vp_rd(FIELD, &v), .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDG_VP_WR, tdg_vp_wr(FIELD, 5, 6, &v), .rdx = FIELD, .r8 = 5, .r9 = 6);
	assert_int_equal(v, OUT(R8));
	assert_leaf(TDG_SYS_RD, tdg_sys_rd(FIELD, &v, &n), .rdx = FIELD);
	assert_int_equal(v, OUT(R8));
	assert_int_equal(n, OUT(RDX));
	n = FIELD;
	assert_leaf(TDG_SYS_RDALL, tdg_sys_rdall(gpa(PAGE), &n), .rdx = PAGE, .r8 = FIELD);
	assert_int_equal(n, OUT(R8));
}

static void test_memory(void **state)
{
	struct tdx_page_attributes a;

	assert_leaf(TDG_MEM_PAGE_ACCEPT, tdg_mem_page_accept(gpa(SIZE_1G), 2), .rcx = SIZE_1G | 2);
	assert_leaf(TDG_MEM_PAGE_ATTR_RD, tdg_mem_page_attr_rd(gpa(PAGE), &a), .rcx = PAGE);
	assert_int_equal(a.mapping, OUT(RCX));
	assert_int_equal(a.attributes, OUT(RDX));
	assert_leaf(TDG_MEM_PAGE_ATTR_WR, tdg_mem_page_attr_wr(gpa(PAGE), 1, 2, 3, &a),
		    .rcx = PAGE | 1, .rdx = 2, .r8 = 3);
	assert_int_equal(a.mapping, OUT(RCX));
	assert_int_equal(a.attributes, OUT(RDX));
}

static void test_measurement(void **state)
{
	assert_leaf(TDG_MR_REPORT, tdg_mr_report(gpa(PAGE), gpa(64), 3), .rcx = PAGE, .rdx = 64,
		    .r8 = 3);
	assert_leaf(TDG_MR_RTMR_EXTEND, tdg_mr_rtmr_extend(gpa(64), 2), .rcx = 64, .rdx = 2);
	assert_leaf(TDG_MR_VERIFYREPORT, tdg_mr_verifyreport(gpa(PAGE)), .rcx = PAGE);
}

static void test_service_td(void **state)
{
	struct tdx_td_uuid uuid = { { 1, 2, 3, 4 } };
	const struct tdx_rebind_token token = { { 11, 12, 13, 14 } };
	const uint64_t moved[] = { OUT(R10), OUT(R11), OUT(R12), OUT(R13) };
	uint64_t v;

	assert_leaf(TDG_SERVTD_RD, tdg_servtd_rd(9, FIELD, &uuid, &v), .rcx = 9, .rdx = FIELD,
		    .r10 = 1, .r11 = 2, .r12 = 3, .r13 = 4);
	assert_int_equal(v, OUT(R8));
	assert_memory_equal(&uuid, moved, sizeof(moved));
	uuid = (struct tdx_td_uuid){ { 1, 2, 3, 4 } };
	v = 5;
	assert_leaf(TDG_SERVTD_WR, tdg_servtd_wr(9, FIELD, 6, &uuid, &v), .rcx = 9, .rdx = FIELD,
		    .r8 = 5, .r9 = 6, .r10 = 1, .r11 = 2, .r12 = 3, .r13 = 4);
	assert_int_equal(v, OUT(R8));
	assert_memory_equal(&uuid, moved, sizeof(moved));
	uuid = (struct tdx_td_uuid){ { 1, 2, 3, 4 } };
	assert_leaf(TDG_SERVTD_REBIND_APPROVE, tdg_servtd_rebind_approve(9, &token, &uuid),
		    .rcx = 9, .rdx = 11, .r8 = 12, .r9 = 13, .r14 = 14, .r10 = 1, .r11 = 2,
		    .r12 = 3, .r13 = 4);
	assert_memory_equal(&uuid, moved, sizeof(moved));
}

static void test_partitioning(void **state)
{
	struct tdx_module_args out;
	uint64_t address = 0x7000;

	assert_leaf(TDG_VP_ENTER, tdg_vp_enter(2, 1, gpa(PAGE), &out), .rcx = bit(53) | 1,
		    .rdx = PAGE);
	assert_int_equal(out.rbx, OUT(RBX));
	assert_int_equal(out.r15, OUT(R15));
	assert_leaf(TDG_VP_INVEPT, tdg_vp_invept(0xe), .rcx = 0xe);
	assert_leaf(TDG_VP_INVVPID, tdg_vp_invvpid(3, true, &address), .rcx = UINT64_C(3) << 52 | 1,
		    .rdx = 0x7000);
	assert_int_equal(address, OUT(RDX));
}

static unsigned int busy_calls;

static uint64_t busy(uint64_t leaf, const struct tdx_module_args *asked)
{
	return busy_calls-- ? TDX_OPERAND_BUSY | TDX_OPERAND_ID_RTMR : TDX_SUCCESS;
}

/* The lock of the RTMRs may be held for a while; any other refusal is the end. */
static void test_report(void **state)
{
	script_reset();
	script.module = busy;
	busy_calls = 3;
	tdx_report(gpa(PAGE), gpa(64));
	assert_int_equal(script.count, 4);
	assert_int_equal(script.asked[3].rcx, PAGE);
	assert_int_equal(script.asked[3].rdx, 64);
	script_reset();
	script.module = busy;
	busy_calls = 3;
	tdx_rtmr_extend(gpa(64), 3);
	assert_int_equal(script.count, 4);
	assert_int_equal(script.asked[3].rdx, 3);
	script_reset();
	script.rax = TDX_OPERAND_BUSY | TDX_OPERAND_ID_RTMR;
	expect_assert_failure(tdx_report(gpa(PAGE), gpa(64)));
	assert_int_equal(script.count, 1000);
	script_reset();
	script.rax = TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	expect_assert_failure(tdx_rtmr_extend(gpa(65), 3));
	assert_int_equal(script.count, 1);
}

/* Every leaf that has a name; requests to the VMM are tests/calls/test_vmcalls.c. */
static void test_all_leaves(void **state)
{
	for (unsigned int leaf = TDG_VP_VMCALL + 1; leaf < 64; leaf++)
		if (strcmp(tdg_leaf_name(leaf), "unknown") != 0 &&
		    !(script_seen[TRAP_TDCALL][0] & bit(leaf)))
			fail_msg("%s has not been called", tdg_leaf_name(leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module_call), cmocka_unit_test(test_info),
		cmocka_unit_test(test_ve),	    cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_memory),	    cmocka_unit_test(test_measurement),
		cmocka_unit_test(test_service_td),  cmocka_unit_test(test_partitioning),
		cmocka_unit_test(test_report),	    cmocka_unit_test(test_all_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
