/* SPDX-License-Identifier: MIT */
#include "tools/protocol.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/say.h"

static const char *const end_name[] = {
	[TD_END_POWEROFF] = "poweroff",	    [TD_END_RESET] = "reset",
	[TD_END_FATAL] = "fatal",	    [TD_END_TRIPLE_FAULT] = "triple-fault",
	[TD_END_UNACCEPTED] = "unaccepted", [TD_END_HALTED] = "halted",
	[TD_END_ERROR] = "error",
};

static const char *const stage_name[] = {
	[STAGE_SHIM] = "shim",
	[STAGE_MEASURED] = "measured",
	[STAGE_KERNEL] = "kernel",
	[STAGE_GUEST] = "guest",
};

static const char *const group_prefix[] = {
	[COUNT_EXITS] = "exit.",	 [COUNT_VE] = "ve.",
	[COUNT_TDVMCALLS] = "vmcall.",	 [COUNT_TDCALLS] = "tdcall.",
	[COUNT_SEAMCALLS] = "seamcall.", [COUNT_PAGES] = "pages.",
};

static void reach(struct record *record, enum stage stage, double now)
{
	if (record->reached[stage] > 0)
		return;
	record->reached[stage] = now;
	if (stage > record->stage)
		record->stage = stage;
}

static void count(struct counters *counters, const char *name, const char *value)
{
	struct counter *items =
		realloc(counters->items, (counters->count + 1) * sizeof(*counters->items));

	if (!items)
		exit(fail(STATUS_HOST, "out of memory"));
	counters->items = items;
	items += counters->count++;
	snprintf(items->name, sizeof(items->name), "%s", name);
	items->value = strtoull(value, NULL, 10);
}

/* The message may be the TD's own: it must not be able to write to the user's terminal. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i < size - 1 && from[i]; i++)
		to[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
	to[i] = 0;
}

static void read_fault(struct access_fault *fault, const char *gpa, const char *how,
		       const char *rip)
{
	fault->gpa = strtoull(gpa, NULL, 16);
	fault->rip = strtoull(rip, NULL, 16);
	snprintf(fault->how, sizeof(fault->how), "%s", how);
}

/* "@td.fault GPA RIP pending|missing", "@violation GPA r|w|x RIP" */
static bool take_fault(struct record *record, const char *key, const char *value)
{
	char word[3][24] = { "", "", "" };

	if (strcmp(key, "td.fault") && strcmp(key, "violation"))
		return false;
	if (sscanf(value, "%23s %23s %23s", word[0], word[1], word[2]) < 2)
		return true;
	if (*key == 't') {
		read_fault(&record->td_fault, word[0], word[2], word[1]);
		record->has_td_fault = true;
	} else if (record->violation_count < MAX_VIOLATIONS) {
		read_fault(&record->violations[record->violation_count++], word[0], word[1],
			   word[2]);
	}
	return true;
}

/* "@td.triple_fault RIP" */
static bool take_triple_fault(struct record *record, const char *key, const char *value)
{
	if (strcmp(key, "td.triple_fault"))
		return false;
	record->triple_fault_rip = strtoull(value, NULL, 16);
	record->has_triple_fault = true;
	return true;
}

static bool take_counter(struct record *record, const char *key, const char *value)
{
	for (int i = 0; i < COUNT_GROUPS; i++) {
		size_t length = strlen(group_prefix[i]);

		if (!strncmp(key, group_prefix[i], length)) {
			count(&record->counters[i], key + length, value);
			return true;
		}
	}
	return false;
}

static bool take_text(struct record *record, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "mrtd", record->mrtd, sizeof(record->mrtd) },
		{ "rtmr0", record->rtmr[0], sizeof(record->rtmr[0]) },
		{ "rtmr1", record->rtmr[1], sizeof(record->rtmr[1]) },
		{ "rtmr2", record->rtmr[2], sizeof(record->rtmr[2]) },
		{ "rtmr3", record->rtmr[3], sizeof(record->rtmr[3]) },
		{ "td.fatal.message", record->fatal_message, sizeof(record->fatal_message) },
		{ "monitor.panic", record->panic, sizeof(record->panic) },
		{ "vmm.error", record->vmm_error, sizeof(record->vmm_error) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(key, texts[i].key)) {
			copy_text(texts[i].to, texts[i].size, value);
			return true;
		}
	return false;
}

