# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the version script: the functions that the public headers declare as exported, no others.

The names are read from the preprocessed umbrella header, so that accessors which a version of Mbed TLS
has itself, or lacks, are counted as the compiler counts them.
"""
import re
import subprocess

from out import banner

EXPORTED = re.compile(r'__attribute__\s*\(\(visibility\("default"\)\)\)([^;{]*?)\b(mbedguard_\w+)\s*\(')


class SymbolError(Exception):
    """The public headers could not be preprocessed."""


def exported_names(command, include_dirs):
    """Preprocess <mbedguard/mbedguard.h> and collect what is marked as exported."""
    arguments = command + ["-E", "-P"] + ["-I%s" % d for d in include_dirs] + ["-x", "c", "-"]
    run = subprocess.run(arguments, input="#include <mbedguard/mbedguard.h>\n", universal_newlines=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode != 0:
        raise SymbolError(run.stderr)
    return sorted({match.group(2) for match in EXPORTED.finditer(run.stdout)})


def map_text(plan, symbols):
    lines = [banner("Exported symbols.", plan, "#"), "MBEDGUARD_0 {", "global:"]
    lines += ["    %s;" % name for name in symbols]
    return "\n".join(lines + ["local:", "    *;", "};", ""])
