# SPDX-License-Identifier: MIT
# Tests and checks. tests/run runs everything and prints the summary.

# All that can run as a Linux program, as an archive: a test takes what it uses.
hosted-src   := $(lib-y) lib/format.c $(module-y) $(cpu-fake-y) $(filter %.c,$(host-y) $(guest-y)) $(tests-lib-y)
hosted-tests := $(sort $(wildcard tests/unit/test_*.c tests/leaf/test_*.c tests/calls/test_*.c))
hosted       := $(hosted-tests:%.c=$(O)/%)

hosted-libs   = -lcmocka $(BEARSSL) -lcrypto -lZydis

# -fast: as an image has it, without sanitizers.
$(O)/hosted.a: $(call objs,host,$(hosted-src))
$(O)/hosted-fast.a: $(call objs,tool,$(hosted-src))

$(hosted): $(O)/%: $(O)/host/%.c.o $(O)/hosted.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_host) $(LDFLAGS_hosted) $(LDFLAGS-$(@D)) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(hosted-libs)

# tests/lib/calls_made.c counts.
LDFLAGS_hosted := -Wl,--wrap=module_seamcall,--wrap=module_tdcall

# The tests with threads, and all that they use, under ThreadSanitizer.
threads-src   := tests/threads/crew.c
threads-tests := $(sort $(wildcard tests/threads/test_*.c))
threads       := $(threads-tests:%.c=$(O)/%)

$(O)/tsan.a: $(call objs,tsan,$(hosted-src) $(threads-src))

$(threads): $(O)/%: $(O)/tsan/%.c.o $(O)/tsan.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_tsan) -o $@ $^ -lcmocka $(BEARSSL)

# In tests/calls the libraries' assembly runs as it is; the trapped instruction is answered by the test.
$(filter $(O)/tests/calls/%,$(hosted)): $(call objs,host,$(calls-y)) tests/calls/extable.lds
LDFLAGS-$(O)/tests/calls := -Wl,-T,tests/calls/extable.lds

# The same sequences of calls in each run (tests/fuzz/sequences.c).
sequences     := $(O)/tests/fuzz/sequences
sequences-src := $(player-y) tests/fuzz/sequences.c

$(sequences): $(call objs,host,$(sequences-src)) $(O)/hosted.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_host) -o $@ $^ $(hosted-libs)

$(sequences)-fast: $(call objs,tool,$(sequences-src)) $(O)/hosted-fast.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^ $(hosted-libs)

# guest-tests-y: images (.fd) of tests/guest; vmm-tests-y: images (.elf) of tests/vmm; both under $(O).
emulated := $(guest-tests-y) $(vmm-tests-y) $(sort $(wildcard tests/tool/*.sh tests/linux/*.sh))

# Counts that repeat exactly; the libraries in every way that they can be built.
counted   := $(O)/tests/bench/calls $(O)/tests/bench/decode
libraries := $(sort $(wildcard tests/libraries/*.sh))
# A few inputs of each libFuzzer target (mk/fuzz.mk).
smoke     := tests/fuzz/smoke.sh

RUN_TESTS := SWTDX=$(O)/swtdx O=$(O) tests/run -l $(O)/log
# A step of make check goes on after an error, to find all of them, and uses all processors unless told otherwise.
jobs       = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc) -Otarget)
step       = '$(1): $(MAKE) --no-print-directory $(jobs) -k CC=$(CC) O=$(O) $(2)'

.PHONY: check check-fast check-build lint objects

## make check        installs what is missing, builds, runs every check and test; the last line is the summary
check:
	$(Q)scripts/install-deps || { echo '0 passed, 1 failed, 0 skipped'; exit 1; }
	+$(Q)INSN_RANDOM_STRINGS=10000000 $(RUN_TESTS) $(call step,build,check-build) $(call step,lint,lint) \
		$(hosted) $(threads) $(counted) $(sequences) $(smoke) $(libraries) $(emulated)

## make check-fast   the hosted tests
check-fast: $(hosted) $(threads) $(counted)
	$(Q)$(RUN_TESTS) $^

check-build: all $(hosted) $(threads) $(counted) $(sequences) $(guest-tests-y) $(vmm-tests-y)

# Lint.

bare-all   := $(sort $(lib-y) $(bare-y) $(module-y) $(cpu-svm-y) $(monitor-y) $(host-y) $(vmm-y) $(guest-y) $(shim-y) \
		     $(hello-y))
bare-src   := $(filter %.c,$(bare-all))
host-src   := $(sort $(cpu-fake-y) $(tests-lib-y) $(filter %.c,$(calls-y)) $(hosted-tests) $(fuzz-tests) $(sequences-src))
tsan-src   := $(threads-src) $(threads-tests)
tool-src   := $(filter-out $(bare-src),$(sort $(tools-y) $(tables-y))) tests/bench/calls.c tests/bench/decode.c tests/bench/leaves.c tests/tool/pty.c
all-src    := $(bare-src) $(host-src) $(tsan-src) $(tool-src)
code-dirs  := $(wildcard include lib module cpu monitor host vmm guest shim attest tools examples tests)
lint-flags := -I. -Iinclude -I$(O)/gen

objects: $(call objs,bare,$(bare-all)) $(call objs,host,$(sort $(hosted-src) $(host-src))) $(call objs,tsan,$(tsan-src)) \
	$(call objs,tool,$(tool-src))

## make lint         format, clang-tidy, cppcheck, headers alone, arrows between folders, documents, the table of
##                   leaves, manual pages, the other compiler
lint: lint-format lint-arrows lint-headers lint-tour lint-fidelity lint-man lint-cppcheck lint-tidy lint-compiler

.PHONY: lint-format lint-arrows lint-headers lint-tour lint-fidelity lint-man lint-cppcheck lint-tidy lint-compiler

lint-format:
	$(call say,LINT,clang-format)
	$(Q)find $(code-dirs) -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror

lint-arrows:
	$(call say,LINT,arrows)
	$(Q)scripts/lint-arrows

lint-headers:
	$(call say,LINT,headers)
	$(Q)scripts/lint-headers $(CC) g++ $(lint-flags)

lint-tour:
	$(call say,LINT,tour)
	$(Q)scripts/lint-tour docs/tour.md docs/architecture.md docs/performance.md docs/make-your-kernel-a-tdx-guest.md

lint-fidelity: $(O)/tables
	$(call say,LINT,fidelity)
	$(Q)scripts/lint-fidelity $(O)/tables $(texts-with-tables)

lint-man:
	$(call say,LINT,manual pages)
	$(Q)scripts/lint-man $(installed-headers)

# The ends of what the linker lays out are different objects to it.
lint-cppcheck:
	$(call say,LINT,cppcheck)
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --platform=unix64 --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=comparePointers --suppress=subtractPointers \
		--suppress=normalCheckLevelMaxBranches --inline-suppr $(lint-flags) $(all-src)

# One stamp per file, made from its object, so that only what has changed is looked at again.
lint-tidy: $(bare-src:%=$(O)/tidy/bare/%) $(host-src:%=$(O)/tidy/host/%) $(tsan-src:%=$(O)/tidy/tsan/%) \
	$(tool-src:%=$(O)/tidy/tool/%)

define TIDY_RULES
$(O)/tidy/$(1)/%: $(O)/$(1)/%.o .clang-tidy
	$$(call say,TIDY,$$*)
	$(Q)mkdir -p $$(@D)
	$(Q)clang-tidy --quiet $$* -- $$(CFLAGS_$(1)) $$(CFLAGS_$(1)-$$(firstword $$(subst /, ,$$*))) 2>/dev/null
	$(Q)touch $$@
endef
$(foreach f,$(FLAVOURS),$(eval $(call TIDY_RULES,$(f))))

lint-compiler:
	$(call say,LINT,$(other-cc))
	+$(Q)$(MAKE) --no-print-directory CC=$(other-cc) O=$(O)/$(other-cc) objects
other-cc = $(if $(findstring clang,$(CC)),gcc,clang)
