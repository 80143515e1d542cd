#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The reader against libclang, on the installed headers.

Two readers that share no code must tell the same functions, parameters, constness, pointer
depths, structure members, enumerators and variables.

    check_parse_libclang.py [--self-test] [CPPFLAGS...]

With --self-test the reader's result is spoilt in several ways and each must be noticed.
"""

import copy
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
TIMEOUT = 900

# The module belongs to the system's Python, which need not be the first on the path.
try:
    import clang.cindex as cindex
    from clang.cindex import CursorKind, StorageClass, TypeKind
except ImportError:
    SYSTEM = "/usr/bin/python3"
    if os.path.exists(SYSTEM) and "CHECK_PARSE_AGAIN" not in os.environ:
        os.environ["CHECK_PARSE_AGAIN"] = "1"
        os.execv(SYSTEM, [SYSTEM] + sys.argv)
    print("skipped: Python has no module clang.cindex")
    sys.exit(77)

RECORDS = ("struct", "union", "enum", "opaque")


class Clang(object):
    """What libclang says about the headers, in the same words as the reader's."""

    def __init__(self, umbrella, flags, names):
        index = cindex.Index.create()
        resources = subprocess.run(["clang", "-print-resource-dir"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, universal_newlines=True).stdout \
            if shutil.which("clang") else ""
        if resources.strip():
            flags = flags + ["-resource-dir", resources.strip()]
        self.unit = index.parse(umbrella, args=["-x", "c", "-w"] + flags)
        self.names = names       # real path -> include name
        self.errors = [str(d) for d in self.unit.diagnostics if d.severity >= d.Error]
        self.functions, self.variables, self.records = {}, {}, {}
        for cursor in self.unit.cursor.get_children():
            self.visit(cursor)

    def header(self, cursor):
        file = cursor.location.file
        return self.names.get(os.path.realpath(file.name)) if file else None

    def visit(self, cursor):
        header = self.header(cursor)
        if header is None:
            return
        if cursor.kind == CursorKind.FUNCTION_DECL:
            found = self.functions.setdefault(cursor.spelling, {
                "header": header, "line": cursor.location.line, "inline": False,
                "variadic": cursor.type.is_function_variadic()
                if cursor.type.kind == TypeKind.FUNCTIONPROTO else False,
                "type": self.function(cursor.type.get_canonical(), None, cursor)})
            found["inline"] |= cursor.storage_class == StorageClass.STATIC
        elif cursor.kind == CursorKind.VAR_DECL:
            kind = cursor.type
            while kind.kind in (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY):
                kind = kind.element_type
            self.variables[cursor.spelling] = kind.is_const_qualified()
        elif cursor.kind == CursorKind.TYPEDEF_DECL:
            record = cursor.underlying_typedef_type.get_canonical()
            declared = record.get_declaration()
            if record.kind in (TypeKind.RECORD, TypeKind.ENUM):
                self.records.setdefault(cursor.spelling, declared)

    def function(self, kind, cursor, decl=None):
        """(result, parameters) of a function type."""
        params = [a.type for a in decl.get_arguments()] if decl is not None else []
        if kind.kind == TypeKind.FUNCTIONNOPROTO:
            return self.describe(kind.get_result()), []
        if not params:
            params = list(kind.argument_types())
        result = decl.result_type if decl is not None else kind.get_result()
        return self.describe(result), [self.describe(p) for p in params]

    def describe(self, kind):
        """(name of the structure or None, pointer depth, const, function or None)."""
        kind = kind.get_canonical()
        depth, const = 0, False
        while True:
            if kind.kind == TypeKind.POINTER:
                kind, const = kind.get_pointee(), False
            elif kind.kind in (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY):
                # In a canonical type the elements' const stands at the array.
                const = const or kind.is_const_qualified()
                kind = kind.element_type
            else:
                break
            depth += 1
        if kind.kind in (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO):
            # A parameter of function type is a pointer to it.
            return None, max(depth, 1), False, self.function(kind, None)
        name = None
        if kind.kind in (TypeKind.RECORD, TypeKind.ENUM) and not unnamed(kind):
            name = kind.spelling.replace("const ", "").replace("volatile ", "")
        return name, depth, const or kind.is_const_qualified(), None


class Api(object):
    """The reader's result in the form of Clang.describe."""

    def __init__(self, api):
        self.api = api
        self.types = {t["name"]: t for t in api["types"] if t["name"]}

    def describe(self, kind, array=None):
        depth = kind.get("resolved_pointer", kind["pointer"])
        for bounds in (array, kind.get("pointee_array")):
            depth += bounds.count("[") if bounds else 0
        if kind["function"]:
            function = kind["function"]
            return None, max(depth, 1), False, (
                self.describe(function["returns"]),
                [self.describe(p["type"], p["array"]) for p in function["params"]])
        name = kind["resolved"]
        if name == "va_list":
            return name, 0, False, None
        entry = self.types.get(name)
        if entry is not None and entry["kind"] in RECORDS:
            word = name.split(" ")[0] if " " in name else entry["kind"].replace("opaque", "struct")
            name = "%s %s" % (word, entry["tag"]) if entry["tag"] else name
        elif not name.startswith(("struct ", "union ", "enum ")):
            name = None
        return name, depth, kind["const"], None


def unnamed(kind):
    return "(unnamed" in kind.spelling or "(anonymous" in kind.spelling


def same(ours, theirs):
    """Whether two descriptions agree. A name that only libclang knows is a foreign type."""
    if ours is None or theirs is None:
        return ours is theirs
    if ours[0] == "va_list":
        return True              # an array here, a structure or a pointer there
    if ours[0] is not None and ours[0] != theirs[0]:
        return False
    if ours[0] is None and theirs[0] is not None and ("mbedtls" in theirs[0]
                                                      or "psa_" in theirs[0]):
        return False
    if ours[1:3] != theirs[1:3] or (ours[3] is None) != (theirs[3] is None):
        return False
    return ours[3] is None or same_function(ours[3], theirs[3])


def same_function(ours, theirs):
    return same(ours[0], theirs[0]) and len(ours[1]) == len(theirs[1]) \
        and all(same(a, b) for a, b in zip(ours[1], theirs[1]))


def compare(api, clang):
    """Every difference, as a list of texts."""
    out, reader = [], Api(api)
    functions = {f["name"]: f for f in api["functions"] + api["functions_not_public"]}
    for name in sorted(set(functions) ^ set(clang.functions)):
        out.append("function %s: only %s" % (name, "the reader" if name in functions
                                             else "libclang"))
    for name in sorted(set(functions) & set(clang.functions)):
        out += compare_function(reader, functions[name], clang.functions[name])
    variables = {v["name"]: v["const"] for v in api["variables"]}
    if variables != clang.variables:
        out.append("variables: %s, libclang says %s" % (variables, clang.variables))
    return out + compare_records(reader, clang)


def compare_function(reader, ours, theirs):
    out, name = [], ours["name"]
    for key in ("header", "line", "inline", "variadic"):
        if ours[key] != theirs[key]:
            out.append("%s: %s %s, libclang says %s" % (name, key, ours[key], theirs[key]))
    result, params = theirs["type"]
    if len(params) != len(ours["params"]):
        return out + ["%s: %d parameters, libclang says %d"
                      % (name, len(ours["params"]), len(params))]
    described = [("result", reader.describe(ours["returns"]), result)]
    described += [(p["name"], reader.describe(p["type"], p["array"]), q)
                  for p, q in zip(ours["params"], params)]
    return out + ["%s: %s is %s, libclang says %s" % (name, what, a, b)
                  for what, a, b in described if not same(a, b)]


def compare_records(reader, clang):
    out = []
    for name, entry in sorted(reader.types.items()):
        if entry["kind"] not in RECORDS or " " in name:
            continue
        record = clang.records.get(name)
        if record is None:
            out.append("type %s: libclang does not know it" % name)
        elif record.is_definition() is False and record.get_definition() is None:
            if entry["complete"]:
                out.append("type %s: libclang says it is incomplete" % name)
        elif not entry["complete"]:
            out.append("type %s: libclang says it is complete" % name)
        elif entry["kind"] == "enum":
            values = [c.spelling for c in record.get_definition().get_children()
                      if c.kind == CursorKind.ENUM_CONSTANT_DECL]
            if values != entry["values"]:
                out.append("type %s: %s, libclang says %s" % (name, entry["values"], values))
        else:
            theirs = list(fields(clang, record.type.get_canonical(), ""))
            ours = [(f["name"], reader.describe(f["type"], f["array"]))
                    for f in entry["fields"] if f["name"]]
            out += compare_fields(name, ours, theirs)
    return out


def compare_fields(name, ours, theirs):
    if [f[0] for f in ours] != [f[0] for f in theirs]:
        return ["type %s: members %s, libclang says %s"
                % (name, [f[0] for f in ours], [f[0] for f in theirs])]
    return ["type %s: %s is %s, libclang says %s" % (name, a[0], a[1], b[1])
            for a, b in zip(ours, theirs) if not same(a[1], b[1])]


def fields(clang, kind, prefix):
    """Members as (path, description), those of nameless inner records in their place."""
    for field in kind.get_fields():
        inner, brackets = field.type.get_canonical(), ""
        while inner.kind == TypeKind.CONSTANTARRAY:
            inner, brackets = inner.element_type, brackets + "[]"
        if inner.kind == TypeKind.RECORD and unnamed(inner):
            path = prefix + field.spelling + brackets + "." if field.spelling else prefix
            for found in fields(clang, inner, path):
                yield found
        elif field.spelling:
            yield prefix + field.spelling, clang.describe(field.type)


def spoil(api):
    """Copies of the result with one mistake each."""
    def pick(test):
        bad = copy.deepcopy(api)
        return bad, next(f for f in bad["functions"] if test(f))

    bad, function = pick(lambda f: any(p["type"]["const"] for p in f["params"]))
    next(p for p in function["params"] if p["type"]["const"])["type"]["const"] = False
    yield "a const dropped", bad
    bad, function = pick(lambda f: f["params"] and f["params"][0]["type"]["pointer"])
    function["params"][0]["type"]["pointer"] += 1
    yield "a pointer too many", bad
    bad, function = pick(lambda f: len(f["params"]) > 2)
    del function["params"][1]
    yield "a parameter lost", bad
    bad, function = pick(lambda f: True)
    bad["functions"].remove(function)
    yield "a function lost", bad
    bad, function = pick(lambda f: f["inline"])
    function["inline"] = False
    yield "inline lost", bad
    bad, function = pick(lambda f: any(p["type"]["function"] for p in f["params"]))
    kind = next(p["type"] for p in function["params"] if p["type"]["function"])
    kind["function"]["params"].pop()
    yield "a callback's parameter lost", bad
    bad = copy.deepcopy(api)
    next(t for t in bad["types"] if len(t["fields"]) > 1)["fields"].pop()
    yield "a member lost", bad
    bad = copy.deepcopy(api)
    next(t for t in bad["types"] if t["values"])["values"].pop()
    yield "an enumerator lost", bad


def main(words):
    signal.alarm(TIMEOUT)
    self_test = "--self-test" in words
    flags = shlex.split(os.environ.get("CPPFLAGS", "")) + [w for w in words if w != "--self-test"]
    folder = tempfile.mkdtemp(prefix="check-parse-")
    try:
        out, umbrella = os.path.join(folder, "api.json"), os.path.join(folder, "all.c")
        if subprocess.call([sys.executable, "-B", PARSE, "--out", out, "--"]
                           + shlex.split(os.environ.get("CC") or "cc") + flags) != 0:
            print("the reader fails")
            return 1
        with open(out) as file:
            api = json.load(file)
        with open(umbrella, "w") as file:
            names = [h["name"] for h in api["headers"] if h["public"]]
            names.sort(key=lambda name: (name != "psa/crypto.h", name))
            file.write("".join("#include <%s>\n" % name for name in names))
        paths = {os.path.realpath(h["path"]): h["name"] for h in api["headers"]}
        try:
            clang = Clang(umbrella, flags, paths)
        except cindex.LibclangError as error:
            print("skipped: libclang does not load: %s" % error)
            return 77
    finally:
        shutil.rmtree(folder)
    if clang.errors:
        print("\n".join(["libclang cannot read the headers:"] + clang.errors))
        return 1
    problems = compare(api, clang)
    if self_test:
        problems += ["not noticed: " + what for what, bad in spoil(api)
                     if not set(compare(bad, clang)) - set(problems)]
    print("\n".join(problems + ["%d functions, %d types, %d problems" % (
        len(clang.functions), len(clang.records), len(problems))]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
