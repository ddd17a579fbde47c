/* SPDX-License-Identifier: MIT */
#include "tools/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/bits.h"
#include "tools/say.h"

/* What a run of one has said so far. */
struct tap {
	struct trial *trial;
	char line[512];
	size_t length;
	unsigned int planned;
	bool has_plan;
	char first_failure[100], last_words[sizeof(((struct trial *)0)->problem)];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

const char *trial_end_text(enum trial_end end)
{
	switch (end) {
	case TRIAL_PASSED:
		return "passed";
	case TRIAL_FAILED:
		return "failed";
	case TRIAL_SKIPPED:
		return "skipped";
	case TRIAL_NOT_RUN:
		break;
	}
	return "not run";
}

void trial_find(struct trial *trial, const char *folder)
{
	static const struct {
		const char *suffix;
		enum trial_kind kind;
	} kinds[] = {
		{ ".fd", TRIAL_FIRMWARE },
		{ ".elf", TRIAL_VMM },
		{ "", TRIAL_PROGRAM },
	};

	trial->end = TRIAL_NOT_RUN;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int length = snprintf(trial->path, sizeof(trial->path), "%s/%s%s", folder,
				      trial->name, kinds[i].suffix);

		if (length < (int)sizeof(trial->path) && access(trial->path, R_OK) == 0) {
			trial->kind = kinds[i].kind;
			return;
		}
	}
	trial->kind = TRIAL_ABSENT;
	*trial->path = 0;
	snprintf(trial->problem, sizeof(trial->problem), "it is not built");
}

static void take_test(struct tap *tap, bool passed, const char *rest)
{
	if (strstr(rest, "# SKIP")) {
		tap->trial->skipped++;
	} else if (passed) {
		tap->trial->passed++;
	} else {
		if (!tap->trial->failed++)
			snprintf(tap->first_failure, sizeof(tap->first_failure), "%.99s", rest);
	}
}

static void take_line(struct tap *tap)
{
	const char *line = tap->line;
	unsigned int planned;

	if (!strncmp(line, "ok ", 3))
		take_test(tap, true, line + 3);
	else if (!strncmp(line, "not ok ", 7))
		take_test(tap, false, line + 7);
	else if (*line == '#')
		calls_take_line(&tap->trial->calls, line);
	else if (sscanf(line, "1..%u", &planned) == 1) {
		tap->planned = planned;
		tap->has_plan = true;
	} else if (*line)
		snprintf(tap->last_words, sizeof(tap->last_words), "%.199s", line);
}

static void take_bytes(struct tap *tap, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			tap->line[tap->length] = 0;
			take_line(tap);
			tap->length = 0;
		} else if (bytes[i] != '\r' && tap->length < sizeof(tap->line) - 1) {
			tap->line[tap->length++] = bytes[i];
		}
	}
}

/* Until its end or the deadline. False when that came first. */
static bool listen_to(struct tap *tap, int fd, double deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	for (;;) {
		double left = deadline - now();
		ssize_t size;
		int ready;

		if (left <= 0)
			return false;
		ready = poll(&poll_fd, 1, (int)(left * 1000) + 1);
		if (ready < 0 && errno != EINTR)
			return true;
		if (ready <= 0)
			continue;
		size = read(fd, bytes, sizeof(bytes));
		if (size <= 0)
			return true;
		take_bytes(tap, bytes, (size_t)size);
	}
}

/* An image goes through `swtdx run`, as its author runs it; its JSON goes to the descriptor. */
static _Noreturn void exec_trial(const struct trial *trial, const char *qemu, int output, int json)
{
	const char *argv[11] = { trial->path };
	int null = open("/dev/null", O_RDONLY), n = 0;
	char json_path[32];

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 || setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1) < 0 ||
	    setenv("SWTDX_CALLS", "1", 1) < 0)
		_exit(STATUS_HOST);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (trial->kind == TRIAL_PROGRAM) {
		execv(trial->path, (char *const *)argv);
	} else {
		argv[n++] = "swtdx";
		argv[n++] = "run";
		argv[n++] = "--quiet";
		argv[n++] = "--json";
		snprintf(json_path, sizeof(json_path), "/proc/self/fd/%d", json);
		argv[n++] = json_path;
		argv[n++] = trial->kind == TRIAL_FIRMWARE ? "--firmware" : "--vmm";
		argv[n++] = trial->path;
		if (qemu) {
			argv[n++] = "--qemu";
			argv[n++] = qemu;
		}
		execv("/proc/self/exe", (char *const *)argv);
	}
	printf("cannot run %s: %s\n", argv[0], strerror(errno));
	fflush(stdout);
	_exit(STATUS_FILE);
}

/* Ends it if it has not ended by itself; returns its status as wait() has it. */
static int reap(pid_t pid, bool must_end)
{
	int status = 0;

	if (must_end)
		kill(pid, SIGTERM);
	for (int tenths = 0; must_end && tenths < 100; tenths++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, 100);
	}
	if (must_end)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Did the machine for an image not even start? */
static bool did_not_start(const struct trial *trial, int status)
{
	if (!WIFEXITED(status))
		return false;
	if (trial->kind == TRIAL_PROGRAM)
		return WEXITSTATUS(status) == STATUS_FILE;
	return WEXITSTATUS(status) >= STATUS_USAGE && WEXITSTATUS(status) <= STATUS_ENGINE;
}

#define PROBLEM(trial, ...) snprintf((trial)->problem, sizeof((trial)->problem), __VA_ARGS__)

static void judge(struct tap *tap, bool ended, int status)
{
	struct trial *trial = tap->trial;
	unsigned int told = trial->passed + trial->failed + trial->skipped;

	trial->end = TRIAL_FAILED;
	if (!ended) {
		PROBLEM(trial, "not finished after %d s", TRIAL_SECONDS);
	} else if (!told && did_not_start(trial, status)) {
		trial->end = TRIAL_NOT_RUN;
		PROBLEM(trial, "%s", tap->last_words);
	} else if (trial->failed) {
		PROBLEM(trial, "%u of %u failed, the first: %s", trial->failed, told,
			tap->first_failure);
	} else if (WIFSIGNALED(status)) {
		PROBLEM(trial, "ended by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status)) {
		PROBLEM(trial, "exit status %d", WEXITSTATUS(status));
	} else if (!tap->has_plan || tap->planned != told) {
		PROBLEM(trial, "told %u tests of %u that it planned", told, tap->planned);
	} else if (!trial->passed) {
		trial->end = TRIAL_SKIPPED;
		PROBLEM(trial, "nothing in it can run here");
	} else {
		trial->end = TRIAL_PASSED;
	}
}

void trial_run(struct trial *trial, const char *qemu)
{
	struct tap tap = { .trial = trial };
	double start = now();
	int fd[2], json;
	bool ended;
	pid_t pid;

	if (trial->kind == TRIAL_ABSENT)
		return;
	json = memfd_create("json", 0); /* for the child, too */
	pid = json >= 0 && pipe2(fd, O_CLOEXEC) == 0 ? fork() : -1;
	if (pid < 0) {
		PROBLEM(trial, "cannot start it: %s", strerror(errno));
		return;
	}
	if (pid == 0)
		exec_trial(trial, qemu, fd[1], json);
	close(fd[1]);
	ended = listen_to(&tap, fd[0], start + TRIAL_SECONDS);
	close(fd[0]);
	judge(&tap, ended, reap(pid, !ended));
	trial->seconds = now() - start;
	if (trial->kind != TRIAL_PROGRAM && lseek(json, 0, SEEK_SET) == 0)
		calls_take_json(&trial->calls, json);
	close(json);
}
