/* SPDX-License-Identifier: MIT */
/*
 * What decoding an MMIO instruction costs, beside Zydis' minimal mode, as JSON.
 *
 * The stream has 4,000 MOV, MOVZX, MOVSX and MOVSXD instructions with all addressing forms, as
 * compilers emit them. "instructions" are retired ones of one call, counted by single-stepping a
 * child: they repeat exactly. Times are the best of several passes over the stream, in an order
 * that is new for each pass (random) and in that of the stream, always the same (repeating).
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
#define SLOT	     16
#define COUNTED	     500 /* single steps are slow */
#define SHORT_STREAM 64

/* One instruction behind the other, as code is; where each begins, in the order of a pass. */
static uint8_t stream[(STREAM + 1) * SLOT];
static uint32_t order[STREAM];
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

/* bytes: SLOT of them; what is behind the instruction is random, too. */
static void make_instruction(uint8_t *bytes)
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

static unsigned int length(const uint8_t *bytes)
{
	ZydisDecodedInstruction insn;

	if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&zydis, NULL, bytes, SLOT, &insn)))
		abort();
	return insn.length;
}

static void make_stream(void)
{
	uint32_t at = 0;

	for (unsigned int i = 0; i < STREAM; i++) {
		make_instruction(stream + at);
		order[i] = at;
		at += length(stream + at);
	}
}

static void shuffle(void)
{
	for (unsigned int i = STREAM - 1; i > 0; i--) {
		unsigned int j = (unsigned int)((next_random() >> 16) % (i + 1));
		uint32_t t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
}

/* Two instructions each. */
static enum insn_error nothing_decode(const uint8_t *bytes, size_t count, enum insn_mode mode,
				      struct insn *insn)
{
	return INSN_OK;
}

static bool nothing_access(const struct insn *insn, struct insn_access *access)
{
	return true;
}

/* What is called; a compiler cannot know. */
static enum insn_error (*volatile decoder)(const uint8_t *, size_t, enum insn_mode,
					   struct insn *) = insn_decode;
static bool (*volatile describer)(const struct insn *, struct insn_access *) = insn_access;

/* Each returns 0 for success. */
static unsigned int decode_swtdx(const uint8_t *bytes)
{
	struct insn insn;

	return decoder(bytes, INSN_MAX_LENGTH, INSN_MODE_64, &insn);
}

static unsigned int decode_swtdx_access(const uint8_t *bytes)
{
	struct insn_access access;
	struct insn insn;

	return decoder(bytes, INSN_MAX_LENGTH, INSN_MODE_64, &insn) || !describer(&insn, &access);
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
		failures += decode(stream + order[i]);
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

static uint64_t count_nothing(decode_fn decode)
{
	uint64_t steps;

	decoder = nothing_decode;
	describer = nothing_access;
	steps = count_steps(decode);
	decoder = insn_decode;
	describer = insn_access;
	return steps;
}

/* calls: of the library; 0 for another, which has no limit. */
static const struct subject {
	const char *name;
	decode_fn decode;
	unsigned int calls;
} subjects[] = {
	{ "swtdx", decode_swtdx, 1 },
	{ "swtdx_with_access", decode_swtdx_access, 2 },
	{ "zydis_minimal", decode_zydis, 0 },
};

/* Mean of one instruction, calls and returns included: what remains when the library does nothing
 * is taken off but for the three instructions of each call. */
static double count(const struct subject *s)
{
	decode_fn rest = s->calls ? s->decode : decode_swtdx;
	unsigned int calls = s->calls ? s->calls : 1;

	return (double)(count_steps(s->decode) - count_nothing(rest)) / COUNTED + 3 * calls;
}

static int check(void)
{
	unsigned int number = 0, failed = 0;

	for (const struct subject *s = subjects; s->calls; s++) {
		double mean = count(s);

		failed += mean > LIMIT;
		printf("%sok %u - decoding an MMIO instruction, %s: %.1f instructions (at most "
		       "%d)\n",
		       mean > LIMIT ? "not " : "", ++number, s->name, mean, LIMIT);
	}
	printf("1..%u\n", number);
	return failed != 0;
}

/* The order of the stream itself comes first. */
static void report_all(void)
{
	double repeating[ARRAY_SIZE(subjects)], in_short[ARRAY_SIZE(subjects)];
	double counts[ARRAY_SIZE(subjects)];

	for (unsigned int i = 0; i < ARRAY_SIZE(subjects); i++) {
		counts[i] = count(&subjects[i]);
		repeating[i] = measure(subjects[i].decode, false, STREAM);
		in_short[i] = measure(subjects[i].decode, false, SHORT_STREAM);
	}
	printf("{\n  \"decode\": {\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(subjects); i++)
		printf("    \"%s\": { \"instructions\": %.1f, \"ns_random_order\": %.1f, "
		       "\"ns_repeating_order\": %.1f, \"ns_repeating_%d\": %.1f }%s\n",
		       subjects[i].name, counts[i], measure(subjects[i].decode, true, STREAM),
		       repeating[i], SHORT_STREAM, in_short[i],
		       i + 1 < ARRAY_SIZE(subjects) ? "," : "");
	printf("  }\n}\n");
}

int main(int argc, char **argv)
{
	ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisDecoderEnableMode(&zydis, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
	make_stream();
	must_succeed(run(decode_swtdx_access, STREAM) + run(decode_zydis, STREAM));
	if (argc > 1 && strcmp(argv[1], "--once") == 0)
		return 0;
	if (argc < 2 || strcmp(argv[1], "--json") != 0)
		return check();
	report_all();
	return 0;
}
