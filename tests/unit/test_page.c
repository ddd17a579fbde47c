/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/backend.h"
#include "lib/bits.h"
#include "module/page.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"

static int setup(void **state)
{
	machine_ready();
	return 0;
}

static uint64_t try_lock(uint64_t pa, unsigned int level, enum tdx_page_type type,
			 struct page_locked *page)
{
	return page_lock(hpa(pa), level, type, PAGE_LOCK_EXCLUSIVE, TDX_OPERAND_ID_R8, page);
}

static void assert_not_lockable(uint64_t pa, unsigned int level, uint64_t status)
{
	struct page_locked page;

	assert_int_equal(try_lock(pa, level, TDX_PAGE_NDA, &page), status);
}

static void test_operand_checks(void **state)
{
	assert_not_lockable(LOW_BASE + 8, TDX_LEVEL_4K, INVALID(R8));
	assert_not_lockable(LOW_BASE + PAGE_SIZE, TDX_LEVEL_2M, INVALID(R8));
	assert_not_lockable(bit(42) | LOW_BASE, TDX_LEVEL_4K, INVALID(R8));
	assert_not_lockable(bit(63) | LOW_BASE, TDX_LEVEL_4K, INVALID(R8));
	assert_not_lockable(OUTSIDE_BASE, TDX_LEVEL_4K, OUT_OF_RANGE(R8));
	assert_not_lockable(LOW_BASE + SIZE_1G, TDX_LEVEL_4K, OUT_OF_RANGE(R8));
	assert_not_lockable(LOW_BASE + LOW_USABLE, TDX_LEVEL_4K, OUT_OF_RANGE(R8));
	assert_not_lockable(HIGH_BASE + HIGH_USABLE, TDX_LEVEL_2M, OUT_OF_RANGE(R8));
}

static void test_type_is_checked(void **state)
{
	struct page_locked page;

	assert_int_equal(try_lock(LOW_BASE, TDX_LEVEL_4K, TDX_PAGE_TDR, &page), WRONG_PAGE(R8));
	assert_int_equal(try_lock(LOW_BASE, TDX_LEVEL_4K, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	assert_int_equal(page.pa.pa, LOW_BASE);
	page_unlock(&page);
}

static void test_locks(void **state)
{
	struct page_locked a, b;

	assert_int_equal(try_lock(LOW_BASE, TDX_LEVEL_4K, TDX_PAGE_NDA, &a), TDX_SUCCESS);
	assert_not_lockable(LOW_BASE, TDX_LEVEL_4K, BUSY(R8));
	/* neighbours are free, the block is not */
	assert_int_equal(try_lock(LOW_BASE + PAGE_SIZE, TDX_LEVEL_4K, TDX_PAGE_NDA, &b),
			 TDX_SUCCESS);
	assert_not_lockable(LOW_BASE, TDX_LEVEL_2M, BUSY(R8));
	page_unlock(&a);
	page_unlock(&b);
	assert_int_equal(try_lock(LOW_BASE, TDX_LEVEL_2M, TDX_PAGE_NDA, &a), TDX_SUCCESS);
	assert_not_lockable(LOW_BASE, TDX_LEVEL_4K, BUSY(R8));
	page_unlock(&a);
	assert_int_equal(page_entry(hpa(LOW_BASE), TDX_LEVEL_2M)->lock, 0);
}

static void test_assign_and_free(void **state)
{
	struct hpa pa = machine_page();
	struct page_locked page;

	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_4K, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	page_assign(&page, TDX_PAGE_REG, hpa(0x12345000));
	assert_false(cpu_host_can_access(pa));
	assert_int_equal(page_owner(&page).pa, 0x12345000);
	page_unlock(&page);

	assert_not_lockable(pa.pa, TDX_LEVEL_4K, WRONG_PAGE(R8));
	assert_not_lockable(align_down(pa.pa, SIZE_2M), TDX_LEVEL_2M, WRONG_PAGE(R8));
	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_4K, TDX_PAGE_REG, &page), TDX_SUCCESS);
	page_free(&page);
	page_unlock(&page);
	machine_assert_all_returned();
}

static void test_large_page(void **state)
{
	struct hpa pa = machine_block();
	struct page_locked page;

	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_2M, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	page_assign(&page, TDX_PAGE_REG, hpa(0x12345000));
	page_unlock(&page);
	assert_false(cpu_host_can_access(hpa_add(pa, SIZE_2M - PAGE_SIZE)));
	assert_not_lockable(pa.pa + PAGE_SIZE, TDX_LEVEL_4K, WRONG_PAGE(R8));

	assert_int_equal(page_lock_any(hpa_add(pa, 5 * PAGE_SIZE), PAGE_LOCK_SHARED,
				       TDX_OPERAND_ID_RCX, &page),
			 TDX_SUCCESS);
	assert_int_equal(page.pa.pa, pa.pa);
	assert_int_equal(page.level, TDX_LEVEL_2M);
	page_unlock(&page);
	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_2M, TDX_PAGE_REG, &page), TDX_SUCCESS);
	page_free_now(&page);
	page_unlock(&page);
	machine_assert_all_returned();
}

