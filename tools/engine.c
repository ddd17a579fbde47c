/* SPDX-License-Identifier: MIT */
#include "tools/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/bits.h"
#include "tools/blob.h"
#include "tools/say.h"

#define DEFAULT_PROGRAM "qemu-system-x86_64"
#define PATIENCE	20000 /* milliseconds for an answer */
#define LARGEST_ANSWER	(1 << 20)

#define INSTALL_HINT                                                                               \
	"install qemu-system-x86 (on Debian 12 from bookworm-backports; scripts/install-deps "     \
	"does it), or name another with --qemu"

/* Finds name as a shell would. */
static bool find_program(const char *name, char *path)
{
	const char *dir = getenv("PATH");

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX && access(path, X_OK) == 0;
	while (dir && *dir) {
		int length = (int)strcspn(dir, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", length, dir, name) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		dir += length + (dir[length] == ':');
	}
	return false;
}

static _Noreturn void exec_with_output(const char *path, const char *const *args, int output)
{
	int input = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(output, STDERR_FILENO) >= 0)
		execv(path, (char *const *)args);
	_exit(127);
}

static bool read_answer(int fd, struct blob *answer)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char buffer[4096];
	ssize_t got;

	while (answer->size < LARGEST_ANSWER && poll(&poll_fd, 1, PATIENCE) > 0) {
		got = read(fd, buffer, sizeof(buffer));
		if (got <= 0) {
			blob_append(answer, "", 1);
			return got == 0;
		}
		blob_append(answer, buffer, (size_t)got);
	}
	return false;
}

/* What the program prints when it is run with such arguments. */
struct question {
	const char *args[2];
	struct blob answer; /* a string, when good */
	bool good;	    /* it ended in time, and had an answer */
	pid_t pid;
	int fd;
};

static void ask(const char *path, struct question *q)
{
	const char *const args[] = { path, q->args[0], q->args[1], NULL };
	int pipe_fd[2];

	q->pid = -1;
	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return;
	q->pid = fork();
	if (q->pid == 0)
		exec_with_output(path, args, pipe_fd[1]);
	close(pipe_fd[1]);
	q->fd = pipe_fd[0];
	if (q->pid < 0)
		close(q->fd);
}

static void hear(struct question *q)
{
	if (q->pid < 0)
		return;
	q->good = read_answer(q->fd, &q->answer);
	close(q->fd);
	kill(-q->pid, SIGKILL);
	kill(q->pid, SIGKILL);
	while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* True when word stands in the text, with no letter or digit on either side. */
static bool has_word(const char *text, const char *word)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t length = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		if ((at == text || !strchr(letters, at[-1])) &&
		    (!at[length] || !strchr(letters, at[length])))
			return true;
		at += length;
	}
	return false;
}

static bool has(const struct question *q, const char *word)
{
	return q->good && has_word((const char *)q->answer.data, word);
}

static bool read_version(struct engine *engine, const struct question *q)
{
	bool good = q->good && sscanf((const char *)q->answer.data,
				      "QEMU emulator version %63[0-9.]", engine->version) == 1;

	engine->major = good ? atoi(engine->version) : 0;
	return good;
}

/* Most of the time that an answer takes is the start of QEMU, so all are asked at once. */
static bool read_answers(struct engine *engine)
{
	enum { VERSION, ACCEL, MACHINE, CPU, QUESTIONS };
	struct question q[QUESTIONS] = {
		[VERSION] = { .args = { "--version" } },
		[ACCEL] = { .args = { "-accel", "help" } },
		[MACHINE] = { .args = { "-machine", "help" } },
		[CPU] = { .args = { "-cpu", "help" } },
	};
	bool good;

	for (int i = 0; i < QUESTIONS; i++)
		ask(engine->path, &q[i]);
	for (int i = 0; i < QUESTIONS; i++)
		hear(&q[i]);
	good = read_version(engine, &q[VERSION]);
	engine->has_tcg = has(&q[ACCEL], "tcg");
	engine->has_kvm = has(&q[ACCEL], "kvm");
	engine->has_machine = has(&q[MACHINE], "q35");
	engine->has_svm = has(&q[CPU], "svm");
	for (int i = 0; i < QUESTIONS; i++)
		blob_free(&q[i].answer);
	return good;
}

