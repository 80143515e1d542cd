#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The shadow include directory: unedited programs compile through it, and mistakes do not.

switch/<name>.c is one construct of real programs each. Its first lines say what must come of it:
    // passes                  compiles through the shadow directory, and raw
    // fails: WORDS            does not compile through it, and the message has WORDS; raw it does
    // fails switched: WORDS   the same, for programs that use names of ours
    // passes switched
    // since: V   // before: V the Mbed TLS that has what it uses
That each compiles raw shows that what fails, fails for the reason it should.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

import sandbox                                                           # noqa: E402
from sandbox import Sandbox, read, run, write                            # noqa: E402

sys.path.insert(0, sandbox.GEN)

from policy import version_key                                           # noqa: E402

PROGRAMS = os.path.join(sandbox.HERE, "switch")
DIRECTIVE = re.compile(r"^// (passes|fails|since|before)( switched)?(?:: (.*))?$", re.M)
RENAME = re.compile(r"^#define (\w+) (mbedguard_\w+)$", re.M)
SHOWN = 12                       # lines of the compiler's messages, and messages of a check
NUMBERS = itertools.count()
QUIET = ["-Wno-deprecated-declarations"]


class Switch(object):
    """What is emitted for the installed Mbed TLS, and how programs are compiled against it."""

    def __init__(self, box, flags):
        self.box, self.flags = box, flags
        self.shadow = os.path.join(box.out, "switch")
        self.text = read(os.path.join(box.out, "include", "mbedguard", "switch.h"))
        self.version = re.search(r"Emitted by mbedguard-gen for Mbed TLS ([\d.]+);", self.text).group(1)
        exported = read(os.path.join(box.out, "mbedguard.map")).partition("global:")[2]
        self.exported = set(re.findall(r"(\w+);", exported.partition("local:")[0]))
        self.renames = dict(RENAME.findall(self.text))
        for name in ("MBEDGUARD_SWITCH_H", "MBEDGUARD_SWITCH_NESTED"):
            self.renames.pop(name, None)

    def options(self, switched):
        """Include options of a switched or of a raw program."""
        if not switched:
            return QUIET + self.flags
        return QUIET + ["-I" + self.shadow] + ["-I" + d for d in self.box.own_includes()] \
            + ["-I" + os.path.join(self.box.out, "include")] + self.flags

    def compile(self, source, switched=True, more=(), compiler=None):
        """(exit status, messages) of compiling without linking."""
        target = os.path.join(self.box.folder, "%s.%d.o" % (os.path.basename(source), next(NUMBERS)))
        status, _, errors = run((compiler or sandbox.compiler()) + list(more)
                                + self.options(switched) + ["-c", source, "-o", target])
        return status, "".join(errors.splitlines(True)[:SHOWN])

    def source(self, name, text):
        path = os.path.join(self.box.folder, name)
        write(path, text)
        return path

    def headers(self):
        """(public headers that have a shadow, all others that may be included)."""
        shadows = {os.path.relpath(name, "switch") for name, _ in self.box.emitted("switch", ".h")}
        api = json.loads(read(os.path.join(self.box.out, "api.json")))
        public = sorted(h["name"] for h in api["headers"] if h["public"] and h["name"] in shadows)
        # Pieces of the configuration: in front of the rest of it they make another one.
        return public, sorted(h["name"] for h in api["headers"]
                              if h["name"] not in public and "_adjust_" not in h["name"])


def in_parallel(function, items):
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return [problem for problems in pool.map(function, items) for problem in problems]


# --- one program for each construct ----------------------------------------------------------------

def explains_members(switch):
    """Whether this compiler can say which accessor to call (gcc 12, clang)."""
    path = switch.source("explains.c", "#if !defined(__has_attribute)\n#error none\n#elif "
                         "!__has_attribute(unavailable)\n#error none\n#endif\n")
    return switch.compile(path)[0] == 0