static void test_split(void **state)
{
	struct hpa pa = machine_block();
	struct page_locked page;

	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_2M, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	page_assign(&page, TDX_PAGE_REG, hpa(0x12345000));
	assert_false(page_split(pa, TDX_LEVEL_2M));
	page_unlock(&page);
	assert_true(page_split(pa, TDX_LEVEL_2M));

	for (uint64_t offset = 0; offset < SIZE_2M; offset += PAGE_SIZE) {
		assert_not_lockable(pa.pa, TDX_LEVEL_2M, WRONG_PAGE(R8));
		assert_int_equal(try_lock(pa.pa + offset, TDX_LEVEL_4K, TDX_PAGE_REG, &page),
				 TDX_SUCCESS);
		assert_int_equal(page_owner(&page).pa, 0x12345000);
		page_free(&page);
		page_unlock(&page);
	}
	machine_assert_all_returned();
}

static void test_vmm_memory(void **state)
{
	struct hpa a = machine_page();
	struct hpa b = machine_page();
	struct page_locked page;
	uint8_t buffer[16];
	uint8_t *across = (uint8_t *)phys_ptr(b) - 8;

	for (unsigned int i = 0; i < sizeof(buffer); i++)
		across[i] = (uint8_t)i;
	vmm_read(hpa(b.pa - 8), buffer, sizeof(buffer));
	assert_memory_equal(buffer, across, sizeof(buffer));

	/* the second page goes to the module */
	assert_int_equal(try_lock(b.pa, TDX_LEVEL_4K, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	page_assign(&page, TDX_PAGE_TDR, hpa(0));
	page_unlock(&page);
	vmm_read(hpa(b.pa - 8), buffer, sizeof(buffer));
	assert_memory_equal(buffer, "\0\1\2\3\4\5\6\7\xff\xff\xff\xff\xff\xff\xff\xff", 16);
	memset(buffer, 0x77, sizeof(buffer));
	vmm_write(hpa(b.pa - 8), buffer, sizeof(buffer));
	assert_int_equal(*(uint8_t *)phys_ptr(hpa(b.pa - 1)), 0x77);
	assert_int_equal(*(uint8_t *)phys_ptr(b), 8);

	/* no memory at all; memory that is in no TDMR; in a reserved area */
	vmm_read(hpa(0x7000000), buffer, 8);
	assert_memory_equal(buffer, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	vmm_write(hpa(0x7000000), buffer, 8);
	vmm_write(hpa(OUTSIDE_BASE), buffer, 8);
	assert_int_equal(*(uint64_t *)phys_ptr(hpa(OUTSIDE_BASE)), UINT64_MAX);
	vmm_write(machine_vmm_page(), buffer, 8);
	assert_int_equal(page_entry(a, TDX_LEVEL_4K)->lock, 0);
}

static void test_page_on_its_way_is_not_the_vmms(void **state)
{
	struct hpa pa = machine_page();
	struct page_locked page;
	uint64_t value = 0;

	assert_int_equal(try_lock(pa.pa, TDX_LEVEL_4K, TDX_PAGE_NDA, &page), TDX_SUCCESS);
	vmm_read(pa, &value, sizeof(value));
	assert_int_equal(value, UINT64_MAX);
	vmm_write(pa, "12345678", 8);
	page_unlock(&page);
	vmm_read(pa, &value, sizeof(value));
	assert_int_equal(value, UINT64_C(0xeeeeeeeeeeeeeeee));
}

static void test_vmm_operand(void **state)
{
	struct hpa pa;

	assert_int_equal(vmm_operand(0x5000, 4096, 4096, TDX_OPERAND_ID_R9, &pa), TDX_SUCCESS);
	assert_int_equal(pa.pa, 0x5000);
	/* a shared key id is fine and no part of the address */
	assert_int_equal(vmm_operand(bit(42) | 0x5000, 4096, 4096, TDX_OPERAND_ID_R9, &pa),
			 TDX_SUCCESS);
	assert_int_equal(pa.pa, 0x5000);
	assert_int_equal(vmm_operand(0x5008, 4096, 4096, TDX_OPERAND_ID_R9, &pa), INVALID(R9));
	assert_int_equal(vmm_operand(UINT64_C(32) << 42, 4096, 4096, TDX_OPERAND_ID_R9, &pa),
			 INVALID(R9));
	assert_int_equal(vmm_operand(bit(48), 4096, 4096, TDX_OPERAND_ID_R9, &pa), INVALID(R9));
	assert_int_equal(vmm_operand(bit(42) - 4096, 4096, 8192, TDX_OPERAND_ID_R9, &pa),
			 INVALID(R9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_operand_checks, setup),
		cmocka_unit_test_setup(test_type_is_checked, setup),
		cmocka_unit_test_setup(test_locks, setup),
		cmocka_unit_test_setup(test_assign_and_free, setup),
		cmocka_unit_test_setup(test_large_page, setup),
		cmocka_unit_test_setup(test_split, setup),
		cmocka_unit_test_setup(test_vmm_memory, setup),
		cmocka_unit_test_setup(test_page_on_its_way_is_not_the_vmms, setup),
		cmocka_unit_test_setup(test_vmm_operand, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
