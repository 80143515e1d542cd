# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The house rules. Also a test, so that nobody needs to remember them.

TESTS += tests/lint/house-rules.sh
EXTRA_DIST += tests/lint/house-rules.sh

# `make lint` also knows what the tarball holds, and compares it with git.
lint:
	@$(AM_TESTS_ENVIRONMENT) dist_files=$(call shq,$(patsubst $(srcdir)/%,%,$(DISTFILES))) \
	    $(SHELL) $(top_srcdir)/tests/lint/house-rules.sh
phony_targets += lint
