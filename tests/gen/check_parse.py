#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The reader against golden cases: parse/<case>/ holds a header and what must come of it.

A case has
  in.h           installed as mbedtls/case.h in a small library of its own (see LIBRARY), and
  include/       more files for its include directory, both optional;
  arguments      optional: words for the reader, one a line, @TREE@ is the include directory;
                 what follows a line -- goes to the compiler, after -I@TREE@ if it has none;
  compiler       optional: what to run in place of $CC;
and either
  expected.json  a part of api.json that must be there: of an object the keys that are given,
                 of a list with names the entries that are named, of any other list all; or
  expected.err   lines that must each be in a message; then no output may exist.

An entry {"name": ..., "absent": true} must not be there.
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
CASES = os.path.join(SRCDIR, "tests", "gen", "parse")
TIMEOUT = 200                    # for one run of the reader
TIMEOUT_ALL = 900

LIBRARY = {
    "mbedtls/version.h": '#define MBEDTLS_VERSION_STRING "9.8.7"\n'
                         "#define MBEDTLS_VERSION_NUMBER 0x09080700\n",
    "psa/crypto.h": "",
}


def build(case, tree):
    for name, text in LIBRARY.items():
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    header = os.path.join(case, "in.h")
    if os.path.exists(header):
        shutil.copy(header, os.path.join(tree, "mbedtls", "case.h"))
    extra = os.path.join(case, "include")
    for where, _, files in os.walk(extra):
        for file in files:
            source = os.path.join(where, file)
            target = os.path.join(tree, os.path.relpath(source, extra))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)


def arguments(case, tree):
    """(words for the reader, words for the compiler)"""
    path = os.path.join(case, "arguments")
    words = []
    if os.path.exists(path):
        with open(path) as file:
            words = [line.replace("@TREE@", tree) for line in file.read().splitlines()]
    at = words.index("--") if "--" in words else len(words)
    for_compiler = words[at + 1:]
    if "-I" + tree not in for_compiler:
        for_compiler.insert(0, "-I" + tree)
    return words[:at], for_compiler


def differences(expected, actual, path):
    if isinstance(expected, dict) and isinstance(actual, dict):
        out = []
        for key, value in expected.items():
            if key not in actual:
                out.append("%s.%s is missing" % (path, key))
            else:
                out += differences(value, actual[key], "%s.%s" % (path, key))
        return out
    if isinstance(expected, list) and isinstance(actual, list):
        if expected and all(isinstance(e, dict) and "name" in e for e in expected) \
                and not path.endswith((".params", ".fields")):
            return named_differences(expected, actual, path)
        if len(expected) != len(actual):
            return ["%s has %d entries, not %d: %s" % (path, len(actual), len(expected), actual)]
        return [text for index, (e, a) in enumerate(zip(expected, actual))
                for text in differences(e, a, "%s[%d]" % (path, index))]
    return [] if expected == actual else ["%s is %r, not %r" % (path, actual, expected)]


def named_differences(expected, actual, path):
    out = []
    for entry in expected:
        found = [a for a in actual if a["name"] == entry["name"]]
        where = "%s[%s]" % (path, entry["name"])
        if entry.get("absent"):
            out += ["%s is there" % where] if found else []
        elif len(found) != 1:
            out.append("%s is there %d times" % (where, len(found)))
        else:
            out += differences(entry, found[0], where)
    return out


def read(words):
    return subprocess.run([sys.executable, "-B", PARSE] + words, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)


