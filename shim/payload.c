/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/addr.h"
#include "shim/shim.h"
#include "shim/start.h"

#define PTE_TABLE 0x03 /* present, writable */
#define PTE_2M	  0x83

/* The window is mapped at its own address, without the SHARED bit. It is as large as the memory
 * below 4 GiB, where the files go. */
#define WINDOW_GIB 4
#define WINDOW_END (PAYLOAD_WINDOW_GPA + WINDOW_GIB * SIZE_1G)

_Static_assert(PAYLOAD_WINDOW_GPA == UINT64_C(1) << 39, "the second entry of the root");

static uint64_t window_pdpt[512] __attribute__((aligned(4096)));
static uint64_t window_pd[WINDOW_GIB * 512] __attribute__((aligned(4096)));

static void check_file(const struct payload_file *file)
{
	if (file->size == 0)
		return;
	if (!is_aligned(file->gpa, SIZE_2M) || file->gpa < PAYLOAD_WINDOW_GPA ||
	    file->gpa >= WINDOW_END || file->size > WINDOW_END - file->gpa)
		fail(SHIM_BAD_HOB, "A file at 0x%lx is outside of the payload window.", file->gpa);
}

static void map_file(const struct payload_file *file, uint64_t shared_bit)
{
	for (uint64_t done = 0; done < file->size; done += SIZE_2M)
		window_pd[(file->gpa + done - PAYLOAD_WINDOW_GPA) / SIZE_2M] =
			(file->gpa + done) | shared_bit | PTE_2M;
}

void payload_open(const struct payload_info *payload, uint64_t shared_bit)
{
	const struct payload_file *files[] = { &payload->kernel, &payload->initrd,
					       &payload->cmdline };

	for (unsigned int i = 0; i < 3; i++) {
		check_file(files[i]);
		map_file(files[i], shared_bit);
	}
	for (unsigned int i = 0; i < WINDOW_GIB; i++)
		window_pdpt[i] = (uintptr_t)&window_pd[i * 512] | PTE_TABLE;
	/* Entries that were not present are in no TLB. */
	pml4[1] = (uintptr_t)window_pdpt | PTE_TABLE;
}

void payload_copy(void *to, const struct payload_file *file, uint64_t offset, uint64_t size)
{
	memcpy(to, (const uint8_t *)file->gpa + offset, size);
}
