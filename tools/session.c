/* SPDX-License-Identifier: MIT */
#include "tools/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/console.h"
#include "tools/say.h"

#define OUTPUT_LIMIT	(1 << 20) /* the TD waits when so much is not written yet */
#define PIECE		4096
#define GRACE		1.0 /* seconds for the last bytes once the end is certain */
#define SILENCE		3.0 /* seconds without a sign of life before we give one */
#define PROGRESS_PERIOD 1.0

/* Bytes on their way. */
struct queue {
	char *data;
	size_t start, end, capacity;
};

struct session {
	struct qemu *q;
	const struct options *options;
	struct record *record;
	struct outcome *outcome;
	struct console console;
	struct queue to_user, to_machine;
	struct line line[CHANNEL_COUNT];
	int signal_fd;
	double started;
	double last_words; /* when the loop ends at the latest; 0 while the machine runs */
	double progress_shown;
	bool has_printed, progress_on_screen;
	bool shows_progress;
};

static double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double elapsed(const struct session *s)
{
	return clock_now() - s->started;
}

static size_t queued(const struct queue *queue)
{
	return queue->end - queue->start;
}

static void queue_add(struct queue *queue, const char *data, size_t size)
{
	char *larger;

	if (queue->start) {
		memmove(queue->data, queue->data + queue->start, queued(queue));
		queue->end -= queue->start;
		queue->start = 0;
	}
	if (queue->capacity - queue->end < size) {
		queue->capacity = 2 * queue->capacity + size;
		larger = realloc(queue->data, queue->capacity);
		if (!larger)
			exit(fail(STATUS_HOST, "out of memory"));
		queue->data = larger;
	}
	memcpy(queue->data + queue->end, data, size);
	queue->end += size;
}

/* Writes what can be written now. False with errno when nothing can be written any more. */
static bool queue_write(struct queue *queue, int fd)
{
	size_t size = queued(queue) < PIECE ? queued(queue) : PIECE;
	ssize_t done = write(fd, queue->data + queue->start, size);

	if (done > 0)
		queue->start += (size_t)done;
	return done >= 0 || errno == EAGAIN || errno == EINTR;
}

/* The first reason counts. */
static void stop(struct session *s, enum stop reason)
{
	if (s->outcome->stop != STOP_NONE)
		return;
	s->outcome->stop = reason;
	s->last_words = clock_now() + GRACE;
	qemu_kill(s->q);
}

static void erase_progress(struct session *s)
{
	if (s->progress_on_screen)
		fputs("\r\033[K", stderr);
	s->progress_on_screen = false;
}

static const char *stage_text(const struct record *record)
{
	switch (record->stage) {
	case STAGE_NONE:
		return "the machine starts";
	case STAGE_ENTERED:
		return "the TD is entered";
	case STAGE_SHIM:
		return "the firmware accepts memory and measures";
	case STAGE_MEASURED:
		return "the kernel is loaded";
	case STAGE_KERNEL:
	case STAGE_GUEST:
		return "the kernel boots";
	case STAGE_COMMAND:
		return "the command runs";
	case STAGE_COUNT:
		break;
	}
	return "";
}

/* Only until the TD has printed something: from then on silence is its own business. */
static void show_progress(struct session *s)
{
	double now = elapsed(s);

	if (!s->shows_progress || s->has_printed || s->last_words > 0 || now < SILENCE ||
	    now - s->progress_shown < PROGRESS_PERIOD)
		return;
	fprintf(stderr, "\r\033[Kswtdx: %.0f s: %s", now, stage_text(s->record));
	s->progress_on_screen = true;
	s->progress_shown = now;
}

static struct session *logging; /* for log_line(), which gets no context */

static void log_line(const char *source, const char *text)
{
	erase_progress(logging);
	fprintf(stderr, "%s: %s\n", source, text);
}

