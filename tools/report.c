/* SPDX-License-Identifier: MIT */
#include "tools/report.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "tools/say.h"

#define SUMMARY_WIDTH 96
#define PAGE_KIB      4

static const char *const stage_key[STAGE_COUNT] = {
	[STAGE_ENTERED] = "to_first_entry", [STAGE_SHIM] = "to_shim",
	[STAGE_MEASURED] = "to_measured",   [STAGE_KERNEL] = "to_kernel",
	[STAGE_GUEST] = "to_guest",	    [STAGE_COMMAND] = "to_command",
};

static const char *const group_key[COUNT_GROUPS] = {
	[COUNT_EXITS] = "exits",	 [COUNT_VE] = "ve",
	[COUNT_TDVMCALLS] = "tdvmcalls", [COUNT_TDCALLS] = "tdcalls",
	[COUNT_SEAMCALLS] = "seamcalls", [COUNT_PAGES] = "pages",
};

/* "  name      total: kind n, kind n", folded at SUMMARY_WIDTH; kinds that did not occur are left
 * out. */
static void print_counters(const struct record *record, enum counter_group group, const char *name)
{
	const struct counters *counters = &record->counters[group];
	const char *separator = ":";
	int column;

	if (!record_total(record, group))
		return;
	column = fprintf(stderr, "  %-10s%llu", name,
			 (unsigned long long)record_total(record, group));
	for (size_t i = 0; i < counters->count; i++) {
		char item[80];
		int length = snprintf(item, sizeof(item), " %s %llu", counters->items[i].name,
				      (unsigned long long)counters->items[i].value);

		if (!counters->items[i].value)
			continue;
		column += fprintf(stderr, "%s", separator) + length;
		if (column > SUMMARY_WIDTH)
			column = fprintf(stderr, "\n%11s", "") - 1 + length;
		fputs(item, stderr);
		separator = ",";
	}
	fputc('\n', stderr);
}

/* Pages of 4 KiB as a size that people read. */
static const char *print_pages(char text[32], uint64_t pages)
{
	if (pages * PAGE_KIB < 1024)
		snprintf(text, 32, "%u KiB", (unsigned int)pages * PAGE_KIB);
	else
		snprintf(text, 32, "%.1f MiB", (double)pages * PAGE_KIB / 1024);
	return text;
}

static void print_memory(const struct record *record)
{
	static const struct {
		const char *key, *text;
	} kinds[] = { { "added", "added" },
		      { "accepted", "accepted" },
		      { "shared", "converted to shared" },
		      { "private", "converted to private" } };
	const char *separator = "  memory    ";
	char text[32];

	if (!record->counters[COUNT_PAGES].count)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t pages = record_counter(record, COUNT_PAGES, kinds[i].key);

		fprintf(stderr, "%s%s %s", separator, print_pages(text, pages), kinds[i].text);
		separator = ", ";
	}
	fputc('\n', stderr);
}

static void print_times(const struct record *record)
{
	const double *t = record->reached;

	if (!(t[STAGE_KERNEL] > 0))
		return;
	fprintf(stderr, "  times     first entry %.2f s, kernel %.2f s", t[STAGE_ENTERED],
		t[STAGE_KERNEL]);
	if (t[STAGE_COMMAND] > 0)
		fprintf(stderr, ", command %.2f s", t[STAGE_COMMAND]);
	fputc('\n', stderr);
}

static void print_digests(const struct record *record)
{
	if (*record->mrtd)
		fprintf(stderr, "  MRTD      %s\n", record->mrtd);
	for (int i = 0; i < RTMR_COUNT; i++)
		if (*record->rtmr[i])
			fprintf(stderr, "  RTMR%d     %s\n", i, record->rtmr[i]);
}

void report_summary(const struct run *run)
{
	const struct record *record = &run->record;

	fprintf(stderr, "swtdx: %s (after %.2f s, exit status %d)\n", run->verdict.text,
		run->outcome.seconds, run->verdict.status);
	print_times(record);
	print_counters(record, COUNT_EXITS, "exits");
	print_counters(record, COUNT_VE, "#VE");
	print_counters(record, COUNT_TDVMCALLS, "TDVMCALLs");
	print_memory(record);
	print_digests(record);
	if (record->violation_count)
		fprintf(stderr,
			"  hidden    the VMM touched %zu hidden page(s), the first at 0x%llx\n",
			record->violation_count, (unsigned long long)record->violations[0].gpa);
}

static json_t *json_hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

