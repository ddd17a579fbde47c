/* SPDX-License-Identifier: MIT */
/* libFuzzer target: sequences of SEAMCALLs and TDCALLs against the module. See player.h. */
#include "tests/fuzz/player.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;

	if (!started)
		player_start();
	started = true;
	player_play(data, size);
	return 0;
}
