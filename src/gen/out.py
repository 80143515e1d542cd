# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Writes emitted files: whole or not at all, and only when they change."""
import os


def banner(what, plan, comment="/*"):
    """First lines of every emitted file: what it is, and what it was made for."""
    lines = ["SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later",
             "%s Emitted by mbedguard-gen for Mbed TLS %s; do not edit." % (
                 what, plan["version"]["string"])]
    if comment == "#":
        return "".join("# %s\n" % line for line in lines)
    return "/* %s */\n/* %s */\n" % tuple(lines)


def write(path, text):
    """Write if changed; a reader never sees half a file. Returns whether it changed."""
    try:
        with open(path, encoding="utf-8") as stream:
            if stream.read() == text:
                return False
    except (OSError, UnicodeDecodeError):
        pass
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = "%s.tmp.%d" % (path, os.getpid())
    try:
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return True