/* A string, or null when it is empty or not there. */
static json_t *json_text(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *json_times(const struct run *run)
{
	json_t *times = json_object();

	json_object_set_new(times, "total", json_real(run->outcome.seconds));
	for (int i = 0; i < STAGE_COUNT; i++)
		if (stage_key[i])
			json_object_set_new(times, stage_key[i],
					    run->record.reached[i] > 0
						    ? json_real(run->record.reached[i])
						    : json_null());
	return times;
}

static json_t *json_counters(const struct counters *counters)
{
	json_t *object = json_object();

	for (size_t i = 0; i < counters->count; i++)
		json_object_set_new(object, counters->items[i].name,
				    json_integer((json_int_t)counters->items[i].value));
	return object;
}

static json_t *json_fault(const struct access_fault *fault)
{
	json_t *object = json_object();

	json_object_set_new(object, "gpa", json_hex(fault->gpa));
	json_object_set_new(object, "rip", json_hex(fault->rip));
	json_object_set_new(object, "how", json_string(fault->how));
	return object;
}

/* What ended the TD, if it was an access or an exception. */
static json_t *json_end(const struct record *r)
{
	json_t *object;

	if (r->td_end == TD_END_TRIPLE_FAULT && r->has_triple_fault) {
		object = json_object();
		json_object_set_new(object, "gpa", json_null());
		json_object_set_new(object, "rip", json_hex(r->triple_fault_rip));
		json_object_set_new(object, "how", json_string("triple-fault"));
		return object;
	}
	return r->has_td_fault ? json_fault(&r->td_fault) : json_null();
}

static json_t *json_violations(const struct record *record)
{
	json_t *array = json_array();

	for (size_t i = 0; i < record->violation_count; i++)
		json_array_append_new(array, json_fault(&record->violations[i]));
	return array;
}

static json_t *json_rtmrs(const struct record *record)
{
	json_t *array = json_array();

	for (int i = 0; i < RTMR_COUNT; i++)
		json_array_append_new(array, json_text(record->rtmr[i]));
	return array;
}

static json_t *json_engine(const struct run *run)
{
	json_t *object = json_object();

	json_object_set_new(object, "qemu", json_text(run->engine.version));
	json_object_set_new(object, "path", json_text(run->engine.path));
	json_object_set_new(object, "accel",
			    run->engine.accel == ACCEL_AUTO
				    ? json_null()
				    : json_string(accel_name(run->engine.accel)));
	return object;
}

static void set_end(json_t *object, const struct run *run)
{
	const struct record *r = &run->record;

	json_object_set_new(object, "version", json_string(SWTDX_VERSION));
	json_object_set_new(object, "end", json_string(run->verdict.end));
	json_object_set_new(object, "message", json_text(run->verdict.text));
	json_object_set_new(object, "status", json_integer(run->verdict.status));
	json_object_set_new(object, "exec_status",
			    r->exec_status < 0 ? json_null() : json_integer(r->exec_status));
	json_object_set_new(object, "fatal_message", json_text(r->fatal_message));
	json_object_set_new(object, "fatal_code",
			    r->td_end == TD_END_FATAL ? json_hex(r->fatal_code) : json_null());
	json_object_set_new(object, "fault", json_end(r));
	json_object_set_new(object, "violations", json_violations(r));
}

static int write_json(json_t *object, FILE *file)
{
	int error = json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));

	json_decref(object);
	if (error || fputc('\n', file) == EOF || fflush(file) == EOF)
		return fail(STATUS_HOST, "cannot write the JSON file: %s", strerror(errno));
	return 0;
}

int report_json(const struct run *run, FILE *file)
{
	json_t *object = json_object();

	set_end(object, run);
	json_object_set_new(object, "seconds", json_times(run));
	json_object_set_new(object, "entries", json_integer((json_int_t)run->record.entries));
	for (int i = 0; i < COUNT_GROUPS; i++)
		json_object_set_new(object, group_key[i], json_counters(&run->record.counters[i]));
	json_object_set_new(object, "mrtd", json_text(run->record.mrtd));
	json_object_set_new(object, "rtmr", json_rtmrs(&run->record));
	json_object_set_new(object, "engine", json_engine(run));
	return write_json(object, file);
}

int report_json_measurements(const struct options *options, const struct payload *payload,
			     const struct measurements *m, FILE *file)
{
	json_t *object = json_object(), *rtmr = json_array();
	char text[DIGEST_CHARS];

	digest_print(text, m->mrtd);
	json_object_set_new(object, "mrtd", json_string(text));
	for (int i = 0; i < RTMR_COUNT; i++) {
		digest_print(text, m->rtmr[i]);
		json_array_append_new(rtmr, json_string(text));
	}
	json_object_set_new(object, "rtmr", rtmr);
	json_object_set_new(object, "memory", json_integer((json_int_t)options->memory));
	json_object_set_new(
		object, "cmdline",
		json_stringn((const char *)payload->cmdline.data, payload->cmdline.size));
	return write_json(object, file);
}

int report_open(const char *path, FILE **file)
{
	if (!path)
		*file = NULL;
	else if (!strcmp(path, "-"))
		*file = stdout;
	else
		*file = fopen(path, "we");
	if (path && !*file)
		return fail(STATUS_FILE, "cannot write %s: %s", path, strerror(errno));
	return 0;
}
