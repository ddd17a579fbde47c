# SPDX-License-Identifier: MIT
KERNEL ?= $(O)/kernel/vmlinuz
RUNS   ?= 5

.PHONY: bench
## make bench        boots a kernel as an ordinary VM and as a TD, RUNS=5 times each: medians and ratio, as JSON
bench: all
	$(Q)tests/bench/boot $(O)/swtdx $(KERNEL) $(RUNS)
