#!/bin/bash
# SPDX-License-Identifier: MIT
# The libraries in every way that an embedder may build them: compilers, optimisation, LTO; what is undefined in them;
# that no vector register and no red zone is used; that C and C++ programs link with nothing but the hooks.
# Environment: O, the build directory.
set -uo pipefail
unset MAKEFLAGS MAKELEVEL

out=${O:-build}/libraries
flags=(-I. -Iinclude -ffreestanding -mno-red-zone -mgeneral-regs-only -fno-stack-protector -fno-pic
	-fno-asynchronous-unwind-tables -Wall -Wextra -Werror)
guest_hooks='tdx_panic tdx_warn'
host_hooks='phys_ptr tdx_extable_end tdx_extable_start'
number=0

result()
{
	local good=$1 what=$2

	number=$((number + 1))
	((good)) && echo "ok $number - $what" || echo "not ok $number - $what"
}

quietly()
{
	local log

	log=$("$@" 2>&1) && return
	sed 's/^/# /' <<< "$log" | tail -n 20
	return 1
}

# What an archive needs from outside; the linker itself makes one of the symbols.
undefined()
{
	nm "$1" | awk '$1 == "U" || $1 == "w" { u[$2] } NF == 3 { d[$3] } END { for (s in u) if (!(s in d)) print s }' |
		grep -vx _GLOBAL_OFFSET_TABLE_ | sort | paste -sd ' '
}

build()
{
	local dir=$1 cc=$2 options=$3

	quietly "${MAKE:-make}" --no-print-directory -s O="$dir" CC="$cc" EXTRA_CFLAGS="$options" \
		"$dir/libtdx-guest.a" "$dir/libtdx-host.a"
}

# A program of nothing but the libraries, all of their objects, as LANGUAGE.
embed()
{
	local dir=$1 cc=$2 language=$3 options=$4 objects linker=() strict=()

	[[ $language == c:* ]] && strict=(-Wpedantic)
	[[ $options == *-flto* && $cc == clang ]] && linker=(-fuse-ld=lld)
	mapfile -t objects < <(find "$dir/bare" -name '*.o')
	# shellcheck disable=SC2086 # options are words
	quietly "$cc" -x "${language%%:*}" -std="${language##*:}" "${flags[@]}" "${strict[@]}" $options -c \
		-o "$dir/embedder.o" tests/libraries/embedder.c &&
		# shellcheck disable=SC2086
		quietly "$cc" "${flags[@]}" $options "${linker[@]}" -nostdlib -static -Wl,-e,embedder_start \
			-Wl,--fatal-warnings -Wl,-z,noexecstack -o "$dir/embedder" "$dir/embedder.o" "${objects[@]}"
}

clean_code()
{
	local code

	code=$(objdump -d --no-show-raw-insn "$1") || return 1
	if grep -E '%[xyz]mm|-0x[0-9a-f]+\(%rsp\)' <<< "$code" | grep -v 'lea ' | sed 's/^/# /' | grep .; then
		return 1
	fi
}

check()
{
	local cc=$1 options=$2 what="$1 $2"
	local dir=$out/${what//[^a-zA-Z0-9]/-}

	build "$dir" "$cc" "$options"
	result $(($? == 0)) "$what: built"
	if [[ $options != *-flto* ]]; then
		local guest host

		guest=$(undefined "$dir/libtdx-guest.a") host=$(undefined "$dir/libtdx-host.a")
		[[ $guest == "$guest_hooks" && $host == "$host_hooks" ]]
		result $(($? == 0)) "$what: undefined are '$guest' and '$host'"
	fi
	embed "$dir" "$cc" c:c11 "$options"
	result $(($? == 0)) "$what: a C program links"
	clean_code "$dir/embedder"
	result $(($? == 0)) "$what: no vector register, no red zone"
	embed "$dir" "$cc" c++:c++17 "$options"
	result $(($? == 0)) "$what: a C++ program links"
}

mkdir -p "$out"
for cc in gcc clang; do
	for options in -O0 -O2 -Os '-O2 -flto'; do
		check "$cc" "$options"
	done
done
echo "1..$number"
