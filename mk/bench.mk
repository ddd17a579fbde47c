# SPDX-License-Identifier: MIT
KERNEL ?= $(O)/kernel/vmlinuz
RUNS   ?= 5

.PHONY: bench
## make bench        boots a kernel as an ordinary VM and as a TD, RUNS=5 times each: medians and ratio, as JSON
bench: all
	$(Q)tests/bench/boot $(O)/swtdx $(KERNEL) $(RUNS)

# The counts repeat exactly and have limits: tests/run runs this as a test, too.
$(counted): $(O)/tests/bench/%: $(O)/tool/tests/bench/%.c.o $(O)/libtdx-guest.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^ -lZydis

.PHONY: bench-memory
## make bench-memory pages a second that a TD in the emulator is given, accepts and loses, as JSON
bench-memory: $(O)/swtdx $(O)/tests/vmm/rate.elf
	$(Q)$(O)/swtdx run --quiet --vmm $(O)/tests/vmm/rate.elf | tr -d '\r' | sed -n 's/^# {/{/p'

.PHONY: bench-calls
## make bench-calls  instructions, loads and stores of libtdx-guest's calls, as JSON
bench-calls: $(O)/tests/bench/calls
	$(Q)$< | sed -n 's/^# {/{/p'

.PHONY: bench-decode
## make bench-decode instructions and time of decoding an MMIO instruction, beside Zydis' minimal mode, as JSON
bench-decode: $(O)/tests/bench/decode
	$(Q)$< --json

$(O)/tests/bench/leaves: $(O)/tool/tests/bench/leaves.c.o $(O)/hosted-fast.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^ $(hosted-libs)

.PHONY: bench-leaves
## make bench-leaves leaves of the module a second, hosted, and building a TD beside SHA-384, as JSON
bench-leaves: $(O)/tests/bench/leaves
	$(Q)$<
