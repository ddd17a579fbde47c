/* SPDX-License-Identifier: MIT */
/* Which ports and MSRs end a run: APM volume 2, "I/O Intercepts" and "MSR Intercepts". A set bit
 * intercepts. */
#include <string.h>

#include "cpu/svm/svm.h"
#include "lib/bits.h"

#define IOPM_SIZE		     (3 * 4096)
#define MSRPM_SIZE		     (2 * 4096)
#define MSR_MKTME_KEYID_PARTITIONING 0x87
#define MSR_EFER		     0xc0000080

uint8_t svm_iopm_td[IOPM_SIZE] __attribute__((aligned(4096)));
uint8_t svm_iopm_vmm[IOPM_SIZE] __attribute__((aligned(4096)));
uint8_t svm_msrpm_td[MSRPM_SIZE] __attribute__((aligned(4096)));
uint8_t svm_msrpm_vmm[MSRPM_SIZE] __attribute__((aligned(4096)));

/* Index of the MSR's read bit in the map (the write bit is the next), or -1: not in the map, always
 * intercepted. */
static int msrpm_bit(uint32_t msr)
{
	if (msr < 0x2000)
		return (int)(2 * msr);
	if (msr - 0xc0000000 < 0x2000)
		return (int)(2 * (msr - 0xc0000000 + 0x2000));
	if (msr - 0xc0010000 < 0x2000)
		return (int)(2 * (msr - 0xc0010000 + 0x4000));
	return -1;
}

static void set_bit(uint8_t *map, int index, bool value)
{
	if (value)
		map[index / 8] |= (uint8_t)bit((unsigned int)index % 8);
	else
		map[index / 8] &= (uint8_t)~bit((unsigned int)index % 8);
}

static void intercept_msr(uint8_t *map, uint32_t msr, bool read, bool write)
{
	int index = msrpm_bit(msr);

	if (index < 0)
		return;
	set_bit(map, index, read);
	set_bit(map, index + 1, write);
}

void cpu_msr_pass_through(uint32_t msr, bool read, bool write)
{
	intercept_msr(svm_msrpm_td, msr, !read, !write);
}

void svm_intercept_port(uint8_t *iopm, uint16_t port, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		set_bit(iopm, port + (int)i, true);
}

void svm_permissions_init(void)
{
	memset(svm_iopm_td, 0xff, IOPM_SIZE);
	memset(svm_msrpm_td, 0xff, MSRPM_SIZE);
	svm_intercept_port(svm_iopm_vmm, PORT_MONITOR_CONSOLE, 1);
	svm_intercept_port(svm_iopm_vmm, PORT_MACHINE_EXIT, 4);
	/* The VMM may not take the machine from under the monitor. */
	intercept_msr(svm_msrpm_vmm, MSR_MKTME_KEYID_PARTITIONING, true, true);
	intercept_msr(svm_msrpm_vmm, MSR_EFER, false, true);
	intercept_msr(svm_msrpm_vmm, SVM_MSR_VM_CR, true, true);
	intercept_msr(svm_msrpm_vmm, SVM_MSR_VM_HSAVE, true, true);
}
