/* SPDX-License-Identifier: MIT */
/* swtdx measure: what MRTD and RTMRs of a TD will be, without running it. */
#include <stdio.h>

#include "tools/digest.h"
#include "tools/report.h"
#include "tools/say.h"
#include "tools/verbs.h"

static void print(const struct measurements *m)
{
	char text[DIGEST_CHARS];

	digest_print(text, m->mrtd);
	printf("MRTD  %s\n", text);
	for (int i = 0; i < RTMR_COUNT; i++) {
		digest_print(text, m->rtmr[i]);
		printf("RTMR%d %s\n", i, text);
	}
}

static int measure_and_print(const struct options *options, struct payload *payload)
{
	struct measurements m;
	FILE *json = NULL;
	int status = payload_load(options, payload);

	if (!status)
		status = measure(payload, options->memory, &m);
	if (!status)
		status = report_open(options->json, &json);
	if (status)
		return status;
	if (json != stdout)
		print(&m);
	if (json)
		status = report_json_measurements(options, payload, &m, json);
	if (json && json != stdout && fclose(json) == EOF && !status)
		status = fail(STATUS_HOST, "cannot write %s", options->json);
	return status;
}

int verb_measure(int argc, char **argv)
{
	struct options options;
	struct payload payload = { 0 };
	int status = options_read(argc, argv, OPTIONS_MEASURE, &options);

	if (status < 0)
		return help_print("measure") ? STATUS_OK : STATUS_HOST;
	if (!status)
		status = measure_and_print(&options, &payload);
	payload_free(&payload);
	return status;
}
