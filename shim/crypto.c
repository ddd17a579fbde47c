/* SPDX-License-Identifier: MIT */
/* What BearSSL, compiled for a system with a C library, wants from one. */
#include "shim/crypto.h"

#include <string.h>

#include "lib/bits.h"
#include "lib/check.h"

#define MSR_FS_BASE 0xc0000100

void __stack_chk_fail(void);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);

/* Where FS points: compiled code expects the stack protector's canary at FS:0x28. */
static struct {
	uint8_t unused[0x28];
	uint64_t canary;
} thread_block;

void crypto_init(void)
{
	uint64_t base = (uintptr_t)&thread_block;

	thread_block.canary = __builtin_ia32_rdtsc();
	__asm__ volatile("wrmsr" : : "c"(MSR_FS_BASE), "a"(low32(base)), "d"(high32(base)));
}

void __stack_chk_fail(void)
{
	check_failed(__FILE__, __LINE__, "stack overrun");
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	CHECK(size <= room);
	return memcpy(to, from, size);
}
