# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The protocols of the core as models, checked by spin where that is installed.

TESTS += tests/model/run.sh
EXTRA_DIST += tests/model/run.sh tests/model/ahead.pml tests/model/guard.pml \
    tests/model/order.pml tests/model/psa.pml tests/model/pump.pml
