# SPDX-License-Identifier: MIT
# Runs isolation.elf; the monitor must have recorded each access that the image says it was refused.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/../tool/tap.bash"

json=$tmp/json
tap=$tmp/tap

# How many violations of a kind are in the JSON?
recorded() { # PATTERN
	tr -d ' \n' <"$json" | sed 's/.*"violations":\[\([^]]*\)\].*/\1/' | grep -o "\"how\":\"$1\"" | wc -l
}

"$SWTDX" run --quiet --json "$json" --vmm "$O/tests/vmm/isolation.elf" | tr -d '\r' >"$tap"
status=${PIPESTATUS[0]}
grep -v '^1\.\.' "$tap"
tests=$(sed -n 's/^1\.\.//p' "$tap")
attempts=$(sed -n 's/^# violations //p' "$tap")

is "$status" 0 'the machine ended well'
is "$(recorded '[rwx]')" "${attempts:-told}" 'every attempt was recorded'
for how in r w x; do
	ok $(($(recorded $how) < 10)) "attempts of kind $how are among them"
done
done_testing
