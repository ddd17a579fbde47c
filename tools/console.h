/* SPDX-License-Identifier: MIT */
/* The user's side of the TD's console: stdin, stdout, and the terminal when there is one. */
#ifndef TOOLS_CONSOLE_H
#define TOOLS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLE_ESCAPE	    0x1d /* Ctrl-] */
#define CONSOLE_ESCAPE_NAME "Ctrl-]"

struct console {
	bool interactive; /* stdin is our terminal: keys arrive at once, the escape counts */
	int in;		  /* -1 when there is nothing (more) to read */
	int out;	  /* does not block where that can be had */
};

/* Puts the terminal into raw mode if there is one; it is put back at exit, whatever the way. */
void console_open(struct console *console);
void console_close(struct console *console);

/* For a stop by job control: gives the terminal back, stops, takes it again when continued. */
void console_suspend(struct console *console);

/* True when stdin is a terminal in which we are in the foreground. */
bool console_is_terminal(void);

#endif
