#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The generator from headers and policy to C, against golden cases: cases/<case>/ holds both.

A case has
  *.policy         its whole policy, *.texts its words for the documentation, and
  in.h             a header of a small library of its own (see sandbox.LIBRARY), and
  include/         more files for its include directory, both optional;
  cppflags         optional: preprocessor flags, @TREE@ is the include directory;
  library.c        optional: compiled, it is the library whose exported names count;
and either some of
  expected.c       pieces of emitted C sources, divided by empty lines: each must be there, white
                   space and comments aside;
  expected.h       the same for emitted headers;
  expected.switch  the same for switch.h;
  expected.doc     lines that must each be in a comment of an emitted header;
  expected.report  lines of the thread table, white space aside;
  absent           lines that must stand nowhere in what is emitted;
or
  expected.err     lines that must each be in a message; then no C and no header may exist.

Every message must name what it is about, and the line to add where a line can mend it.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

import sandbox                                                           # noqa: E402
from sandbox import CASES, Sandbox, read, write                          # noqa: E402

sys.path.insert(0, sandbox.GEN)

from policy import CONDITIONS, VERBS, Policy, PolicyError                # noqa: E402
from texts import WORDS, Texts                                           # noqa: E402

REMEDY = "; add to src/gen/policy: "


def pieces(path):
    """The parts of a file that empty lines divide."""
    return [piece.strip("\n") for piece in read(path).split("\n\n") if piece.strip()]


def code(text):
    """C without comments, in one line."""
    return " %s " % " ".join(re.sub(r"/\*.*?\*/", " ", text, flags=re.S).split())


def missing(path, texts, what):
    """Pieces that are in none of the texts."""
    found = [code(text) for text in texts]
    return ["no emitted %s has:\n%s" % (what, piece) for piece in pieces(path)
            if not any(code(piece) in text for text in found)]


