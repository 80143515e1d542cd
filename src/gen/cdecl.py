# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The grammar of C declarations, without a table of type names.

The one idea: in a declaration the first identifier that is not a keyword is the type and
the next one is the declared name, so a header can be read alone. What the grammar does not
know is an error at its line: nothing is skipped on a guess.
"""

from ctext import CError

STORAGE = frozenset("typedef extern static inline __inline __inline__ _Noreturn "
                    "_Thread_local __thread register auto".split())
QUALIFIERS = frozenset("const volatile restrict __restrict __restrict__ __const __volatile__ "
                       "_Atomic".split())
BUILTIN = frozenset("void char short int long float double signed unsigned _Bool __signed__ "
                    "_Complex __complex__ __int128 _Float128 __float128".split())
COMPOSITE = frozenset(("struct", "union", "enum"))
ATTRIBUTE = frozenset(("__attribute__", "__attribute", "__declspec", "_Alignas"))
ASM = frozenset(("asm", "__asm", "__asm__"))
TYPEOF = frozenset(("typeof", "__typeof__", "__typeof"))
ASSERT = frozenset(("_Static_assert", "static_assert"))
# Attributes that make another type of the one that is written.
TYPE_CHANGING = frozenset("mode __mode__ vector_size __vector_size__".split())
# Calling conventions change no types, and a re-declaration repeats them by header order.
IGNORED = frozenset(("__extension__", "__cdecl", "__stdcall"))
OPENING = {"(": ")", "[": "]", "{": "}"}


class Spec(object):
    """Declaration specifiers: what stands left of the declarators."""

    def __init__(self):
        self.storage = set()
        self.words = []          # the type as written, qualifiers included
        self.base = ""           # without qualifiers: "unsigned char", "struct x", "x_t"
        self.const = False
        self.changed = None      # an attribute that makes another type of it, as C text
        self.composite = None    # set when a tag or a body was written here
        self.attributes = set()


class Composite(object):
    """A struct, union or enum, with or without tag and body."""

    def __init__(self, kind, tag, where, doc):
        self.kind, self.tag, self.where, self.doc = kind, tag, where, doc
        self.body = False
        self.fields = []         # Decl, bits and nested composites included
        self.values = []


class Pointer(object):
    def __init__(self, quals):
        self.quals = quals


class Array(object):
    def __init__(self, bound):
        self.bound = bound


class Function(object):
    def __init__(self, params, variadic):
        self.params, self.variadic = params, variadic


class Decl(object):
    """One declared name: specifiers plus the chain of declarators from the name outwards."""

    def __init__(self, name, spec, chain, where, doc):
        self.name, self.spec, self.chain = name, spec, chain
        self.where, self.doc = where, doc
        self.bits = None
        self.body = False        # a function definition

    def chain_is_pointer(self):
        return any(isinstance(link, Pointer) for link in self.chain)


class Parser(object):
    """Recursive descent over a list of tokens."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0
        self.open_linkage = []   # where each  extern "C" {  was opened
        self.composites = []     # every struct, union and enum seen, in order
        self.typedefs = set()    # names of the typedefs so far
        self.prototype = 0       # how many parameter lists we are in

    # --- moving over tokens -------------------------------------------------------------

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else None

    def where(self):
        return self.tokens[min(self.at, len(self.tokens) - 1)].where

    def fail(self, message, where=None):
        raise CError(where or self.where(), message)

    def take(self, text=None):
        if self.at >= len(self.tokens):
            self.fail("the text ends here, inside a declaration")
        token = self.tokens[self.at]
        if text is not None and token.text != text:
            self.fail("expected '%s', found '%s'" % (text, token.text))
        self.at += 1
        return token

    def accept(self, text):
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def is_name(self, ahead=0):
        at = self.at + ahead
        if at >= len(self.tokens) or self.tokens[at].kind != "id":
            return False
        text = self.tokens[at].text
        return not (text in QUALIFIERS or text in BUILTIN or text in STORAGE
                    or text in COMPOSITE or text in ATTRIBUTE or text in ASM
                    or text in IGNORED)

    def balanced(self):
        """Take one bracketed group; returns its inner tokens' texts."""
        first = self.take()
        stack, inner = [OPENING[first.text]], []
        while stack:
            if self.at >= len(self.tokens):
                self.fail("'%s' is never closed" % first.text, first.where)
            token = self.take()
            if token.text in OPENING:
                stack.append(OPENING[token.text])
            elif token.text in (")", "]", "}"):
                if token.text != stack.pop():
                    self.fail("'%s' does not close the '%s' of line %d"
                              % (token.text, first.text, first.where.line), token.where)
            if stack:
                inner.append(token.text)
        return inner

    def expression(self, stops):
        """Take an expression up to, not including, one of `stops` outside brackets."""
        start, texts = self.where(), []
        while self.peek() not in stops:
            if self.peek() is None:
                self.fail("expected one of '%s'" % "' '".join(stops), start)
            if self.peek() in OPENING:
                opening = self.peek()
                texts += [opening] + self.balanced() + [OPENING[opening]]
            else:
                texts.append(self.take().text)
        return join(texts)

    def attributes(self, into):
        """Take attributes, asm labels and the words that change no type."""
        while True:
            text = self.peek()
            if text in ATTRIBUTE or text in ASM:
                self.take()
                into.update(self.balanced())
            elif text == "[" and self.peek(1) == "[":
                into.update(self.balanced())
            elif text in IGNORED:
                self.take()
            else:
                return

    # --- file scope ---------------------------------------------------------------------

    def translation_unit(self):
        """All declarations of the text, as a list of Decl."""
        out = []
        while self.at < len(self.tokens):
            text = self.peek()
            if text == ";":
                self.take()
            elif text == "extern" and self.tokens[self.at + 1:self.at + 2] \
                    and self.tokens[self.at + 1].kind == "str":
                where = self.take().where
                self.take()
                if self.accept("{"):
                    self.open_linkage.append(where)
            elif text == "}" and self.open_linkage:
                self.take()
                self.open_linkage.pop()
            else:
                out += self.declaration()
        if self.open_linkage:
            self.fail("'extern \"C\" {' is never closed", self.open_linkage[-1])
        return out

    def declaration(self):
        """One declaration at file scope, which may declare several names or none."""
        first = self.tokens[self.at]
        if self.static_assert():
            return []
        spec = self.specifiers()
        out = []
        if self.accept(";"):
            if spec.composite is None:
                self.fail("declares nothing", first.where)
            return [Decl(None, spec, [], first.where, first.doc)]
        while True:
            decl = self.declarator_of(spec, first.doc)
            if "typedef" in spec.storage:
                self.typedefs.add(decl.name)
            if self.peek() == "{":
                if not (decl.chain and isinstance(decl.chain[0], Function)):
                    self.fail("a body after '%s', which is no function" % decl.name)
                self.balanced()
                decl.body = True
                return out + [decl]
            if self.accept("="):
                self.expression((",", ";"))
            out.append(decl)
            if self.accept(";"):
                return out
            if not self.accept(","):
                self.fail("expected ';' after the declaration of '%s', found '%s'"
                          % (decl.name, self.peek()))

    def static_assert(self):
        if self.peek() in ASSERT or self.peek() in ASM:
            self.take()
            self.balanced()
            self.take(";")
            return True
        return False

    def declarator_of(self, spec, doc):
        name, chain, where = self.declarator(named=True)
        start = self.at
        self.attributes(spec.attributes)
        if spec.attributes & TYPE_CHANGING:
            spec.changed = join(token.text for token in self.tokens[start:self.at])
            if not spec.changed or "typedef" not in spec.storage:
                self.fail("'%s': this attribute is understood only after the name of a typedef"
                          % name)
        return Decl(name, spec, chain, where, doc)

    # --- specifiers -----------------------------------------------------------------------

    def specifiers(self):
        spec, base = Spec(), []
        start = self.where()
        while True:
            self.attributes(spec.attributes)
            text = self.peek()
            if text in STORAGE:
                spec.storage.add(self.take().text)
            elif text in QUALIFIERS:
                self.take()
                spec.const = spec.const or text in ("const", "__const")
                spec.words.append(text)
            elif text in BUILTIN and (not base or base[-1] in BUILTIN):
                base.append(self.take().text)
                spec.words.append(text)
            elif text in COMPOSITE and not base:
                spec.composite = self.composite()
                base = [text, spec.composite.tag] if spec.composite.tag else [text]
                spec.words += base
            elif text in TYPEOF and not base:
                self.take()
                base = ["__typeof__(%s)" % join(self.balanced())]
                spec.words += base
            elif not base and self.is_name():
                base = [self.take().text]
                spec.words += base
            else:
                break
        if not base:
            self.fail("no declaration starts with '%s'" % self.peek(), start)
        spec.base = " ".join(base)
        return spec

    def composite(self):
        first = self.take()
        attributes = set()
        self.attributes(attributes)
        tag = self.take().text if self.is_name() else None
        out = Composite(first.text, tag, first.where, first.doc)
        if self.peek() == "{":
            out.body = True
            if first.text == "enum":
                self.enumerators(out)
            else:
                self.members(out)
        elif tag is None:
            self.fail("'%s' with neither a tag nor a body" % first.text, first.where)
        # A tag first met in a parameter list names nothing outside it.
        if out.body or not self.prototype:
            self.composites.append(out)
        return out

    def members(self, out):
        opened = self.take("{").where
        while not self.accept("}"):
            if self.at >= len(self.tokens):
                self.fail("'{' of '%s %s' is never closed" % (out.kind, out.tag or ""), opened)
            if self.accept(";") or self.static_assert():
                continue
            first = self.tokens[self.at]
            spec = self.specifiers()
            if self.accept(";"):
                if spec.composite is None:
                    self.fail("a member without a name")
                out.fields.append(Decl(None, spec, [], first.where, first.doc))
                continue
            while True:
                out.fields.append(self.member(spec, first))
                if not self.accept(","):
                    break
            if self.peek() != ";":
                self.fail("expected ';' after a member of '%s %s', found '%s'"
                          % (out.kind, out.tag or "", self.peek()))
            self.take(";")

    def member(self, spec, first):
        if self.peek() == ":":
            decl = Decl("", spec, [], first.where, first.doc)
        else:
            decl = self.declarator_of(spec, first.doc)
        if self.accept(":"):
            decl.bits = self.expression((",", ";"))
        self.attributes(spec.attributes)
        return decl

    def enumerators(self, out):
        opened = self.take("{").where
        while not self.accept("}"):
            if not self.is_name():
                self.fail("expected an enumerator, found '%s'" % self.peek(), opened
                          if self.peek() is None else None)
            out.values.append(self.take().text)
            self.attributes(set())
            if self.accept("="):
                self.expression((",", "}"))
            if self.peek() != "}":
                self.take(",")

    # --- declarators ------------------------------------------------------------------------

    def declarator(self, named):
        """(name, chain, where); the chain runs from the name outwards."""
        pointers = []
        while True:
            self.attributes(set())
            if not self.accept("*"):
                break
            quals = []
            while self.peek() in QUALIFIERS or self.peek() in ATTRIBUTE:
                self.attributes(set())
                if self.peek() in QUALIFIERS:
                    quals.append(self.take().text)
            pointers.append(Pointer(quals))
        name, where, chain = None, self.where(), []
        if self.is_name():
            name = self.take().text
        elif self.peek() == "(" and self.starts_declarator(named):
            self.take("(")
            name, chain, where = self.declarator(named)
            self.take(")")
        elif named:
            self.fail("expected a name, found '%s'" % self.peek())
        chain = chain + self.suffixes()
        return name, chain + pointers[::-1], where

    def starts_declarator(self, named):
        """Whether '(' opens a declarator rather than a parameter list."""
        text = self.peek(1)
        if named or text in ("*", "(") or text in ATTRIBUTE or text in IGNORED:
            return True
        if self.is_name(1) and self.peek(2) == ")":
            if self.peek(3) in ("(", "["):
                return True
            if text not in self.typedefs:
                self.fail("'(%s)' may be a name or a parameter list" % text)
        return False

    def suffixes(self):
        chain = []
        while True:
            if self.peek() == "[" and self.peek(1) != "[":
                chain.append(Array(join(self.balanced())))
            elif self.peek() == "(":
                chain.append(self.parameters())
            else:
                return chain

    def parameters(self):
        opened = self.take("(").where
        params, variadic = [], False
        if self.accept(")"):
            return Function(params, variadic)
        self.prototype += 1
        while True:
            if self.accept("..."):
                variadic = True
            else:
                params.append(self.parameter())
            if self.accept(")"):
                break
            if self.peek() != ",":
                self.fail("expected ',' or ')' in the parameters, found '%s'" % self.peek(),
                          opened if self.peek() is None else None)
            self.take(",")
        self.prototype -= 1
        if len(params) == 1 and params[0].name is None and not params[0].chain \
                and params[0].spec.base == "void":
            params = []
        if any(p.spec.base == "void" and not p.chain for p in params):
            self.fail("a parameter of type void", opened)
        return Function(params, variadic)

    def parameter(self):
        first = self.tokens[self.at] if self.at < len(self.tokens) else self.take()
        spec = self.specifiers()
        name, chain, where = self.declarator(named=False)
        self.attributes(spec.attributes)
        return Decl(name, spec, chain, where if name else first.where, "")


TIGHT_BEFORE = frozenset(") ] , ;".split())
TIGHT_AFTER = frozenset("( [ ~ !".split())


def join(texts):
    """Token texts -> C text with spaces where they keep tokens apart or ease reading."""
    out = ""
    for text in texts:
        glued = not out or text in TIGHT_BEFORE or out[-1] in TIGHT_AFTER \
            or (text in ("(", "[") and (out[-1].isalnum() or out[-1] in "_])"))
        out += text if glued else " " + text
    return out