static void take_qemu_words(struct session *s, const char *bytes, size_t size)
{
	struct line *line = &s->line[CHANNEL_QEMU];

	if (s->options->verbose) {
		erase_progress(s);
		fwrite(bytes, 1, size, stderr);
	}
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n' && line->length < sizeof(s->outcome->qemu_said) - 1) {
			line->text[line->length++] = bytes[i];
			continue;
		}
		if (line->length) {
			memcpy(s->outcome->qemu_said, line->text, line->length);
			s->outcome->qemu_said[line->length] = 0;
		}
		line->length = 0;
	}
}

static void take_console(struct session *s, const char *bytes, size_t size)
{
	erase_progress(s);
	s->has_printed = true;
	queue_add(&s->to_user, bytes, size);
}

static void take_bytes(struct session *s, enum channel channel, const char *bytes, size_t size)
{
	void (*log)(const char *, const char *) = s->options->verbose ? log_line : NULL;
	struct line *line = &s->line[channel];

	switch (channel) {
	case CHANNEL_CONSOLE:
		take_console(s, bytes, size);
		break;
	case CHANNEL_STATUS:
		record_feed_status(s->record, line, bytes, size, elapsed(s));
		break;
	case CHANNEL_MONITOR:
		record_feed(s->record, line, "monitor", bytes, size, elapsed(s), log);
		break;
	case CHANNEL_VMM:
		record_feed(s->record, line, "vmm", bytes, size, elapsed(s), log);
		break;
	case CHANNEL_QEMU:
	case CHANNEL_COUNT:
		take_qemu_words(s, bytes, size);
		break;
	}
}

static void read_channel(struct session *s, enum channel channel)
{
	char bytes[PIECE];
	ssize_t got = read(s->q->channel[channel], bytes, sizeof(bytes));

	if (got > 0) {
		take_bytes(s, channel, bytes, (size_t)got);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(s->q->channel[channel]);
		s->q->channel[channel] = -1;
	}
}

static void read_keys(struct session *s)
{
	char keys[256];
	ssize_t got = read(s->console.in, keys, sizeof(keys));
	char *escape;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		s->console.in = -1;
		return;
	}
	escape = s->console.interactive ? memchr(keys, CONSOLE_ESCAPE, (size_t)got) : NULL;
	if (escape)
		stop(s, STOP_ESCAPE);
	else if (queued(&s->to_machine) < PIECE)
		queue_add(&s->to_machine, keys, (size_t)got);
}

static void read_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP) {
		erase_progress(s);
		console_suspend(&s->console);
	} else if (info.ssi_signo != SIGCHLD) {
		if (s->last_words > 0)
			s->last_words = clock_now();
		else
			s->outcome->signal = (int)info.ssi_signo;
		stop(s, STOP_SIGNAL);
	}
}

static void reap(struct session *s)
{
	int status;

	if (!s->q->pid || waitpid(s->q->pid, &status, WNOHANG) != s->q->pid)
		return;
	s->outcome->qemu_status = status;
	stop(s, STOP_MACHINE); /* kills what may be left of its group */
	s->q->pid = 0;
}

/*
 * What is typed before the TD listens would be lost in the serial port, so it waits for --exec's
 * init to say that it is ready.
 */
static bool machine_listens(const struct session *s)
{
	return !s->options->exec || s->record->stage == STAGE_COMMAND;
}

enum {
	WATCH_SIGNAL = CHANNEL_COUNT,
	WATCH_STDIN,
	WATCH_STDOUT,
	WATCH_COUNT,
};

static void fill_poll(const struct session *s, struct pollfd fds[WATCH_COUNT])
{
	bool reads_keys = s->console.interactive || !queued(&s->to_machine);

	for (int i = 0; i < CHANNEL_COUNT; i++)
		fds[i] = (struct pollfd){ .fd = s->q->channel[i], .events = POLLIN };
	if (queued(&s->to_user) >= OUTPUT_LIMIT)
		fds[CHANNEL_CONSOLE].events = 0;
	if (queued(&s->to_machine) && machine_listens(s))
		fds[CHANNEL_CONSOLE].events |= POLLOUT;
	if (!fds[CHANNEL_CONSOLE].events)
		fds[CHANNEL_CONSOLE].fd = -1;
	fds[WATCH_SIGNAL] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	fds[WATCH_STDIN] =
		(struct pollfd){ .fd = reads_keys ? s->console.in : -1, .events = POLLIN };
	fds[WATCH_STDOUT] = (struct pollfd){ .fd = queued(&s->to_user) ? s->console.out : -1,
					     .events = POLLOUT };
}