def judge(switch, name, explains):
    """What is wrong with one program."""
    path = os.path.join(PROGRAMS, name)
    words = {word: (bool(only), text or "") for word, only, text in DIRECTIVE.findall(read(path))}
    version = version_key(switch.version)
    if "since" in words and version < version_key(words["since"][1]) \
            or "before" in words and version >= version_key(words["before"][1]):
        return []
    must_pass = "passes" in words
    only_switched, wanted = words["passes" if must_pass else "fails"]
    problems = []
    if not only_switched:
        status, errors = switch.compile(path, switched=False, more=["-Wall", "-Werror"])
        if status != 0:
            problems.append("%s: does not compile raw:\n%s" % (name, errors))
    status, errors = switch.compile(path, more=["-Wall"])
    if must_pass and (status != 0 or errors):
        problems.append("%s: switched, the compiler says:\n%s" % (name, errors))
    if not must_pass and status == 0:
        problems.append("%s: compiles, but must not" % name)
    if not must_pass and wanted and explains and wanted not in errors:
        problems.append("%s: the message does not have '%s':\n%s" % (name, wanted, errors))
    return problems


def check_programs(switch):
    explains = explains_members(switch)
    if not explains:
        print("this compiler cannot name the accessor to call: messages are not compared")
    names = sorted(n for n in os.listdir(PROGRAMS) if n.endswith(".c"))
    return in_parallel(lambda name: judge(switch, name, explains), names)


# --- headers ----------------------------------------------------------------------------------------

def check_each_header_first(switch):
    """Whichever header comes first, names are switched after it; some cannot come first raw either."""
    def one(pair):
        number, (header, then) = pair
        path = switch.source("raw%d.c" % number, "#include <%s>\n%s" % (header, then))
        if switch.compile(path, switched=False, more=["-Werror"])[0] != 0:
            return []
        path = switch.source("first%d.c" % number,
                             "#include <%s>\n%s#ifndef MBEDGUARD_SWITCH_H\n#error not switched\n#endif\n"
                             "#ifndef mbedtls_ssl_context\n#error ssl_context is raw\n#endif\n"
                             "extern mbedtls_ssl_context *object;\n"
                             "extern mbedguard_ssl_context *object;\n" % (header, then))
        status, errors = switch.compile(path, more=["-Wall"])
        return [] if status == 0 and not errors else ["<%s> first:\n%s" % (header, errors)]
    public, others = switch.headers()
    jobs = [(header, "") for header in public]
    jobs += [(header, "#include <mbedtls/ssl.h>\n") for header in others]
    jobs += [("mbedtls/ssl.h", "#include <%s>\n" % header) for header in others]
    return in_parallel(one, list(enumerate(jobs)))


def orders(switch):
    """Every header, in several orders; in 2.28 and 3.x some cannot come before others, raw or not."""
    headers, _ = switch.headers()
    psa = [h for h in headers if h.startswith("psa/")]
    rest = [h for h in headers if not h.startswith("psa/")]
    for order in (["psa/crypto.h"] + psa + rest, rest + ["psa/crypto.h"] + psa,
                  ["psa/crypto.h"] + list(reversed(headers))):
        yield "".join("#include <%s>\n" % h for h in order)


def check_orders_and_languages(switch):
    """PSA before and after the others, as C of several years and as C++."""
    cxx = sandbox.words("CXX", "c++")
    have_cxx = shutil.which(cxx[0]) is not None
    if not have_cxx:
        print("no C++ compiler: C++ is left out")
    jobs = []
    for number, text in enumerate(orders(switch)):
        path = switch.source("order%d.c" % number, text + "int x;\n")
        jobs += [(path, ["-std=" + std], None) for std in ("gnu90", "gnu11")]
        if have_cxx:
            jobs.append((path, ["-x", "c++"], cxx))

    def one(job):
        path, more, compiler = job
        status, errors = switch.compile(path, more=more, compiler=compiler)
        return [] if status == 0 and not errors else \
            ["%s with %s:\n%s" % (os.path.basename(path), " ".join(more), errors)]
    return in_parallel(one, jobs)


def macros(switch, switched):
    path = switch.source("macros.c", "#include <mbedtls/ssl.h>\n#include <psa/crypto.h>\n")
    status, text, errors = run(sandbox.compiler() + switch.options(switched) + ["-E", "-dM", path])
    if status != 0:
        raise sandbox.Failed(errors)
    return dict(re.findall(r"^#define ((?:MBEDTLS|PSA|TF_PSA)_\w+(?:\([^)]*\))?) ?(.*)$", text, re.M))


def check_macros_untouched(switch):
    """What programs test with #ifdef is as it was, all but the initialisers of operations."""
    raw, switched = macros(switch, False), macros(switch, True)
    changed = [n for n in sorted(raw) if switched.get(n) != raw[n]
               and not re.match(r"PSA_\w+_INIT$", n)]
    problems = [] if len(raw) > 500 else ["only %d macros were compared" % len(raw)]
    return problems + ["%s is %r, not %r" % (n, switched.get(n), raw[n]) for n in changed]


# --- symbols ----------------------------------------------------------------------------------------

def undefined(switch, text):
    """Names that an object file needs from elsewhere."""
    source = switch.source("symbols.c", text)
    target = source[:-1] + "o"
    switch.box.must(sandbox.compiler() + ["-w", "-O1"] + switch.options(True) + ["-c", source, "-o", target])
    status, out, errors = run(sandbox.words("NM", "nm") + ["-u", target])
    if status != 0:
        raise sandbox.Failed(errors)
    return {line.split()[-1] for line in out.splitlines() if line.split()}


def check_no_raw_call(switch):
    """A program that uses every renamed function needs no raw one, and all of ours.

    Optimised, as a constant of psa_util.h in 2.28 would else name a raw function.
    """
    table = sorted(n for n, ours in switch.renames.items() if ours in switch.exported)
    uses = "\n".join("    (void (*)(void)) %s," % name for name in table)
    text = "#include <mbedtls/ssl.h>\n#include <psa/crypto.h>\nvoid (*const all[])(void) = {\n%s\n};\n" \
           "int mbedtls_of_the_program(void);\nint f(void) { return mbedtls_of_the_program(); }\n" % uses
    needed = undefined(switch, text)
    problems = [] if len(table) > 300 else ["only %d functions were used" % len(table)]
    problems += ["raw: " + n for n in sorted(needed & set(switch.renames))]
    problems += ["not needed: " + switch.renames[n] for n in table if switch.renames[n] not in needed]
    if "mbedtls_of_the_program" not in needed:
        problems.append("a name of the program's own was renamed")
    return problems


CHECKS = (check_programs, check_each_header_first, check_orders_and_languages,
          check_macros_untouched, check_no_raw_call)


def main():
    sandbox.limit(sandbox.LIMIT)
    flags = sandbox.installed_flags()
    sandbox.skip_without(flags)
    failed = 0
    with Sandbox() as box:
        status, errors = box.generate(flags, None, sandbox.installed_libraries())
        if status != 0:
            raise sandbox.Failed(errors)
        switch = Switch(box, flags)
        checks = [c for c in CHECKS if len(sys.argv) == 1 or c.__name__ in sys.argv]
        for check in checks:
            problems = check(switch)
            for problem in problems[:SHOWN]:
                print("%s: %s" % (check.__name__, problem))
            if len(problems) > SHOWN:
                print("%s: and %d more" % (check.__name__, len(problems) - SHOWN))
            failed += bool(problems)
    print("%d checks of the shadow directory for Mbed TLS %s, %d renames, %d failed"
          % (len(checks), switch.version, len(switch.renames), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (sandbox.Failed, subprocess.TimeoutExpired) as error:
        print(error)
        sys.exit(1)
