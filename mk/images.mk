# SPDX-License-Identifier: MIT
# Libraries and images, each from its list of sources.
LDFLAGS_image := -nostdlib -static -no-pie -Wl,--fatal-warnings -Wl,-z,noexecstack -Wl,--gc-sections \
		 -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,--no-warn-rwx-segments
BEARSSL := -l:libbearssl.a

# With what the compiler calls, so that nothing but the documented hooks is undefined in them.
$(O)/libtdx-guest.a: $(call objs,bare,$(guest-y) $(lib-y) lib/string.c)
$(O)/libtdx-host.a: $(call objs,bare,$(host-y) $(lib-y) lib/string.c)
$(O)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@; ar rcs $@ $^

# $(call IMAGE,NAME,SOURCES,LINKER SCRIPT,LIBRARIES)
define IMAGE
$(O)/$(1).elf: $(call objs,bare,$(2)) $(3)
	$$(call say,LD,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)$$(CC) $(LDFLAGS_image) -Wl,-T,$(3) -Wl,-Map,$$@.map -o $$@ $(call objs,bare,$(2)) $(4)
endef

$(eval $(call IMAGE,monitor,$(monitor-y) $(module-y) $(cpu-svm-y) $(lib-y) $(bare-y),monitor/link.lds,$(BEARSSL)))
$(eval $(call IMAGE,vmm,$(vmm-y) $(host-y) $(lib-y) $(bare-y),vmm/link.lds))
$(eval $(call IMAGE,shim,$(shim-y) $(guest-y) $(lib-y) $(bare-y),shim/link.lds,-Xlinker --no-relax $(BEARSSL)))
$(eval $(call IMAGE,hello-td,$(hello-y),examples/hello-td/link.lds,-Xlinker --no-relax $(O)/libtdx-guest.a))

# What the module takes of memory, besides what the VMM gives it.
$(O)/footprint: $(O)/monitor.elf scripts/footprint
	$(Q)scripts/footprint $< > $@.new && mv $@.new $@
	@printf '  %-7s %s\n' SIZE "$$(cat $@)"

# The monitor is loaded as a flat multiboot image, shim and hello-td are TDVF images that end at 4 GiB.
define FLAT
	$(call say,OBJCOPY,$@)
	$(Q)objcopy -O binary $< $@
endef

$(O)/%.bin: $(O)/%.elf
	$(FLAT)

$(O)/%.fd: $(O)/%.elf
	$(FLAT)
