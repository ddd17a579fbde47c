/* SPDX-License-Identifier: MIT */
/*
 * pty [EXPECT KEYS]... -- COMMAND [ARGS]: runs a command on a terminal of its own, copies its
 * output, and types: each KEYS when the EXPECT before it has appeared in the output since the last
 * one. Escapes as in printf: \ooo, \n, \\. Ends with the command's status, or with 255 and the
 * reason when the command is not done after 60 seconds.
 */
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_SECONDS 60

struct screen {
	char text[1 << 16];
	size_t length;
	size_t seen; /* where the search for the next EXPECT begins */
};

static pid_t child;

static void give_up(int signal_number)
{
	static const char reason[] = "pty: the command is not done after 60 seconds\n";

	(void)signal_number;
	(void)!write(STDERR_FILENO, reason, sizeof(reason) - 1);
	kill(child, SIGKILL);
	_exit(255);
}

/* One character of KEYS, which is advanced. */
static char next_key(const char **keys)
{
	const char *k = *keys;
	int value = 0, digits = 0;

	if (*k++ != '\\') {
		*keys = k;
		return k[-1];
	}
	for (; digits < 3 && *k >= '0' && *k <= '7'; digits++)
		value = value * 8 + (*k++ - '0');
	if (!digits)
		value = *k++ == 'n' ? '\n' : '\\';
	*keys = k;
	return (char)value;
}

static void type_keys(int terminal, const char *keys)
{
	while (*keys) {
		char key = next_key(&keys);

		if (write(terminal, &key, 1) != 1)
			return;
	}
}

/* False when the command has closed its terminal. */
static bool copy_output(int terminal, struct screen *s)
{
	ssize_t n = read(terminal, s->text + s->length, sizeof(s->text) - 1 - s->length);

	if (n <= 0)
		return false;
	fwrite(s->text + s->length, 1, (size_t)n, stdout);
	fflush(stdout);
	s->length += (size_t)n;
	return true;
}

static bool appeared(struct screen *s, const char *expected)
{
	const char *at = memmem(s->text + s->seen, s->length - s->seen, expected, strlen(expected));

	if (at)
		s->seen = (size_t)(at - s->text) + strlen(expected);
	return at;
}

int main(int argc, char **argv)
{
	static struct screen screen;
	char **step = argv + 1, **command = argv + 1;
	int terminal, status;

	while (command < argv + argc && strcmp(*command, "--"))
		command++;
	if (command + 1 >= argv + argc || (command - step) % 2)
		return 2;
	child = forkpty(&terminal, NULL, NULL, NULL);
	if (child < 0)
		return 2;
	if (!child) {
		execvp(command[1], command + 1);
		_exit(127);
	}
	signal(SIGALRM, give_up);
	alarm(LIMIT_SECONDS);
	do {
		while (step < command && appeared(&screen, step[0])) {
			type_keys(terminal, step[1]);
			step += 2;
		}
	} while (copy_output(terminal, &screen));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
