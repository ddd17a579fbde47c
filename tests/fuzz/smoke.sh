#!/bin/bash
# SPDX-License-Identifier: MIT
# Each libFuzzer target runs for a fixed number of inputs, the same ones each time, from its corpus on: one result a target.
# Environment: O, the build directory; what is found is in $O/fuzz/NAME-crash-*, as with make fuzz.
set -uo pipefail

out=${O:-build}
runs=20000
number=0
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
mkdir -p "$out/fuzz"

# What is new goes to the first directory: an empty one, not the tree's corpus.
play() # NAME
{
	local corpus=tests/fuzz/corpus/${1#fuzz_} directories

	mkdir "$found/$1"
	directories=("$found/$1")
	[[ ! -d $corpus ]] || directories+=("$corpus")
	"$out/tests/fuzz/$1" -runs=$runs -seed=1 -max_len=512 -artifact_prefix="$out/fuzz/$1-crash-" "${directories[@]}"
}

# The number that libFuzzer says it has run shows that it is the target that ended well.
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	number=$((number + 1))
	if log=$(play "$name" 2>&1) && grep -q "^Done $runs runs" <<< "$log"; then
		echo "ok $number - $name"
	else
		tail -n 30 <<< "$log" | sed 's/^/# /'
		echo "not ok $number - $name"
	fi
done
echo "1..$number"
