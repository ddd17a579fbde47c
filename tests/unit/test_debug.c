/* SPDX-License-Identifier: MIT */
/* What the VMM may see and change of a TD with ATTRIBUTES.DEBUG, and of one without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>
#include <tdx/report.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define XBUFF	    UINT64_C(0x1220000300000000)
#define XBUFF_MXCSR (XBUFF + 3)
#define REPORT_GPA  0x100000

static struct test_td td;
static uint8_t *page;

static void build(uint64_t attributes)
{
	struct tdx_td_params params = test_td_params();

	params.attributes = attributes;
	machine_ready();
	test_td_build_with(&td, &params, TD_WITH_VCPU);
	page = phys_ptr(test_td_add_page(&td, gpa(REPORT_GPA), 0));
	test_td_finalize(&td);
}

static int setup_debug(void **state)
{
	build(TDX_ATTR_SEPT_VE_DISABLE | TDX_ATTR_DEBUG);
	return 0;
}

static int setup_production(void **state)
{
	build(TDX_ATTR_SEPT_VE_DISABLE);
	return 0;
}

/* A field of the VCPU, the bits that a debugger may change, and a value that it may have. */
struct debug_field {
	uint64_t id, mask, value;
};

static const struct debug_field fields[] = {
	{ 0x0800, 0xffff, 0x10 }, /* ES selector */
	{ 0x0802, 0xffff, 0x8 },  /* CS */
	{ 0x080e, 0xffff, 0x40 }, /* TR */
	{ 0x2804, UINT64_MAX, 0x0007040600070406 },
	{ 0x2806, 0x801, 0x801 },	 /* EFER */
	{ 0x4802, UINT32_MAX, 0xfffff }, /* CS limit */
	{ 0x4812, UINT32_MAX, 0xfff },	 /* IDTR limit */
	{ 0x4816, 0x1f0ff, 0xa09b },	 /* CS access rights */
	{ 0x4822, 0x1f0ff, 0x808b },	 /* TR access rights */
	{ 0x4824, 1, 1 },		 /* interruptibility */
	{ 0x482a, UINT32_MAX, 0x10 },
	{ 0x6800, 0x5000e, 0x5000a },	  /* CR0 */
	{ 0x6802, UINT64_MAX, 0x123000 }, /* CR3 */
	{ 0x6804, ~UINT64_C(0x6040), 0x20 },
	{ 0x6806, UINT64_MAX, 0x1111 }, /* ES base */
	{ 0x680e, UINT64_MAX, 0x2222 }, /* FS base */
	{ 0x6818, UINT64_MAX, 0x3333 }, /* IDTR base */
	{ 0x681a, 0xffff2bff, 0x3 },	/* DR7 */
	{ 0x681c, UINT64_MAX, 0x4444 }, /* RSP */
	{ 0x681e, UINT64_MAX, 0x5555 }, /* RIP */
	{ 0x6820, 0x3f7fd5, 0x246 },	/* RFLAGS */
	{ 0x6824, UINT64_MAX, 0x6666 },
	{ 0x6826, UINT64_MAX, 0x7777 },
	{ UINT64_C(0x1020000300000000), UINT64_MAX, 0xaaaa }, /* RAX */
	{ UINT64_C(0x102000030000000f), UINT64_MAX, 0xbbbb }, /* R15 */
	{ UINT64_C(0x1120000300000000), UINT64_MAX, 0xd0d0 }, /* DR0 */
	{ UINT64_C(0x1120000300000003), UINT64_MAX, 0xd3d3 }, /* DR3 */
	{ UINT64_C(0x1120000300000006), 0xe00f, 0x4001 },     /* DR6 */
	{ UINT64_C(0x1120000300000028), UINT64_MAX, 0xc2c2 }, /* CR2 */
	{ XBUFF, UINT64_MAX, 0x37f },
	{ XBUFF + 20, UINT64_MAX, 0x9999 }, /* XMM0 */
	{ XBUFF + 511, UINT64_MAX, 0x8888 },
	{ UINT64_C(0x1320000300000048), UINT64_MAX, 1 }, /* SPEC_CTRL */
	{ UINT64_C(0x1320000300002103), UINT32_MAX, 7 }, /* TSC_AUX */
};

