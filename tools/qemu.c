/* SPDX-License-Identifier: MIT */
#include "tools/qemu.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tdx/types.h>

#include "lib/addr.h"
#include "lib/bits.h"
#include "lib/handoff.h"
#include "lib/hob.h"
#include "tools/images.h"
#include "tools/say.h"

/*
 * Everything that q35 has by default and the TD does not need: each device less is some hundred
 * exits less at boot.
 */
#define MACHINE "q35,usb=off,smm=off,vmport=off,sata=off,smbus=off,hpet=off,i8042=off"

/*
 * SHARED is GPA bit 47, so page tables must hold 48 bits. TCG executes what a vendor's CPUs
 * execute: a TD's 32-bit programs use SYSENTER, since CPUID tells them of an Intel CPU.
 */
#define CPU	"max,phys-bits=48,+svm,+npt"
#define CPU_TCG CPU ",vendor=GenuineIntel"

/* RAM beside the TD's: monitor, VMM and module, page tables; a share for PAMT and secure EPT. */
#define OVERHEAD_FIXED	(UINT64_C(32) << 20)
#define OVERHEAD_SHARED 128 /* one part in so many of the TD's memory */

/* What q35 can have below 4 GiB once it has RAM above. */
#define LARGEST_LOW_RAM (UINT64_C(2) << 30)

static const char *const channel_name[] = {
	[CHANNEL_CONSOLE] = "console", [CHANNEL_STATUS] = "status", [CHANNEL_MONITOR] = "monitor",
	[CHANNEL_VMM] = "vmm",	       [CHANNEL_QEMU] = "qemu",
};

static void add(struct qemu *q, const char *text, ...) __attribute__((format(printf, 2, 3)));

static void add(struct qemu *q, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	if (q->arg_count == QEMU_MAX_ARGS || vasprintf(&q->arg[q->arg_count], text, args) < 0)
		exit(fail(STATUS_HOST, "out of memory"));
	va_end(args);
	q->arg_count++;
}

/* The path by which the child opens what it inherits. */
static void add_path(struct qemu *q, const char *before, int fd)
{
	add(q, "%s/proc/self/fd/%d", before, fd);
}

/* Returns the descriptor, or -1 after having said why not. */
static int add_file(struct qemu *q, const char *name, const void *data, size_t size)
{
	int fd = sealed_file(name, data, size);

	if (fd < 0)
		return fail(STATUS_HOST, "cannot keep %s in memory: %s", name, strerror(errno)), -1;
	q->file[q->file_count++] = fd;
	return fd;
}

static bool add_fw_cfg(struct qemu *q, const char *name, const void *data, size_t size)
{
	char before[80];
	int fd;

	if (!size)
		return true;
	fd = add_file(q, name, data, size);
	snprintf(before, sizeof(before), "name=%s,file=", name);
	add(q, "-fw_cfg");
	add_path(q, before, fd);
	return fd >= 0;
}

static bool add_payload(struct qemu *q, const struct options *options,
			const struct payload *payload)
{
	struct vmm_config config = {
		.magic = VMM_CONFIG_MAGIC,
		.memory_size = options->memory,
		.attributes = TDX_ATTR_SEPT_VE_DISABLE,
		.verbose = options->verbose,
	};

	return add_fw_cfg(q, FILE_CONFIG, &config, sizeof(config)) &&
	       add_fw_cfg(q, FILE_FIRMWARE, payload->firmware.data, payload->firmware.size) &&
	       add_fw_cfg(q, FILE_KERNEL, payload->kernel.data, payload->kernel.size) &&
	       add_fw_cfg(q, FILE_INITRD, payload->initrd.data, payload->initrd.size) &&
	       add_fw_cfg(q, FILE_CMDLINE, payload->cmdline.data, payload->cmdline.size);
}

