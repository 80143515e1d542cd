# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Find the library's headers as the compiler finds them, and preprocess them all at once.

The one idea: the compiler with the user's own flags decides which headers and which
configuration count. Nothing is looked for in a fixed place.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import tempfile

import ctext

# Headers that are no part of the public interface: not included by the umbrella, and what
# they declare is marked as not public when another header includes them.
NOT_PUBLIC = (
    ("mbedtls/compat-*.h", "defines old names as macros over the new ones"),
    ("mbedtls/net.h", "deprecated name of net_sockets.h, warns"),
    ("mbedtls/pkcs11.h", "needs the header of a foreign library"),
    ("mbedtls/*_internal.h", "internal"),
    ("mbedtls/bn_mul.h", "internal assembly"),
    ("mbedtls/aesni.h", "internal assembly"),
    ("mbedtls/padlock.h", "internal assembly"),
    ("mbedtls/private_access.h", "macros to reach private members"),
    ("mbedtls/private/config*.h", "configuration"),
    ("mbedtls/private/crypto_adjust_*.h", "configuration"),
    ("mbedtls/private/*", "private"),
    ("mbedtls/config*.h", "configuration"),
    ("mbedtls/mbedtls_config.h", "configuration"),
    ("mbedtls/check_config.h", "configuration"),
    ("mbedtls/build_info.h", "configuration"),
    ("tf-psa-crypto/build_info.h", "configuration"),
    ("tf-psa-crypto/private/*", "private"),
    ("psa/build_info.h", "configuration"),
    ("psa/crypto_config.h", "configuration"),
    ("psa/crypto_adjust_*.h", "configuration"),
    ("psa/crypto_se_driver.h", "for drivers"),
    ("psa/crypto_driver_*.h", "for drivers"),
    ("psa/crypto_builtin_*.h", "members of the operation structures"),
    # What is not found below is the user's: ALT implementations and configuration files.
    ("*_alt.h", "alternative implementation"),
)

FOLDERS = ("mbedtls", "psa", "tf-psa-crypto")
# What an include directory of the library has at least one of.
VERSION = "mbedtls/version.h"
ENTRIES = (VERSION, "psa/crypto.h", "tf-psa-crypto/build_info.h",
           "mbedtls/private_access.h", "mbedtls/config_adjust_legacy_crypto.h")
