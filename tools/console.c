/* SPDX-License-Identifier: MIT */
#include "tools/console.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static bool is_raw;

static void restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = false;
}

bool console_is_terminal(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Output processing stays on, so that our own lines and a bare LF of the TD look right. */
static bool make_raw(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return false;
	raw = saved;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	return is_raw;
}

/*
 * O_NONBLOCK on our stdout would be seen by whoever shares it, so a terminal or a pipe is opened
 * anew. A file never blocks.
 */
static int open_output(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || isatty(STDOUT_FILENO)))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : STDOUT_FILENO;
}

void console_open(struct console *console)
{
	static bool registered;

	*console = (struct console){ .in = STDIN_FILENO, .out = open_output() };
	if (!registered)
		registered = atexit(restore) == 0;
	if (console_is_terminal())
		console->interactive = make_raw();
	else if (isatty(STDIN_FILENO))
		console->in = -1;
}

void console_close(struct console *console)
{
	restore();
	if (console->out != STDOUT_FILENO)
		close(console->out);
}

void console_suspend(struct console *console)
{
	restore();
	raise(SIGSTOP);
	if (console->interactive)
		make_raw();
}