static int read_vmm(const char *path, struct blob *vmm)
{
	int status = blob_read(vmm, path, "VMM image");

	if (!status && (vmm->size < SELFMAG || memcmp(vmm->data, ELFMAG, SELFMAG)))
		status = fail(STATUS_FILE, "the VMM image %s is not an ELF file", path);
	return status;
}

static int add_images(struct qemu *q, const struct options *options)
{
	struct blob other = { 0 };
	int monitor =
		add_file(q, "monitor", image_monitor, (size_t)(image_monitor_end - image_monitor));
	int vmm = -1, status = 0;

	if (options->vmm)
		status = read_vmm(options->vmm, &other);
	else
		blob_append(&other, image_vmm, (size_t)(image_vmm_end - image_vmm));
	if (!status)
		vmm = add_file(q, "vmm", other.data, other.size);
	blob_free(&other);
	add(q, "-kernel");
	add_path(q, "", monitor);
	add(q, "-initrd");
	add_path(q, "", vmm);
	if (!status && (monitor < 0 || vmm < 0))
		status = STATUS_HOST;
	return status;
}

static bool open_channels(struct qemu *q, bool with_status)
{
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		int pair[2];

		if (i == CHANNEL_STATUS && !with_status)
			continue;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			return false;
		q->channel[i] = pair[0];
		q->theirs[i] = pair[1];
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
	}
	return true;
}

static void add_chardev(struct qemu *q, enum channel channel)
{
	add(q, "-chardev");
	add(q, "socket,id=%s,fd=%d", channel_name[channel], q->theirs[channel]);
}

static void add_devices(struct qemu *q)
{
	add_chardev(q, CHANNEL_CONSOLE);
	add(q, "-serial");
	add(q, "chardev:console");
	if (q->theirs[CHANNEL_STATUS] >= 0) {
		add_chardev(q, CHANNEL_STATUS);
		add(q, "-serial");
		add(q, "chardev:status");
	}
	add_chardev(q, CHANNEL_MONITOR);
	add(q, "-device");
	add(q, "isa-debugcon,iobase=0x%x,chardev=monitor", PORT_MONITOR_CONSOLE);
	add_chardev(q, CHANNEL_VMM);
	add(q, "-device");
	add(q, "isa-debugcon,iobase=0x%x,chardev=vmm", PORT_VMM_CONSOLE);
	add(q, "-device");
	add(q, "isa-debug-exit,iobase=0x%x,iosize=4", PORT_MACHINE_EXIT);
}

static uint64_t overhead(const struct options *options, const struct payload *payload)
{
	return align_up(OVERHEAD_FIXED + options->memory / OVERHEAD_SHARED + payload->kernel.size +
				payload->initrd.size + payload->firmware.size,
			SIZE_2M);
}

uint64_t qemu_memory(const struct options *options, const struct payload *payload)
{
	return options->memory + overhead(options, payload);
}

/* With these files. More than TD_RAM_BELOW_4G leaves too little room for what is beside the TD. */
static uint64_t largest_memory(const struct payload *payload)
{
	const struct options none = { 0 };
	uint64_t fixed = TD_RAM_BELOW_4G + overhead(&none, payload);

	if (fixed >= LARGEST_LOW_RAM)
		return TD_RAM_BELOW_4G;
	return (LARGEST_LOW_RAM - fixed) * OVERHEAD_SHARED;
}

/* The VMM and the monitor want their share below 4 GiB, right above the TD's. */
static int add_machine(struct qemu *q, const struct engine *engine, const struct options *options,
		       const struct payload *payload)
{
	uint64_t low = TD_RAM_BELOW_4G + overhead(options, payload);
	bool split = options->memory > TD_RAM_BELOW_4G;

	if (split && low > LARGEST_LOW_RAM)
		return fail(STATUS_USAGE,
			    "--memory %lluM: with files of this size the machine can hold %lluM",
			    (unsigned long long)(options->memory >> 20),
			    (unsigned long long)(largest_memory(payload) >> 20));
	add(q, "-machine");
	if (split)
		add(q, MACHINE ",max-ram-below-4g=%llu", (unsigned long long)low);
	else
		add(q, MACHINE);
	add(q, "-accel");
	add(q, "%s", accel_name(engine->accel));
	add(q, "-cpu");
	add(q, "%s", engine->accel == ACCEL_TCG ? CPU_TCG : CPU);
	add(q, "-smp");
	add(q, "1");
	add(q, "-m");
	add(q, "%lluM", (unsigned long long)(qemu_memory(options, payload) >> 20));
	return 0;
}

