/* SPDX-License-Identifier: MIT */
/*
 * What the crypto library's objects expect of a C library: they were built with stack protectors
 * and checked copies. The canary is at %fs:0x28; the monitor's FS base, which each VMLOAD of its
 * own state brings back, points to a block here.
 */
#include <string.h>

#include "cpu/svm/instructions.h"
#include "cpu/svm/svm.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/platform.h"
#include "monitor/monitor.h"

#define MSR_FS_BASE 0xc0000100

static uint64_t thread_block[8]; /* [5] is the canary, at offset 0x28 */

void __stack_chk_fail(void);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);

void __stack_chk_fail(void)
{
	panic("stack overrun");
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	CHECK(size <= room);
	return memcpy(to, from, size);
}

void crypto_init(void)
{
	CHECK(platform_random(&thread_block[5], sizeof(thread_block[5])));
	wrmsr(MSR_FS_BASE, (uint64_t)thread_block);
	__asm__ volatile("vmsave %0" : : "a"(phys_of(&svm_lp.host_state).pa) : "memory");
}
