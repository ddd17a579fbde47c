/* SPDX-License-Identifier: MIT */
/*
 * What the machine tells about a run: the lines "@key value" of monitor and VMM (docs/protocol.md),
 * and the init's lines on the second serial port, collected into one record. Only the TD's lines
 * are untrusted; none can do harm.
 */
#ifndef TOOLS_PROTOCOL_H
#define TOOLS_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the VMM says that the TD ended. */
enum td_end {
	TD_END_NONE,
	TD_END_POWEROFF,
	TD_END_RESET,
	TD_END_FATAL,
	TD_END_TRIPLE_FAULT,
	TD_END_UNACCEPTED,
	TD_END_HALTED,
	TD_END_ERROR,
	TD_END_COUNT,
};

/* How far the TD came. */
enum stage {
	STAGE_NONE,
	STAGE_ENTERED,	/* the VMM entered the TD */
	STAGE_SHIM,	/* the firmware runs */
	STAGE_MEASURED, /* kernel and company are measured */
	STAGE_KERNEL,	/* the next instruction is the kernel's */
	STAGE_GUEST,	/* the kernel made its first TDVMCALL */
	STAGE_COMMAND,	/* --exec's init starts the command */
	STAGE_COUNT,
};

struct counter {
	char name[40];
	uint64_t value;
};

struct counters {
	struct counter *items; /* in the order of arrival */
	size_t count;
};

enum counter_group {
	COUNT_EXITS,
	COUNT_VE,
	COUNT_TDVMCALLS,
	COUNT_TDCALLS,
	COUNT_SEAMCALLS,
	COUNT_PAGES, /* 4 KiB each */
	COUNT_GROUPS,
};

struct access_fault {
	uint64_t gpa, rip;
	char how[16]; /* "r", "w", "x"; "pending", "missing" */
};

#define MAX_VIOLATIONS 64

struct record {
	enum td_end td_end;
	enum stage stage;
	double reached[STAGE_COUNT]; /* seconds from the start; 0 when not reached */
	struct counters counters[COUNT_GROUPS];
	uint64_t entries;
	char mrtd[97], rtmr[4][97]; /* hexadecimal; empty when not known */
	char fatal_message[256];
	uint64_t fatal_code;
	uint64_t td_gpa;
	bool has_td_fault;
	struct access_fault td_fault;
	bool has_triple_fault;
	uint64_t triple_fault_rip;
	struct access_fault violations[MAX_VIOLATIONS]; /* the first ones */
	size_t violation_count;
	bool monitor_started, monitor_ended;
	char panic[256];     /* the monitor's last words */
	char vmm_error[256]; /* the VMM's sentence */
	int exec_status;     /* of --exec's command; -1 when it has not told */
};

/* Collects the bytes of one channel into lines. */
struct line {
	char text[1024];
	size_t length;
};

void record_init(struct record *record);
void record_free(struct record *record);

/*
 * Takes bytes of a debug console. Each whole line that is not "@..." goes to log(source, line),
 * unless log is null. now: seconds from the start.
 */
void record_feed(struct record *record, struct line *line, const char *source, const char *bytes,
		 size_t size, double now, void (*log)(const char *source, const char *line));

/* Takes bytes of the status channel. */
void record_feed_status(struct record *record, struct line *line, const char *bytes, size_t size,
			double now);

/* 0 when there is no such counter. */
uint64_t record_counter(const struct record *record, enum counter_group group, const char *name);
uint64_t record_total(const struct record *record, enum counter_group group);

#endif