static void serve_poll(struct session *s, const struct pollfd fds[WATCH_COUNT])
{
	if (fds[WATCH_SIGNAL].revents)
		read_signal(s);
	if (fds[CHANNEL_CONSOLE].revents & POLLOUT)
		queue_write(&s->to_machine, s->q->channel[CHANNEL_CONSOLE]);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		if (fds[i].revents & ~POLLOUT)
			read_channel(s, (enum channel)i);
	if (fds[WATCH_STDIN].revents)
		read_keys(s);
	if (fds[WATCH_STDOUT].revents && !queue_write(&s->to_user, s->console.out)) {
		s->outcome->output_error = errno;
		s->to_user.start = s->to_user.end;
		stop(s, STOP_OUTPUT);
	}
}

static bool channels_are_closed(const struct session *s)
{
	for (int i = 0; i < CHANNEL_COUNT; i++)
		if (s->q->channel[i] >= 0)
			return false;
	return true;
}

/*
 * All is said when QEMU is reaped, its channels are at their end and the user has the output. A
 * reader who makes us wait is waited for, unless it was the user who ended the run.
 */
static bool is_over(const struct session *s)
{
	bool late = s->last_words > 0 && clock_now() >= s->last_words;

	if (s->q->pid)
		return false;
	if (late && (s->outcome->stop != STOP_MACHINE || s->outcome->signal))
		return true;
	return (channels_are_closed(s) || late) && !queued(&s->to_user);
}

static void check_timeout(struct session *s)
{
	if (s->outcome->timeout > 0 && s->last_words == 0 && elapsed(s) >= s->outcome->timeout)
		stop(s, STOP_TIMEOUT);
}

/* Milliseconds until something has to be looked at even if nothing happens. */
static int poll_patience(const struct session *s)
{
	double left = s->last_words > 0 ? 0.05 : 0.5;
	double to_timeout = s->outcome->timeout - elapsed(s);

	if (s->outcome->timeout > 0 && to_timeout < left)
		left = to_timeout > 0 ? to_timeout : 0;
	return (int)(left * 1000) + 1;
}

static void loop(struct session *s)
{
	struct pollfd fds[WATCH_COUNT];

	while (!is_over(s)) {
		fill_poll(s, fds);
		if (poll(fds, WATCH_COUNT, poll_patience(s)) > 0)
			serve_poll(s, fds);
		reap(s);
		check_timeout(s);
		show_progress(s);
	}
}

static double choose_timeout(const struct options *options)
{
	if (options->timeout >= 0)
		return options->timeout;
	return console_is_terminal() ? 0 : DEFAULT_TIMEOUT;
}

void session_block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGQUIT);
	sigaddset(signals, SIGTSTP);
	sigaddset(signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

void session_run(struct qemu *q, const sigset_t *signals, const struct options *options,
		 struct record *record, struct outcome *outcome)
{
	struct session s = {
		.q = q,
		.options = options,
		.record = record,
		.outcome = outcome,
		.shows_progress = isatty(STDERR_FILENO) && !options->quiet,
		.signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK),
		.started = clock_now(),
	};

	*outcome = (struct outcome){ .timeout = choose_timeout(options) };
	logging = &s;
	if (s.signal_fd < 0) {
		fail(STATUS_HOST, "cannot wait for signals: %s", strerror(errno));
		outcome->stop = STOP_HOST;
		return;
	}
	if (qemu_start(q) == 0) {
		console_open(&s.console);
		if (s.console.interactive && !options->quiet)
			note("%s ends the TD", CONSOLE_ESCAPE_NAME);
		loop(&s);
		erase_progress(&s);
		console_close(&s.console);
	} else {
		outcome->stop = STOP_HOST;
	}
	outcome->seconds = elapsed(&s);
	close(s.signal_fd);
	free(s.to_user.data);
	free(s.to_machine.data);
}
