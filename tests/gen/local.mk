# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The generator. Golden cases are folders; half of them are bad input.

generator_tests = \
    tests/gen/check_counts.py \
    tests/gen/check_emit.py \
    tests/gen/check_parse.py \
    tests/gen/check_parse_libclang.py \
    tests/gen/check_parse_redeclare.py \
    tests/gen/check_plan.py \
    tests/gen/check_policy_lines.py \
    tests/gen/check_switch.py

generator_cases = \
    tests/gen/cases \
    tests/gen/contexts-2.28.txt \
    tests/gen/contexts-3.6.txt \
    tests/gen/contexts-4.1.txt \
    tests/gen/parse \
    tests/gen/sandbox.py \
    tests/gen/switch

TESTS += $(generator_tests)
EXTRA_DIST += $(generator_tests) $(generator_cases)
