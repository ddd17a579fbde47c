/* SPDX-License-Identifier: MIT */
#include <tdx/status.h>

#include "cpu/backend.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/sys.h"

struct sys sys;

void sys_reset(void)
{
	sys = (struct sys){ .state = SYS_STATE_INIT_PENDING };
}

uint64_t sys_config_flags_fixed0(void)
{
	uint64_t flags = TDX_CONFIG_FLEXIBLE_PENDING_VE | TDX_CONFIG_NO_RBP_MOD;

	return cpu_gpa_width() >= 52 ? flags | TDX_CONFIG_GPAW_52 : flags;
}

uint64_t sys_require_lp_init(void)
{
	unsigned int lp = platform_lp();

	CHECK(lp < SYS_MAX_LPS);
	return __atomic_load_n(&sys.lp_initialized[lp], __ATOMIC_ACQUIRE)
		       ? TDX_SUCCESS
		       : TDX_SYS_LP_INIT_NOT_DONE;
}

uint64_t sys_all_packages(void)
{
	return bit_range(platform_package_count() - 1, 0);
}

uint64_t sys_this_package(void)
{
	return bit(platform_package(platform_lp()));
}

bool sys_hkid_is_private(uint64_t hkid)
{
	return hkid - PLATFORM_PRIVATE_HKID < PLATFORM_HKID_COUNT;
}

struct sys_key *sys_key(uint16_t hkid)
{
	CHECK(sys_hkid_is_private(hkid));
	return &sys.keys[hkid - PLATFORM_PRIVATE_HKID];
}
