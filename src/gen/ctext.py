# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Cut preprocessor output into pieces of known origin, and pieces into tokens.

The one idea: the preprocessor says in its line markers which file every line came from, so
a reader that only wants the library's text need never look at the rest. System headers,
with their compiler builtins and fortified inlines, are cut away before a token is made.
"""

import collections
import re


class CError(Exception):
    """A place in a header, and what is wrong there."""

    def __init__(self, where, message):
        Exception.__init__(self, message)
        self.where = where
        self.message = message


Where = collections.namedtuple("Where", "header line")

# One run of lines of one file. `path` is spelled as in the line marker.
Piece = collections.namedtuple("Piece", "path line text")

# A #define or #undef as the preprocessor repeats it; params is None for an object-like
# macro, value is None for an #undef.
Directive = collections.namedtuple("Directive", "path line name params value")

# kind: id, num, str, chr or op. where: a Where. doc: the documentation comment right before it.
Token = collections.namedtuple("Token", "kind text where doc")

MARKER = re.compile(r'^#[ \t]*(?:line\s+)?(\d+)\s+"((?:[^"\\\n]|\\.)*)"', re.M)
DEFINE = re.compile(r"#\s*define\s+(\w+)(\(([^)]*)\))?(.*)")
UNDEF = re.compile(r"#\s*undef\s+(\w+)")
COMMENT_OR_LITERAL = re.compile(
    r"""(?P<open>/\*) | //[^\n]* | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'""", re.X)
# Left where a directive was: a comment before it documented the directive.
CUT = "//#"
# Compilers write \\ for a backslash and octal for bytes outside ASCII.
ESCAPE = re.compile(r'\\([0-7]{3}|.)')

TOKEN = re.compile(r"""
      (?P<ws>      \s+ )
    | (?P<comment> /\*.*?\*/ | //[^\n]* )
    | (?P<id>      [A-Za-z_$][\w$]* )
    | (?P<num>     \.?[0-9](?:[eEpP][+-]|[\w.])* )
    | (?P<str>     "(?:[^"\\\n]|\\.)*" )
    | (?P<chr>     '(?:[^'\\\n]|\\.)*' )
    | (?P<op>      \.\.\. | -> | << | >> | [-+*/%&|^~!<>=?:;,.(){}\[\]] )
    """, re.X | re.S)


def paths(text):
    """Every file that a line marker of the preprocessed text names."""
    return sorted(set(ESCAPE.sub(_unescape, match[1]) for match in MARKER.findall(text)))


def split(text):
    """Preprocessed text -> (pieces, directives, paths of all files), in the order of the text."""
    pieces, directives, files = [], [], {}
    path, first, line = "", 1, 1
    lines, in_comment = [], False

    def close():
        if lines:
            pieces.append(Piece(path, first, "\n".join(lines)))

    for raw in text.split("\n"):
        # Inside a comment nothing is a directive, whatever it looks like.
        if raw.startswith("#") and not in_comment:
            marker = MARKER.match(raw)
            if marker:
                close()
                path = ESCAPE.sub(_unescape, marker.group(2))
                files[path] = True
                first = line = int(marker.group(1))
                lines = []
                continue
            directive = _directive(raw, path, line)
            if directive:
                directives.append(directive)
            raw = CUT
        elif in_comment:
            end = raw.find("*/")
            in_comment = end < 0 or _ends_in_comment(raw[end + 2:])
        elif "/*" in raw:
            in_comment = _ends_in_comment(raw)
        lines.append(raw)
        line += 1
    close()
    return pieces, directives, list(files)


def _unescape(match):
    code = match.group(1)
    return chr(int(code, 8)) if len(code) == 3 else code


def _directive(raw, path, line):
    match = DEFINE.match(raw)
    if match:
        name, parens, params, value = match.groups()
        names = None
        if parens is not None:
            names = [p.strip() for p in params.split(",")] if params.strip() else []
        return Directive(path, line, name, names, value.strip())
    match = UNDEF.match(raw)
    return Directive(path, line, match.group(1), None, None) if match else None


def _ends_in_comment(text):
    """Whether a line that starts outside a comment ends inside one."""
    at = 0
    while True:
        match = COMMENT_OR_LITERAL.search(text, at)
        if not match:
            return False
        at = match.end()
        if match.group("open"):
            end = text.find("*/", at)
            if end < 0:
                return True
            at = end + 2


def tokens(piece, header, doc=""):
    """Tokens of one piece, each with the documentation comment right before it.

    Returns (tokens, doc): the comment left over at the end, for the next piece of the file.
    """
    out, line, at = [], piece.line, 0
    text, size = piece.text, len(piece.text)
    where = Where(header, line)
    while at < size:
        match = TOKEN.match(text, at)
        if match is None:
            raise CError(where, "stray %r" % text[at])
        at = match.end()
        kind, body = match.lastgroup, match.group()
        if kind == "ws" or kind == "comment":
            if body == CUT:
                doc = ""
            elif kind == "comment" and is_doc(body):
                doc = body
            breaks = body.count("\n")
            if breaks:
                line += breaks
                where = Where(header, line)
        else:
            out.append(Token(kind, body, where, doc))
            doc = ""
    return out, doc


GROUP_ONLY = re.compile(r"[\s*/!]*[\\@](?:[{}]|\}|file\b|defgroup\b|addtogroup\b|name\b)")


def is_doc(comment):
    """Whether a comment documents the declaration that follows it."""
    if not comment.startswith(("/**", "/*!", "///", "//!")) or comment.startswith("/**/"):
        return False
    if comment[3:4] == "<":
        return False
    return not GROUP_ONLY.match(comment, 2)


def strip_comments(text, keep=""):
    """The text with comments and literals blanked, line breaks kept.

    Literals that start with a character of `keep` stay.
    """
    def blank(match):
        body = match.group()
        return body if body[0] in keep else " " + "\n" * body.count("\n")
    return COMMENT_AND_LITERAL.sub(blank, text)


COMMENT_AND_LITERAL = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'""", re.X | re.S)