LIBRARY_PATH = re.compile(r"(.*)[/\\]((?:%s)[/\\].*\.h)$" % "|".join(FOLDERS))
PROBE = """#include <mbedtls/version.h>
#if defined(__has_include)
#if __has_include(<psa/crypto.h>)
#include <psa/crypto.h>
#endif
#endif
"""
# Macros whose value names a header of the user's that stands in for one of the library's.
FILE_MACRO = re.compile(r'^#[ \t]*define[ \t]+(?:MBEDTLS|TF_PSA_CRYPTO)_\w*_FILE[ \t]+["<](.+)[">]',
                        re.M)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]((?:%s)/[^">]+)[">]' % "|".join(FOLDERS), re.M)


class HeaderError(Exception):
    """The headers cannot be found or preprocessed."""


class Header(object):
    """One library header: its include name, where it is, and whether it is public."""

    def __init__(self, name, path, reason):
        self.name, self.path, self.reason = name, path, reason
        self.public = reason is None
        self.seen = False

    def includes(self):
        """Names of the library headers that this one includes, under whatever condition."""
        with open(self.path, encoding="utf-8", errors="replace") as stream:
            return sorted(set(INCLUDE.findall(stream.read())))


def library_root(path):
    """(include directory, include name) of a path that looks like a library header's, or Nones."""
    match = LIBRARY_PATH.match(path)
    if match:
        root = os.path.realpath(match.group(1))
        if any(os.path.isfile(os.path.join(root, entry)) for entry in ENTRIES):
            return root, match.group(2).replace("\\", "/")
    return None, None


def reason_not_public(name):
    for glob, reason in NOT_PUBLIC:
        if fnmatch.fnmatchcase(name, glob):
            return reason
    return None


def preprocessor_command(command):
    """The user's compiler command without what would spoil preprocessing."""
    out, skip = [], False
    for word in command:
        if skip:
            skip = False
        elif word in ("-MF", "-MT", "-MQ", "-o"):
            skip = True
        elif not word.startswith(("-M", "-Wp,-M")) \
                and word not in ("-P", "-c", "-S", "-E", "-C", "-CC"):
            out.append(word)
    # Warnings are off: with -Werror a deprecation warning would stop the reader.
    return out + ["-E", "-dD", "-C", "-w"]


def preprocess(command, source):
    """Preprocessed text of `source`."""
    folder = tempfile.mkdtemp(prefix="mbedguard-")
    try:
        path = os.path.join(folder, "umbrella.c")
        with open(path, "w") as file:
            file.write(source)
        try:
            done = subprocess.Popen(command + [path], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
            out, err = done.communicate()
        except OSError as error:
            raise HeaderError("cannot run %s: %s" % (command[0], error.strerror))
        if done.returncode != 0:
            raise HeaderError("%s failed:\n%s" % (" ".join(command),
                                                  err.decode("utf-8", "replace").rstrip()))
        return out.decode("utf-8", "replace")
    finally:
        shutil.rmtree(folder)


class Library(object):
    """All headers of the library, and the text of one umbrella that includes the public ones."""

    def __init__(self, command, include_dirs):
        self.extra = [os.path.realpath(folder) for folder in include_dirs]
        # First of all options, but after "ccache gcc".
        at = next((i for i, word in enumerate(command) if word.startswith("-")), len(command))
        self.command = preprocessor_command(
            command[:at] + ["-I" + folder for folder in include_dirs] + command[at:])
        self.file_macros = []    # names of the user's files that the configuration includes
        self.headers = {}        # by include name
        self.user = {}           # the user's own headers, by real path
        self.by_path = {}        # spelled path -> Header or None, a cache
        self.real = {}           # real path -> Header
        self.roots = self.find_roots()
        for root in self.roots:
            self.enumerate(root)
        self.pieces, self.directives, self.files = ctext.split(
            preprocess(self.command, self.umbrella()))
        self.find_user_headers()
        self.check_origin()

    def find_roots(self):
        """Every directory from which the compiler took a library header."""
        text = preprocess(self.command, PROBE)
        self.file_macros = [name.replace("\\", "/") for name in FILE_MACRO.findall(text)]
        roots, main = [], None
        for path in ctext.paths(text):
            root, name = library_root(path)
            if name == VERSION:
                main = root
            if root and root not in roots:
                roots.append(root)
        # The headers of 4.x lie in several directories, of which one has version.h. Another
        # directory with a version.h is another installation.
        roots = [root for root in roots
                 if root == main or not os.path.isfile(os.path.join(root, VERSION))]
        if main is None:
            raise HeaderError("no line marker names mbedtls/version.h: is %s a C preprocessor?"
                              % self.command[0])
        first = [folder for folder in self.extra
                 if any(os.path.isdir(os.path.join(folder, name)) for name in FOLDERS)]
        return first + [root for root in roots if root not in first]

    def enumerate(self, root):
        for folder in FOLDERS:
            top = os.path.join(root, folder)
            for where, folders, files in os.walk(top):
                folders.sort()
                for file in sorted(files):
                    path = os.path.join(where, file)
                    name = os.path.relpath(path, root).replace(os.sep, "/")
                    real = os.path.realpath(path)
                    if file.endswith(".h") and name not in self.headers \
                            and real not in self.real:
                        header = Header(name, path, reason_not_public(name)
                                        or self.reason_user(path))
                        self.headers[name] = self.real[real] = header

    def umbrella(self):
        # psa/crypto.h is the entry to its folder: the others rely on what it includes first.
        public = [h.name for h in self.headers.values() if h.public]
        public.sort(key=lambda name: (name != "psa/crypto.h", name))
        return "".join("#include <%s>\n" % name for name in public)

    def find_user_headers(self):
        """Headers outside the library that stand in for a part of it."""
        for path in self.files:
            real = os.path.realpath(path)
            if real in self.real or not path or path.startswith("<"):
                continue
            name = re.split(r"[/\\]", path)[-1]
            reason = reason_not_public(name) if name.endswith("_alt.h") else None
            reason = reason or self.reason_user(path)
            if reason is None and any(real.startswith(folder + os.sep) for folder in self.extra
                                      if folder not in self.roots):
                reason = "below an --include-dir"
            if reason is not None:
                self.user[real] = Header(name, path, reason)

    def reason_user(self, path):
        """Why this is a file of the user's that the configuration names, or None."""
        slashed = "/" + path.replace("\\", "/")
        if any(slashed.endswith("/" + name) for name in self.file_macros):
            return "the user's configuration"
        return None

    def header_of(self, path):
        """The library header with this spelled path, or None for any other file."""
        if path not in self.by_path:
            real = os.path.realpath(path)
            header = self.real.get(real) or self.user.get(real)
            self.by_path[path] = header
            if header:
                header.seen = True
        return self.by_path[path]

    def check_origin(self):
        """Two versions on the include path must not mix, and no header may be left out."""
        for path in self.files:
            if self.header_of(path) is not None:
                continue
            root, name = library_root(path)
            if root is not None:
                raise HeaderError("%s comes from %s, but other headers come from %s: two versions "
                                  "of the library are mixed on the include path"
                                  % (name, root, ", ".join(self.roots)))
        for header in self.all_headers():
            if header.public and not header.seen:
                raise HeaderError("%s: the compiler takes %s from another place"
                                  % (header.path, header.name))

    def all_headers(self):
        return sorted(list(self.headers.values()) + list(self.user.values()),
                      key=lambda header: header.name)
