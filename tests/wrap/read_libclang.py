# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads the headers with libclang. Knows nothing of src/gen."""
import shutil
import subprocess

import clang.cindex as cindex
from clang.cindex import CursorKind, StorageClass, TypeKind

NAME = "libclang"
ARRAYS = (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY)


def usable():
    """Whether the library itself is there, too."""
    try:
        cindex.Index.create()
    except cindex.LibclangError:
        return False
    return True


def parse(umbrella, flags):
    """The translation unit. A libclang that misses the compiler's own headers is told where they are."""
    more = []
    for attempt in range(2):
        unit = cindex.Index.create().parse(umbrella, args=["-x", "c", "-w"] + flags + more)
        errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
        if not errors:
            return unit
        if attempt == 0 and shutil.which("clang"):
            run = subprocess.run(["clang", "-print-resource-dir"], stdout=subprocess.PIPE,
                                 universal_newlines=True, check=False)
            more = ["-resource-dir", run.stdout.strip()]
    raise SystemExit("libclang: " + "\n".join(errors[:5]))


def parameter(kind, names):
    """(name of the struct that it points to or is, depth of pointers) of one parameter."""
    kind, depth = kind.get_canonical(), 0
    while True:
        if kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee()
        elif kind.kind in ARRAYS:
            kind = kind.element_type
        else:
            break
        depth += 1
    if kind.kind != TypeKind.RECORD:
        return None, depth
    return names.get(kind.get_declaration().get_usr()), depth


def comparisons(kind, place):
    """What is equal in equal values: ("scalar"|"bytes", member expression) of a struct."""
    kind = kind.get_canonical()
    if kind.kind == TypeKind.RECORD:
        fields = list(kind.get_fields())
        # An initialiser sets the first member of a union, and says nothing of the rest.
        if kind.get_declaration().kind == CursorKind.UNION_DECL:
            fields = fields[:1]
        return [c for field in fields for c in comparisons(field.type, place + [field.spelling])]
    return [("bytes" if kind.kind in ARRAYS else "scalar", ".".join(w for w in place if w))]


def read(umbrella, command, flags, wanted):
    """{function: {"inline", "params": [(struct, depth)], "value": None or (struct, comparisons)}}
    of the headers which wanted() accepts."""
    unit = parse(umbrella, flags)
    names, functions = {}, {}
    for cursor in unit.cursor.get_children():
        if cursor.kind != CursorKind.TYPEDEF_DECL:
            continue
        target = cursor.underlying_typedef_type.get_canonical()
        if target.kind == TypeKind.RECORD and target.get_declaration().is_definition() \
                or target.kind == TypeKind.RECORD and target.get_declaration().get_definition():
            names.setdefault(target.get_declaration().get_usr(), cursor.spelling)
    for cursor in unit.cursor.get_children():
        if cursor.kind != CursorKind.FUNCTION_DECL or cursor.location.file is None \
                or not wanted(cursor.location.file.name):
            continue
        found = functions.setdefault(cursor.spelling, {"inline": False})
        found["inline"] |= cursor.storage_class == StorageClass.STATIC
        kind = cursor.type.get_canonical()
        result = kind.get_result().get_canonical()
        found["value"] = None
        if result.kind == TypeKind.RECORD:
            found["value"] = (names.get(result.get_declaration().get_usr()), comparisons(result, []))
        found["params"] = [parameter(t, names) for t in kind.argument_types()] \
            if kind.kind == TypeKind.FUNCTIONPROTO else []
    return functions
