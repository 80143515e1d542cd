# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Runs the generator for the tests, each time in a folder of its own that is gone afterwards.

What the tests are told by the environment, all of it optional:
  SRCDIR            the top of the source tree (default: found from this file)
  CC, CPPFLAGS, NM  as for the build; CPPFLAGS finds the headers of Mbed TLS
  MBEDTLS_LIBS      link options; a library found by them tells which functions it exports
  MBEDTLS_FILES     the library files themselves, in place of a search; set but empty: none
  GEN_INCLUDE_DIRS  more include directories, searched last, separated by colons
  MBEDGUARD_EXTRA_HEADERS  include directories of other versions of Mbed TLS, separated by colons;
                    several directories that make one version together are joined by commas
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SRCDIR = os.environ.get("SRCDIR") or os.path.dirname(os.path.dirname(HERE))
GEN = os.path.join(SRCDIR, "src", "gen")
DRIVER = os.path.join(GEN, "mbedguard-gen")
CASES = os.path.join(SRCDIR, "tests", "gen", "cases")
# Seconds, of one command and of a whole test: only so that nothing hangs, however busy the machine.
TIMEOUT = 400
LIMIT = 900
SKIP = 77

BACKEND = "MBEDGUARD_THREADING_PTHREAD"  # what the headers are configured for here
# What a case need not spell out. `in.h` of a case becomes the header of a known unit.
LIBRARY = {
    "mbedtls/version.h": '#define MBEDTLS_VERSION_STRING "3.6.9"\n'
                         "#define MBEDTLS_VERSION_NUMBER 0x03060900\n",
    "mbedtls/platform_util.h": "#include <string.h>\n"
                               "#define mbedtls_platform_zeroize(p, n) ((void) memset((p), 0, (n)))\n",
    "psa/crypto.h": "",
}
IN_H = "mbedtls/cipher.h"


class Failed(Exception):
    """The generator or the compiler refused what it should have taken."""


def limit(seconds):
    """End the whole program with a message if it takes longer."""
    def stop(_number, _frame):
        raise Failed("no end after %d seconds" % seconds)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, stop)
        signal.alarm(seconds)


def words(name, default=""):
    return shlex.split(os.environ.get(name) or default)


def compiler():
    return words("CC", "cc")


