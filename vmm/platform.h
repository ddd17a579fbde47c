/* SPDX-License-Identifier: MIT */
/* The TDX platform: brings the module up and knows what it said about itself. */
#ifndef VMM_PLATFORM_H
#define VMM_PLATFORM_H

#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"

/* All that a host does once: SYS.INIT to the last SYS.TDMR.INIT. */
void platform_init(void);

const struct tdx_sysinfo *platform_info(void);
/* A key id for the one TD; key ids come back when a TD is torn down. */
uint16_t platform_hkid(void);
uint16_t platform_global_hkid(void);
/* The address with a key id in its upper bits. */
struct hpa platform_keyed(struct hpa pa, uint16_t hkid);

#endif
