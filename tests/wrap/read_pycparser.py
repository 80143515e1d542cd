# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads the headers with pycparser, where there is no libclang. Knows nothing of src/gen."""
import subprocess

from pycparser import c_ast, c_parser

NAME = "pycparser"

# What C compilers add to the language, said in plain C.
PLAIN = ["-D__attribute__(x)=", "-D__extension__=", "-D__restrict=", "-D__inline=inline",
         "-D__inline__=inline", "-D__asm__(x)=", "-D__builtin_va_list=int", "-D_Noreturn=",
         "-D__volatile__=volatile", "-D__const=const", "-D__signed__=signed", "-D_Float128=double",
         "-D_Float64x=double", "-D_Float64=double", "-D_Float32x=double", "-D_Float32=float",
         "-D__float128=double", "-D__typeof__(x)=int", "-D_Static_assert(a,b)=",
         "-U_FORTIFY_SOURCE", "-O0"]


def usable():
    return True


class Reader:
    """What the typedefs of one translation unit say."""

    def __init__(self, tree):
        self.typedefs = {}
        self.complete = {}
        self.names = {}
        for node in tree.ext:
            if isinstance(node, c_ast.Typedef):
                self.typedefs[node.name] = node.type
            self.note_structs(node)
        for name, kind in self.typedefs.items():
            struct, depth = self.resolve(kind)
            if struct is not None and depth == 0 and struct in self.complete:
                self.names.setdefault(struct, name)

    def note_structs(self, node):
        kind = node.type if isinstance(node, (c_ast.Typedef, c_ast.Decl)) else None
        while isinstance(kind, (c_ast.TypeDecl, c_ast.PtrDecl)):
            kind = kind.type
        if isinstance(kind, (c_ast.Struct, c_ast.Union)) and kind.decls is not None:
            self.complete[self.key(kind)] = kind

    @staticmethod
    def key(struct):
        """A struct without a tag is known by where it stands."""
        return struct.name or "%s:%d" % (struct.coord.file, struct.coord.line)

    def resolve(self, kind):
        """(key of a struct or None, depth of pointers)."""
        depth = 0
        while True:
            if isinstance(kind, (c_ast.PtrDecl, c_ast.ArrayDecl)):
                depth, kind = depth + 1, kind.type
            elif isinstance(kind, (c_ast.TypeDecl, c_ast.Typename)):
                kind = kind.type
            elif isinstance(kind, c_ast.IdentifierType):
                if len(kind.names) != 1 or kind.names[0] not in self.typedefs:
                    return None, depth
                kind = self.typedefs[kind.names[0]]
            elif isinstance(kind, (c_ast.Struct, c_ast.Union)):
                return self.key(kind), depth
            else:
                return None, depth

    def function_of(self, kind):
        """The function type behind a declaration, which a typedef may give."""
        while isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.IdentifierType) \
                and kind.type.names[0] in self.typedefs:
            kind = self.typedefs[kind.type.names[0]]
        return kind if isinstance(kind, c_ast.FuncDecl) else None

    def comparisons(self, kind, place):
        """What is equal in equal values: ("scalar"|"bytes", member expression) of a struct."""
        struct, depth = self.resolve(kind)
        if struct is not None and depth == 0:
            node = self.complete.get(struct) or self.body_of(kind)
            members = node.decls
            # An initialiser sets the first member of a union, and says nothing of the rest.
            if isinstance(node, c_ast.Union):
                members = members[:1]
            return [c for m in members for c in self.comparisons(m.type, place + [m.name])]
        while isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.IdentifierType) \
                and kind.type.names[0] in self.typedefs:
            kind = self.typedefs[kind.type.names[0]]
        return [("bytes" if isinstance(kind, c_ast.ArrayDecl) else "scalar",
                 ".".join(w for w in place if w))]

    @staticmethod
    def body_of(kind):
        """A struct that is declared inside another one."""
        while isinstance(kind, c_ast.TypeDecl):
            kind = kind.type
        return kind

    def value(self, function):
        struct, depth = self.resolve(function.type)
        if struct is None or depth != 0:
            return None
        return self.names.get(struct), self.comparisons(function.type, [])

    def parameters(self, function):
        found = []
        for param in function.args.params if function.args else []:
            if isinstance(param, c_ast.EllipsisParam):
                continue
            struct, depth = self.resolve(param.type)
            found.append((self.names.get(struct), depth))
        is_void = len(found) == 1 and found[0] == (None, 0) \
            and getattr(getattr(function.args.params[0].type, "type", None), "names", None) == ["void"]
        return [] if is_void else found


def read(umbrella, command, flags, wanted):
    """{function: {"inline", "params": [(struct, depth)], "value": None or (struct, comparisons)}}
    of the headers which wanted() accepts."""
    run = subprocess.run(command + flags + PLAIN + ["-E", umbrella], stdout=subprocess.PIPE,
                         universal_newlines=True, check=True)
    tree = c_parser.CParser().parse(run.stdout, umbrella)
    reader, functions = Reader(tree), {}
    for node in tree.ext:
        inline = isinstance(node, c_ast.FuncDef)
        decl = node.decl if inline else node
        if not isinstance(decl, c_ast.Decl) or decl.name is None or "extern" in decl.storage:
            continue
        function = reader.function_of(decl.type)
        if function is None or not wanted(decl.coord.file):
            continue
        found = functions.setdefault(decl.name, {"inline": False})
        found["inline"] |= "static" in decl.storage
        found["params"] = reader.parameters(function)
        found["value"] = reader.value(function)
    return functions
