#!/bin/bash
# SPDX-License-Identifier: MIT
# A machine with a whole GiB to give, for gib.elf.
set -euo pipefail

exec "${SWTDX:-build/swtdx}" run --quiet --memory 3G --vmm "${O:-build}/tests/vmm/gib.elf"
