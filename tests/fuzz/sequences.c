/* SPDX-License-Identifier: MIT */
/*
 * Sequences of calls against the module, the same ones in each run: those of the corpus, then as
 *many as asked for that are made from them and from pseudo-random bytes. Succeeds when all
 *invariants held and every leaf of the module has succeeded at least once.
 *
 * usage: sequences [-n COUNT] [-s SEED] [-c CORPUS]	plays; prints TAP and one line of figures
 *	  sequences [-n COUNT] [-s SEED] -w CORPUS	plays, and writes the first sequence in
 *which a leaf succeeds to a file of its name
 *	  sequences -v FILE...				plays these, and tells each call
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tdx/leaf.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "lib/status_name.h"
#include "tests/fuzz/player.h"

#define MAX_SIZE       256
#define MAX_SEEDS      4096
#define MAX_SEED_SIZE  40     /* of a sequence that others are made from */
#define DEFAULT_COUNT  600000 /* a minute with sanitizers */
#define WORLD_RUN      512    /* sequences in one world before the next one's turn */
#define DEFAULT_CORPUS "tests/fuzz/corpus/module"

struct sequence {
	size_t size;
	uint8_t bytes[MAX_SIZE];
};

static struct sequence seeds[MAX_SEEDS];
static size_t seed_count;
static struct sequence current;
static uint64_t random_state;

static const uint16_t seamcalls[] = {
#define SEAMCALL(number, ...) number,
#include "module/seamcall.def"
#undef SEAMCALL
};

/* Succeeds for nobody: there is never anything that an earlier module has left. */
#define NEVER_GOOD TDH_SYS_UPDATE

static const uint16_t tdcalls[] = {
#define TDCALL(number, ...) number,
#include "module/tdcall.def"
#undef TDCALL
};

/* What aborts in the module or in a check can be played again: xxd -r -p turns it into a file for
 * -v. */
static void on_abort(int signal_number)
{
	static const char digits[] = "0123456789abcdef";
	static char line[2 * MAX_SIZE + 1];

	for (size_t i = 0; i < current.size; i++) {
		line[2 * i] = digits[current.bytes[i] >> 4];
		line[2 * i + 1] = digits[current.bytes[i] & 0xf];
	}
	line[2 * current.size] = '\n';
	if (write(STDERR_FILENO, line, 2 * current.size + 1) < 0)
		_exit(1);
}

/* xorshift64*: the same everywhere. */
static uint32_t random32(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)(random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

static void play(void)
{
	player_play(current.bytes, current.size);
}

static bool load(const char *path, struct sequence *s)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	s->size = fread(s->bytes, 1, MAX_SIZE, f);
	fclose(f);
	return s->size > 0;
}

static int by_contents(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sequence));
}

/* In an order that does not depend on the directory's. */
static void load_corpus(const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;

	while (d && (entry = readdir(d)) && seed_count < MAX_SEEDS) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.' && load(path, &seeds[seed_count]))
			seed_count++;
	}
	if (d)
		closedir(d);
	qsort(seeds, seed_count, sizeof(seeds[0]), by_contents);
}

static void append_random(struct sequence *s, size_t count)
{
	while (count-- && s->size < MAX_SIZE)
		s->bytes[s->size++] = (uint8_t)random32();
}

static const struct sequence *seed_of(enum world world)
{
	for (unsigned int tries = 0; tries < 32 && seed_count; tries++) {
		const struct sequence *s = &seeds[random32() % seed_count];

		if (s->bytes[0] % WORLD_COUNT == world)
			return s;
	}
	return NULL;
}

/* A beginning of a seed, with bytes changed, then random ones; or these alone. */
static void make(enum world world)
{
	const struct sequence *s = random32() % 4 ? seed_of(world) : NULL;

	current.size = 1;
	current.bytes[0] = (uint8_t)world;
	if (s) {
		current = *s;
		if (random32() % 2)
			current.size = 1 + random32() % s->size;
		for (uint32_t n = random32() % 3; n--;)
			current.bytes[random32() % current.size] = (uint8_t)random32();
		current.bytes[0] = (uint8_t)world;
	}
	append_random(&current, 4 + random32() % 24);
}

/* A short sequence that brings news is one to go on from. */
static void play_next(uint64_t number)
{
	uint64_t news = player_counts.news;

	make((enum world)(number / WORLD_RUN % WORLD_COUNT));
	play();
	if (player_counts.news > news && seed_count < MAX_SEEDS && current.size <= MAX_SEED_SIZE)
		seeds[seed_count++] = current;
}

/* The corpus. */

static void save(const char *directory, const char *kind, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s_%s", directory, kind, name);
	f = fopen(path, "wb");
	if (!f || fwrite(current.bytes, 1, current.size, f) != current.size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

struct counts_of_leaves {
	const char *kind;
	const uint16_t *leaves;
	size_t count;
	const uint64_t *called, *good;
	const char *(*name)(uint64_t leaf);
};

static const struct counts_of_leaves kinds[] = {
	{ "tdh", seamcalls, ARRAY_SIZE(seamcalls), player_counts.seamcalls,
	  player_counts.seamcalls_good, tdh_leaf_name },
	{ "tdg", tdcalls, ARRAY_SIZE(tdcalls), player_counts.tdcalls, player_counts.tdcalls_good,
	  tdg_leaf_name },
};

static bool has_succeeded(const struct counts_of_leaves *kind, uint16_t leaf)
{
	return kind->good[leaf] > 0 || (kind == &kinds[0] && leaf == NEVER_GOOD);
}

static size_t total_good(void)
{
	size_t total = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t i = 0; i < kinds[k].count; i++)
			total += kinds[k].good[kinds[k].leaves[i]] > 0;
	}
	return total;
}

