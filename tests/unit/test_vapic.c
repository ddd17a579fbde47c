/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <tdx/field.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/vapic.h"
#include "tests/lib/machine.h"
#include "tests/lib/td_guest.h"

#define TPR	  0x808
#define PPR	  0x80a
#define EOI	  0x80b
#define ISR	  0x810
#define TMR	  0x818
#define IRR	  0x820
#define SELF_IPI  0x83f
#define RFLAGS_IF bit(9)

static struct test_td td;
static struct vcpu *v;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	v = test_vcpu(&td, 0);
	return 0;
}

static uint64_t read(uint32_t msr)
{
	uint64_t value = 0;

	assert_true(vapic_read(v, msr, &value));
	return value;
}

static void write(uint32_t msr, uint64_t value)
{
	assert_true(vapic_write(v, msr, value));
}

/* The guest takes what is offered. */
static void take(int vector)
{
	assert_int_equal(td_guest_cpu(&td, 0)->offered, vector);
	td_guest_cpu(&td, 0)->offered = -1;
	vapic_interrupt_taken(v);
}

static int offered(void)
{
	return td_guest_cpu(&td, 0)->offered;
}

static void test_an_interrupt_from_request_to_end(void **state)
{
	assert_int_equal(offered(), -1);
	write(SELF_IPI, 0x61);
	assert_int_equal(offered(), 0x61);
	assert_int_equal(read(IRR + 3), 1 << 1);
	assert_true(vapic_is_pending(v));
	take(0x61);
	assert_int_equal(read(IRR + 3), 0);
	assert_int_equal(read(ISR + 3), 1 << 1);
	assert_int_equal(read(PPR), 0x60);
	assert_int_equal(offered(), -1);
	assert_false(vapic_is_pending(v));
	write(EOI, 0);
	assert_int_equal(read(ISR + 3), 0);
	assert_int_equal(read(PPR), 0);
}

static void test_only_a_higher_class_interrupts(void **state)
{
	write(SELF_IPI, 0x61);
	take(0x61);
	write(SELF_IPI, 0x6f);
	assert_int_equal(offered(), -1);
	write(SELF_IPI, 0x70);
	take(0x70);
	assert_int_equal(read(PPR), 0x70);
	write(EOI, 0);
	assert_int_equal(read(PPR), 0x60);
	assert_int_equal(offered(), -1);
	write(EOI, 0);
	assert_int_equal(offered(), 0x6f);
}

static void test_the_offer_follows_the_highest(void **state)
{
	write(SELF_IPI, 0x31);
	write(SELF_IPI, 0xff);
	assert_int_equal(offered(), 0xff);
	take(0xff);
	assert_int_equal(offered(), -1);
	write(EOI, 0);
	take(0x31);
}

static void test_task_priority(void **state)
{
	write(TPR, 0x58);
	assert_int_equal(read(TPR), 0x58);
	assert_int_equal(read(PPR), 0x58);
	assert_int_equal(vapic_cr8(v), 5);
	write(SELF_IPI, 0x5f);
	assert_int_equal(offered(), -1);
	assert_true(vapic_set_cr8(v, 4));
	assert_int_equal(read(TPR), 0x40);
	assert_int_equal(offered(), 0x5f);
	assert_true(vapic_set_cr8(v, 15));
	assert_int_equal(offered(), -1);
	assert_false(vapic_set_cr8(v, 16));
}

/* PPR is TPR, sub-class included, when TPR's class is not below the one in service. */
static void test_processor_priority(void **state)
{
	write(SELF_IPI, 0x45);
	take(0x45);
	write(TPR, 0x43);
	assert_int_equal(read(PPR), 0x43);
	write(TPR, 0x3f);
	assert_int_equal(read(PPR), 0x40);
}

static void test_what_is_refused(void **state)
{
	const uint32_t not_readable[] = { EOI, SELF_IPI, 0x809, 0x80c, 0x80e };
	const uint32_t not_writable[] = {
		PPR, ISR, ISR + 7, TMR, IRR, IRR + 7, 0x809, 0x80c, 0x80e
	};
	uint64_t value;

	for (unsigned int i = 0; i < ARRAY_SIZE(not_readable); i++)
		assert_false(vapic_read(v, not_readable[i], &value));
	for (unsigned int i = 0; i < ARRAY_SIZE(not_writable); i++)
		assert_false(vapic_write(v, not_writable[i], 0));
	assert_false(vapic_write(v, EOI, 1));
	assert_false(vapic_write(v, TPR, 0x100));
	assert_false(vapic_write(v, SELF_IPI, 0x100));
}

