# SPDX-License-Identifier: MIT
# Fuzzing with libFuzzer, which needs clang. T: seconds for each target. What is found is in $(O)/fuzz/NAME-crash-*.
T ?= 60

fuzz-tests := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz       := $(fuzz-tests:%.c=$(O)/%)
fuzz-src   := $(lib-y) $(filter %.c,$(guest-y)) tests/lib/vmm_answers.c
fuzz-flags := $(COMMON) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(O)/fuzz/lib.a: $(fuzz-src)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)/objects
	$(Q)rm -f $@; for f in $(fuzz-src); do o=$(@D)/objects/$${f//\//-}.o; \
		clang $(subst fuzzer,fuzzer-no-link,$(fuzz-flags)) -c -o $$o $$f && ar rcs $@ $$o || exit 1; done

$(fuzz): $(O)/%: %.c $(O)/fuzz/lib.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(fuzz-flags) -o $@ $^

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
