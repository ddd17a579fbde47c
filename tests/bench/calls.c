/* SPDX-License-Identifier: MIT */
/*
 * What a call costs: instructions, loads and stores of libtdx-guest's paths, counted by
 * single-stepping the freestanding objects, on the success path. A count begins with the function's
 * first instruction and ends with its return; calls and returns inside are in it, and TDCALL is one
 * instruction. A load or store is an operand of an instruction: PUSH is a store, RET a load.
 *
 * Prints TAP, because the counts repeat exactly and have limits, and the counts as a line of JSON.
 */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of <sys/user.h>; lib/addr.h has the same. */
#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK

#include <Zydis/Zydis.h>

#include "guest/accept.h"
#include "guest/hooks.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

#define TDCALL_LENGTH 4
#define MAX_STEPS     1000000

struct count {
	unsigned int instructions, loads, stores;
};

#define RANGE_PAGES 64

static uint64_t out;
static struct tdx_module_args args;

static void call_tdcall(void)
{
	__tdcall(TDG_VP_INFO, &args);
}

static void call_tdcall_ret(void)
{
	__tdcall_ret(TDG_VP_INFO, &args);
}

static void call_tdcall_saved_ret(void)
{
	__tdcall_saved_ret(TDG_VP_VMCALL, &args);
}

static void call_tdx_hypercall(void)
{
	_tdx_hypercall(TDVMCALL_WRMSR, 1, 2, 0, 0);
}

static void call_tdvmcall(void)
{
	tdvmcall(TDVMCALL_RDMSR, 1, 0, 0, 0, &out);
}

static void call_full_hypercall(void)
{
	__tdx_hypercall(&args);
}

static void call_accept_page(void)
{
	tdx_accept_page(gpa(0x1000));
}

static void call_accept_one(void)
{
	tdx_accept_range(gpa(0x1000), PAGE_SIZE);
}

static void call_accept_two(void)
{
	tdx_accept_range(gpa(0x1000), 2 * PAGE_SIZE);
}

static void call_accept_many(void)
{
	tdx_accept_range(gpa(0x1000), (RANGE_PAGES + 2) * PAGE_SIZE);
}

/*
 * most: what ours may take; ANY for no limit. Where loads and stores have one, an operand needs
 * each of them, or the ABI: the return address, callee-saved registers, the pointer that must be
 * kept where no register is free. field: what the field takes.
 */
#define ANY UINT_MAX

static const struct path {
	const char *name;
	void (*call)(void);
	void *fn;
	struct count most;
	const char *field;
} paths[] = {
	{ "__tdcall", call_tdcall, (void *)__tdcall, { 9, 6 + 1, 0 }, "Linux 7.2 9/7/0" },
	{ "__tdcall_ret",
	  call_tdcall_ret,
	  (void *)__tdcall_ret,
	  { 15, 6 + 1, 6 },
	  "Linux 7.2 15/7/6" },
	{ "__tdcall_saved_ret",
	  call_tdcall_saved_ret,
	  (void *)__tdcall_saved_ret,
	  { 56, 13 + 5 + 2 + 1, 13 + 5 + 2 },
	  "Linux 7.2 56/22/20" },
	{ "_tdx_hypercall",
	  call_tdx_hypercall,
	  (void *)_tdx_hypercall,
	  { 39, 4 + 3, 4 + 2 },
	  "Linux 7.2 97/26/42, Linux 6.1 39/12/11" },
	{ "tdvmcall",
	  call_tdvmcall,
	  (void *)tdvmcall,
	  { ANY, ANY, ANY },
	  "edk2 51/11/9, td-shim 45/15/14" },
	{ "__tdx_hypercall", call_full_hypercall, (void *)__tdx_hypercall, { ANY, ANY, ANY }, "" },
	{ "tdx_accept_page",
	  call_accept_page,
	  (void *)tdx_accept_page,
	  { 20, 1 + 2, 2 },
	  "Linux 7.2 32/8/14" },
	{ "tdx_accept_range_one_page",
	  call_accept_one,
	  (void *)tdx_accept_range,
	  { ANY, ANY, ANY },
	  "" },
	{ "tdx_accept_range_two_pages",
	  call_accept_two,
	  (void *)tdx_accept_range,
	  { ANY, ANY, ANY },
	  "" },
	{ "tdx_accept_range_many_pages",
	  call_accept_many,
	  (void *)tdx_accept_range,
	  { ANY, ANY, ANY },
	  "" },
};

static const struct count each_page_most = { 20, 1, 1 };

