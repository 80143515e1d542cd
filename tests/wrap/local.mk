# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every call-through against an emitted stand-in for Mbed TLS. Which files there are depends on the
# Mbed TLS, so a script builds it; it is built before the test's time limit begins to run.

TESTS += tests/wrap/run.sh tests/wrap/check_can_fail.sh

# They share what they build.
tests/wrap/check_can_fail.log: tests/wrap/run.log

wrap_files = \
    tests/wrap/backend.c \
    tests/wrap/callback.c \
    tests/wrap/check.c \
    tests/wrap/can_fail.py \
    tests/wrap/check_can_fail.sh \
    tests/wrap/deviations.txt \
    tests/wrap/drive.c \
    tests/wrap/expect.c \
    tests/wrap/expected_locks.py \
    tests/wrap/inline.c \
    tests/wrap/life.c \
    tests/wrap/main.c \
    tests/wrap/object.c \
    tests/wrap/read_libclang.py \
    tests/wrap/read_pycparser.py \
    tests/wrap/run.sh \
    tests/wrap/scene.c \
    tests/wrap/standin.c \
    tests/wrap/variants.py \
    tests/wrap/wrap.h

EXTRA_DIST += $(wrap_files)

tests/wrap/run.log: build-wrap

build-wrap: gen/stamp
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(top_srcdir)/tests/wrap/run.sh --build-only || :
phony_targets += build-wrap

clean-wrap:
	-rm -rf tests/wrap/objects
phony_targets += clean-wrap
clean_targets += clean-wrap
