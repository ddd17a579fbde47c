/* SPDX-License-Identifier: MIT */
/*
 * Which leaves a hosted test really calls, and what they answer: the linker puts these in the place
 * of the module's entry points (--wrap). With SWTDX_CALLS in the environment they end with lines
 * "# SEAMCALL 2: 3 times c000010000000001", which `swtdx conformance --run` reads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <tdx/leaf.h>
#include <tdx/status.h>

#include "lib/bits.h"
#include "module/leaf.h"
#include "module/module.h"

/* More kinds of answers than any test sees; what does not fit is not told. */
#define ANSWERS 4096

static struct answer {
	const char *instruction;
	unsigned int leaf, times;
	uint64_t status;
} answers[ANSWERS];
static size_t answer_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void __real_module_seamcall(uint64_t regs[TDX_GPR_COUNT]);
enum tdcall_action __real_module_tdcall(struct tdcall *c);
void __wrap_module_seamcall(uint64_t regs[TDX_GPR_COUNT]);
enum tdcall_action __wrap_module_tdcall(struct tdcall *c);

static struct answer *find(const char *instruction, unsigned int leaf, uint64_t status)
{
	for (size_t i = 0; i < answer_count; i++) {
		struct answer *a = &answers[i];

		if (a->instruction == instruction && a->leaf == leaf && a->status == status)
			return a;
	}
	if (answer_count == ARRAY_SIZE(answers))
		return NULL;
	answers[answer_count] = (struct answer){ instruction, leaf, 0, status };
	return &answers[answer_count++];
}

static void note(const char *instruction, uint64_t leaf, uint64_t status)
{
	static int wanted = -1;
	struct answer *answer;

	pthread_mutex_lock(&mutex);
	if (wanted < 0)
		wanted = getenv("SWTDX_CALLS") != NULL;
	answer = wanted ? find(instruction, (unsigned int)leaf, status) : NULL;
	if (answer)
		answer->times++;
	pthread_mutex_unlock(&mutex);
}

void __wrap_module_seamcall(uint64_t regs[TDX_GPR_COUNT])
{
	uint64_t leaf = regs[TDX_RAX] & TDX_LEAF_MASK;

	__real_module_seamcall(regs);
	note("SEAMCALL", leaf, regs[TDX_RAX]);
}

/* A TD exit is what the leaf is for, or asks the VMM for what is missing; a restart is no answer.
 */
enum tdcall_action __wrap_module_tdcall(struct tdcall *c)
{
	uint64_t leaf = c->r[TDX_RAX] & TDX_LEAF_MASK;
	enum tdcall_action action = __real_module_tdcall(c);

	if (action != TDCALL_RESTART)
		note("TDCALL", leaf, action == TDCALL_EXIT ? TDX_SUCCESS : c->status);
	return action;
}

__attribute__((destructor)) static void tell(void)
{
	for (size_t i = 0; i < answer_count; i++)
		printf("# %s %u: %u times %016llx\n", answers[i].instruction, answers[i].leaf,
		       answers[i].times, (unsigned long long)answers[i].status);
}