static void test_ends_and_vectors_that_mean_nothing(void **state)
{
	write(EOI, 0);
	write(SELF_IPI, 15);
	assert_int_equal(read(IRR), 0);
	assert_int_equal(offered(), -1);
}

static struct tdx_posted_interrupts *post(void)
{
	struct hpa descriptor = machine_vmm_page();

	memset(phys_ptr(descriptor), 0, PAGE_SIZE);
	v->pi_descriptor = descriptor.pa;
	v->pin_controls = TDX_PIN_CTLS_POSTED_INTERRUPTS;
	return phys_ptr(descriptor);
}

static void test_posted_interrupts_are_merged(void **state)
{
	struct tdx_posted_interrupts *posted = post();

	posted->pir[0] = UINT64_MAX; /* vectors below 32 are not interrupts */
	posted->pir[3] = bit(0xf1 - 192);
	posted->control = 1 | UINT64_C(0xf2) << 16;
	vapic_merge_posted(v);
	assert_int_equal(posted->pir[0], 0);
	assert_int_equal(posted->pir[3], 0);
	assert_int_equal(posted->control, UINT64_C(0xf2) << 16);
	assert_int_equal(read(IRR), 0);
	assert_int_equal(read(IRR + 1), UINT32_MAX);
	assert_int_equal(offered(), 0xf1);
}

static void test_posting_needs_its_bits(void **state)
{
	struct tdx_posted_interrupts *posted = post();

	posted->pir[1] = 1;
	vapic_merge_posted(v); /* ON is clear */
	assert_int_equal(posted->pir[1], 1);
	posted->control = 1;
	v->pin_controls = 0;
	vapic_merge_posted(v);
	assert_int_equal(posted->pir[1], 1);
	assert_int_equal(offered(), -1);
}

/* A descriptor in memory that is not the VMM's any more is not touched. */
static void test_descriptor_in_private_memory(void **state)
{
	struct hpa page = v->pages[4];
	struct tdx_posted_interrupts *posted = phys_ptr(page);

	v->pi_descriptor = page.pa;
	v->pin_controls = TDX_PIN_CTLS_POSTED_INTERRUPTS;
	posted->control = 1;
	posted->pir[1] = 1;
	vapic_merge_posted(v);
	assert_int_equal(posted->control, 1);
	assert_int_equal(posted->pir[1], 1);
	assert_int_equal(offered(), -1);
	posted->control = posted->pir[1] = 0;
}

/* TDH.VP.ENTER merges, the guest takes it as soon as IF allows, and VMXIP tells of it till then. */
static void test_through_vp_enter(void **state)
{
	const struct cpu_exit window = { .kind = CPU_EXIT_WINDOW };
	struct tdx_posted_interrupts *posted = post();
	uint64_t details;

	posted->pir[1] = bit(0x55 - 64);
	posted->control = 1;
	td_guest_run(&td, 0, NULL, 0, NULL, NULL);
	assert_int_equal(tdh_vp_rd(td.tdvpr[0], TDX_FIELD_VP_STATE_DETAILS, &details), 0);
	assert_int_equal(details, TDX_VCPU_STATE_VMXIP);
	assert_int_equal(td_guest_cpu(&td, 0)->delivered, FAKE_NO_EVENT);
	td_guest_cpu(&td, 0)->rflags |= RFLAGS_IF;
	td_guest_run(&td, 0, &window, 1, NULL, NULL);
	assert_int_equal(read(ISR + 2), bit(0x55 - 64));
	assert_int_equal(tdh_vp_rd(td.tdvpr[0], TDX_FIELD_VP_STATE_DETAILS, &details), 0);
	assert_int_equal(details, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_an_interrupt_from_request_to_end, setup),
		cmocka_unit_test_setup(test_only_a_higher_class_interrupts, setup),
		cmocka_unit_test_setup(test_the_offer_follows_the_highest, setup),
		cmocka_unit_test_setup(test_task_priority, setup),
		cmocka_unit_test_setup(test_processor_priority, setup),
		cmocka_unit_test_setup(test_what_is_refused, setup),
		cmocka_unit_test_setup(test_ends_and_vectors_that_mean_nothing, setup),
		cmocka_unit_test_setup(test_posted_interrupts_are_merged, setup),
		cmocka_unit_test_setup(test_posting_needs_its_bits, setup),
		cmocka_unit_test_setup(test_descriptor_in_private_memory, setup),
		cmocka_unit_test_setup(test_through_vp_enter, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
