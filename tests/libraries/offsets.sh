#!/bin/bash
# SPDX-License-Identifier: MIT
# Members of struct tdx_module_args that are no operands have no offset: assembly that names one does not build.
# Environment: O, the build directory.
set -uo pipefail

out=${O:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
number=0

# An assembly function that loads a member, in a program.
builds() # MEMBER
{
	printf '#include "lib/offsets.h"\n\t.globl\t_start\n_start:\n\tmov\t%s(%%rsi), %%rax\n\tret\n' "$1" > "$dir/use.S"
	printf '\t.section .note.GNU-stack, "", @progbits\n' >> "$dir/use.S"
	gcc -I"$out/gen" -nostdlib -static -o "$dir/use" "$dir/use.S" 2> "$dir/log"
}

result()
{
	number=$((number + 1))
	(($1)) && echo "ok $number - $2" || echo "not ok $number - $2"
}

[[ -s $out/gen/lib/offsets.h ]] || "${MAKE:-make}" --no-print-directory -s O="$out" "$out/gen/lib/offsets.h"
for register in RCX RDX RBX RSI RDI R8 R9 R10 R11 R12 R13 R14 R15; do
	builds "ARGS_$register"
	result $(($? == 0)) "ARGS_$register"
done
for member in RAX RSP RBP RAX_UNUSED RSP_UNUSED RBP_UNUSED; do
	builds "ARGS_$member"
	result $(($? != 0)) "no ARGS_$member"
done
result "$(($(grep -c '^#define ARGS_' "$out/gen/lib/offsets.h") == 13))" 'no other'
echo "1..$number"