static void take_stage(struct record *record, const char *value, double now)
{
	for (int i = 0; i < (int)ARRAY_SIZE(stage_name); i++)
		if (stage_name[i] && !strcmp(value, stage_name[i]))
			reach(record, (enum stage)i, now);
}

static void take_end(struct record *record, const char *value)
{
	for (int i = TD_END_NONE + 1; i < TD_END_COUNT; i++)
		if (!strcmp(value, end_name[i]))
			record->td_end = (enum td_end)i;
}

static void take_event(struct record *record, const char *key, const char *value, double now)
{
	if (!strcmp(key, "progress"))
		take_stage(record, value, now);
	else if (!strcmp(key, "td.enter"))
		reach(record, STAGE_ENTERED, now);
	else if (!strcmp(key, "td.end"))
		take_end(record, value);
	else if (!strcmp(key, "td.fatal.code"))
		record->fatal_code = strtoull(value, NULL, 16);
	else if (!strcmp(key, "td.gpa"))
		record->td_gpa = strtoull(value, NULL, 16);
	else if (!strcmp(key, "entries"))
		record->entries = strtoull(value, NULL, 10);
	else if (!strcmp(key, "monitor.start"))
		record->monitor_started = true;
	else if (!strcmp(key, "monitor.end"))
		record->monitor_ended = true;
}

static void take_line(struct record *record, char *text, double now)
{
	char *value = strchr(text, ' ');

	if (value)
		*value++ = 0;
	else
		value = text + strlen(text);
	if (!take_counter(record, text, value) && !take_text(record, text, value) &&
	    !take_fault(record, text, value) && !take_triple_fault(record, text, value))
		take_event(record, text, value, now);
}

/* Adds a byte; true when text holds a whole line, zero-terminated. What is too long is cut. */
static bool line_add(struct line *line, char byte)
{
	if (byte == '\n') {
		while (line->length && line->text[line->length - 1] == '\r')
			line->length--;
		line->text[line->length] = 0;
		line->length = 0;
		return true;
	}
	if (line->length < sizeof(line->text) - 1)
		line->text[line->length++] = byte;
	return false;
}

void record_feed(struct record *record, struct line *line, const char *source, const char *bytes,
		 size_t size, double now, void (*log)(const char *source, const char *line))
{
	for (size_t i = 0; i < size; i++) {
		if (!line_add(line, bytes[i]))
			continue;
		if (line->text[0] == '@')
			take_line(record, line->text + 1, now);
		else if (log)
			log(source, line->text);
	}
}

static void take_status_line(struct record *record, const char *text, double now)
{
	char *end;
	long status;

	if (!strcmp(text, "ready"))
		reach(record, STAGE_COMMAND, now);
	if (strncmp(text, "status ", 7) || !isdigit((unsigned char)text[7]))
		return;
	status = strtol(text + 7, &end, 10);
	if (!*end && status <= 255)
		record->exec_status = (int)status;
}

void record_feed_status(struct record *record, struct line *line, const char *bytes, size_t size,
			double now)
{
	for (size_t i = 0; i < size; i++)
		if (line_add(line, bytes[i]))
			take_status_line(record, line->text, now);
}

void record_init(struct record *record)
{
	*record = (struct record){ .exec_status = -1 };
}

void record_free(struct record *record)
{
	for (int i = 0; i < COUNT_GROUPS; i++)
		free(record->counters[i].items);
}

uint64_t record_counter(const struct record *record, enum counter_group group, const char *name)
{
	const struct counters *counters = &record->counters[group];

	for (size_t i = 0; i < counters->count; i++)
		if (!strcmp(counters->items[i].name, name))
			return counters->items[i].value;
	return 0;
}

uint64_t record_total(const struct record *record, enum counter_group group)
{
	const struct counters *counters = &record->counters[group];
	uint64_t total = 0;

	for (size_t i = 0; i < counters->count; i++)
		total += counters->items[i].value;
	return total;
}