def run(command, **options):
    """Run to the end; (exit status, standard output, standard error)."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT, **options)
    return done.returncode, done.stdout, done.stderr


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def quoted(options):
    return " ".join(shlex.quote(option) for option in options)


class Sandbox(object):
    """A folder with what every run needs: a configured header of ours, and room for output."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="check-gen-")
        self.out = os.path.join(self.folder, "out")
        self.tree = os.path.join(self.folder, "tree")
        self.configure()

    def configure(self):
        """Make of the headers that configure fills in what the others include."""
        folder = os.path.join(SRCDIR, "include", "mbedguard")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".h.in"):
                text = read(os.path.join(folder, name))
                text = text.replace("#undef " + BACKEND, "#define %s 1" % BACKEND)
                text = re.sub(r"@\w+@", "0", text)
                write(os.path.join(self.folder, "config", "mbedguard", name[:-len(".in")]), text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def own_includes(self):
        """Where the headers of mbedguard are that are not emitted."""
        return [os.path.join(self.folder, "config"), os.path.join(SRCDIR, "include")] \
            + [d for d in (os.environ.get("GEN_INCLUDE_DIRS") or "").split(":") if d]

    def generate(self, cppflags, policy=None, libraries=(), environment=None, out=None):
        """Run the driver; (exit status, standard error)."""
        command = [sys.executable, "-B", DRIVER, "--cc", quoted(compiler()),
                   "--cppflags", quoted(cppflags), "--nm", os.environ.get("NM") or "nm",
                   "--out", out or self.out]
        for folder in self.own_includes():
            command += ["--include-dir", folder]
        for library in libraries:
            command += ["--library", library]
        if policy is not None:
            command += ["--policy", policy]
        status, _, errors = run(command, env=dict(os.environ, **(environment or {})))
        return status, errors

    def case(self, name):
        """Lay out the headers of a golden case; (preprocessor flags, libraries)."""
        case = os.path.join(CASES, name)
        for header, text in LIBRARY.items():
            write(os.path.join(self.tree, header), text)
        if os.path.exists(os.path.join(case, "in.h")):
            write(os.path.join(self.tree, IN_H), read(os.path.join(case, "in.h")))
        extra = os.path.join(case, "include")
        for where, _, files in os.walk(extra):
            for file in files:
                source = os.path.join(where, file)
                write(os.path.join(self.tree, os.path.relpath(source, extra)), read(source))
        flags = ["-I" + self.tree]
        if os.path.exists(os.path.join(case, "cppflags")):
            flags += shlex.split(read(os.path.join(case, "cppflags")).replace("@TREE@", self.tree))
        libraries = []
        if os.path.exists(os.path.join(case, "library.c")):
            libraries = [os.path.join(self.folder, "library.o")]
            self.must(compiler() + ["-w", "-c", os.path.join(case, "library.c"), "-o", libraries[0]])
        return flags, libraries

    @staticmethod
    def must(command):
        status, _, errors = run(command)
        if status != 0:
            raise Failed("%s:\n%s" % (" ".join(command), errors))

    def generate_case(self, name):
        flags, libraries = self.case(name)
        return self.generate(flags, os.path.join(CASES, name), libraries)

    def emitted(self, root, suffix):
        """(name below the output folder, text) of everything emitted there."""
        found = []
        for where, _, files in os.walk(os.path.join(self.out, root)):
            for file in files:
                if file.endswith(suffix):
                    path = os.path.join(where, file)
                    found.append((os.path.relpath(path, self.out), read(path)))
        return sorted(found)

    def compile_flags(self, cppflags):
        """Options with which the emitted sources compile."""
        return ["-D_POSIX_C_SOURCE=200809L", "-I" + os.path.join(SRCDIR, "src")] \
            + ["-I" + folder for folder in self.own_includes()] \
            + ["-I" + os.path.join(self.out, "include")] + list(cppflags)


# --- the installed Mbed TLS ----------------------------------------------------------------------

def installed_flags():
    return words("CPPFLAGS") + words("MBEDTLS_CFLAGS")


def have_compiler():
    try:
        return run(compiler() + ["--version"])[0] == 0
    except OSError:
        return False


def have_headers(flags):
    """Whether the compiler finds an Mbed TLS with these flags."""
    with Sandbox() as box:
        path = os.path.join(box.folder, "probe.c")
        write(path, "#include <mbedtls/version.h>\n")
        return run(compiler() + flags + ["-E", path])[0] == 0


def installed_libraries():
    """Files of the installed libraries, or [] where they cannot be told."""
    if "MBEDTLS_FILES" in os.environ:
        return words("MBEDTLS_FILES")
    options = words("LDFLAGS") + words("MBEDTLS_LIBS")
    folders = [o[2:] for o in options if o.startswith("-L") and len(o) > 2]
    found = []
    for stem in ("libmbedcrypto", "libmbedx509", "libmbedtls"):
        places = [os.path.join(f, stem + s) for f in folders for s in (".so", ".a")]
        for suffix in (".so", ".a"):
            place = run(compiler() + ["-print-file-name=" + stem + suffix])[1].strip()
            places += [place] if os.path.isabs(place) else []
        found += [place for place in places if os.path.exists(place)][:1]
    return found if len(found) == 3 else []


def skip_without(flags):
    """Exit 77 with a word if the compiler or the headers of Mbed TLS are not there."""
    if not have_compiler():
        print("skipped: no compiler (CC=%s)" % " ".join(compiler()))
        sys.exit(SKIP)
    if flags is not None and not have_headers(flags):
        print("skipped: no headers of Mbed TLS (CPPFLAGS=%s)" % " ".join(flags))
        sys.exit(SKIP)
