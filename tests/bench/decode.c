/* SPDX-License-Identifier: MIT */
/*
 * What decoding an MMIO instruction costs, beside Zydis' minimal mode, as JSON.
 *
 * The stream has 4,000 MOV, MOVZX, MOVSX and MOVSXD instructions with all addressing forms, as
 * compilers emit them. "instructions" are retired ones of one call, counted by single-stepping a
 * child: they repeat exactly. Times are the best of several passes over the stream, in an order
 * that is new for each pass (random) and in one that is always the same (repeating).
 *
 * usage: decode [--json | --once]
 *	prints TAP: the count has a limit
 *	--json	everything
 *	--once	decodes the stream once, for a profiler
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <Zydis/Zydis.h>

#include "lib/bits.h"
#include "lib/insn.h"

#define STREAM	     4000
#define PASSES	     1000
#define LIMIT	     150
#define COUNTED	     500 /* single steps are slow */
#define SLOT	     16
#define SHORT_STREAM 64

static uint8_t stream[STREAM][SLOT];
static uint16_t order[STREAM];
static ZydisDecoder zydis;

static uint64_t next_random(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static bool chance(unsigned int percent)
{
	return (next_random() >> 20) % 100 < percent;
}

/* ModRM with a memory operand; SIB, displacement and immediate behind it are random bytes. */
static uint8_t random_modrm(void)
{
	return (uint8_t)((next_random() >> 9 & 0x3f) | (next_random() >> 11) % 3 << 6);
}

static void make_instruction(uint8_t bytes[SLOT])
{
	static const uint8_t one_byte[] = { 0x88, 0x89, 0x89, 0x89, 0x8a, 0x8b,
					    0x8b, 0x8b, 0xc6, 0xc7, 0x63 };
	static const uint8_t two_byte[] = { 0xb6, 0xb7, 0xbe, 0xbf };
	uint64_t words[2] = { next_random(), next_random() };
	unsigned int n = 0;
	uint8_t modrm = random_modrm();

	memcpy(bytes, words, SLOT);
	if (chance(10))
		bytes[n++] = 0x66;
	if (chance(3))
		bytes[n++] = 0x65;
	if (chance(45))
		bytes[n++] = 0x40 | (next_random() >> 13 & 15);
	if (chance(20)) {
		bytes[n++] = 0x0f;
		bytes[n++] = two_byte[(next_random() >> 7) % ARRAY_SIZE(two_byte)];
	} else {
		bytes[n++] = one_byte[(next_random() >> 7) % ARRAY_SIZE(one_byte)];
	}
	if ((bytes[n - 1] & 0xfe) == 0xc6)
		modrm &= 0xc7;
	bytes[n] = modrm;
}

static void make_stream(void)
{
	for (unsigned int i = 0; i < STREAM; i++) {
		make_instruction(stream[i]);
		order[i] = (uint16_t)i;
	}
}

static void shuffle(void)
{
	for (unsigned int i = STREAM - 1; i > 0; i--) {
		unsigned int j = (unsigned int)((next_random() >> 16) % (i + 1));
		uint16_t t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
}

/* Each returns 0 for success. */
static unsigned int decode_swtdx(const uint8_t *bytes)
{
	struct insn insn;

	return insn_decode(bytes, INSN_MAX_LENGTH, INSN_MODE_64, &insn);
}

static unsigned int decode_swtdx_access(const uint8_t *bytes)
{
	struct insn_access access;
	struct insn insn;

	return insn_decode(bytes, INSN_MAX_LENGTH, INSN_MODE_64, &insn) ||
	       !insn_access(&insn, &access);
}

static unsigned int decode_zydis(const uint8_t *bytes)
{
	ZydisDecodedInstruction insn;

	return ZYAN_FAILED(
		ZydisDecoderDecodeInstruction(&zydis, NULL, bytes, INSN_MAX_LENGTH, &insn));
}

typedef unsigned int (*decode_fn)(const uint8_t *bytes);

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static unsigned int run(decode_fn decode, unsigned int count)
{
	unsigned int failures = 0;

	for (unsigned int i = 0; i < count; i++)
		failures += decode(stream[order[i]]);
	return failures;
}

static void must_succeed(unsigned int failures)
{
	if (failures == 0)
		return;
	fprintf(stderr, "decode: %u instructions are refused\n", failures);
	exit(1);
}

/* Nanoseconds per instruction. */
static double measure(decode_fn decode, bool random, unsigned int count)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int pass = 0; pass < PASSES; pass++) {
		uint64_t start, time;

		if (random)
			shuffle();
		start = now();
		must_succeed(run(decode, count));
		time = now() - start;
		if (time < best)
			best = time;
	}
	return (double)best / count;
}

static unsigned int decode_nothing(const uint8_t *bytes)
{
	__asm__ volatile("" : : "r"(bytes));
	return 0;
}

/* Stops before and after what is counted. The first run leaves the dynamic linker nothing to do. */
static _Noreturn void child(decode_fn decode)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	must_succeed(run(decode, COUNTED));
	raise(SIGSTOP);
	must_succeed(run(decode, COUNTED));
	raise(SIGSTOP);
	_exit(0);
}

static void wait_for(pid_t pid, int signal)
{
	int status;

	do {
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
			fprintf(stderr, "decode: cannot trace\n");
			exit(1);
		}
	} while (signal && WSTOPSIG(status) != signal);
}

static uint64_t count_steps(decode_fn decode)
{
	uint64_t steps = 0;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child(decode);
	wait_for(pid, SIGSTOP);
	for (;;) {
		ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		    WSTOPSIG(status) == SIGSTOP)
			break;
		steps++;
	}
	ptrace(PTRACE_KILL, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	return steps;
}

/* Mean of one call, its call and return included. */
static double count(decode_fn decode)
{
	return (double)(count_steps(decode) - count_steps(decode_nothing)) / COUNTED + 2;
}

static int check(void)
{
	double decoding = count(decode_swtdx);

	printf("1..1\n%sok 1 - decoding an MMIO instruction: %.1f instructions (at most %d)\n",
	       decoding <= LIMIT ? "" : "not ", decoding, LIMIT);
	return decoding > LIMIT;
}

static void report(const char *name, decode_fn decode, const char *end)
{
	printf("    \"%s\": { \"instructions\": %.1f, \"ns_random_order\": %.1f, "
	       "\"ns_repeating_order\": %.1f, \"ns_repeating_%d\": %.1f }%s\n",
	       name, count(decode), measure(decode, true, STREAM), measure(decode, false, STREAM),
	       SHORT_STREAM, measure(decode, false, SHORT_STREAM), end);
}

int main(int argc, char **argv)
{
	make_stream();
	ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisDecoderEnableMode(&zydis, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
	must_succeed(run(decode_swtdx_access, STREAM) + run(decode_zydis, STREAM));
	if (argc > 1 && strcmp(argv[1], "--once") == 0)
		return 0;
	if (argc < 2 || strcmp(argv[1], "--json") != 0)
		return check();
	printf("{\n  \"decode\": {\n");
	report("swtdx", decode_swtdx, ",");
	report("swtdx_with_access", decode_swtdx_access, ",");
	report("zydis_minimal", decode_zydis, "");
	printf("  }\n}\n");
	return 0;
}