static bool reaches(const struct counts_of_leaves *kind, uint16_t leaf)
{
	uint64_t before = kind->good[leaf];

	play();
	return kind->good[leaf] > before;
}

/* Without some of its bytes, if it does the same then. */
static bool leave_out(const struct counts_of_leaves *kind, uint16_t leaf, size_t at, size_t count)
{
	const struct sequence whole = current;

	if (at + count > current.size)
		return false;
	memmove(&current.bytes[at], &current.bytes[at + count], current.size - at - count);
	current.size -= count;
	if (reaches(kind, leaf))
		return true;
	current = whole;
	return false;
}

/* As few bytes as it needs. */
static void shorten(const struct counts_of_leaves *kind, uint16_t leaf)
{
	bool shorter = true;

	while (shorter) {
		shorter = false;
		for (size_t count = 8; count; count--) {
			for (size_t at = current.size; at-- > 1;)
				shorter |= leave_out(kind, leaf, at, count);
		}
	}
}

/* For leaves that have succeeded since, and that have no file yet. */
static void write_new(const char *directory, const struct player_counts *before)
{
	static bool written[ARRAY_SIZE(kinds)][PLAYER_LEAVES];
	const struct sequence found = current;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		const uint64_t *good = k ? before->tdcalls_good : before->seamcalls_good;

		for (size_t i = 0; i < kinds[k].count; i++) {
			uint16_t leaf = kinds[k].leaves[i];

			current = found;
			if (written[k][leaf] || kinds[k].good[leaf] == good[leaf] ||
			    !reaches(&kinds[k], leaf))
				continue;
			written[k][leaf] = true;
			shorten(&kinds[k], leaf);
			save(directory, kinds[k].kind, kinds[k].name(leaf));
		}
	}
}

static void write_corpus(const char *directory, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct player_counts before = player_counts;
		uint64_t news = player_counts.news;

		play_next(i);
		if (player_counts.news > news)
			write_new(directory, &before);
	}
}

/* The report. */

static void say_missing(void)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t i = 0; i < kinds[k].count; i++) {
			uint16_t leaf = kinds[k].leaves[i];

			if (!has_succeeded(&kinds[k], leaf))
				printf("# %s_%s has never succeeded, in %llu calls\n",
				       kinds[k].kind, kinds[k].name(leaf),
				       (unsigned long long)kinds[k].called[leaf]);
		}
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int report(double time)
{
	size_t all = ARRAY_SIZE(seamcalls) + ARRAY_SIZE(tdcalls) - 1; /* NEVER_GOOD */
	size_t good = total_good();

	printf("1..1\n%sok 1 - every leaf succeeds, and the invariants hold\n",
	       good == all ? "" : "not ");
	say_missing();
	printf("# %llu sequences, %llu calls, %.0f sequences a second, leaves that succeeded: %zu "
	       "of "
	       "%zu\n",
	       (unsigned long long)player_counts.sequences, (unsigned long long)player_counts.calls,
	       (double)player_counts.sequences / time, good, all);
	return good == all ? 0 : 1;
}

static int play_files(char **paths)
{
	for (; *paths; paths++) {
		if (!load(*paths, &current)) {
			fprintf(stderr, "%s: cannot be read, or is empty\n", *paths);
			return 1;
		}
		play();
	}
	return 0;
}

static int usage(void)
{
	fputs("usage: sequences [-n COUNT] [-s SEED] [-c CORPUS | -w CORPUS | -v FILE...]\n",
	      stderr);
	return 2;
}

struct options {
	const char *corpus, *write_to;
	uint64_t count, seed;
};

static bool parse(int argc, char **argv, struct options *o)
{
	int option;

	while ((option = getopt(argc, argv, "n:s:c:w:v")) != -1) {
		if (option == 'v') {
			player_verbose = true;
			continue;
		}
		if (option == '?' || !optarg)
			return false;
		if (option == 'n')
			o->count = strtoull(optarg, NULL, 0);
		if (option == 's')
			o->seed = strtoull(optarg, NULL, 0);
		if (option == 'c')
			o->corpus = optarg;
		if (option == 'w')
			o->write_to = optarg;
	}
	return true;
}

static void play_all(const struct options *o)
{
	size_t from_corpus;

	load_corpus(o->corpus);
	from_corpus = seed_count;
	for (size_t i = 0; i < from_corpus; i++) {
		current = seeds[i];
		play();
	}
	for (uint64_t i = 0; i < o->count; i++)
		play_next(i);
}

int main(int argc, char **argv)
{
	struct options o = { .corpus = DEFAULT_CORPUS, .count = DEFAULT_COUNT, .seed = 1 };
	double start;

	if (!parse(argc, argv, &o))
		return usage();
	signal(SIGABRT, on_abort);
	random_state = o.seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	player_start();
	if (optind < argc)
		return play_files(argv + optind);
	start = seconds();
	if (o.write_to)
		write_corpus(o.write_to, o.count);
	else
		play_all(&o);
	return report(seconds() - start);
}