def run(case, folder):
    """What is wrong with this case, as a list of texts."""
    tree, out = os.path.join(folder, "include"), os.path.join(folder, "api.json")
    build(case, tree)
    for_reader, for_compiler = arguments(case, tree)
    compiler = shlex.split(os.environ.get("CC") or "cc")
    if os.path.exists(os.path.join(case, "compiler")):
        with open(os.path.join(case, "compiler")) as file:
            compiler = shlex.split(file.read())
    done = read(["--out", out] + for_reader + ["--"] + compiler + for_compiler)
    wanted = os.path.join(case, "expected.err")
    if os.path.exists(wanted):
        with open(wanted) as file:
            lines = file.read().splitlines()
        problems = ["no message has: " + line for line in lines if line not in done.stderr]
        if done.returncode != 1:
            problems.append("exit status %d, not 1" % done.returncode)
        if os.listdir(folder) != ["include"]:
            problems.append("left behind: %s" % os.listdir(folder))
        return problems + (["it said: " + done.stderr] if problems else [])
    if done.returncode != 0:
        return ["exit status %d: %s" % (done.returncode, done.stderr)]
    with open(out) as file:
        actual = json.load(file)
    with open(os.path.join(case, "expected.json")) as file:
        return differences(json.load(file), actual, "api")


def check_output(folder):
    """An unchanged result keeps its file's time; a failure keeps the whole file."""
    tree, out = os.path.join(folder, "include"), os.path.join(folder, "api.json")
    build(os.path.join(CASES, "plain"), tree)
    words = ["--out", out, "--depfile", out + ".d", "--"] \
        + shlex.split(os.environ.get("CC") or "cc") + ["-I" + tree]
    problems = [] if read(words).returncode == 0 else ["the first run fails"]
    os.utime(out, (1, 1))
    problems += [] if read(words).returncode == 0 else ["the second run fails"]
    if os.stat(out).st_mtime != 1:
        problems.append("an unchanged result was written again")
    with open(out + ".d") as file:
        rule = file.read()
    if not rule.startswith(out + ":") or os.path.join(tree, "mbedtls", "case.h") not in rule:
        problems.append("the depfile does not name the header: " + rule)
    with open(os.path.join(tree, "mbedtls", "case.h"), "a") as file:
        file.write("int mbedtls_case_more(int a);\n")
    read(words)
    with open(out) as file:
        good = file.read()
    if "mbedtls_case_more" not in good:
        problems.append("a changed result was not written")
    with open(os.path.join(tree, "mbedtls", "case.h"), "a") as file:
        file.write("int mbedtls_case_broken(\n")
    problems += [] if read(words).returncode == 1 else ["a broken header is accepted"]
    with open(out) as file:
        problems += [] if file.read() == good else ["a failure changed the output"]
    if sorted(os.listdir(folder)) != ["api.json", "api.json.d", "include"]:
        problems.append("left behind: %s" % os.listdir(folder))
    return problems


def check_usage(folder):
    """A command without a compiler is refused."""
    done = read(["--out", os.path.join(folder, "api.json")])
    if done.returncode == 2 and "the compiler goes after --" in done.stderr:
        return []
    return ["exit status %d: %s" % (done.returncode, done.stderr)]


def check_comparison(folder):
    """The comparison of this program can fail."""
    case = os.path.join(folder, "case")
    shutil.copytree(os.path.join(CASES, "plain"), case)
    with open(os.path.join(case, "expected.json")) as file:
        text = file.read()
    problems = []
    for old, new in (('"const": true', '"const": false'), ('"[16]"', '"[17]"'),
                     ("mbedtls_case_old", "mbedtls_case_lost")):
        with open(os.path.join(case, "expected.json"), "w") as file:
            file.write(text.replace(old, new, 1))
        if not run(case, folder):
            problems.append("it does not see %s changed to %s" % (old, new))
    return problems


def main():
    signal.alarm(TIMEOUT_ALL)
    failed, names = 0, sorted(os.listdir(CASES))
    names += [check_output, check_usage, check_comparison]
    for name in names:
        folder = tempfile.mkdtemp(prefix="check-parse-")
        try:
            if callable(name):
                problems, name = name(folder), name.__name__
            else:
                problems = run(os.path.join(CASES, name), folder)
        except subprocess.TimeoutExpired:
            problems = ["no end after %d seconds" % TIMEOUT]
        finally:
            shutil.rmtree(folder)
        for problem in problems:
            print("%s: %s" % (name, problem))
        failed += bool(problems)
    print("%d cases, %d failed" % (len(names), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
