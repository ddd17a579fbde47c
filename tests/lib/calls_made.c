/* SPDX-License-Identifier: MIT */
/*
 * Which leaves a hosted test really calls: the linker puts these in the place of the module's entry
 * points (--wrap). With SWTDX_CALLS in the environment they end with a line for each leaf,
 * "# SEAMCALL 2: 24 calls, 3 successes", which `swtdx conformance --run` reads.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "module/leaf.h"
#include "module/module.h"

#define LEAVES 256

static struct {
	unsigned int calls, successes;
} seamcalls[LEAVES], tdcalls[LEAVES];

void __real_module_seamcall(uint64_t regs[TDX_GPR_COUNT]);
enum tdcall_action __real_module_tdcall(struct tdcall *c);
void __wrap_module_seamcall(uint64_t regs[TDX_GPR_COUNT]);
enum tdcall_action __wrap_module_tdcall(struct tdcall *c);

/* Tests have threads. */
static void count(unsigned int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

void __wrap_module_seamcall(uint64_t regs[TDX_GPR_COUNT])
{
	uint64_t leaf = regs[TDX_RAX] & TDX_LEAF_MASK;

	__real_module_seamcall(regs);
	if (leaf >= LEAVES)
		return;
	count(&seamcalls[leaf].calls);
	if (!tdx_is_error(regs[TDX_RAX]))
		count(&seamcalls[leaf].successes);
}

enum tdcall_action __wrap_module_tdcall(struct tdcall *c)
{
	uint64_t leaf = c->r[TDX_RAX] & TDX_LEAF_MASK;
	enum tdcall_action action = __real_module_tdcall(c);

	if (leaf >= LEAVES)
		return action;
	count(&tdcalls[leaf].calls);
	if (action == TDCALL_EXIT || (action == TDCALL_RETURN && !tdx_is_error(c->status)))
		count(&tdcalls[leaf].successes);
	return action;
}

__attribute__((destructor)) static void tell(void)
{
	if (!getenv("SWTDX_CALLS"))
		return;
	for (unsigned int leaf = 0; leaf < LEAVES; leaf++) {
		if (seamcalls[leaf].calls)
			printf("# SEAMCALL %u: %u calls, %u successes\n", leaf,
			       seamcalls[leaf].calls, seamcalls[leaf].successes);
		if (tdcalls[leaf].calls)
			printf("# TDCALL %u: %u calls, %u successes\n", leaf, tdcalls[leaf].calls,
			       tdcalls[leaf].successes);
	}
}
