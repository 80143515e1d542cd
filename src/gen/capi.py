# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Turn the declarations of the headers into the neutral description that api.json holds.

The one idea: every type is told twice, as written (so that it can be declared again) and as
resolved (so that two spellings of one structure are one name).

A type is
  text              as written; %s where the name goes if that is not at the end
  base, resolved    what is at the bottom, as written and with aliases followed; "" for a
                    pointer to a function that is written out
  pointer           pointer depth as written; an array's bounds are told beside the type, in
                    `array` of the parameter, member or variable, and are not counted
  resolved_pointer  only if aliases add pointers: the depth with them
  const             whether what is at the bottom is const
  pointee_array     only for a pointer to an array: its bounds
  function          of a pointer to a function: result, parameters, variadic, and the typedef
                    it was named by, if any

Members of nameless inner structures stand among the outer ones, as outer.inner or, where the
outer member has no name either, as inner; `within` lists the kinds that enclose them. A
structure without a typedef is named "struct tag", an enumeration without any name "".
"""

import re

from cdecl import Array, Decl, Function, Pointer
from ctext import CError

OURS = re.compile(r"(?:struct |union |enum )?(?:mbedtls|psa|tf_psa)_")


def declare(words, chain, name):
    """C text that declares `name` (which may be empty) with this type."""
    text, pointer = name, False
    for link in chain:
        if isinstance(link, Pointer):
            quals = " ".join(link.quals)
            text = "*" + quals + (" " if quals and text else "") + text
            pointer = True
            continue
        if pointer:
            text = "(" + text + ")"
        pointer = False
        if isinstance(link, Array):
            text += "[" + link.bound + "]"
        else:
            text += "(" + parameter_text(link) + ")"
    return " ".join(words) + (" " + text if text else "")


def parameter_text(function, names=False):
    texts = [declare(p.spec.words, p.chain, (p.name or "") if names else "")
             for p in function.params]
    return ", ".join(texts + ["..."] * function.variadic) or "void"


def leading(chain, kind):
    """How many links at the start of the chain are of this kind."""
    count = 0
    while count < len(chain) and isinstance(chain[count], kind):
        count += 1
    return count


def bounds(chain):
    return "".join("[" + link.bound + "]" for link in chain) or None


def name_parameters(function):
    """Give every parameter of a function a name; prototypes may leave them out."""
    taken = set(p.name for p in function.params if p.name)
    for index, param in enumerate(function.params):
        if not param.name:
            name = "p%d" % index
            while name in taken:
                name += "_"
            taken.add(name)
            param.name = name


class Types(object):
    """The type names of the headers, and what each stands for."""

    def __init__(self, decls, composites):
        self.typedefs = {}       # name -> Decl, the first of several equal ones
        self.tags = {}           # "struct x" -> Composite, the one with the body if any
        self.canonical = {}      # "struct x" -> its first typedef name
        self.errors = []
        for comp in composites:
            key = "%s %s" % (comp.kind, comp.tag)
            if comp.tag and (key not in self.tags or comp.body):
                self.tags[key] = comp
        for decl in decls:
            if "typedef" in decl.spec.storage and decl.name not in self.typedefs:
                self.typedefs[decl.name] = decl
                if not decl.chain and decl.spec.composite and decl.spec.composite.tag:
                    self.canonical.setdefault(decl.spec.base, decl.name)

    def bottom(self, base):
        """Follow aliases: (resolved name, pointers passed, const met, function Decl or None).

        It stops at a structure, a scalar, what is more than a chain of pointers, and a typedef
        whose attribute makes another type.
        """
        depth, const = 0, False
        while base in self.typedefs:
            decl = self.typedefs[base]
            if decl.spec.changed:
                break
            pointers = leading(decl.chain, Pointer)
            depth += pointers
            if pointers < len(decl.chain):
                is_function = isinstance(decl.chain[pointers], Function)
                return base, depth, const, decl if is_function else None
            if decl.spec.composite and not decl.spec.composite.tag:
                return base, depth, const, None
            const = const or decl.spec.const
            base = decl.spec.base
        return self.canonical.get(base, base), depth, const, None

    def describe(self, spec, chain, where, owner):
        """The TYPE of api.json. `where` and `owner` are for the messages only."""
        pointers = leading(chain, Pointer)
        rest = chain[pointers:]
        out = {"text": declare(spec.words, chain, "%s" if rest else ""),
               "base": spec.base, "resolved": spec.base, "pointer": pointers,
               "const": spec.const, "function": None}
        if rest and isinstance(rest[0], Function):
            out["base"] = out["resolved"] = ""
            out["const"] = False
            out["function"] = self.function(spec, rest, where, owner, None)
            return out
        if rest:
            out["pointee_array"] = bounds(rest[:leading(rest, Array)])
            if not all(isinstance(link, Array) for link in rest):
                self.errors.append(CError(where, "%s: the type '%s' is too intricate"
                                          % (owner, out["text"])))
        self.check_known(spec.base, where, owner)
        resolved, depth, const, function = self.bottom(spec.base)
        out["resolved"] = resolved
        if depth:
            out["resolved_pointer"] = pointers + depth
        if const:
            out["const"] = True
        if function is not None:
            inner = function.chain[leading(function.chain, Pointer):]
            out["function"] = self.function(function.spec, inner, where, owner, spec.base)
        return out

    def function(self, spec, chain, where, owner, typedef):
        return {"returns": self.describe(spec, chain[1:], where, owner),
                "params": [self.parameter(p, owner) for p in chain[0].params],
                "variadic": chain[0].variadic, "typedef": typedef}

    def parameter(self, decl, owner):
        out = self.named(decl, owner)
        if decl.chain and isinstance(decl.chain[0], Function):
            # A parameter of function type is a pointer to the function.
            out["type"] = self.describe(decl.spec, [Pointer([])] + decl.chain, decl.where, owner)
        return out

    def named(self, decl, owner):
        """Name, type and array bounds of a parameter or member."""
        arrays = leading(decl.chain, Array)
        return {"name": decl.name,
                "type": self.describe(decl.spec, decl.chain[arrays:], decl.where, owner),
                "array": bounds(decl.chain[:arrays])}

    def check_known(self, base, where, owner):
        """A type of the library that no header declares would be wrapped as if it were plain."""
        if OURS.match(base) and base not in self.typedefs and base not in self.tags:
            self.errors.append(CError(where, "%s: unknown type '%s' (a header that declares it "
                                      "must be named *_alt.h or lie in an --include-dir)"
                                      % (owner, base)))

    # --- the list of types ------------------------------------------------------------------

    def entries(self, decls):
        out = []
        for name, decl in self.typedefs.items():
            out.append(self.typedef_entry(name, decl))
        for key, comp in self.tags.items():
            # The mere mention of a foreign tag (struct tm *) is no type of the headers.
            if key not in self.canonical and (comp.body or OURS.match(key)):
                out.append(self.composite_entry(key, comp, comp.where, comp.doc))
        for decl in decls:
            if decl.name is None and not decl.spec.composite.tag:
                comp = decl.spec.composite
                out.append(self.composite_entry("", comp, decl.where, decl.doc))
        return out

    def typedef_entry(self, name, decl):
        spec, chain = decl.spec, decl.chain
        comp = spec.composite
        if comp and not chain and (not comp.tag or self.canonical[spec.base] == name):
            comp = self.tags[spec.base] if comp.tag else comp
            return self.composite_entry(name, comp, decl.where, decl.doc or comp.doc)
        out = {"name": name, "kind": "alias", "tag": None, "where": decl.where,
               "complete": True, "target": None, "fields": [], "values": [], "doc": decl.doc}
        if chain and isinstance(chain[0], Function):
            out["kind"] = "function"
            out["function"] = self.function(spec, chain, decl.where, name, None)
        else:
            arrays = leading(chain, Array)
            out["target"] = self.describe(spec, chain[arrays:], decl.where, name)
            out["array"] = bounds(chain[:arrays])
            out["attribute"] = spec.changed
        return out

    def composite_entry(self, name, comp, where, doc):
        return {"name": name, "kind": comp.kind if comp.body else "opaque", "tag": comp.tag,
                "where": where, "complete": comp.body, "target": None,
                "fields": list(self.fields(comp, "", (), name)), "values": comp.values,
                "doc": doc}

    def fields(self, comp, prefix, within, owner):
        """Members, with those of nameless inner structures and unions in their place."""
        for decl in comp.fields:
            inner = decl.spec.composite
            if inner and inner.kind != "enum" and inner.body and not inner.tag \
                    and not decl.chain_is_pointer():
                path = prefix
                if decl.name:
                    path += decl.name + "[]" * len(decl.chain) + "."
                for field in self.fields(inner, path, within + (inner.kind,), owner):
                    yield field
                continue
            field = self.named(decl, owner)
            field["name"] = prefix + (decl.name or "")
            field["bits"] = decl.bits
            field["within"] = list(within)
            yield field


class Functions(object):
    """Functions and variables, each once, whatever number of times it is declared."""

    def __init__(self, types, decls):
        self.types = types
        self.functions, self.variables = {}, {}
        for decl in decls:
            if decl.name is None or "typedef" in decl.spec.storage:
                continue
            is_function = bool(decl.chain) and isinstance(decl.chain[0], Function)
            typedef = None
            if not decl.chain:
                function = types.bottom(decl.spec.base)[3]
                if function is not None and isinstance(function.chain[0], Function):
                    typedef = decl.spec.base
                    is_function = True
            if is_function:
                self.add_function(decl, typedef)
            else:
                self.add_variable(decl)

    def add_function(self, decl, typedef):
        attributes, storage = decl.spec.attributes, decl.spec.storage
        entry = self.functions.get(decl.name)
        if entry is None:
            shape = self.types.bottom(typedef)[3] if typedef else decl
            shape = Decl(decl.name, shape.spec, shape.chain, decl.where, decl.doc)
            name_parameters(shape.chain[0])
            described = self.types.function(shape.spec, shape.chain, decl.where, decl.name, None)
            entry = self.functions[decl.name] = {
                "name": decl.name, "where": decl.where, "returns": described["returns"],
                "params": described["params"], "variadic": described["variadic"],
                "inline": False, "deprecated": False, "must_check": False,
                "function_typedef": typedef, "doc": "", "decl": prototype(shape)}
        entry["inline"] = entry["inline"] or "static" in storage
        entry["deprecated"] = entry["deprecated"] or bool(
            attributes & {"deprecated", "__deprecated__"})
        entry["must_check"] = entry["must_check"] or bool(
            attributes & {"warn_unused_result", "__warn_unused_result__", "nodiscard"})
        entry["doc"] = entry["doc"] or decl.doc

    def add_variable(self, decl):
        if decl.name in self.variables:
            return
        entry = self.types.named(decl, decl.name)
        # An array is const as its elements are: pointers by their own word.
        element = next((part for part in decl.chain if isinstance(part, Pointer)), None)
        entry["const"] = "const" in element.quals if element is not None else decl.spec.const
        entry["where"] = decl.where
        self.variables[decl.name] = entry


def prototype(decl):
    """The declaration as C text, parameters named, without storage class and attributes."""
    function = decl.chain[0]
    head = "%s(%s)" % (decl.name, parameter_text(function, names=True))
    return declare(decl.spec.words, decl.chain[1:], head)
