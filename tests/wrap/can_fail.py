#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Breaks what was emitted, and the plan behind it, and expects the test to say so.

Started by check_can_fail.sh.
"""
import concurrent.futures
import importlib.machinery
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from variants import EMITTED, HELPERS, PLANNED                           # noqa: E402

SRCDIR, BUILDDIR, OUT = (os.environ[n] for n in ("SRCDIR", "BUILDDIR", "WRAP_OUT"))
GEN = os.path.join(BUILDDIR, "gen")
TIMEOUT = 600


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, timeout=TIMEOUT, check=False, **more)


def compiler():
    includes = ["tests/unit/config-alt", "include", "src", "tests"]
    flags = ["-I" + os.path.join(SRCDIR, i) for i in includes]
    flags += ["-I%s/include" % GEN, "-I%s/src" % GEN, "-I%s/include" % BUILDDIR]
    with open(os.path.join(BUILDDIR, "include/mbedguard/backend.h"), encoding="utf-8") as stream:
        if re.search("^#define MBEDGUARD_PSA_INSIDE", stream.read(), re.M):
            flags.append("-DMBEDGUARD_PSA_INSIDE=1")
    words = [os.environ[n] for n in ("WRAP_CFLAGS", "CPPFLAGS", "MBEDTLS_CFLAGS")]
    return shlex.split(os.environ["CC"]) + flags + [w for text in words for w in shlex.split(text)]


def objects():
    sources = read(os.path.join(OUT, "sources")).split()
    sources = [s for s in sources if "/src/manual/" not in s and "/src/modules/" not in s]
    names = [re.sub(r".*/([^/]*)/([^/]*)\.c$", r"\1-\2.o", s) for s in sources] + ["libmanual.a"]
    return [os.path.join(OUT, n) for n in names]


def part_of(text, function, helper):
    """Where the text of one function begins and ends."""
    mark = r"^static [^;{]*\b%s\(" if helper else r"^/\* %s: "
    begin = re.search(mark % re.escape(function), text, re.M)
    if begin is None:
        return None
    return begin.start(), text.index("\n}\n", begin.start())


def broken(unit, function, pattern, replacement, helper):
    """The text of a unit with one function changed, or why that is not possible."""
    text = read(os.path.join(GEN, "src", unit + ".c"))
    part = part_of(text, function, helper)
    if part is None:
        return None, "%s has no %s" % (unit, function)
    changed, count = re.subn(pattern, replacement, text[part[0]:part[1]])
    if count == 0:
        return None, "the pattern is not in %s" % function
    return text[:part[0]] + changed + text[part[1]:], None


def verdict(result, function, message):
    """None if the failure was noticed as it should be."""
    lines = [line for line in result.stdout.splitlines() if line.startswith("FAIL " + function)]
    if result.returncode == 0:
        return "not noticed"
    if not any(message in line for line in lines):
        return "noticed otherwise:\n    " + "\n    ".join(result.stdout.splitlines()[:4])
    return None


def check_emitted(variant):
    """Compile one unit broken, link it with all the rest, test one function."""
    what, unit, function, pattern, replacement, tested, message, helper = variant
    text, fault = broken(unit, function, pattern, replacement, helper)
    if text is None:
        return what, fault
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, unit + ".c"), os.path.join(folder, "wrap")
        write(source, text)
        linked = [o for o in objects() if os.path.basename(o) != "src-%s.o" % unit]
        made = run(compiler() + ["-w", "-o", program, source] + linked)
        if made.returncode != 0:
            return what, "does not compile:\n" + made.stdout
        return what, verdict(run([program, tested]), tested, message)


def generator():
    """The driver, which has no .py at its end."""
    sys.path.insert(0, os.path.join(SRCDIR, "src", "gen"))
    loader = importlib.machinery.SourceFileLoader(
        "mbedguard_gen", os.path.join(SRCDIR, "src", "gen", "mbedguard-gen"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("mbedguard_gen", loader))
    loader.exec_module(module)
    return module


def emit(out, plan):
    """All that the generator makes of a plan and the test compiles."""
    driver = generator()
    names = driver.Names(plan)
    units, by_unit = driver.units_of(plan)
    driver.emit_units(out, plan, names, units, by_unit)
    for name, text in driver.wrap_test_files(plan, names):
        driver.write(os.path.join(out, "tests", name), text)


def changed_files(out):
    """(source, name of its object) of what differs from what was emitted before."""
    for folder in ("src", "tests"):
        for name in sorted(os.listdir(os.path.join(out, folder))):
            path, before = os.path.join(out, folder, name), os.path.join(GEN, folder, name)
            if name.endswith(".c") and read(path) != read(before):
                yield path, "%s-%s.o" % (folder, name[:-2])


def check_planned(variants):
    """One program with several changes of the plan; each must be noticed in its function."""
    plan = json.loads(read(os.path.join(GEN, "plan.json")))
    functions = {f["name"]: f for f in plan["functions"]}
    types = {t["name"]: t for t in plan["types"]}
    for _, change, _, _ in variants:
        change(functions, types)
    with tempfile.TemporaryDirectory() as folder:
        emit(folder, plan)
        changed = list(changed_files(folder))
        program, names = os.path.join(folder, "wrap"), {o for _, o in changed}
        linked = [o for o in objects() if os.path.basename(o) not in names]
        # A unit of a plan that follows nothing does not include it, and may call it all the same.
        follow = ["-include", os.path.join(SRCDIR, "src", "manual", "follow.h")]
        # An object that is overlooked arrives as what it is; newer compilers refuse that, even with -w.
        made = run(compiler() + follow + ["-w", "-Wno-incompatible-pointer-types", "-o", program] +
                   [s for s, _ in changed] + linked)
        if made.returncode == 0:
            made = run([program])
    return [(what, verdict(made, function, message)) for what, _, function, message in variants]


def by_hand():
    """What has no emitted text in this version, and so none that could be broken."""
    plan = json.loads(read(os.path.join(GEN, "plan.json")))
    return {f["name"] for f in plan["functions"] if f["decision"] == "manual"}


def main():
    left_out = by_hand()
    variants = [(what, unit, function, pattern, text, function, message, False)
                for what, unit, function, pattern, text, message in EMITTED
                if function not in left_out]
    variants += [item + (True,) for item in HELPERS]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        results = list(pool.map(check_emitted, variants))
        results += [r for some in pool.map(check_planned, PLANNED) for r in some]
    failures = [(what, fault) for what, fault in results if fault is not None]
    for what, fault in failures:
        print("FAIL %s: %s" % (what, fault))
    print("wrap-can-fail: %d broken variants, %d not noticed" % (len(results), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
