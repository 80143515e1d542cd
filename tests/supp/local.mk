# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The live tests once more under valgrind. Suppressions are for faults that are not ours, one file
# for each guilty library, each entry with its reason; reports.awk knows those that no suppression
# can name.

suppressions = tests/supp/valgrind.supp

TESTS += tests/supp/check_reports.sh
EXTRA_DIST += tests/supp/check_reports.sh tests/supp/reports.awk tests/supp/run-valgrind \
    $(suppressions)

run_valgrind = $(AM_TESTS_ENVIRONMENT) LIBTOOL=$(call shq,$(LIBTOOL)) \
    VALGRIND=$(call shq,$(VALGRIND)) TIMEOUT=$(call shq,$(TIMEOUT)) \
    suppressions=$(call shq,$(suppressions)) $(SHELL) $(top_srcdir)/tests/supp/run-valgrind

check-helgrind: all $(LIVE_TESTS)
	@$(run_valgrind) helgrind $(LIVE_TESTS)

check-drd: all $(LIVE_TESTS)
	@$(run_valgrind) drd $(LIVE_TESTS)

check-memcheck: all $(LIVE_TESTS)
	@$(run_valgrind) memcheck $(LIVE_TESTS)

phony_targets += check-helgrind check-drd check-memcheck

clean-valgrind:
	-rm -rf tests/supp/helgrind tests/supp/drd tests/supp/memcheck
phony_targets += clean-valgrind
clean_targets += clean-valgrind
