#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The reader against the compiler: every function is declared again as it was understood.

A prototype that was misread is an error of conflicting types. The text of every parameter,
result, member and variable is used in a declaration of its own, so that it is known to be C.

    check_parse_redeclare.py [CPPFLAGS...]
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SRCDIR = os.environ.get("SRCDIR") or os.path.dirname(os.path.dirname(HERE))
PARSE = os.path.join(SRCDIR, "src", "gen", "parse.py")
CC = shlex.split(os.environ.get("CC") or "cc")
TIMEOUT = 900


def declare(kind, name):
    text = kind["text"]
    if "%s" in text:
        return text % name
    return text + ("" if text.endswith("*") else " ") + name


def from_texts(function, name):
    """A declaration of `name` put together from the single types."""
    params = [declare(p["type"], p["name"] + (p["array"] or "")) for p in function["params"]]
    params += ["..."] if function["variadic"] else []
    return declare(function["returns"], "%s(%s)" % (name, ", ".join(params) or "void"))


def program(api, spoil):
    lines = ["#include <%s>" % name for name in
             sorted((h["name"] for h in api["headers"] if h["public"]),
                    key=lambda name: (name != "psa/crypto.h", name))]
    for function in api["functions"]:
        decl = function["decl"]
        if spoil and "const " in decl:
            decl, spoil = decl.replace("const ", "", 1), False
        lines += [decl + ";", from_texts(function, function["name"]) + ";"]
    for variable in api["variables"]:
        lines.append("extern %s;" % declare(variable["type"],
                                            variable["name"] + (variable["array"] or "")))
    for index, entry in enumerate(api["types"]):
        for number, field in enumerate(entry["fields"]):
            if field["type"]["base"] not in ("struct", "union", "enum"):
                lines.append("extern %s;" % declare(field["type"], "check_%d_%d" % (index, number)))
        if entry["kind"] == "alias":
            name = entry["name"] + (entry["array"] or "")
            lines.append("typedef %s %s;" % (declare(entry["target"], name),
                                             entry["attribute"] or ""))
    return "\n".join(lines) + "\n"


def compiles(folder, text, flags):
    path = os.path.join(folder, "again.c")
    with open(path, "w") as file:
        file.write(text)
    # Without -w, but deprecation is no mistake of ours.
    return subprocess.call(CC + flags + ["-fsyntax-only", "-Werror", "-Wno-deprecated-declarations",
                                         "-Wno-unused-function", "-Wno-cpp", "-Wno-pedantic",
                                         path])


def main(flags):
    signal.alarm(TIMEOUT)
    flags = shlex.split(os.environ.get("CPPFLAGS", "")) + flags
    folder = tempfile.mkdtemp(prefix="check-parse-")
    try:
        out = os.path.join(folder, "api.json")
        if subprocess.call([sys.executable, "-B", PARSE, "--out", out, "--"] + CC + flags) != 0:
            print("the reader fails")
            return 1
        with open(out) as file:
            api = json.load(file)
        if compiles(folder, program(api, False), flags) != 0:
            print("the compiler read the headers in another way")
            return 1
        with open(os.devnull, "w") as null:
            saved = os.dup(2)
            os.dup2(null.fileno(), 2)
            noticed = compiles(folder, program(api, True), flags) != 0
            os.dup2(saved, 2)
        if not noticed:
            print("a dropped const was not noticed")
            return 1
    finally:
        shutil.rmtree(folder)
    print("%d functions declared again" % len(api["functions"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
