# SPDX-License-Identifier: MIT
# A TD to look at. RUN is the command in it, KERNEL the kernel, RUNFLAGS more options for swtdx run.
KERNEL   ?= $(O)/kernel/vmlinuz
RUN      ?= uname -a; dmesg | grep -w -E "tdx|TDX"; grep -o -w tdx_guest /proc/cpuinfo
RUNFLAGS ?=

.PHONY: hello run
## make hello        installs what is missing, builds, and boots the smallest TD (examples/hello-td)
hello:
	$(Q)O=$(O) scripts/install-deps --build
	+$(Q)$(MAKE) --no-print-directory O=$(O) $(O)/swtdx
	$(Q)$(O)/swtdx run $(RUNFLAGS)

## make run          installs what is missing, builds, and boots Debian's own kernel as a TD
run:
	$(Q)O=$(O) scripts/install-deps --run
	+$(Q)$(MAKE) --no-print-directory O=$(O) $(O)/swtdx
	$(Q)$(O)/swtdx run --kernel $(KERNEL) --exec '$(RUN)' $(RUNFLAGS)
