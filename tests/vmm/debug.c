/* SPDX-License-Identifier: MIT */
/* A TD with ATTRIBUTES.DEBUG: its VMM reads and changes what its VCPU holds. */
#include <tdx/field.h>
#include <tdx/leaf.h>

#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/platform.h"

#define FIELD_RIP	 0x681e
#define FIELD_CR0	 0x6800
#define FIELD_EFER	 0x2806
#define FIELD_CS_ACC	 0x4816
#define FIELD_RSP	 0x681c
#define FIELD_IDTR_BASE	 0x6818
#define FIELD_IDTR_LIMIT 0x4812
#define FIELD_DR0	 UINT64_C(0x1120000300000000)
#define FIELD_XMM0	 UINT64_C(0x1220000300000014)
#define CODE_64		 0xa09b
#define TD_VALUE	 0x5a5a5a58
#define VMM_VALUE	 0x3c3c3c3c
#define TD_XMM		 UINT64_C(0x7d00000000000000)

static struct test_td td;

static uint64_t rd(uint64_t field)
{
	uint64_t value = 0;

	is(tdh_vp_rd(td.tdvpr, field, &value), TDX_SUCCESS, "TDH.VP.RD of %x", (uint32_t)field);
	return value;
}

static uint64_t wr(uint64_t field, uint64_t value)
{
	uint64_t old = 0;

	is(tdh_vp_wr(td.tdvpr, field, value, UINT64_MAX, &old), TDX_SUCCESS, "TDH.VP.WR of %x",
	   (uint32_t)field);
	return old;
}

static void test_where_it_is(void)
{
	ok((rd(FIELD_RIP) & ~UINT64_C(0xfff)) == GUEST_CODE, "RIP is in the guest's code");
	ok(rd(FIELD_CR0) & bit(31), "paging is on");
	is(rd(FIELD_EFER) & 0x500, 0x500, "in long mode");
	is(rd(FIELD_CS_ACC), CODE_64, "64-bit code");
}

static void test_debug_register(void)
{
	is(td_do(&td, GUEST_SET, TD_VALUE, GUEST_DR0, 0), TDX_EXIT_TDCALL, "the TD sets DR0");
	is(rd(FIELD_DR0), TD_VALUE, "the VMM sees it");
	is(wr(FIELD_DR0, VMM_VALUE), TD_VALUE, "and changes it");
	is(td_do(&td, GUEST_GET, 0, GUEST_DR0, 0), TDX_EXIT_TDCALL, "the TD reads DR0");
	is(td.args.r12, VMM_VALUE, "the VMM's value is there");
}

static void test_vector_register(void)
{
	is(td_do(&td, GUEST_SET_XMM, TD_XMM, 0, 0), TDX_EXIT_TDCALL, "the TD sets XMM0-15");
	is(rd(FIELD_XMM0), TD_XMM, "the VMM sees XMM0");
	is(wr(FIELD_XMM0, 1), TD_XMM, "and changes it");
	is(td_do(&td, GUEST_GET_XMM, TD_XMM, 0, 0), TDX_EXIT_TDCALL, "the TD compares");
	is(td.args.r12, 0xfffe, "all but XMM0 are as they were");
}

static void pend_nmi(void)
{
	uint64_t old;

	is(tdh_vp_wr(td.tdvpr, TDX_FIELD_VP_PEND_NMI, 1, 1, &old), TDX_SUCCESS, "PEND_NMI");
}

/* With what a debugger may set, the guest can take NMIs: one at a time. */
static void test_nmi(void)
{
	wr(FIELD_IDTR_BASE, GUEST_IDT);
	wr(FIELD_IDTR_LIMIT, 3 * 16 - 1);
	wr(FIELD_RSP, TD_DATA_GPA + PAGE_SIZE);
	pend_nmi();
	is(td_do(&td, GUEST_READ, TD_DATA_GPA, 0, 0), TDX_EXIT_TDCALL, "the TD runs");
	is(td.args.r12, GUEST_IN_NMI, "into its NMI handler");
	pend_nmi();
	is(td_do(&td, GUEST_MASK, 0, 0, 0), TDX_EXIT_TDCALL, "the handler goes on");
	is(td.args.r12, TD_DATA_VALUE, "to its end, and the TD to the end of its command");
	is(td_do(&td, GUEST_READ, TD_DATA_GPA, 0, 0), TDX_EXIT_TDCALL, "the TD runs");
	is(td.args.r12, GUEST_IN_NMI, "into its NMI handler again");
	is(td_do(&td, GUEST_MASK, 0, 0, 0), TDX_EXIT_TDCALL, "the handler goes on");
	is(td.args.r12, TD_DATA_VALUE, "to its end");
	is(td_do(&td, GUEST_READ, TD_DATA_GPA, 0, 0), TDX_EXIT_TDCALL, "the TD runs");
	is(td.args.r12, TD_DATA_VALUE, "and no NMI is left");
}

static void test_attributes(void)
{
	uint64_t value;

	is(tdh_mng_rd(td.tdr, TDX_FIELD_TD_ATTRIBUTES, &value), TDX_SUCCESS, "ATTRIBUTES");
	is(value, TDX_ATTR_DEBUG | TDX_ATTR_SEPT_VE_DISABLE, "say so");
}

void vmm_test(const struct vmm_boot *boot)
{
	platform_init();
	td_begin_with(&td, TDX_ATTR_DEBUG);
	td_start(&td);
	test_where_it_is();
	test_debug_register();
	test_vector_register();
	test_nmi();
	test_attributes();
	ok(td_end(&td), "every page comes back");
}
