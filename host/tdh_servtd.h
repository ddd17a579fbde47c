/* SPDX-License-Identifier: MIT */
/*
 * TDH.SERVTD.*: binding a service TD (a migration TD) to a target. All can return the statuses of
 * both TDs (host/tdh_mng.h) and TDX_SERVTD_* (class 0x0d): the binding there is does not fit, which
 * is the caller's doing.
 */
#ifndef HOST_TDH_SERVTD_H
#define HOST_TDH_SERVTD_H

#include <stdint.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TDX_SERVTD_TYPE_MIGRATION 0

struct tdx_servtd_binding {
	uint64_t handle;  /* for TDG.SERVTD.RD and WR */
	uint64_t uuid[4]; /* of the target TD */
};

/* slot: 0. type: TDX_SERVTD_TYPE_*. attributes: what of the service TD must stay as it is. */
uint64_t tdh_servtd_bind(struct hpa target_tdr, struct hpa service_tdr, uint64_t slot,
			 uint16_t type, uint64_t attributes, struct tdx_servtd_binding *binding);

/* Before there is a service TD: which it will be. info_hash: 48 bytes of SHA-384. */
uint64_t tdh_servtd_prebind(struct hpa target_tdr, struct hpa info_hash, uint64_t slot,
			    uint16_t type, uint64_t attributes);

#ifdef __cplusplus
}
#endif

#endif