int engine_probe(struct engine *engine, const char *name)
{
	if (!name)
		name = DEFAULT_PROGRAM;
	*engine = (struct engine){ 0 };
	if (!find_program(name, engine->path))
		return fail(STATUS_ENGINE, "QEMU is not here: no program %s; " INSTALL_HINT, name);
	if (!read_answers(engine))
		return fail(STATUS_ENGINE, "%s does not answer as QEMU does; " INSTALL_HINT,
			    engine->path);
	return 0;
}

static const struct kvm_cpuid_entry2 *find_leaf(const struct kvm_cpuid2 *cpuid, uint32_t leaf)
{
	for (uint32_t i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == leaf)
			return &cpuid->entries[i];
	return NULL;
}

static const char *svm_obstacle(int kvm)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(struct kvm_cpuid_entry2));
	const struct kvm_cpuid_entry2 *features, *svm;
	const char *obstacle = NULL;

	if (!cpuid)
		return "there is no memory to ask it";
	cpuid->nent = ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0) {
		free(cpuid);
		return "/dev/kvm does not say what its guests get";
	}
	features = find_leaf(cpuid, 0x80000001);
	svm = find_leaf(cpuid, 0x8000000a);
	if (!features || !(features->ecx & bit(2)))
		obstacle = "/dev/kvm does not give its guests SVM (it needs an AMD processor and "
			   "the module option kvm_amd nested=1)";
	else if (!svm || !(svm->edx & bit(0)))
		obstacle = "/dev/kvm gives its guests SVM without nested paging";
	free(cpuid);
	return obstacle;
}

const char *kvm_obstacle(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	const char *obstacle;

	if (kvm < 0 && errno == EACCES)
		return "you may not open /dev/kvm (join the group kvm)";
	if (kvm < 0)
		return "there is no usable /dev/kvm";
	obstacle = svm_obstacle(kvm);
	close(kvm);
	return obstacle;
}

static int choose_accel(struct engine *engine, enum accel wanted)
{
	const char *obstacle = engine->has_kvm ? NULL : "this QEMU is built without KVM";

	if (!obstacle && wanted != ACCEL_TCG)
		obstacle = kvm_obstacle();
	if (wanted == ACCEL_KVM && obstacle)
		return fail(STATUS_ENGINE, "--accel kvm: %s; use --accel tcg", obstacle);
	engine->accel = wanted == ACCEL_TCG || obstacle ? ACCEL_TCG : ACCEL_KVM;
	if (engine->accel == ACCEL_TCG && !engine->has_tcg)
		return fail(STATUS_ENGINE, "%s has no TCG, and %s; " INSTALL_HINT, engine->path,
			    obstacle ? obstacle : "KVM is not wanted");
	return 0;
}

int engine_choose(struct engine *engine, enum accel wanted)
{
	if (engine->major < OLDEST_QEMU)
		return fail(STATUS_ENGINE,
			    "QEMU %s is too old: its SVM loses flags, %d is the oldest that works, "
			    "%d is tested; " INSTALL_HINT,
			    engine->version, OLDEST_QEMU, TESTED_QEMU);
	if (!engine->has_machine)
		return fail(STATUS_ENGINE, "%s has no machine q35; " INSTALL_HINT, engine->path);
	if (!engine->has_svm)
		return fail(STATUS_ENGINE, "%s does not know SVM; " INSTALL_HINT, engine->path);
	return choose_accel(engine, wanted);
}

const char *accel_name(enum accel accel)
{
	return accel == ACCEL_KVM ? "kvm" : accel == ACCEL_TCG ? "tcg" : "auto";
}
