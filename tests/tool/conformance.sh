# SPDX-License-Identifier: MIT
# swtdx conformance: the table, and the tests that it runs.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

# The table.
run conformance
is "$status" 0 'table: exit status'
is "$(grep -c '^\(SEAMCALL\|TDCALL\) ' <<< "$out")" \
	"$(grep -c '^#define TD[HG]_[A-Z_]* *[0-9]*$' "$top/include/tdx/leaf.h")" 'table: a row for each leaf'
like "$out" '*SEAMCALL  2  TDH.MEM.PAGE.ADD *version 0 *leaf/*' 'table: a leaf that is there'
like "$out" '*SEAMCALL 68  TDH.EXPORT.MEM * absent *no migration*' 'table: one that is not'
run conformance --absent
is "$(grep -c '^[ST].* version ' <<< "$out")" 0 '--absent: only absent leaves'
like "$out" '*TDH.EXPORT.MEM*' '--absent: an absent leaf'
run conformance tdh_mem_page_add
like "$status $out" '0 TDH.MEM.PAGE.ADD: SEAMCALL leaf 2
*version *0
*op state *INITIALIZED
*SEPT entry *FREE
*tests *leaf/*' 'one leaf, by its constant'
run conformance 'TDG.VP.V*'
is "$(grep '^TD' <<< "$out" | tr '\n' ' ')" 'TDG.VP.VMCALL: TDCALL leaf 0 TDG.VP.VEINFO.GET: TDCALL leaf 3 ' 'a pattern'

# JSON.
run conformance TDH.MEM.SEPT.ADD TDH.EXPORT.MEM --json -
printf '%s\n' "$out" > "$tmp/json"
is "$(json "$tmp/json" '->{leaves}[0]{name}')" TDH.MEM.SEPT.ADD 'JSON: the leaf'
is "$(json "$tmp/json" '->{leaves}[0]{highest_version}')" 1 'JSON: its version'
is "$(json "$tmp/json" '->{leaves}[0]{sept_states}[1]')" NL_MAPPED 'JSON: a state'
is "$(json "$tmp/json" '->{leaves}[0]{result}')" null 'JSON: no result without --run'
is "$(json "$tmp/json" '->{leaves}[0]{answers}')" null 'JSON: no answers without --run'
is "$(json "$tmp/json" '->{leaves}[1]{highest_version}')" null 'JSON: an absent leaf has no version'

# A folder of tests that are not those of the module: what they tell is ours to choose.
mkdir -p "$tmp/tests/leaf" "$tmp/tests/vmm"
fake_test() { # COMMANDS FILE...
	local file
	for file in "${@:2}"; do
		printf '#!/bin/bash\n%s\n' "$1" > "$tmp/tests/$file"
		chmod +x "$tmp/tests/$file"
	done
}
run conformance TDH.VP.ENTER --json -
printf '%s\n' "$out" > "$tmp/json"
mapfile -t named < <(perl -MJSON::PP -0777 -ne 'print "$_\n" for @{decode_json($_)->{leaves}[0]{tests}}' "$tmp/json")
programs=() images=()
for name in "${named[@]}"; do
	mkdir -p "$(dirname "$tmp/tests/$name")"
	case $name in
	vmm/*) images+=("$name.elf") ;;
	guest/*) images+=("$name.fd") ;;
	*) programs+=("$name") ;;
	esac
done
for image in "${images[@]}"; do
	: > "$tmp/tests/$image"
done
((${#programs[@]} && ${#images[@]}))
ok $? 'the leaf of this test has programs and images'
first=${programs[0]}
try() { run conformance --run --tests "$tmp/tests" --qemu "$fake_qemu" "$@"; }

fake_test 'echo 1..2; echo ok 1 - one; echo "ok 2 - two # SKIP later"' "${programs[@]}"
try TDH.VP.ENTER
fails 102 "*did not run: *" 'an image that cannot be read'
like "$out" '*not run * TDH.VP.ENTER*' 'the leaf is not run'
try TDH.VP.ENTER --json "$tmp/json"
is "$(json "$tmp/json" '->{leaves}[0]{result}')" 'not run' 'JSON: the leaf is not run'
is "$(json "$tmp/json" '->{tests}[0]{passed}')" 1 'JSON: one passed'
is "$(json "$tmp/json" '->{tests}[0]{skipped}')" 1 'JSON: one skipped'

broken() { # COMMANDS PROBLEM DESCRIPTION
	fake_test "$1" "$first"
	try TDH.VP.ENTER
	is "$status" 113 "$3: exit status"
	like "$out" "failed * TDH.VP.ENTER *failed: $first: $2*" "$3: problem"
}
broken 'echo 1..2; echo ok 1 - one; echo not ok 2 - two' '1 of 2 failed, the first: 2 - two' 'a failing test'
broken 'echo 1..3; echo ok 1 - one' 'told 1 tests of 3 that it planned' 'a program that ends early'
broken 'echo ok 1 - one' 'told 1 tests of 0*' 'a program without a plan'
broken 'echo 1..1; echo ok 1; exit 3' 'exit status 3' 'a bad exit status'
broken 'echo 1..1; echo ok 1; kill -SEGV $$' 'ended by signal 11' 'a signal'
broken '' 'told 0 tests of 0*' 'a silent program'

rm "$tmp/tests/$first"
try TDH.VP.ENTER
fails 102 '*did not run: it is not built' 'a test that is not built'
rm -r "$tmp/tests"
try TDH.VP.ENTER
fails 102 "there are no tests in $tmp/tests; build them with *" 'no tests at all'

# A leaf that its test does not call, or never successfully.
mkdir -p "$tmp/tests/leaf"
mapfile -t named < <("$SWTDX" conformance TDH.MNG.ADDCX --json - |
	perl -MJSON::PP -0777 -ne 'print "$_\n" for @{decode_json($_)->{leaves}[0]{tests}}')
called() { # LINE
	fake_test "echo 1..1; echo ok 1; echo '$1'" "${named[@]}"
	try TDH.MNG.ADDCX --json "$tmp/json"
}
called '# SEAMCALL 1: 7 times 0000000000000000'
is "$status" 0 'a leaf that is called: exit status'
is "$(json "$tmp/json" '->{leaves}[0]{answers}{SUCCESS}')" $((7 * ${#named[@]})) 'what it answered'
called '# TDCALL 1: 7 times 0000000000000000'
is "$status" 113 'a leaf that is not called: exit status'
is "$(json "$tmp/json" '->{leaves}[0]{problem}')" "${named[0]} never calls it" 'the test is named'
called '# SEAMCALL 1: 7 times c000010000000001'
is "$status" 113 'a leaf that never succeeds: exit status'
is "$(json "$tmp/json" '->{leaves}[0]{problem}')" 'none of its tests calls it successfully' 'and why'
is "$(json "$tmp/json" '->{leaves}[0]{answers}{"OPERAND_INVALID|RCX"}')" $((7 * ${#named[@]})) 'and what it answered'
called '# SEAMCALL 1: 7 times 0000000000000000
# SEAMCALL 1: 1 times c000060900000000'
is "$status" 113 'a leaf that answers what it may not: exit status'
is "$(json "$tmp/json" '->{leaves}[0]{problem}')" 'it answered what is not specified: NO_VCPUS' 'and what that is'
like "$(json "$tmp/json" '->{leaves}[0]{unspecified}[0]')" NO_VCPUS 'a status that is not specified'
like " $(perl -MJSON::PP -0777 -ne 'print "@{decode_json($_)->{leaves}[0]{unshown}}"' "$tmp/json") " \
	'* OPERAND_INVALID|RCX *' 'those that are not shown'
rm -r "$tmp/tests"

# The real ones, those that need no machine.
run conformance --run --tests "$(realpath "$O")/tests" TDH.MNG.ADDCX
like "$status $out" '0 passed *TDH.MNG.ADDCX*leaves: 1 passed, 0 failed*' 'tests of this tree'
run conformance --run TDH.MNG.ADDCX
like "$status $out" '0 passed *TDH.MNG.ADDCX*' 'they are found beside the command'

run conformance --run
is "$status" 0 'each leaf is shown by its tests'
grep -v '^passed' <<< "$out" | sed 's/^/# /'

# Usage.
run conformance TDH.FLY
fails 101 'conformance: TDH.FLY is no leaf; write it like *' 'unknown leaf'
run conformance --fast
fails 101 'conformance: --fast is not an option*' 'unknown option'
run conformance --json
fails 101 'conformance: --json needs a value*' 'option without its value'
run conformance --tests "$tmp"
fails 101 'conformance: --tests and --qemu need --run' '--tests without --run'
run conformance --json "$tmp/none/json"
fails 102 "cannot write $tmp/none/json: *" 'JSON file cannot be written'
done_testing