int qemu_prepare(struct qemu *q, const struct engine *engine, const struct options *options,
		 const struct payload *payload)
{
	static const char *const bare[] = { "-no-user-config", "-nodefaults", "-display", "none",
					    "-no-reboot" };
	int status;

	*q = (struct qemu){ 0 };
	for (int i = 0; i < CHANNEL_COUNT; i++)
		q->channel[i] = q->theirs[i] = -1;
	add(q, "%s", engine->path);
	for (size_t i = 0; i < ARRAY_SIZE(bare); i++)
		add(q, "%s", bare[i]);
	status = add_machine(q, engine, options, payload);
	if (!status)
		status = add_images(q, options);
	if (status)
		return status;
	if (!add_payload(q, options, payload))
		return STATUS_HOST;
	if (!open_channels(q, options->exec))
		return fail(STATUS_HOST, "cannot make a socket pair: %s", strerror(errno));
	add_devices(q);
	return 0;
}

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

/* In the child. A session of its own, so that a key at our terminal is a signal for us only. */
static _Noreturn void become_qemu(const struct qemu *q, pid_t parent)
{
	sigset_t none;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	for (unsigned int i = 0; i < q->file_count; i++)
		keep_open(q->file[i]);
	for (int i = 0; i < CHANNEL_QEMU; i++)
		keep_open(q->theirs[i]);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(q->theirs[CHANNEL_QEMU], STDOUT_FILENO);
	dup2(q->theirs[CHANNEL_QEMU], STDERR_FILENO);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(q->arg[0], q->arg);
	dprintf(STDERR_FILENO, "%s: %s\n", q->arg[0], strerror(errno));
	_exit(127);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_theirs(struct qemu *q)
{
	for (unsigned int i = 0; i < q->file_count; i++)
		close(q->file[i]);
	q->file_count = 0;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		close_fd(&q->theirs[i]);
}

int qemu_start(struct qemu *q)
{
	pid_t parent = getpid();

	q->pid = fork();
	if (q->pid == 0)
		become_qemu(q, parent);
	close_theirs(q);
	if (q->pid < 0) {
		q->pid = 0;
		return fail(STATUS_HOST, "cannot start a process: %s", strerror(errno));
	}
	return 0;
}

/* The group, for a QEMU that is a script around another; the process, in case it has no group yet.
 */
void qemu_kill(const struct qemu *q)
{
	if (!q->pid)
		return;
	kill(-q->pid, SIGKILL);
	kill(q->pid, SIGKILL);
}

void qemu_close(struct qemu *q)
{
	qemu_kill(q);
	if (q->pid)
		while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
			;
	q->pid = 0;
	close_theirs(q);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		close_fd(&q->channel[i]);
	while (q->arg_count)
		free(q->arg[--q->arg_count]);
}

static void print_quoted(const char *text, FILE *out)
{
	if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-+=,./:@%")]) {
		fputs(text, out);
		return;
	}
	putc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		putc(*text, out);
	}
	putc('\'', out);
}

void qemu_print(const struct qemu *q, FILE *out)
{
	for (unsigned int i = 0; i < q->arg_count; i++) {
		if (i)
			fputs(q->arg[i][0] == '-' ? " \\\n\t" : " ", out);
		print_quoted(q->arg[i], out);
	}
	putc('\n', out);
}