/* Readable, but nobody's to change. */
static const uint64_t read_only[] = {
	0x2802,
	UINT64_C(0x0120000300000000), /* VAPIC */
	UINT64_C(0x0220000200000000), /* EXIT_REASON of the #VE */
	UINT64_C(0x1120000300000020), /* XCR0 */
	UINT64_C(0x1320000300002081), /* STAR */
	UINT64_C(0x1320000300002102), /* KERNEL_GS_BASE */
	UINT64_C(0x1320000300000da0), /* XSS */
	UINT64_C(0xa020000000000000), /* VCPU_STATE */
};

static uint64_t rd(uint64_t id)
{
	uint64_t value;

	assert_int_equal(tdh_vp_rd(td.tdvpr[0], id, &value), TDX_SUCCESS);
	return value;
}

static uint64_t wr(uint64_t id, uint64_t value, uint64_t mask)
{
	uint64_t old;

	return tdh_vp_wr(td.tdvpr[0], id, value, mask, &old);
}

static void test_state_can_be_read_and_written(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct debug_field *f = &fields[i];
		uint64_t before = rd(f->id);

		assert_int_equal(wr(f->id, f->value, UINT64_MAX), TDX_SUCCESS);
		assert_int_equal(rd(f->id), (f->value & f->mask) | (before & ~f->mask));
		if (~f->mask)
			assert_int_equal(wr(f->id, 0, ~f->mask), TDX_METADATA_FIELD_NOT_WRITABLE);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(read_only); i++) {
		(void)rd(read_only[i]);
		assert_int_equal(wr(read_only[i], 0, UINT64_MAX), TDX_METADATA_FIELD_NOT_WRITABLE);
	}
}

static void test_nothing_of_it_in_production(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++) {
		struct seam_result r = seam(TDH_VP_RD, td.tdvpr[0].pa, fields[i].id, 0, 0);

		assert_int_equal(r.status, TDX_METADATA_FIELD_NOT_READABLE);
		assert_int_equal(r.out.r8, 0);
		assert_refused(TDX_METADATA_FIELD_NOT_WRITABLE, TDH_VP_WR, td.tdvpr[0].pa,
			       fields[i].id, fields[i].value, UINT64_MAX);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(read_only); i++)
		assert_int_equal(seam(TDH_VP_RD, td.tdvpr[0].pa, read_only[i], 0, 0).status,
				 TDX_METADATA_FIELD_NOT_READABLE);
}

/* What the guest finds when it runs again. */
static void test_the_guest_has_what_was_written(void **state)
{
	const struct fake_vcpu *cpu = td_guest_cpu(&td, 0);

	assert_int_equal(wr(0x681e, 0x1000, UINT64_MAX), TDX_SUCCESS);
	assert_int_equal(wr(0x6802, 0x2000, UINT64_MAX), TDX_SUCCESS);
	assert_int_equal(wr(XBUFF + 20, 0x3000, UINT64_MAX), TDX_SUCCESS);
	assert_int_equal(cpu->rip, 0x1000);
	assert_int_equal(cpu->cr3, 0x2000);
	assert_int_equal(((uint64_t *)phys_ptr(test_vcpu(&td, 0)->cpu.xstate_pa))[20], 0x3000);
}

/* The CPU would refuse these, or the module does not let the guest have them either. */
static void test_values_that_cannot_be(void **state)
{
	assert_int_equal(wr(XBUFF_MXCSR, 0x10000, UINT64_MAX), TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(wr(XBUFF + 64, 0x80, UINT64_MAX), TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(wr(XBUFF + 71, 1, UINT64_MAX), TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(wr(0x6804, bit(24), bit(24)), TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(wr(0x0801, 0, UINT64_MAX), TDX_METADATA_FIELD_ID_INCORRECT);
	assert_int_equal(wr(XBUFF + 512, 0, UINT64_MAX), TDX_METADATA_FIELD_ID_INCORRECT);
}

static void test_the_td_is_reported_as_debuggable(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = REPORT_GPA, [TDX_RDX] = REPORT_GPA + 2048 };
	struct tdx_report report;

	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs), TDX_SUCCESS);
	memcpy(&report, page, sizeof(report));
	assert_int_equal(report.td.attributes, TDX_ATTR_SEPT_VE_DISABLE | TDX_ATTR_DEBUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_state_can_be_read_and_written, setup_debug),
		cmocka_unit_test_setup(test_nothing_of_it_in_production, setup_production),
		cmocka_unit_test_setup(test_the_guest_has_what_was_written, setup_debug),
		cmocka_unit_test_setup(test_values_that_cannot_be, setup_debug),
		cmocka_unit_test_setup(test_the_td_is_reported_as_debuggable, setup_debug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
