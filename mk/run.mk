# SPDX-License-Identifier: MIT
# A TD to look at. RUN is the command in it, KERNEL the kernel, RUNFLAGS more options for swtdx run.
KERNEL   ?= $(O)/kernel/vmlinuz
RUN      ?= uname -a; dmesg | grep -w -E "tdx|TDX"; grep -o -w tdx_guest /proc/cpuinfo
RUNFLAGS ?=

.PHONY: run
## make run          installs what is missing, builds, and boots Debian's own kernel as a TD
run:
	$(Q)O=$(O) scripts/install-deps --run
	+$(Q)$(MAKE) --no-print-directory O=$(O) $(O)/swtdx
	$(Q)$(O)/swtdx run --kernel $(KERNEL) --exec '$(RUN)' $(RUNFLAGS)
