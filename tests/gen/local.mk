# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The generator. Golden cases are folders; half of them are bad input.

generator_tests = \
    tests/gen/check_parse.py \
    tests/gen/check_parse_libclang.py \
    tests/gen/check_parse_redeclare.py

TESTS += $(generator_tests)
EXTRA_DIST += $(generator_tests) tests/gen/parse
