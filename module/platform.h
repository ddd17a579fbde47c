/* SPDX-License-Identifier: MIT */
/* What the module needs from the machine, besides a CPU (cpu/backend.h) and memory (lib/phys.h).
 * The monitor and the hosted tests provide it. */
#ifndef MODULE_PLATFORM_H
#define MODULE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/types.h>

/* Logical processors: number of the caller's (0..count-1), their count, the package of each
 * (0..63). */
unsigned int platform_lp(void);
unsigned int platform_lp_count(void);
unsigned int platform_package(unsigned int lp);
unsigned int platform_package_count(void);

/* Key ids: private ones are first..first+count-1; the VMM reads the same in MSR 0x87. */
#define PLATFORM_HKID_SHIFT   42 /* key id bits in a physical address: 47:42 */
#define PLATFORM_HKID_BITS    6
#define PLATFORM_PRIVATE_HKID 32 /* the first private one */
#define PLATFORM_HKID_COUNT   32 /* private ones, the module's global one included */
#define PLATFORM_MAXPA	      48 /* CPUID 0x80000008 EAX 7:0 */

/* Convertible memory ranges: ascending, not overlapping. Returns how many, at most TDX_MAX_CMRS. */
size_t platform_cmrs(struct tdx_cmr_info *cmrs);

/* The time-stamp counter, unshifted. */
uint64_t platform_tsc(void);

/* Random bytes for keys and identifiers; false when there is no entropy (the caller may try again).
 */
bool platform_random(void *buffer, size_t size);

/* A secret of this machine, the same for its whole run: the key of report MACs. */
void platform_report_key(uint8_t key[32]);

#endif
