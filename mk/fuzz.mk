# SPDX-License-Identifier: MIT
# Fuzzing with libFuzzer, which needs clang. T: seconds for each target. What is found is in $(O)/fuzz/NAME-crash-*.
T ?= 60

fuzz := $(fuzz-tests:%.c=$(O)/%)

# The targets themselves count: an input that does not get further is one all the same.
$(call objs,fuzz,$(fuzz-tests)): CFLAGS_fuzz-tests :=

$(O)/fuzz.a: $(call objs,fuzz,$(hosted-src) $(player-y))

$(fuzz): $(O)/%: $(O)/fuzz/%.c.o $(O)/fuzz.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_fuzz) $(subst fuzzer-no-link,fuzzer,$(CFLAGS_fuzz)) -o $@ $^ $(hosted-libs)

# They break unnoticed where nothing else builds them; tests/fuzz/smoke.sh runs them.
check-build: $(fuzz)

.PHONY: fuzz
## make fuzz         runs each libFuzzer target of tests/fuzz for T=60 seconds
fuzz: $(fuzz)
	$(Q)for f in $(fuzz); do n=$$(basename $$f); mkdir -p $(O)/fuzz/$$n; \
		echo "  FUZZ    $$n, $(T) s"; \
		$$f -max_total_time=$(T) -max_len=512 -print_final_stats=1 -artifact_prefix=$(O)/fuzz/$$n-crash- \
			$(O)/fuzz/$$n $$(ls -d tests/fuzz/corpus/$${n#fuzz_} 2>/dev/null) > $(O)/fuzz/$$n.log 2>&1 || { tail -n 40 $(O)/fuzz/$$n.log; exit 1; }; \
		grep -E 'number_of_executed_units|cov:' $(O)/fuzz/$$n.log | tail -n 2; done

.PHONY: bench-sequences corpus
## make bench-sequences  sequences of calls against the module a second, with and without sanitizers
bench-sequences: $(sequences) $(sequences)-fast
	$(Q)for s in $^; do printf '  %s: ' $${s##*/}; $$s -n 100000 | sed -n '$$s/^# //p'; done

## make corpus       makes the seed corpus of tests/fuzz/corpus/module anew
corpus: $(sequences)-fast
	$(Q)rm -rf tests/fuzz/corpus/module && mkdir -p tests/fuzz/corpus/module
	$(Q)$< -n $(or $(SEQUENCES),4000000) -w tests/fuzz/corpus/module | tail -n 1

.PHONY: check-long
## make check-long   the decoder on 100 million random byte strings, the emulator on many more states: minutes
check-long: $(O)/tests/unit/test_insn $(O)/tests/unit/test_ve_native
	$(Q)INSN_RANDOM_STRINGS=$(or $(STRINGS),100000000) $(O)/tests/unit/test_insn
	$(Q)NATIVE_ROUNDS=$(or $(ROUNDS),200) $(O)/tests/unit/test_ve_native
