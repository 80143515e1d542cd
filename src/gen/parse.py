#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Read the installed Mbed TLS headers and describe their interface as api.json.

The one idea: what the compiler sees with the user's own flags is the interface. The reader
knows C and nothing of locks, and what it cannot account for stops it.

    parse.py --out api.json [--include-dir DIR]... [--depfile FILE] -- CC [CPPFLAGS...]

An --include-dir is searched first, like -I, and headers in it count as the library's: those
below its mbedtls/ and psa/ if it has such folders, else all of them.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile

import capi
import cdecl
import cheaders
import ctext
from ctext import CError, Where

CONFIG_MACRO = re.compile(r"(?:MBEDTLS|PSA_WANT|TF_PSA_CRYPTO)_\w+$")
CALL_LIKE = re.compile(r"[{}()]|\b((?:mbedtls|psa|tf_psa)_\w+)\s*(?=\()")


class Reading(object):
    """One run of the reader: the declarations and everything derived from them."""

    def __init__(self, command, include_dirs):
        self.library = cheaders.Library(command, include_dirs)
        self.texts = {}          # header name -> its text, for the self check
        parser = cdecl.Parser(self.tokens())
        self.decls = parser.translation_unit()
        public = {h.name for h in self.library.all_headers() if h.public}
        # Where an ALT header repeats a prototype, the public header's own is the one to keep.
        ordered = sorted(self.decls, key=lambda d: d.where.header not in public)
        self.types = capi.Types(self.decls, parser.composites)
        self.symbols = capi.Functions(self.types, ordered)

    def tokens(self):
        out, docs = [], {}
        for piece in self.library.pieces:
            header = self.library.header_of(piece.path)
            if header is None:
                continue
            self.texts.setdefault(header.name, []).append(piece)
            new, docs[header.name] = ctext.tokens(piece, header.name, docs.get(header.name, ""))
            out += new
        return out

    # --- macros -----------------------------------------------------------------------------

    def macros(self):
        """(macros of the library's headers, the configuration, the version)."""
        live = {}
        for item in self.library.directives:
            if item.value is None:
                live.pop(item.name, None)
            else:
                live[item.name] = item
        listed, config = [], {}
        for item in live.values():
            header = self.library.header_of(item.path)
            if header is not None:
                listed.append({"name": item.name, "header": header.name, "line": item.line,
                               "params": item.params, "value": item.value})
            if item.params is None and CONFIG_MACRO.match(item.name) \
                    and is_configuration(header) and not is_guard(item):
                config[item.name] = item.value
        version = {"string": "MBEDTLS_VERSION_STRING", "number": "MBEDTLS_VERSION_NUMBER"}
        for key, name in version.items():
            if name not in live:
                raise cheaders.HeaderError("the headers define no %s" % name)
            version[key] = live[name].value.strip('"')
        return listed, config, version

    # --- self checks ------------------------------------------------------------------------

    def unaccounted(self):
        """Every name followed by '(' at file scope must have been understood.

        This looks at the text alone, so that it also finds what the grammar swallowed.
        """
        known = set(self.symbols.functions) | set(self.types.typedefs)
        for header, pieces in self.texts.items():
            depth = {"{": 0, "(": 0}
            for piece in pieces:
                text = re.sub(r'extern\s+"C"\s*\{', "", ctext.strip_comments(piece.text, '"'))
                for match in CALL_LIKE.finditer(text):
                    mark, name = match.group(), match.group(1)
                    if mark in "({":
                        depth[mark] += 1
                    elif mark in ")}":
                        opening = "(" if mark == ")" else "{"
                        depth[opening] = max(0, depth[opening] - 1)
                    elif name not in known and not any(depth.values()):
                        line = piece.line + text.count("\n", 0, match.start())
                        yield CError(Where(header, line),
                                     "%s: declared here, but not understood" % name)

    # --- the result -------------------------------------------------------------------------

    def result(self):
        macros, config, version = self.macros()
        digest = hashlib.sha256(version["string"].encode())
        for name in sorted(config):
            digest.update(("\n%s %s" % (name, config[name])).encode())
        public = {h.name for h in self.library.all_headers() if h.public}
        functions = placed(self.symbols.functions.values())
        return {
            "version": version,
            "config": {name: config[name] for name in sorted(config)},
            "config_hash": digest.hexdigest(),
            "headers": [{"name": h.name, "path": h.path, "public": h.public,
                         "included": h.seen, "reason": h.reason,
                         "includes": h.includes()}
                        for h in self.library.all_headers()],
            "functions": [f for f in functions if f["header"] in public],
            "functions_not_public": [f for f in functions if f["header"] not in public],
            "types": placed(self.types.entries(self.decls)),
            "macros": sorted(macros, key=lambda m: (m["header"], m["line"], m["name"])),
            "variables": placed(self.symbols.variables.values()),
        }


def is_configuration(header):
    """Whether macros from here configure the library rather than belong to its interface."""
    if header is None:
        return True              # the command line, or a file that the configuration includes
    return header.reason is not None and "configuration" in header.reason


def is_guard(item):
    return not item.value and item.name.endswith("_H")


def placed(entries):
    """Entries with their place spelled out, in the order of header and line."""
    out = []
    for entry in entries:
        where = entry.pop("where")
        entry["header"], entry["line"] = where.header, where.line
        out.append(entry)
    return sorted(out, key=lambda e: (e["header"], e["line"], e["name"]))


def to_json(result):
    """JSON with one entry a line: quick to write, and differences show by name."""
    parts = []
    for key, value in result.items():
        if isinstance(value, list):
            body = "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
        else:
            body = json.dumps(value, indent=0)
        parts.append("%s: %s" % (json.dumps(key), body))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_if_changed(path, text):
    try:
        with open(path) as file:
            if file.read() == text:
                return
    except (OSError, IOError, UnicodeDecodeError):
        pass
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "w") as file:       # a device, which a rename would replace by a file
            file.write(text)
        return
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".",
                                         prefix=os.path.basename(path) + ".")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def depfile_text(out, library):
    """Make rules that name every file the compiler read, so that a change runs us again."""
    paths = sorted(path for path in library.files
                   if path and not path.startswith("<") and os.path.isfile(path))
    escaped = [path.replace(" ", "\\ ").replace("$", "$$") for path in paths]
    return "%s: %s\n\n%s" % (out, " \\\n ".join(escaped),
                             "".join(path + ":\n" for path in escaped))


def report(errors):
    for error in errors:
        sys.stderr.write("parse.py: %s:%d: %s\n" % (error.where.header, error.where.line,
                                                    error.message))
    return 1


def main(argv):
    parser = argparse.ArgumentParser(prog="parse.py", usage=__doc__.split("\n\n")[2].strip())
    parser.add_argument("--out", required=True)
    parser.add_argument("--include-dir", action="append", default=[])
    parser.add_argument("--depfile")
    if "--" not in argv[:-1]:
        parser.error("the compiler goes after --")
    at = argv.index("--")
    options = parser.parse_args(argv[:at])
    try:
        reading = Reading(argv[at + 1:], options.include_dir)
        result = reading.result()
    except CError as error:
        return report([error])
    except cheaders.HeaderError as error:
        sys.stderr.write("parse.py: %s\n" % error)
        return 1
    errors = reading.types.errors + list(reading.unaccounted())
    if errors:
        return report(errors)
    write_if_changed(options.out, to_json(result))
    if options.depfile:
        write_if_changed(options.depfile, depfile_text(options.out, reading.library))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