void tdx_panic(const char *what, uint64_t status)
{
	_exit(1);
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	_exit(1);
}

static void die(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static pid_t start(const struct path *p)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		p->call();
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		die("the child does not stop");
	return child;
}

static void step(pid_t child)
{
	int status;

	if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) || waitpid(child, &status, 0) != child ||
	    !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		die("a step fails");
}

/* The code is the same in this process. */
static bool is_tdcall(uint64_t rip)
{
	static const uint8_t bytes[TDCALL_LENGTH] = { 0x66, 0x0f, 0x01, 0xcc };

	return memcmp((const void *)(uintptr_t)rip, bytes, sizeof(bytes)) == 0;
}

static void classify(uint64_t rip, struct count *count)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, (const void *)(uintptr_t)rip,
						 ZYDIS_MAX_INSTRUCTION_LENGTH, &instruction,
						 operands)))
		die("an instruction that Zydis does not know");
	for (unsigned int i = 0; i < instruction.operand_count; i++) {
		if (operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY ||
		    operands[i].mem.type != ZYDIS_MEMOP_TYPE_MEM)
			continue;
		count->loads += (operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
		count->stores += (operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
	}
}

/* The module and the VMM are content. */
static void answer(pid_t child, struct user_regs_struct *regs)
{
	regs->rax = TDX_SUCCESS;
	regs->r10 = TDVMCALL_STATUS_SUCCESS;
	regs->rip += TDCALL_LENGTH;
	if (ptrace(PTRACE_SETREGS, child, 0, regs))
		die("registers cannot be set");
}

static struct count count_path(const struct path *p)
{
	pid_t child = start(p);
	struct count count = { 0 };
	struct user_regs_struct regs;
	uint64_t stack = 0;

	for (unsigned int i = 0; i < MAX_STEPS; i++) {
		if (ptrace(PTRACE_GETREGS, child, 0, &regs))
			die("registers cannot be read");
		if (!stack && regs.rip == (uintptr_t)p->fn)
			stack = regs.rsp;
		if (stack && regs.rsp > stack)
			break;
		if (stack)
			count.instructions++;
		if (is_tdcall(regs.rip)) {
			answer(child, &regs);
			continue;
		}
		if (stack)
			classify(regs.rip, &count);
		step(child);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return count;
}

static bool check(unsigned int number, const char *name, const struct count *count,
		  const struct count *most)
{
	bool good = count->instructions > 0 && count->instructions <= most->instructions &&
		    count->loads <= most->loads && count->stores <= most->stores;

	printf("%s %u - %s: %u instructions, %u loads, %u stores", good ? "ok" : "not ok", number,
	       name, count->instructions, count->loads, count->stores);
	if (most->instructions != ANY)
		printf(" (at most %u, %u, %u)", most->instructions, most->loads, most->stores);
	printf("\n");
	return good;
}

static void json(const struct count *counts, const struct count *each)
{
	printf("# {\"benchmark\": \"calls\", \"compiler\": \"%s\", \"counts\": {", COMPILER);
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		printf("\"%s\": {\"instructions\": %u, \"loads\": %u, \"stores\": %u",
		       paths[i].name, counts[i].instructions, counts[i].loads, counts[i].stores);
		if (paths[i].most.instructions != ANY)
			printf(", \"limit\": %u", paths[i].most.instructions);
		if (paths[i].field[0])
			printf(", \"field\": \"%s\"", paths[i].field);
		printf("}, ");
	}
	printf("\"tdx_accept_range_each_page\": {\"instructions\": %u, \"loads\": %u, \"stores\": "
	       "%u, \"limit\": 20}}}\n",
	       each->instructions, each->loads, each->stores);
}

int main(void)
{
	const struct count *two, *many;
	struct count counts[ARRAY_SIZE(paths)], each;
	bool good = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", ARRAY_SIZE(paths) + 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		counts[i] = count_path(&paths[i]);
		good &= check(i + 1, paths[i].name, &counts[i], &paths[i].most);
	}
	many = &counts[ARRAY_SIZE(paths) - 1];
	two = many - 1;
	each = (struct count){ (many->instructions - two->instructions) / RANGE_PAGES,
			       (many->loads - two->loads) / RANGE_PAGES,
			       (many->stores - two->stores) / RANGE_PAGES };
	good &= check(ARRAY_SIZE(paths) + 1, "tdx_accept_range, each page", &each, &each_page_most);
	json(counts, &each);
	return good ? 0 : 1;
}
