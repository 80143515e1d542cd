# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The fixed list of emitted units: one for each header of any supported Mbed TLS.

The build needs the list before it knows which Mbed TLS there is; a header that this Mbed TLS lacks gives
an empty unit.
"""
import os


def read_units():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "units.txt")
    with open(path, encoding="utf-8") as stream:
        return [line.strip() for line in stream if line.strip() and not line.startswith("#")]
