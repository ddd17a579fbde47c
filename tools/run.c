/* SPDX-License-Identifier: MIT */
/* swtdx run: boots a TD. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/qemu.h"
#include "tools/report.h"
#include "tools/say.h"
#include "tools/session.h"
#include "tools/verbs.h"

static void print_part(const char *name, const struct blob *blob)
{
	if (blob->size)
		printf("# %s: %zu bytes\n", name, blob->size);
}

/* What would be started and what it would be given, as a shell script's comments and command. */
static void print_dry_run(const struct run *run, const struct qemu *q)
{
	const struct payload *p = &run->payload;

	printf("# QEMU %s, accelerator %s\n", run->engine.version, accel_name(run->engine.accel));
	printf("# memory: %llu MiB for the TD, %llu MiB for the machine\n",
	       (unsigned long long)(run->options.memory >> 20),
	       (unsigned long long)(qemu_memory(&run->options, p) >> 20));
	print_part("firmware", &p->firmware);
	print_part("kernel", &p->kernel);
	print_part("initrd", &p->initrd);
	if (p->cmdline.size)
		printf("# command line: %.*s\n", (int)p->cmdline.size,
		       (const char *)p->cmdline.data);
	qemu_print(q, stdout);
}

static void run_machine(struct run *run, struct qemu *q, const sigset_t *signals)
{
	session_run(q, signals, &run->options, &run->record, &run->outcome);
	judge(&run->options, &run->payload.image, &run->record, &run->outcome, &run->verdict);
	if (!run->options.quiet)
		report_summary(run);
	else if (run->verdict.status && strcmp(run->verdict.end, "exec"))
		note("%s", run->verdict.text);
}

/* Everything that can be known to be wrong before the start is found here. */
static int run_td(struct run *run)
{
	sigset_t signals;
	struct qemu q;
	int status = payload_load(&run->options, &run->payload);

	if (!status)
		status = engine_probe(&run->engine, run->options.qemu);
	if (!status)
		status = engine_choose(&run->engine, run->options.accel);
	if (status)
		return status;
	session_block_signals(&signals);
	status = qemu_prepare(&q, &run->engine, &run->options, &run->payload);
	if (!status && run->options.dry_run)
		print_dry_run(run, &q);
	else if (!status)
		run_machine(run, &q, &signals);
	qemu_close(&q);
	return status;
}

/* For a run that did not come to be: the sentence is said already. */
static void judge_refusal(struct run *run, int status)
{
	run->verdict.status = status;
	run->verdict.end = status == STATUS_HOST ? "host-error" : "refused";
	snprintf(run->verdict.text, sizeof(run->verdict.text), "%s", last_failure());
}

static int finish(struct run *run, FILE *json, int status)
{
	int json_status = 0;

	if (status)
		judge_refusal(run, status);
	if (json && !run->options.dry_run)
		json_status = report_json(run, json);
	if (json && json != stdout && fclose(json) == EOF && !json_status)
		json_status = fail(STATUS_HOST, "cannot write %s", run->options.json);
	return run->verdict.status ? run->verdict.status : json_status;
}

int verb_run(int argc, char **argv)
{
	static struct run run;
	FILE *json;
	int status = options_read(argc, argv, OPTIONS_RUN, &run.options);

	if (status < 0)
		return help_print("run") ? STATUS_OK : STATUS_HOST;
	if (!status)
		status = report_open(run.options.dry_run ? NULL : run.options.json, &json);
	if (status)
		return status;
	record_init(&run.record);
	status = finish(&run, json, run_td(&run));
	record_free(&run.record);
	payload_free(&run.payload);
	return status;
}
