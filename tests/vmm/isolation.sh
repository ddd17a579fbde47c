#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs isolation.elf; the monitor must have recorded each access that the image says it was refused.
set -u
O=${O:-build}
SWTDX=${SWTDX:-$O/swtdx}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

"$SWTDX" run --quiet --json "$dir/json" --vmm "$O/tests/vmm/isolation.elf" >"$dir/tap"
status=$?
tr -d '\r' <"$dir/tap" | grep -v '^1\.\.'
count=$(tr -d '\r' <"$dir/tap" | sed -n 's/^1\.\.//p')
attempts=$(tr -d '\r' <"$dir/tap" | sed -n 's/^# violations //p')

# ok TEXT COMMAND...
ok() {
	local text=$1
	shift
	count=$((${count:-0} + 1))
	if "$@"; then echo "ok $count - $text"; else echo "not ok $count - $text"; fi
}

recorded() {
	tr -d ' \n' <"$dir/json" | sed 's/.*"violations":\[\([^]]*\)\].*/\1/' | grep -o "\"how\":\"$1\"" | wc -l
}

ok "the machine ended well" test "$status" = 0
ok "every attempt was recorded" test "$(recorded '[rwx]')" = "${attempts:-none}"
for how in r w x; do
	ok "attempts of kind $how are among them" test "$(recorded $how)" -ge 10
done
echo "1..$count"
