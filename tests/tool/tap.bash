# SPDX-License-Identifier: MIT
# What the tests of the command share. A test sources this, calls is/like/run, and ends with done_testing.
# shellcheck shell=bash
O=${O:-build}
SWTDX=$(realpath "${SWTDX:-$O/swtdx}")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
export FAKE=
fake_qemu=$here/fake-qemu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

tests=0

ok() { # RESULT DESCRIPTION
	tests=$((tests + 1))
	if (($1 == 0)); then echo "ok $tests - $2"; else echo "not ok $tests - $2"; fi
}

is() { # ACTUAL EXPECTED DESCRIPTION
	[[ $1 == "$2" ]]
	local result=$?
	ok $result "$3"
	((result == 0)) || printf '%s\n' "got '$1', expected '$2'" | sed 's/^/# /'
	return $result
}

like() { # ACTUAL GLOB DESCRIPTION
	# shellcheck disable=SC2053
	[[ $1 == $2 ]]
	local result=$?
	ok $result "$3"
	((result == 0)) || printf '%s\n' "got '$1', expected '$2'" | sed 's/^/# /'
	return $result
}

skip() { # DESCRIPTION REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

done_testing() { echo "1..$tests"; }

# Runs swtdx; $status, $out and $err are what came of it. What is in the array with is set for it alone.
with=()
run() {
	env "${with[@]}" "$SWTDX" "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
	status=$?
	out=$(tr -d '\0' < "$tmp/out")
	err=$(tr -d '\0' < "$tmp/err")
}

# The first sentence on stderr, and the exit status: every failure has one of each.
fails() { # STATUS GLOB DESCRIPTION
	local sentence
	sentence=$(grep -m 1 '^swtdx: ' "$tmp/err")
	is "$status" "$1" "$3: exit status"
	like "$sentence" "swtdx: $2" "$3: sentence"
}

# One value of a JSON file, as perl spells it; KEY is like ->{seconds}{total}.
json() { # FILE KEY
	perl -MJSON::PP -0777 -ne '$_ = decode_json($_); print '"\$_$2"' // "null"' "$1"
}

# A kernel for the checks that come before the start: a bzImage header and nothing in it.
fake_kernel() { # FILE
	perl -e 'my $k = "\0" x 8192;
		substr($k, 0x1f1, 1) = pack "C", 4;
		substr($k, 0x1f4, 4) = pack "V", (8192 - 2560) / 16;
		substr($k, 0x1fe, 2) = pack "v", 0xaa55;
		substr($k, 0x202, 4) = "HdrS";
		substr($k, 0x206, 2) = pack "v", 0x20f;
		substr($k, 0x20e, 2) = pack "v", 0x200;
		substr($k, 0x236, 2) = pack "v", 1;
		substr($k, 0x238, 4) = pack "V", 2047;
		substr($k, 0x258, 8) = pack "Q<", 0x1000000;
		substr($k, 0x260, 4) = pack "V", 0x3000000;
		substr($k, 0x400, 12) = "6.99-fake #1";
		print $k' > "$1"
}
