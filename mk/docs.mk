# SPDX-License-Identifier: MIT
# Texts with tables that are made from the module's own.
texts-with-tables := docs/fidelity.md docs/tables.md

.PHONY: docs
## make docs         makes the tables in docs/ again from those of the module
docs: $(O)/tables
	$(Q)for text in $(texts-with-tables); do \
		$(O)/tables < $$text > $(O)/table.md && cp $(O)/table.md $$text || exit 1; done
