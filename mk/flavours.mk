# SPDX-License-Identifier: MIT
# A flavour is a way to compile a file; its objects are in $(O)/<flavour>/.
#   bare	freestanding, for the monitor, the VMM, the shim and the libraries that users link
#   host	a Linux program, with sanitizers: the tests
#   tsan	the same with ThreadSanitizer: the tests with threads
#   tool	a Linux program, as users run it
#   fuzz	a Linux program for libFuzzer, which only clang has
# DEBUG=1 builds bare with what NDEBUG leaves out (lib/check.h, module/lock.h). EXTRA_CFLAGS goes behind its flags.
ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum \
	    -Wno-unused-parameter
COMMON   := -std=gnu11 -g $(WARNINGS) -I. -Iinclude -I$(O)/gen -DSWTDX_VERSION='"$(VERSION)"'
SAN      ?= address,undefined

CFLAGS_bare := $(COMMON) -O2 -ffreestanding -fpie -fvisibility=hidden -mno-red-zone -mgeneral-regs-only \
	       -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -ffunction-sections \
	       -fdata-sections -fno-strict-aliasing $(if $(DEBUG),,-DNDEBUG) $(EXTRA_CFLAGS)
CFLAGS_host := $(COMMON) -O1 -fno-omit-frame-pointer $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
CFLAGS_tsan := $(COMMON) -O1 -fno-omit-frame-pointer -fsanitize=thread
CFLAGS_tool := $(COMMON) -O2 -D_GNU_SOURCE -DNDEBUG

CFLAGS_fuzz := $(COMMON) -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	       -fno-sanitize-recover=all
# What is fuzzed guides it, not what drives and checks it.
CFLAGS_fuzz-tests := -fno-sanitize=fuzzer-no-link
CFLAGS_fuzz-cpu   := $(CFLAGS_fuzz-tests)

FLAVOURS := bare host tsan tool fuzz

CC_bare = $(CC)
CC_host = $(CC)
CC_tsan = $(CC)
CC_tool = $(CC)
CC_fuzz = clang

# $(call objs,FLAVOUR,SOURCES)
objs = $(patsubst %,$(O)/$(1)/%.o,$(2))

# Objects are made again when the compiler or its flags change.
define FLAVOUR_RULES
$(O)/$(1)/.flags: FORCE
	@mkdir -p $$(@D); echo '$$(CC_$(1)) $$(CFLAGS_$(1))' | cmp -s - $$@ || echo '$$(CC_$(1)) $$(CFLAGS_$(1))' > $$@

$(O)/$(1)/%.c.o: %.c $(O)/$(1)/.flags
	$$(call say,CC,$(1) $$<)
	$(Q)mkdir -p $$(@D)
	$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) $$(CFLAGS_$(1)-$$(firstword $$(subst /, ,$$<))) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/%.S.o: %.S $(O)/$(1)/.flags
	$$(call say,AS,$(1) $$<)
	$(Q)mkdir -p $$(@D)
	$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach f,$(FLAVOURS),$(eval $(call FLAVOUR_RULES,$(f))))

# Offsets for assembly: DIR/offsets.c has lines OFFSET(name, type, member); $(O)/gen/DIR/offsets.h is made from it.
$(O)/gen/%/offsets.h: %/offsets.c $(O)/bare/.flags
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_bare) -fno-lto -MMD -MP -MT $@ -MF $(@:.h=.d) -S -o - $< | \
		sed -n 's/^[^"]*"@offset \([A-Za-z0-9_]*\) [$$#]*\(-\{0,1\}[0-9]*\)".*/#define \1 \2/p' > $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)