def squeeze(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def unsaid(path, headers):
    """Lines of documentation that are nowhere in the comments of the headers."""
    comments = [" ".join(re.sub(r"^\s*\*", " ", text, flags=re.M).split())
                for header in headers for text in re.findall(r"/\*\*.*?\*/", header, re.S)]
    return ["no comment says: " + line for line in squeeze(read(path))
            if not any(line in comment for comment in comments)]


def check_bad(box, case, status, errors):
    """A case that must be refused."""
    wanted = read(os.path.join(case, "expected.err")).splitlines()
    problems = ["no message has: " + line for line in wanted if line not in errors]
    if status != 1:
        problems.append("exit status %d, not 1" % status)
    left = [name for root in ("include", "src", "switch") for name, _ in box.emitted(root, "")]
    if left:
        problems.append("left behind: %s" % left)
    return problems + (["it said: " + errors] if problems else [])


def check_good(box, case, status, errors):
    """A case that must give what is expected."""
    if status != 0 or errors:
        return ["exit status %d: %s" % (status, errors)]
    sources = [text for _, text in box.emitted("src", ".c")]
    headers = [text for name, text in box.emitted("include", ".h") if not name.endswith("/switch.h")]
    switch = [read(os.path.join(box.out, "include", "mbedguard", "switch.h"))]
    report = read(os.path.join(box.out, "report.txt"))
    problems, compared = [], 0
    for name, texts in (("c", sources), ("h", headers), ("switch", switch)):
        path = os.path.join(case, "expected." + name)
        if os.path.exists(path):
            problems += missing(path, texts, "." + name)
            compared += 1
    path = os.path.join(case, "expected.doc")
    if os.path.exists(path):
        problems += unsaid(path, headers)
        compared += 1
    path = os.path.join(case, "expected.report")
    if os.path.exists(path):
        compared += 1
        problems += ["the report has no line: " + line for line in squeeze(read(path))
                     if line not in squeeze(report)]
    path = os.path.join(case, "absent")
    if os.path.exists(path):
        compared += 1
        problems += ["emitted, but must not be: " + line for line in read(path).splitlines()
                     if any(line in text for text in sources + headers + switch)]
    return problems if compared else ["the case expects nothing"]


def check_case(name):
    """What is wrong with this case, as a list of texts."""
    case = os.path.join(CASES, name)
    with Sandbox() as box:
        status, errors = box.generate_case(name)
        check = check_bad if os.path.exists(os.path.join(case, "expected.err")) else check_good
        return check(box, case, status, errors)


# --- this program itself -------------------------------------------------------------------------

def check_comparison(_name):
    """The comparisons above can fail."""
    problems = []
    name = next(n for n in sorted(os.listdir(CASES)) if n == "one-context")
    case = os.path.join(CASES, name)
    with Sandbox() as box:
        status, errors = box.generate_case(name)
        sources = [text for _, text in box.emitted("src", ".c")]
        if missing(os.path.join(case, "expected.c"), sources, "c"):
            problems.append("it sees a difference where there is none")
        changed = [text.replace("MBEDGUARD_EXCLUSIVE", "MBEDGUARD_SHARED") for text in sources]
        if not missing(os.path.join(case, "expected.c"), changed, "c"):
            problems.append("it does not see a changed mode")
        if not check_bad(box, os.path.join(CASES, "bad-variadic"), status, errors):
            problems.append("it takes a success for a refusal")
        if not check_good(box, case, 1, "refused"):
            problems.append("it takes a refusal for a success")
    return problems


def check_messages(_name):
    """At least half of the cases are bad input, and what they expect says what to do."""
    bad = [n for n in os.listdir(CASES) if os.path.exists(os.path.join(CASES, n, "expected.err"))]
    problems = [] if 2 * len(bad) >= len(os.listdir(CASES)) else ["only %d cases are bad" % len(bad)]
    for name in bad:
        lines = read(os.path.join(CASES, name, "expected.err")).splitlines()
        problems += ["%s: does not say what about: %s" % (name, line)
                     for line in lines if ":" not in line]
        problems += ["%s: the remedy is empty" % name for line in lines
                     if line.endswith(REMEDY.strip())]
    return problems


def check_documentation(_name):
    """What docs/policy.md shows is a test, its lines are lines, and it has every word."""
    text = read(os.path.join(sandbox.SRCDIR, "docs", "policy.md"))
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)
    problems = ["docs/policy.md does not show %s/%s" % (case, name)
                for case, name in (("documented", "in.h"), ("documented", "case.policy"),
                                   ("documented", "expected.c"), ("bad-documented", "in.h"),
                                   ("bad-documented", "expected.err"))
                if read(os.path.join(CASES, case, name)) not in [block for _, block in blocks]]
    readers = {"policy": Policy, "texts": Texts}
    lines = [(kind, block) for kind, block in blocks if kind in readers]
    with Sandbox() as box:
        for number, (kind, block) in enumerate(lines):
            path = os.path.join(box.folder, "%d.%s" % (number, kind))
            write(path, block)
            try:
                readers[kind]([path])
            except PolicyError as error:
                problems.append("docs/policy.md: %s" % error)
    words = [w for verb in VERBS for w in list(VERBS[verb]) + [verb]] + list(CONDITIONS)
    words += WORDS
    problems += ["docs/policy.md does not explain '%s'" % word for word in sorted(set(words))
                 if not re.search(r"`[^`]*(?<![\w-])%s(?![\w-])[^`]*`|^## .*\b%s\b" % (word, word),
                                  text, re.M)]
    return problems


def guarded(check, name):
    try:
        return check(name)
    except subprocess.TimeoutExpired as error:
        return ["no end after %d seconds" % error.timeout]
    except sandbox.Failed as error:
        return [str(error)]


def main():
    sandbox.limit(sandbox.LIMIT)
    sandbox.skip_without(None)
    only = sys.argv[1:]
    jobs = [(n, check_case) for n in sorted(os.listdir(CASES)) if not only or n in only]
    if not only:
        jobs += [(check.__name__, check)
                 for check in (check_comparison, check_messages, check_documentation)]
    failed = 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        results = pool.map(lambda job: guarded(job[1], job[0]), jobs)
        for (name, _), problems in zip(jobs, results):
            for problem in problems:
                print("%s: %s" % (name, problem))
            failed += bool(problems)
    print("%d cases of the plan, %d failed" % (len(jobs), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
