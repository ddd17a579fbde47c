# SPDX-License-Identifier: MIT
# Fuzzing with libFuzzer, which needs clang. T: seconds for each target. What is found is in $(O)/fuzz/NAME-crash-*.
T ?= 60

fuzz-tests := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz       := $(fuzz-tests:%.c=$(O)/%)
# How sequences of calls are played against the module; sequences.c does it without libFuzzer.
player-src := $(addprefix tests/fuzz/,player.c guest.c operands.c worlds.c)

$(O)/fuzz.a: $(call objs,fuzz,$(hosted-src) $(player-src))

$(fuzz): $(O)/%: $(O)/fuzz/%.c.o $(O)/fuzz.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_fuzz) $(subst fuzzer-no-link,fuzzer,$(CFLAGS_fuzz)) -o $@ $^ $(hosted-libs)

sequences     := $(O)/tests/fuzz/sequences
sequences-src := $(player-src) tests/fuzz/sequences.c

# The same without sanitizers, for its speed.
$(sequences)-fast: $(call objs,tool,$(sort $(hosted-src) $(sequences-src)))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^ $(hosted-libs)

$(sequences): $(call objs,host,$(sequences-src)) $(O)/hosted.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_host) -o $@ $^ $(hosted-libs)

.PHONY: fuzz
## make fuzz         runs each libFuzzer target of tests/fuzz for T=60 seconds
fuzz: $(fuzz)
	$(Q)for f in $(fuzz); do n=$$(basename $$f); mkdir -p $(O)/fuzz/$$n; \
		echo "  FUZZ    $$n, $(T) s"; \
		$$f -max_total_time=$(T) -max_len=512 -print_final_stats=1 -artifact_prefix=$(O)/fuzz/$$n-crash- \
			$(O)/fuzz/$$n > $(O)/fuzz/$$n.log 2>&1 || { tail -n 40 $(O)/fuzz/$$n.log; exit 1; }; \
		grep -E 'number_of_executed_units|cov:' $(O)/fuzz/$$n.log | tail -n 2; done

.PHONY: check-long
## make check-long   the decoder on 10 million random byte strings, the emulator on many more states: minutes
check-long: $(O)/tests/unit/test_insn $(O)/tests/unit/test_ve_native
	$(Q)INSN_RANDOM_STRINGS=$(or $(STRINGS),10000000) $(O)/tests/unit/test_insn
	$(Q)NATIVE_ROUNDS=$(or $(ROUNDS),200) $(O)/tests/unit/test_ve_native
