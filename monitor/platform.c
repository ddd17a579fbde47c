/* SPDX-License-Identifier: MIT */
/* The machine as the module sees it (module/platform.h). */
#include "module/platform.h"

#include <string.h>

#include "cpu/svm/instructions.h"
#include "monitor/monitor.h"

static struct tdx_cmr_info cmrs[TDX_MAX_CMRS];
static size_t cmr_count;
static uint8_t report_key[32];

unsigned int platform_lp(void)
{
	return 0;
}

unsigned int platform_lp_count(void)
{
	return 1;
}

unsigned int platform_package(unsigned int lp)
{
	return 0;
}

unsigned int platform_package_count(void)
{
	return 1;
}

size_t platform_cmrs(struct tdx_cmr_info *out)
{
	memcpy(out, cmrs, sizeof(cmrs));
	return cmr_count;
}

uint64_t platform_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return make64(high, low);
}

static bool random_word(uint64_t *word)
{
	uint8_t ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*word), "=qm"(ok));
	return ok;
}

bool platform_random(void *buffer, size_t size)
{
	uint8_t *to = buffer;

	for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
		uint64_t word;

		if (!random_word(&word))
			return false;
		memcpy(to + done, &word, size - done < sizeof(word) ? size - done : sizeof(word));
	}
	return true;
}

void platform_report_key(uint8_t key[32])
{
	memcpy(key, report_key, sizeof(report_key));
}

/* All RAM but the monitor's is convertible; the monitor is at the end of its range. */
void platform_init(const struct boot_info *boot)
{
	struct memory_range monitor = memory_monitor_range();

	for (unsigned int i = 0; i < boot->ram_count; i++) {
		struct memory_range range = boot->ram[i];

		if (monitor.base - range.base < range.size)
			range.size = monitor.base - range.base;
		if (range.size)
			cmrs[cmr_count++] = (struct tdx_cmr_info){ range.base, range.size };
	}
	if (!platform_random(report_key, sizeof(report_key)))
		panic("no random numbers: the CPU's RDRAND fails");
}
