# SPDX-License-Identifier: MIT
# Installation by the GNU conventions: PREFIX or prefix and the directories below may be set, DESTDIR goes before them.
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
includedir  ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
docdir      ?= $(datarootdir)/doc/swtdx
pkgconfigdir ?= $(libdir)/pkgconfig

INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA    ?= $(INSTALL) -m 644

# The headers are in folders named as in this tree. They include each other by relative names, so that an embedder's own
# folders called guest, host or lib do not get in between.
installed-headers := $(wildcard include/tdx/*.h) $(guest-headers-y) $(host-headers-y) $(lib-headers-y)
header-place       = $(patsubst include/%,%,$(1))
header-dir        := $(includedir)/swtdx
staged-headers    := $(addprefix $(O)/install/,$(installed-headers))

$(O)/install/%.h: %.h
	@mkdir -p $(@D)
	$(Q)sed -E 's|^(#include )<(tdx/[^>]*)>|\1"../\2"|; s|^(#include )"((guest\|host\|lib)/)|\1"../\2|' $< > $@

$(O)/install/%.pc: %.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' \
		-e 's|@VERSION@|$(VERSION)|' $< > $@

# Installed, README.md is in the same directory as the documents that it links.
$(O)/install/README.md: README.md
	@mkdir -p $(@D)
	$(Q)sed 's|](docs/|](|g' $< > $@

staged-pc := $(O)/install/guest/tdx-guest.pc $(O)/install/host/tdx-host.pc
pages-1   := $(wildcard docs/man/*.1)
pages-3   := $(wildcard docs/man/*.3)
manuals   := $(O)/install/README.md LICENSE $(wildcard docs/*.md)
hello-td  := $(wildcard examples/hello-td/*)

# A page has each of the names in its NAME section.
page-names = $(shell sed -n '/^\.Sh NAME/,/^\.Sh SYNOPSIS/s/^\.Nm \([^ ]*\).*/\1/p' $(1))
page-links = $(filter-out $(basename $(notdir $(1))),$(page-names))

# $(call place,DIRECTORY,FILES)
place = $(addprefix $(DESTDIR)$(1)/,$(notdir $(2)))

.PHONY: install uninstall
## make install      the command, the libraries with headers and pkg-config files, manual pages and documents, under
##                   PREFIX=/usr/local, with DESTDIR before it
install: all $(staged-headers) $(staged-pc) $(O)/install/README.md
	$(Q)$(INSTALL) -d $(addprefix $(DESTDIR),$(bindir) $(libdir) $(pkgconfigdir) $(mandir)/man1 $(mandir)/man3 $(docdir)) \
		$(sort $(dir $(addprefix $(DESTDIR)$(header-dir)/,$(call header-place,$(installed-headers)))))
	$(Q)$(INSTALL_PROGRAM) $(O)/swtdx $(DESTDIR)$(bindir)/swtdx
	$(Q)$(INSTALL_DATA) $(O)/libtdx-guest.a $(O)/libtdx-host.a $(DESTDIR)$(libdir)
	$(Q)$(INSTALL_DATA) $(staged-pc) $(DESTDIR)$(pkgconfigdir)
	$(Q)$(foreach h,$(installed-headers),$(INSTALL_DATA) $(O)/install/$(h) \
		$(DESTDIR)$(header-dir)/$(call header-place,$(h)) &&) true
	$(Q)$(INSTALL_DATA) $(pages-1) $(DESTDIR)$(mandir)/man1
	$(Q)$(INSTALL_DATA) $(pages-3) $(DESTDIR)$(mandir)/man3
	$(Q)$(foreach p,$(pages-3),$(foreach n,$(call page-links,$(p)),echo .so man3/$(notdir $(p)) > \
		$(DESTDIR)$(mandir)/man3/$(n).3 &&)) true
	$(Q)$(INSTALL_DATA) $(manuals) $(DESTDIR)$(docdir)
	$(Q)$(INSTALL) -d $(DESTDIR)$(docdir)/examples/hello-td
	$(Q)$(INSTALL_DATA) $(hello-td) $(DESTDIR)$(docdir)/examples/hello-td

## make uninstall    takes all of that away again
uninstall:
	$(Q)rm -f $(DESTDIR)$(bindir)/swtdx $(call place,$(libdir),libtdx-guest.a libtdx-host.a) \
		$(call place,$(pkgconfigdir),$(staged-pc)) $(call place,$(mandir)/man1,$(pages-1)) \
		$(call place,$(mandir)/man3,$(pages-3)) $(call place,$(docdir),$(manuals)) \
		$(call place,$(docdir)/examples/hello-td,$(hello-td)) \
		$(addprefix $(DESTDIR)$(header-dir)/,$(call header-place,$(installed-headers)))
	$(Q)rm -f $(foreach p,$(pages-3),$(foreach n,$(call page-links,$(p)),$(DESTDIR)$(mandir)/man3/$(n).3))
	$(Q)rmdir $(sort $(dir $(addprefix $(DESTDIR)$(header-dir)/,$(call header-place,$(installed-headers))))) \
		$(DESTDIR)$(header-dir) $(addprefix $(DESTDIR)$(docdir),/examples/hello-td /examples /) 2> /dev/null || true
