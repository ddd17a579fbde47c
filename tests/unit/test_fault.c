/* SPDX-License-Identifier: MIT */
/* Accesses to guest memory that end in the module: private and shared, by instruction and TDCALL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/module.h"
#include "module/ve.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define SHARED	    bit(47)
#define MMIO	    (UINT64_C(0xfec00000) | SHARED)
#define PAGE_TABLES 0x10000 /* GPAs: four levels, one page each */
#define CODE_GPA    0x20000
#define CODE_LINEAR UINT64_C(0xffffffff81000000)
#define MMIO_LINEAR UINT64_C(0xffffc90000005000)
#define CR0_PAGING  (bit(31) | 0x21)
#define EFER_LONG   0xd01
#define PTE_TABLE   0x63

static struct test_td td;
static struct vcpu *v;
static struct fake_vcpu *cpu;
static uint64_t *shared_root;

static void build(uint64_t attributes)
{
	struct tdx_td_params params = test_td_params();
	struct hpa root;

	params.attributes = attributes;
	machine_ready();
	test_td_build_with(&td, &params, TD_WITH_VCPU);
	v = test_vcpu(&td, 0);
	cpu = td_guest_cpu(&td, 0);
	root = machine_vmm_page();
	shared_root = phys_ptr(root);
	memset(shared_root, 0, PAGE_SIZE);
	v->shared_eptp = root.pa;
}

static int setup(void **state)
{
	build(TDX_ATTR_SEPT_VE_DISABLE);
	test_td_finalize(&td);
	return 0;
}

static int setup_pending_ve(void **state)
{
	build(0);
	test_td_finalize(&td);
	return 0;
}

static struct cpu_exit access_at(uint64_t address)
{
	struct cpu_exit exit = { .kind = CPU_EXIT_MEMORY };

	exit.memory.gpa = gpa(address);
	exit.memory.read = true;
	return exit;
}

static uint64_t touch(uint64_t address, struct tdx_module_args *out)
{
	const struct cpu_exit exit = access_at(address);

	return td_guest_run(&td, 0, &exit, 1, out, NULL);
}

static bool exited(uint64_t rax, const struct tdx_module_args *out)
{
	return rax != TDX_EXIT_EXTERNAL_INTERRUPT || out->r9 != (bit(31) | TD_GUEST_LAST_VECTOR);
}

static void assert_td_exit(uint64_t address, uint64_t reason, uint64_t extended)
{
	struct tdx_module_args out;
	uint64_t rax = touch(address, &out);

	assert_int_equal(rax, reason);
	assert_true(exited(rax, &out));
	assert_int_equal(out.rcx, TDX_EPT_QUAL_READ);
	assert_int_equal(out.rdx, extended);
	assert_int_equal(out.r8, address & PAGE_MASK);
	assert_int_equal(out.r9, 0);
	assert_int_equal(v->ve_valid, 0);
}

static void assert_ve(uint64_t address)
{
	struct tdx_module_args out;

	assert_false(exited(touch(address, &out), &out));
	assert_int_equal(cpu->delivered_vector, TDX_VE_VECTOR);
	assert_int_equal(v->ve.exit_reason, TDX_EXIT_EPT_VIOLATION);
	assert_int_equal(v->ve.gpa, address);
	v->ve_valid = 0;
}

static void test_private_missing(void **state)
{
	uint64_t count = module_counters.fault_count;

	assert_td_exit(0x1234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	test_td_add_sept(&td, gpa(0x1234000), TDX_LEVEL_4K);
	assert_td_exit(0x1234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	assert_int_equal(module_counters.fault_count, count + 2);
	assert_int_equal(module_counters.fault_gpa, 0x1234567);
	assert_int_equal(module_counters.fault_pending, 0);
}

static void test_private_pending(void **state)
{
	test_td_aug_page(&td, gpa(0x1234000), TDX_LEVEL_4K);
	assert_td_exit(0x1234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_PENDING_EPT_VIOLATION);
	assert_int_equal(module_counters.fault_pending, 1);
}

static void test_private_pending_is_a_ve(void **state)
{
	test_td_aug_page(&td, gpa(0x1234000), TDX_LEVEL_4K);
	assert_ve(0x1234567);
	assert_td_exit(0x2234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
}

static void test_private_blocked(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = 0x1234000 };
	struct tdx_sept_entry entry;

	test_td_aug_page(&td, gpa(0x1234000), TDX_LEVEL_4K);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
	assert_int_equal(tdh_mem_range_block(td.tdr, gpa(0x1234000), 0, &entry), TDX_SUCCESS);
	assert_td_exit(0x1234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
}

/* The TD's own accesses take no lock. */
static void test_busy_tree(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = 0x1234000 };

	test_td_aug_page(&td, gpa(0x1234000), TDX_LEVEL_4K);
	test_tdcs(&td)->sept_lock = 0x8000;
	assert_td_exit(0x2234567, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
	test_tdcs(&td)->sept_lock = 0;
}

/* --- shared --- */

/* A GPA beyond the TD's width, met while an exception was on its way to the guest. */
static uint64_t touch_beyond(uint8_t vector)
{
	struct cpu_exit exit = access_at(bit(48));

	exit.event_pending = true;
	exit.event_is_exception = true;
	exit.event_vector = vector;
	return td_guest_run(&td, 0, &exit, 1, NULL, NULL);
}

static void test_page_fault_during_delivery(void **state)
{
	static const struct {
		uint8_t pending, delivered;
	} rows[] = {
		{ VECTOR_UD, VECTOR_PF },
		{ VECTOR_GP, VECTOR_PF },
		{ VECTOR_PF, VECTOR_DF },
		{ TDX_VE_VECTOR, VECTOR_DF },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(touch_beyond(rows[i].pending), TDX_EXIT_EXTERNAL_INTERRUPT);
		assert_int_equal(cpu->delivered_vector, rows[i].delivered);
	}
	assert_int_equal(touch_beyond(VECTOR_DF), TDX_NON_RECOVERABLE_VCPU | TDX_EXIT_TRIPLE_FAULT);
	assert_int_equal(v->state, VCPU_DISABLED);
}

static uint64_t *shared_table(uint64_t *table, unsigned int index)
{
	struct hpa page = machine_vmm_page();

	memset(phys_ptr(page), 0, PAGE_SIZE);
	table[index] = page.pa | TDX_EPT_RWX;
	return phys_ptr(page);
}

static uint64_t *shared_entry(uint64_t address)
{
	uint64_t *table = shared_root;

	for (unsigned int level = 3; level > 0; level--)
		table = shared_table(table, address / level_size(level) % 512);
	return &table[address / PAGE_SIZE % 512];
}

static void test_shared_not_present(void **state)
{
	uint64_t *entry = shared_entry(MMIO);

	assert_ve(MMIO | 0x123);
	*entry = TDX_EPT_SUPPRESS_VE;
	assert_td_exit(MMIO | 0x123, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	assert_int_equal(module_counters.fault_count, 0);
	/* Upper levels decide as well. */
	shared_root[256] = TDX_EPT_SUPPRESS_VE;
	assert_td_exit(MMIO, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	shared_root[256] = 0;
	assert_ve(MMIO);
}

static void test_shared_mapped(void **state)
{
	uint64_t *entry = shared_entry(MMIO);
	struct hpa page = machine_vmm_page(), pa;
	struct tdx_module_args out;

	*entry = page.pa | TDX_EPT_READ | TDX_EPT_WRITE | TDX_EPT_TYPE_WB;
	assert_false(exited(touch(MMIO | 0x123, &out), &out));
	assert_int_equal(cpu->delivered, FAKE_NO_EVENT);
	assert_true(fake_cpu_translate(&v->cpu, gpa(MMIO | 0x123), &pa));
	assert_int_equal(pa.pa, page.pa | 0x123);
}

static void test_shared_permissions(void **state)
{
	uint64_t *entry = shared_entry(MMIO);
	struct cpu_exit exit = access_at(MMIO);
	struct tdx_module_args out;

	*entry = machine_vmm_page().pa | TDX_EPT_READ | TDX_EPT_TYPE_WB;
	exit.memory.write = true;
	assert_int_equal(td_guest_run(&td, 0, &exit, 1, &out, NULL), TDX_EXIT_EPT_VIOLATION);
	assert_int_equal(out.rcx, TDX_EPT_QUAL_READ | TDX_EPT_QUAL_WRITE);
	assert_int_equal(out.r8, MMIO);
	exit.memory.write = false;
	exit.memory.fetch = true;
	assert_int_equal(td_guest_run(&td, 0, &exit, 1, &out, NULL), TDX_EXIT_EPT_VIOLATION);
}

static void test_shared_misconfigurations(void **state)
{
	uint64_t *entry = shared_entry(MMIO);
	const uint64_t bad[] = {
		TDX_EPT_WRITE | TDX_EPT_TYPE_WB,	  /* writable, not readable */
		TDX_EPT_READ | UINT64_C(2) << 3,	  /* reserved memory type */
		TDX_EPT_READ | TDX_EPT_TYPE_WB | bit(42), /* a key id */
		TDX_EPT_READ | TDX_EPT_TYPE_WB | bit(48), /* above the physical width */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		*entry = machine_vmm_page().pa | bad[i];
		assert_td_exit(MMIO, TDX_EXIT_EPT_MISCONFIG, TDX_EEQ_NONE);
	}
	/* A table in memory that is not the VMM's reads as all ones. */
	v->shared_eptp = v->pages[4].pa;
	assert_td_exit(MMIO, TDX_EXIT_EPT_MISCONFIG, TDX_EEQ_NONE);
}

/* What it points to is the module's: no access through the shared half. */
static void test_shared_to_private_memory(void **state)
{
	uint64_t *entry = shared_entry(MMIO);
	struct hpa pa;

	*entry = v->pages[4].pa | TDX_EPT_READ | TDX_EPT_TYPE_WB;
	assert_td_exit(MMIO, TDX_EXIT_EPT_VIOLATION, TDX_EEQ_NONE);
	assert_false(fake_cpu_translate(&v->cpu, gpa(MMIO), &pa));
}

/* --- the linear address of a #VE --- */

static uint64_t *guest_page(uint64_t address)
{
	return phys_ptr(test_td_add_page(&td, gpa(address), 0));
}

/* Page tables for CODE_LINEAR and MMIO_LINEAR, and long mode on. */
static int setup_long_mode(void **state)
{
	uint64_t *level[7], *code;

	build(TDX_ATTR_SEPT_VE_DISABLE);
	for (unsigned int i = 0; i < 7; i++)
		level[i] = guest_page(PAGE_TABLES + i * PAGE_SIZE);
	code = guest_page(CODE_GPA);
	level[0][CODE_LINEAR >> 39 & 511] = (PAGE_TABLES + 1 * PAGE_SIZE) | PTE_TABLE;
	level[1][CODE_LINEAR >> 30 & 511] = (PAGE_TABLES + 2 * PAGE_SIZE) | PTE_TABLE;
	level[2][CODE_LINEAR >> 21 & 511] = (PAGE_TABLES + 3 * PAGE_SIZE) | PTE_TABLE;
	level[3][CODE_LINEAR >> 12 & 511] = CODE_GPA | PTE_TABLE;
	level[0][MMIO_LINEAR >> 39 & 511] = (PAGE_TABLES + 4 * PAGE_SIZE) | PTE_TABLE;
	level[4][MMIO_LINEAR >> 30 & 511] = (PAGE_TABLES + 5 * PAGE_SIZE) | PTE_TABLE;
	level[5][MMIO_LINEAR >> 21 & 511] = (PAGE_TABLES + 6 * PAGE_SIZE) | PTE_TABLE;
	level[6][MMIO_LINEAR >> 12 & 511] = MMIO | PTE_TABLE;
	memcpy(code, (const uint8_t[]){ 0x8b, 0x47, 0x10 }, 3); /* MOV EAX, [RDI+0x10] */
	test_td_finalize(&td);
	(void)shared_entry(MMIO);
	cpu->cr0 = CR0_PAGING;
	cpu->cr3 = PAGE_TABLES;
	cpu->efer = EFER_LONG;
	cpu->is_64bit = true;
	cpu->rip = CODE_LINEAR;
	v->cpu.gpr[TDX_RDI] = MMIO_LINEAR + 0x20;
	return 0;
}

static void write_code(const void *bytes, size_t size)
{
	struct hpa pa;

	assert_true(fake_cpu_translate(&v->cpu, gpa(CODE_GPA), &pa));
	memcpy(phys_ptr(pa), bytes, size);
}

static void test_linear_address_of_an_operand(void **state)
{
	assert_ve(MMIO | 0x30);
	assert_int_equal(v->ve.gla, MMIO_LINEAR + 0x30);
	assert_int_equal(v->ve.exit_qualification,
			 TDX_EPT_QUAL_READ | TDX_EPT_QUAL_GLA_VALID | TDX_EPT_QUAL_TRANSLATED);
}

static void test_linear_address_of_a_string_instruction(void **state)
{
	write_code((const uint8_t[]){ 0xf3, 0xa4 }, 2); /* REP MOVSB */
	assert_ve(MMIO | 0x20);
	assert_int_equal(v->ve.gla, MMIO_LINEAR + 0x20);
}

/* The operand that the instruction names is elsewhere: another CPU has changed something. */
static void test_linear_address_that_does_not_fit(void **state)
{
	v->cpu.gpr[TDX_RDI] = CODE_LINEAR;
	assert_ve(MMIO | 0x30);
	assert_int_equal(v->ve.gla, 0);
	assert_int_equal(v->ve.exit_qualification & TDX_EPT_QUAL_GLA_VALID, 0);
}

static void test_linear_address_of_a_fetch(void **state)
{
	struct cpu_exit exit = access_at(MMIO | 8);

	cpu->rip = MMIO_LINEAR + 8;
	exit.memory.read = false;
	exit.memory.fetch = true;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(v->ve.gla, MMIO_LINEAR + 8);
	assert_int_equal(v->ve.exit_qualification & 7, TDX_EPT_QUAL_FETCH);
}

static void test_linear_address_of_a_page_walk(void **state)
{
	struct cpu_exit exit = access_at(MMIO | 8);

	exit.memory.walk = true;
	td_guest_run(&td, 0, &exit, 1, NULL, NULL);
	assert_int_equal(v->ve.gla, 0);
	assert_int_equal(v->ve.exit_qualification & TDX_EPT_QUAL_TRANSLATED, 0);
}

static void test_linear_address_without_paging(void **state)
{
	cpu->cr0 = 0x21;
	cpu->is_64bit = false;
	cpu->rip = CODE_GPA;
	v->cpu.gpr[TDX_RDI] = 0x10;
	write_code((const uint8_t[]){ 0x8b, 0x07 }, 2); /* MOV EAX, [EDI] */
	assert_ve(MMIO | 0x30);
	assert_int_equal(v->ve.gla, 0); /* unpaged addresses have no SHARED bit */
}

/* --- TDCALL --- */

static uint64_t report(uint64_t address)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = address, [TDX_RDX] = address };

	return td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs);
}

static void test_operand_in_shared_memory(void **state)
{
	struct hpa page = machine_vmm_page();
	uint64_t *entry = shared_entry(MMIO);

	*entry = page.pa | TDX_EPT_READ | TDX_EPT_WRITE | TDX_EPT_TYPE_WB;
	assert_int_equal(report(MMIO), TDX_SUCCESS);
	assert_int_equal(*(const uint8_t *)phys_ptr(page), 0x81);
}

/* As an instruction of the guest would, with RIP on the TDCALL. */
static void test_operand_that_is_not_there(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = 0x1234000, [TDX_RDX] = 0x1234000 };
	uint64_t rip = cpu->rip;
	struct tdx_module_args out;

	assert_int_equal(td_guest_tdcall_exit(&td, 0, TDG_MR_REPORT, regs, &out),
			 TDX_EXIT_EPT_VIOLATION);
	assert_int_equal(out.r8, 0x1234000);
	assert_int_equal(cpu->rip, rip);
	assert_int_equal(v->cpu.gpr[TDX_RAX], TDG_MR_REPORT);
	regs[TDX_RCX] = regs[TDX_RDX] = MMIO;
	(void)shared_entry(MMIO);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs), TDG_MR_REPORT);
	assert_int_equal(cpu->delivered_vector, TDX_VE_VECTOR);
	assert_int_equal(v->ve.gpa, MMIO);
	assert_int_equal(v->ve.gla, 0);
	assert_int_equal(cpu->rip, rip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_private_missing, setup),
		cmocka_unit_test_setup(test_private_pending, setup),
		cmocka_unit_test_setup(test_private_pending_is_a_ve, setup_pending_ve),
		cmocka_unit_test_setup(test_private_blocked, setup),
		cmocka_unit_test_setup(test_busy_tree, setup),
		cmocka_unit_test_setup(test_page_fault_during_delivery, setup),
		cmocka_unit_test_setup(test_shared_not_present, setup),
		cmocka_unit_test_setup(test_shared_mapped, setup),
		cmocka_unit_test_setup(test_shared_permissions, setup),
		cmocka_unit_test_setup(test_shared_misconfigurations, setup),
		cmocka_unit_test_setup(test_shared_to_private_memory, setup),
		cmocka_unit_test_setup(test_linear_address_of_an_operand, setup_long_mode),
		cmocka_unit_test_setup(test_linear_address_of_a_string_instruction,
				       setup_long_mode),
		cmocka_unit_test_setup(test_linear_address_that_does_not_fit, setup_long_mode),
		cmocka_unit_test_setup(test_linear_address_of_a_fetch, setup_long_mode),
		cmocka_unit_test_setup(test_linear_address_of_a_page_walk, setup_long_mode),
		cmocka_unit_test_setup(test_linear_address_without_paging, setup_long_mode),
		cmocka_unit_test_setup(test_operand_in_shared_memory, setup),
		cmocka_unit_test_setup(test_operand_that_is_not_there, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
