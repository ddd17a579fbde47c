/* SPDX-License-Identifier: MIT */
/* The outputs of TDG.MEM.PAGE.ATTR.RD and ATTR.WR. */
#ifndef MODULE_LEAF_ATTR_H
#define MODULE_LEAF_ATTR_H

#include "lib/bits.h"
#include "module/leaf.h"
#include "module/operand.h"
#include "module/sept.h"

#define ATTR_PENDING bit(62)

static inline enum tdcall_action attr_outputs(struct tdcall *c, uint64_t status, uint64_t mapping)
{
	c->r[TDX_RCX] = mapping;
	c->r[TDX_RDX] = 0; /* attributes of L2 VMs; L1 has none */
	return tdcall_return(c, status);
}

static inline enum tdcall_action attr_refuse(struct tdcall *c, uint64_t status)
{
	return attr_outputs(c, status, 0);
}

/* The page of that level at gpa. */
static inline enum tdcall_action attr_return(struct tdcall *c, struct gpa gpa, unsigned int level,
					     enum sept_state state)
{
	return attr_outputs(c, TDX_SUCCESS,
			    align_down(gpa.pa, level_size(level)) | level |
				    (state == SEPT_STATE_PENDING ? ATTR_PENDING : 0));
}

#endif
