#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Says from the headers alone which guards each call must hold, as a C table.

    expected_locks.py [--reader libclang|pycparser] [--deviations FILE] --out FILE

Uses $CC and $CPPFLAGS. Shares no code and no data with src/gen: a wrong line of the policy there, or
a parameter that the generator overlooks, is to be found by this table. Exits with 77 where Python has
neither clang.cindex nor pycparser.
"""
import argparse
import fnmatch
import os
import re
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
READERS = ("libclang", "pycparser")
SYSTEM = "/usr/bin/python3"
SEEDS = ("mbedtls/version.h", "mbedtls/ssl.h", "mbedtls/pk.h", "psa/crypto.h", "mbedtls/psa_util.h",
         "tf-psa-crypto/version.h")
FOLDERS = ("mbedtls", "psa", "tf-psa-crypto")
# What no program includes: internals, configuration, compatibility, drivers' headers.
NOT_INCLUDED = re.compile(
    r"_internal\.h$|^(check_)?(crypto_)?config.*\.h$|^compat-|_adjust|^certs\.h$|^pkcs11\.h$|^net\.h$"
    r"|^bn_mul\.h$|^aesni\.h$|^padlock\.h$|^threading\.h$|_alt\.h$|^private_access\.h$|^build_info\.h$")
NOT_PUBLIC = re.compile(r"/private/|_internal\.h$|/compat-|/crypto_driver_|/threading\.h$"
                        r"|/memory_buffer_alloc\.h$")


def find_reader(wanted):
    again = "EXPECTED_LOCKS_AGAIN" in os.environ or not os.path.exists(SYSTEM)
    for name in (wanted,) if wanted else READERS:
        try:
            reader = __import__("read_" + name)
            if reader.usable():
                return reader
        except ImportError:
            pass
        # The modules belong to the system's Python, which need not be the first on the path.
        if not again:
            os.environ["EXPECTED_LOCKS_AGAIN"] = "1"
            os.execv(SYSTEM, [SYSTEM] + sys.argv)
    print("skipped: Python has neither clang.cindex (python3-clang) nor pycparser (python3-pycparser)")
    sys.exit(77)


def preprocess(command, text, *options):
    run = subprocess.run(command + ["-E", "-x", "c"] + list(options) + ["-"], input=text,
                         stdout=subprocess.PIPE, universal_newlines=True, check=True)
    return run.stdout


def public_headers(command):
    """All headers that a program may include, from the folders in which the compiler finds some."""
    text = "#define MBEDTLS_X 1\n" + "".join(
        "#if __has_include(<%s>)\n#include <%s>\n#endif\n" % (s, s) for s in SEEDS)
    folders = set()
    for path in re.findall(r'^# \d+ "([^"]+)"', preprocess(command, text), re.M):
        folder = os.path.dirname(os.path.realpath(path))
        if os.path.basename(folder) in FOLDERS:
            folders.add(folder)
    headers = set()
    for folder in folders:
        for name in os.listdir(folder):
            if name.endswith(".h") and not NOT_INCLUDED.search(name) \
                    and not (os.path.basename(folder) == "psa" and name != "crypto.h"):
                headers.add("%s/%s" % (os.path.basename(folder), name))
    return folders, sorted(headers)


def read_headers(reader, command):
    folders, headers = public_headers(command)

    def wanted(path):
        path = os.path.realpath(path)
        return os.path.dirname(path) in folders and not NOT_PUBLIC.search(path)
    with tempfile.TemporaryDirectory() as folder:
        umbrella = os.path.join(folder, "umbrella.c")
        with open(umbrella, "w", encoding="utf-8") as stream:
            stream.write("#include <stdio.h>\n" + "".join("#include <%s>\n" % h for h in headers))
        # The compiler may be of several words, like "ccache gcc".
        flags = next((n for n, word in enumerate(command) if word.startswith("-")), len(command))
        return reader.read(umbrella, command[:flags], command[flags:], wanted)


# --- deviations -----------------------------------------------------------------------------------

def read_deviations(path, series):
    """[(word, [names])], lines joined that are indented; word[2] and word[3] are for one series.

    word[=3] and word[=4] are for that one alone.
    """
    found = []
    with open(path, encoding="utf-8") as stream:
        text = re.sub(r"\n[ \t]+", " ", re.sub(r"^#.*\n", "", stream.read(), flags=re.M))
    for line in text.splitlines():
        head, dash, _ = line.partition(" -- ")
        words = head.split()
        if words and not dash:
            raise SystemExit("%s: no reason: %s" % (path, line))
        if words:
            word, bracket, only = words[0].partition("[")
            if not bracket or only in ("%d]" % min(series, 3), "=%d]" % series):
                found.append((word, words[1:]))
    return found


class Deviations:
    def __init__(self, path, series):
        self.lines = read_deviations(path, series)

    def names(self, *wanted):
        return [n for word, names in self.lines if word in wanted for n in names]

    def has(self, word, name):
        return any(fnmatch.fnmatchcase(name, n) for n in self.names(word))

    def has_param(self, word, name, number):
        for item in self.names(word):
            glob, _, numbers = item.partition(":")
            if fnmatch.fnmatchcase(name, glob) \
                    and (numbers == "*" or str(number) in numbers.split(",")):
                return True
        return False

    def guards(self, name, threads, inline, inside):
        """[(guard, mode)] of those that have no object."""
        def said(*words):
            return {names[0] for word, names in self.lines if word in words
                    and any(fnmatch.fnmatchcase(name, n) for n in names[1:])}
        if inline:
            found = said("inline-guard")
        else:
            found = said("guard", *(() if threads else ("guard-if-unlocked",))) - said("no-guard")
        found |= said(*inside)
        shared = said("shared-guard-if-locked") if threads else set()
        return sorted((g, "SHARED" if g in shared else "EXCLUSIVE") for g in found)

    def key_mode(self, name, number, threads):
        """How the key that is this parameter is held, or None where it is none."""
        if not threads:
            return None
        for word, mode in (("key", "EXCLUSIVE"), ("shared-key", "SHARED")):
            if self.has_param(word, name, number):
                return mode
        return None

    def void_role(self, name, number):
        """The last name of a `void` line is the type."""
        for word, names in self.lines:
            if word == "void" and "%s:%d" % (name, number) in names[:-1]:
                return names[-1]
        return None


# --- the table ------------------------------------------------------------------------------------

def context_types(functions, deviations):
    """Structs with an _init, _free or _abort of their own."""
    found = set(deviations.names("context"))
    for name, function in functions.items():
        params = function["params"]
        if not params or params[0][0] is None or params[0][1] != 1:
            continue
        if name.endswith("_init") or name.endswith(("_free", "_abort")) and len(params) == 1:
            found.add(params[0][0])
    return found - set(deviations.names("not-context"))


def mode_of(deviations, name, number, threads):
    for word, mode in (("shared", "SHARED"), ("use", "USE")):
        if deviations.has_param(word, name, number) \
                or (threads and deviations.has_param(word + "-if-locked", name, number)):
            return mode
    return "EXCLUSIVE"


def inside_words(macros, major):
    """Which lines for calls that use PSA inside hold: where its store has no locks."""
    def on(name):
        return re.search(r"^#define %s\b" % name, macros, re.M) is not None
    version = int(re.search(r"^#define MBEDTLS_VERSION_NUMBER +(\w+)", macros, re.M).group(1), 16)
    if not on("MBEDTLS_PSA_CRYPTO_C") or (on("MBEDTLS_THREADING_C") and version >= 0x03060000):
        return []
    if on("MBEDTLS_USE_PSA_CRYPTO") or major >= 4:
        return ["guard-if-use-psa-unlocked", "guard-if-tls-psa-unlocked"]
    return ["guard-if-tls-psa-unlocked"] if major >= 3 and on("MBEDTLS_SSL_PROTO_TLS1_3") else []


def table(functions, deviations, threads, inside):
    """(function, parameter, what, mode, keeps), sorted."""
    contexts = context_types(functions, deviations)
    rows = []
    for name, function in sorted(functions.items()):
        for number, (struct, depth) in enumerate(function["params"]):
            struct = deviations.void_role(name, number) or struct
            key = deviations.key_mode(name, number, threads)
            if key is not None:
                rows.append((name, number, "psa_key", key, False))
                continue
            if struct not in contexts or (struct == function["params"][number][0] and depth == 0):
                if depth == 0 and struct in contexts and not deviations.has("untested", name):
                    raise SystemExit("%s: takes a %s by value" % (name, struct))
                continue
            rows.append((name, number, struct, mode_of(deviations, name, number, threads),
                         deviations.has_param("keeps", name, number)))
        rows += [(name, -1, guard, mode, False)
                 for guard, mode in deviations.guards(name, threads, function["inline"], inside)]
    return rows


def value_text(functions, contexts):
    """Comparison of contexts that are returned by value, member by member: padding says nothing."""
    values = dict(f["value"] for f in functions.values() if f["value"] and f["value"][0] in contexts)
    lines = []
    for name, members in sorted(values.items()):
        lines += ["static bool same_%s(const void *a, const void *b)" % name, "{",
                  "    const %s *const x = a, *const y = b;" % name, "", "    return true"]
        lines += ["        && x->%s == y->%s" % (m, m) if kind == "scalar" else
                  "        && memcmp(&x->%s, &y->%s, sizeof x->%s) == 0" % (m, m, m)
                  for kind, m in members]
        lines[-1] += ";"
        lines += ["}"]
    lines += ["const expected_value expected_values[] = {"]
    lines += ["    { \"%s\", same_%s }," % (name, name) for name in sorted(values)]
    return lines + ["    { NULL, NULL },", "};"]


def rank_text(contexts, deviations):
    """The rank of each context type, from the list alone."""
    ranks = {}
    for word, names in deviations.lines:
        if word == "rank":
            ranks.update((c, names[0]) for c in contexts
                         if any(fnmatch.fnmatchcase(c, n) for n in names[1:]))
    missing = sorted(contexts - set(ranks))
    if missing:
        raise SystemExit("deviations.txt: context types without a rank: " + " ".join(missing))
    lines = ["const expected_rank expected_ranks[] = {"]
    lines += ["    { \"%s\", MBEDGUARD_RANK_%s }," % item for item in sorted(ranks.items())]
    return lines + ["    { NULL, 0 },", "};"]


def symbols(libraries):
    """Names that library files define."""
    found = set()
    for library in libraries:
        options = ["-D"] if ".so" in os.path.basename(library) else ["-g"]
        run = subprocess.run(shlex.split(os.environ.get("NM") or "nm") + options
                             + ["--defined-only", library], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, universal_newlines=True, check=True)
        found.update(w[-1].partition("@")[0] for w in map(str.split, run.stdout.splitlines()) if w)
    return found


def c_text(rows, functions, deviations, threads, reader, present):
    def matching(word):
        return sorted(n for n in functions if deviations.has(word, n))

    def strings(kind, names):
        return ["const char *const %s[] = {" % kind] + ["    \"%s\"," % n for n in names] \
            + ["    NULL,", "};"]
    lines = ["/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */",
             "/* Made by expected_locks.py from the headers of Mbed TLS; do not edit. */",
             "#include <psa/crypto.h>", "#include \"wrap/wrap.h\"", "",
             "const char expected_reader[] = \"%s\";" % reader,
             "const enum expected_mode expected_config_mode = EXPECT_%s;" % (
                 "SHARED" if threads else "EXCLUSIVE"), "",
             "const expected_lock expected_locks[] = {"]
    lines += ["    { \"%s\", %d, \"%s\", EXPECT_%s, %s }," % (
        name, number, what, mode, "true" if keeps else "false")
        for name, number, what, mode, keeps in rows]
    lines += ["    { NULL, 0, NULL, EXPECT_EXCLUSIVE, false },", "};"]
    lines += strings("expected_in_callback", matching("in-callback"))
    lines += strings("expected_looks_first", matching("looks-first"))
    contexts = context_types(functions, deviations)
    lines += value_text(functions, contexts)
    lines += rank_text(contexts, deviations)
    lines += strings("expected_followed", sorted(contexts & set(deviations.names("follow"))))
    lines += strings("expected_in_library", sorted(n for n in functions if n in present))
    lines += strings("expected_untested", matching("untested"))
    return "\n".join(lines + [""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--deviations", default=os.path.join(HERE, "deviations.txt"))
    parser.add_argument("--library", action="append", default=[],
                        help="a library file of Mbed TLS: functions in it cannot be left out as absent")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    sys.path.insert(0, HERE)
    sys.dont_write_bytecode = True
    reader = find_reader(options.reader)
    command = shlex.split(os.environ.get("CC") or "cc") \
        + shlex.split(os.environ.get("CPPFLAGS") or "")
    macros = preprocess(command, "#include <mbedtls/version.h>\n", "-dM")
    major = re.search(r"^#define MBEDTLS_VERSION_MAJOR +(\d+)", macros, re.M)
    deviations = Deviations(options.deviations, int(major.group(1)))
    functions = read_headers(reader, command)
    threads = re.search(r"^#define MBEDTLS_THREADING_C\b", macros, re.M) is not None
    rows = table(functions, deviations, threads, inside_words(macros, int(major.group(1))))
    with open(options.out, "w", encoding="utf-8") as stream:
        stream.write(c_text(rows, functions, deviations, threads, reader.NAME,
                            symbols(options.library)))
    print("expected_locks (%s): %d functions read, %d take guards, %d guards" % (
        reader.NAME, len(functions), len({r[0] for r in rows}), len(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
