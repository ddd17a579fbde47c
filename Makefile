# SPDX-License-Identifier: MIT
# swtdx: a TDX machine that needs no TDX hardware. "make help" lists the targets.
MAKEFLAGS += -rR
SHELL     := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

VERSION := 0.1.0
O       := build
Q       := $(if $(V),,@)
say      = @printf '  %-7s %s\n' '$(1)' '$(2)'

include mk/flavours.mk

dirs := lib module cpu/svm cpu/fake monitor host vmm guest shim examples tools tests tests/guest tests/vmm
include $(dirs:%=%/files.mk)
include mk/images.mk mk/docs.mk mk/check.mk mk/run.mk mk/bench.mk mk/fuzz.mk mk/install.mk

.PHONY: all help clean FORCE
all: $(O)/swtdx $(O)/footprint $(O)/libtdx-guest.a $(O)/libtdx-host.a

help:
	@sed -n 's/^## //p' mk/*.mk Makefile

## make              the command, the images and the libraries, under build/
## make clean        removes build/
clean:
	rm -rf $(O)

FORCE:
