#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What is emitted: the same each time, whole or not at all, no more than is wanted, and clean C.

Each check is a function; what it returns is a list of what is wrong. The trees are those of the
golden cases, and the installed Mbed TLS where there is one.
"""

import json
import os
import shlex
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import sandbox                                                           # noqa: E402
from sandbox import CASES, Sandbox, read, write                          # noqa: E402

try:
    import resource
except ImportError:              # not a POSIX system
    resource = None

GOAL = 2.0                       # seconds that a run should take on a quiet machine
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow"]
DEPENDENCIES = "gen.d"           # names the output folder
OLD = 1000000000                 # a time stamp nothing new has


def good_cases():
    return [n for n in sorted(os.listdir(CASES))
            if not os.path.exists(os.path.join(CASES, n, "expected.err"))]


def files_below(folder):
    """Name -> bytes of every file below a folder."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as stream:
                found[os.path.relpath(path, folder)] = stream.read()
    return found


def age(folder):
    for name in files_below(folder):
        os.utime(os.path.join(folder, name), (OLD, OLD))


def written(folder):
    """Files written since age()."""
    return [name for name in sorted(files_below(folder))
            if os.stat(os.path.join(folder, name)).st_mtime != OLD]


def refused(status, errors):
    return [] if status == 0 else ["exit status %d: %s" % (status, errors)]


# --- the same each time ---------------------------------------------------------------------------

def twice(box, flags, policy, libraries):
    """Two runs with unlike hash seeds: other folders, equal bytes; the same folder, nothing written."""
    other = os.path.join(box.folder, "other")
    problems = refused(*box.generate(flags, policy, libraries, {"PYTHONHASHSEED": "1"}))
    problems += refused(*box.generate(flags, policy, libraries, {"PYTHONHASHSEED": "2"}, other))
    if problems:
        return problems
    first, second = files_below(box.out), files_below(other)
    if set(first) != set(second):
        problems.append("other files: %s" % sorted(set(first) ^ set(second)))
    problems += ["two runs differ in " + name for name in sorted(first)
                 if name != DEPENDENCIES and first[name] != second.get(name)]
    age(box.out)
    problems += refused(*box.generate(flags, policy, libraries, {"PYTHONHASHSEED": "3"}))
    problems += ["written again, though unchanged: " + name for name in written(box.out)]
    return problems


def check_repeats():
    problems = []
    for name in ("callback-is-given-a-context", "psa", "left-alone"):
        with Sandbox() as box:
            flags, libraries = box.case(name)
            problems += twice(box, flags, os.path.join(CASES, name), libraries)
    return problems


def check_repeats_installed():
    flags = sandbox.installed_flags()
    if not sandbox.have_headers(flags):
        print("no installed Mbed TLS: repeated runs were tried on the golden cases only")
        return []
    with Sandbox() as box:
        problems = twice(box, flags, None, sandbox.installed_libraries())
        start = time.time()
        box.generate(flags, None, sandbox.installed_libraries())
        print("generator-time %.2f s for the installed Mbed TLS (goal %.1f)"
              % (time.time() - start, GOAL))
    return problems


# --- only what changed ----------------------------------------------------------------------------

def check_changes_only():
    """A change in one header writes what depends on it, and no other unit."""
    with Sandbox() as box:
        box.generate_case("one-context")
        age(box.out)
        path = os.path.join(box.tree, sandbox.IN_H)
        write(path, read(path) + "/** \\return 0 or an error code. */\n"
                                 "int mbedtls_case_more(mbedtls_case_context *ctx);\n")
        flags = ["-I" + box.tree]
        problems = refused(*box.generate(flags, os.path.join(CASES, "one-context")))
        fresh = written(box.out)
        problems += ["not written: " + name for name in ("src/cipher.c", "threads.json")
                     if name not in fresh]
        problems += ["written for nothing: " + name for name in fresh
                     if name.startswith("src/") and name != "src/cipher.c"]
        if "mbedguard_case_more" not in read(os.path.join(box.out, "mbedguard.map")):
            problems.append("the new function is not exported")
    return problems


def check_stale():
    """Headers that are gone leave nothing to install; their unit has no function any more."""
    with Sandbox() as box:
        flags, _ = box.case("one-context")
        policy = os.path.join(CASES, "one-context")
        write(os.path.join(box.tree, "mbedtls", "pem.h"), "int mbedtls_pem_nothing(int a);\n")
        problems = refused(*box.generate(flags, policy))
        mirror = [os.path.join(box.out, *p) for p in (("include", "mbedguard", "pem.h"),
                                                      ("switch", "mbedtls", "pem.h"))]
        problems += ["not emitted: " + path for path in mirror if not os.path.exists(path)]
        os.unlink(os.path.join(box.tree, "mbedtls", "pem.h"))
        problems += refused(*box.generate(flags, policy))
        problems += ["still there: " + path for path in mirror if os.path.exists(path)]
        if "mbedguard_pem" in read(os.path.join(box.out, "src", "pem.c")):
            problems.append("src/pem.c still has functions")
        if "pem" in read(os.path.join(box.out, "include", "mbedguard", "mbedguard.h")):
            problems.append("mbedguard.h still includes pem.h")
    return problems


def check_stale_sources():
    """Sources of an earlier run are gone; what only lies beside them is nobody's business."""
    with Sandbox() as box:
        flags, _ = box.case("one-context")
        policy = os.path.join(CASES, "one-context")
        problems = refused(*box.generate(flags, policy))
        gone = []
        for folder, source, copy in (("tests", "wrap_1.c", "wrap_2.c"),
                                     ("tests", "standin_1.c", "standin_9.c"),
                                     ("src", "aes.c", "no_unit.c")):
            gone.append(os.path.join(box.out, folder, copy))
            write(gone[-1], read(os.path.join(box.out, folder, source)))
        kept = [os.path.join(box.out, *p) for p in (("tests", "wrap_3.c"), ("src", "aes.o"),
                                                    ("tests", "folder.c", "file"), ("own.c",))]
        for path in kept:
            write(path, "/* Somebody's own. */\n")
        before = files_below(box.out)
        problems += refused(*box.generate(flags, policy))
        after = files_below(box.out)
        problems += ["still there: " + path for path in gone if os.path.exists(path)]
        problems += ["removed: " + name for name in before
                     if name not in after and os.path.join(box.out, name) not in gone]
    return problems


# --- whole or not at all --------------------------------------------------------------------------

def check_refusal_changes_nothing():
    """What a good run wrote stays as it is when the next one is refused."""
    problems = []
    for spoil in ("int mbedtls_case_print(mbedtls_case_context *ctx, ...);\n", "int broken(\n"):
        with Sandbox() as box:
            box.generate_case("one-context")
            before = files_below(box.out)
            path = os.path.join(box.tree, sandbox.IN_H)
            write(path, read(path) + spoil)
            status, _ = box.generate(["-I" + box.tree], os.path.join(CASES, "one-context"))
            if status != 1:
                problems.append("a bad header is accepted: " + spoil.strip())
            after = files_below(box.out)
            keep = ("api.json", DEPENDENCIES)     # the reader's own, which may have been content
            problems += ["changed by a run that was refused: " + name for name in sorted(after)
                         if name not in keep and before.get(name) != after[name]]
            problems += ["lost by a run that was refused: " + name
                         for name in sorted(set(before) - set(after))]
    return problems


def limited(box, size):
    """A run in which no file can grow beyond a size, as on a full disk."""
    def preexec():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    flags, _ = box.case("one-context")
    command = [sys.executable, "-B", sandbox.DRIVER, "--cc", sandbox.quoted(sandbox.compiler()),
               "--cppflags", sandbox.quoted(flags), "--out", box.out,
               "--policy", os.path.join(CASES, "one-context")]
    for folder in box.own_includes():
        command += ["--include-dir", folder]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=preexec, timeout=sandbox.TIMEOUT).returncode


def check_no_half_file():
    """A disk that fills up leaves whole files only."""
    if resource is None:
        return []
    with Sandbox() as box:
        box.generate_case("one-context")
        whole = files_below(box.out)
    problems, sizes = [], sorted({len(data) for data in whole.values()})
    for size in (sizes[-1] - 1, sizes[len(sizes) // 2], sizes[-1] // 2):
        with Sandbox() as box:
            if limited(box, size) == 0:
                problems.append("a file of more than %d bytes was written all the same" % size)
            for name, data in sorted(files_below(box.out).items()):
                if name not in whole:
                    problems.append("left behind with files of at most %d bytes: %s" % (size, name))
                elif name != DEPENDENCIES and data != whole[name] and name != "api.json":
                    problems.append("half a file with files of at most %d bytes: %s" % (size, name))
    return problems


# --- stale output is noticed ----------------------------------------------------------------------

def config_hash(box):
    return json.loads(read(os.path.join(box.out, "threads.json")))["config_hash"]


def check_config_hash():
    """The hash tells configurations apart, and nothing else."""
    found, problems = {}, []
    for options in ("", "-DUNRELATED", "-DMBEDTLS_CASE_ON", "-DMBEDTLS_CASE_ON=2"):
        with Sandbox() as box:
            flags, _ = box.case("one-context")
            problems += refused(*box.generate(flags + shlex.split(options),
                                              os.path.join(CASES, "one-context")))
            found[options] = config_hash(box)
    if found[""] != found["-DUNRELATED"]:
        problems.append("a macro that is not of the configuration changes the hash")
    if len(set(found.values())) != 3:
        problems.append("configurations share a hash: %s" % found)
    return problems


def check_version_check():
    """Each mirror header refuses to be compiled with another Mbed TLS."""
    with Sandbox() as box:
        box.generate_case("psa")
        names = [n for n, _ in box.emitted(os.path.join("include", "mbedguard"), ".h")
                 if os.path.basename(n) not in ("mbedguard.h", "switch.h")]
        version = os.path.join(box.tree, "mbedtls", "version.h")
        write(version, read(version).replace("0x03060900", "0x03060800"))
        problems = [] if names else ["no mirror header"]
        for name in names:
            source = os.path.join(box.folder, "one.c")
            write(source, "#include <%s>\n" % os.path.relpath(name, "include"))
            status, _, errors = sandbox.run(sandbox.compiler() + box.compile_flags(["-I" + box.tree])
                                            + ["-fsyntax-only", source])
            if status == 0 or "was built for Mbed TLS 3.6.9" not in errors:
                problems.append("%s compiles with another Mbed TLS" % name)
    return problems


def check_configuration_check():
    """A program that is compiled with another configuration is refused, whichever way it differs."""
    problems, text = [], "#if defined(MBEDTLS_CASE_BIG)\n#endif\n"
    for built, used in (("-DMBEDTLS_CASE_BIG", "-DUNRELATED"), ("-DUNRELATED", "-DMBEDTLS_CASE_BIG"),
                        ("-DMBEDTLS_CASE_BIG", "-DMBEDTLS_CASE_BIG")):
        with Sandbox() as box:
            flags, _ = box.case("one-context")
            path = os.path.join(box.tree, sandbox.IN_H)
            write(path, text + read(path))
            problems += refused(*box.generate(flags + [built], os.path.join(CASES, "one-context")))
            source = os.path.join(box.folder, "one.c")
            write(source, "#include <mbedguard/cipher.h>\n")
            status, _, errors = sandbox.run(sandbox.compiler() + box.compile_flags(flags + [used])
                                            + ["-fsyntax-only", source])
            if built == used and status != 0:
                problems.append("the same configuration is refused: " + errors)
            if built != used and (status == 0 or "another setting of MBEDTLS_CASE_BIG" not in errors):
                problems.append("built with %s, compiles with %s" % (built, used))
    return problems


def compiled_first(box, flags, header):
    """What the compiler says of a program that includes a header of Mbed TLS before ours."""
    source = os.path.join(box.folder, "one.c")
    write(source, "#include <%s>\n#include <mbedguard/cipher.h>\n" % header)
    return sandbox.run(sandbox.compiler() + box.compile_flags(flags) + ["-fsyntax-only", source])[2]


def check_private_headers():
    """A private header may come first, whatever it defines; what configures the library is compared."""
    with Sandbox() as box:
        flags, _ = box.case("one-context")
        for name, text in (("cipher.h", "#if defined(MBEDTLS_CASE_LEAST)\n#endif\n"),
                           ("version.h", "#include <mbedtls/private/config_adjust_case.h>\n")):
            path = os.path.join(box.tree, "mbedtls", name)
            write(path, text + read(path))
        for name, text in (("case.h", "#if !defined(MBEDTLS_CASE_LEAST)\n"
                                      "#define MBEDTLS_CASE_LEAST 1\n#endif\n"),
                           ("config_adjust_case.h", "#if defined(CASE_USER)\n"
                                                    "#define MBEDTLS_CASE_DERIVED\n#endif\n")):
            write(os.path.join(box.tree, "mbedtls", "private", name), text)
        built = flags + ["-DCASE_USER"]
        problems = refused(*box.generate(built, os.path.join(CASES, "one-context")))
        errors = compiled_first(box, built, "mbedtls/private/case.h")
        problems += ["a private header cannot come first: " + errors] if errors else []
        errors = compiled_first(box, flags, "mbedtls/version.h")
        if "another setting of MBEDTLS_CASE_DERIVED" not in errors:
            problems.append("a derived setting is not compared: " + errors)
        return problems


# --- clean C ---------------------------------------------------------------------------------------

def check_compiles():
    """Everything emitted compiles without a word; units without functions once, for one case."""
    problems = []
    for name in good_cases():
        with Sandbox() as box:
            flags, _ = box.case(name)
            problems += refused(*box.generate_case(name))
            sources = [os.path.join(box.out, path) for path, text in box.emitted("src", ".c")
                       if name == "one-context" or "_is_empty;" not in text]
            status, _, errors = sandbox.run(sandbox.compiler() + box.compile_flags(flags) + WARNINGS
                                            + ["-fsyntax-only"] + sources)
            if status != 0 or errors:
                problems.append("%s: the compiler says:\n%s" % (name, errors))
    return problems


def check_misreading_is_noticed():
    """A prototype that was read wrongly does not compile: the emitted source declares it again."""
    with Sandbox() as box:
        flags, _ = box.case("one-context")
        box.generate_case("one-context")
        path = os.path.join(box.tree, sandbox.IN_H)
        text = read(path)
        write(path, text.replace("const unsigned char *input", "unsigned char *input"))
        status, _, errors = sandbox.run(
            sandbox.compiler() + box.compile_flags(flags)
            + ["-fsyntax-only", os.path.join(box.out, "src", "cipher.c")])
        return [] if status != 0 and "conflicting types" in errors else \
            ["a lost const is not noticed: %d %s" % (status, errors)]


def check_banners():
    """Each emitted file says what it is under, what made it, and for which Mbed TLS."""
    with Sandbox() as box:
        box.generate_case("psa")
        return ["no banner: " + name for root, suffix in (("src", ".c"), ("include", ".h"),
                                                          ("switch", ".h"))
                for name, text in box.emitted(root, suffix)
                if "SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later" not in text[:200]
                or "Emitted by mbedguard-gen for Mbed TLS 3.6.9; do not edit." not in text[:400]]


CHECKS = (check_repeats, check_repeats_installed, check_changes_only, check_stale, check_stale_sources,
          check_refusal_changes_nothing, check_no_half_file, check_config_hash, check_version_check,
          check_configuration_check, check_private_headers,
          check_compiles, check_misreading_is_noticed, check_banners)


def main():
    sandbox.limit(sandbox.LIMIT)
    sandbox.skip_without(None)
    checks = [c for c in CHECKS if len(sys.argv) == 1 or c.__name__ in sys.argv]
    failed = 0
    for check in checks:
        try:
            problems = check()
        except subprocess.TimeoutExpired as error:
            problems = ["no end after %d seconds" % error.timeout]
        except (sandbox.Failed, OSError) as error:
            problems = [str(error)]
        for problem in problems:
            print("%s: %s" % (check.__name__, problem))
        failed += bool(problems)
    print("%d checks of what is emitted, %d failed" % (len(checks), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
