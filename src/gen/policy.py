# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads the policy: the only place where a lock decision is written.

A line is `VERB PATTERN... key=value... [since=V] [before=V] [if=MACRO] [unless=MACRO] -- reason`;
lines that start with white space continue the one before. docs/policy.md explains every word.
"""
import fnmatch
import os
import re

VERBS = {
    "header": {"skip", "access"},
    "member": {"use"},
    "type": {"rank", "bare", "not-context", "follow", "extra", "init-args"},
    "call": {
        "decision", "mode", "null", "nonnull", "fail", "keep", "keep-call", "release", "role",
        "callback", "in-callback", "calls-out", "quiet", "may-wait", "result", "guard", "out",
        "signature", "copies", "first", "keeps-nothing", "raw", "doc",
    },
    "variable": {"decision", "doc"},
    "macro": {"initializer"},
}
CONDITIONS = {"since", "before", "if", "unless", "inline"}
REPEATABLE = {"keep", "keep-call", "role", "callback", "mode", "out", "null", "nonnull"}


class PolicyError(Exception):
    """A fault in a policy file, with its place."""


class Line:
    """One line of the policy, with what it matched so far."""

    def __init__(self, where, verb, patterns, attributes, conditions, reason):
        self.where = where
        self.verb = verb
        self.patterns = patterns
        self.attributes = attributes
        self.conditions = conditions
        self.reason = reason
        self.used = False

    def matches(self, name):
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)

    def weight(self, name):
        """How closely the line names it: the literal characters of its longest matching pattern."""
        return max(len(re.sub(r"[*?]|\[[^]]*\]", "", pattern)) for pattern in self.patterns
                   if fnmatch.fnmatchcase(name, pattern))


def version_key(text):
    parts = [int(part) for part in text.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def applies(line, api, inline):
    """Whether the conditions of a line hold for this Mbed TLS and this function."""
    version = version_key(api["version"]["string"])
    conditions = line.conditions
    if "since" in conditions and version < version_key(conditions["since"]):
        return False
    if "before" in conditions and version >= version_key(conditions["before"]):
        return False
    if "if" in conditions and not any(m in api["config"] for m in conditions["if"].split("|")):
        return False
    if "unless" in conditions and any(m in api["config"] for m in conditions["unless"].split("|")):
        return False
    if "inline" in conditions and (conditions["inline"] == "yes") != bool(inline):
        return False
    return True


def parse_line(where, text):
    body, separator, reason = text.partition(" -- ")
    if not separator or not reason.strip():
        raise PolicyError("%s: a line needs ' -- ' and a reason" % where)
    words = body.split()
    verb = words[0]
    if verb not in VERBS:
        raise PolicyError("%s: unknown verb '%s'" % (where, verb))
    patterns, attributes, conditions = [], {}, {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if key in CONDITIONS and equals:
            conditions[key] = value
        elif key in VERBS[verb]:
            if key in REPEATABLE:
                attributes.setdefault(key, []).extend(value.split(",") if equals else [""])
            elif key in attributes:
                raise PolicyError("%s: '%s' stands twice" % (where, key))
            else:
                attributes[key] = value.replace("~", " ") if equals else True
        elif equals:
            raise PolicyError("%s: '%s' is no word of '%s'" % (where, key, verb))
        elif re.match(r"^[\w*?\[\]/.-]+$", word):
            patterns.append(word)
        else:
            raise PolicyError("%s: cannot read '%s'" % (where, word))
    if not patterns:
        raise PolicyError("%s: names nothing" % where)
    if not attributes:
        raise PolicyError("%s: decides nothing" % where)
    return Line(where, verb, patterns, attributes, conditions, " ".join(reason.split()))


def read_file(path):
    lines, start, pending = [], 0, ""
    shown = os.path.basename(path)
    with open(path, encoding="utf-8") as stream:
        for number, text in enumerate(stream, 1):
            text = text.rstrip("\n")
            if text.startswith("#") or not text.strip():
                continue
            if text[0].isspace():
                if not pending:
                    raise PolicyError("%s:%d: continues nothing" % (shown, number))
                pending += " " + text.strip()
                continue
            if pending:
                lines.append(parse_line("%s:%d" % (shown, start), pending))
            start, pending = number, text
    if pending:
        lines.append(parse_line("%s:%d" % (shown, start), pending))
    return lines


class Policy:
    """All lines of all files, asked by verb and name."""

    def __init__(self, paths):
        self.lines = []
        for path in paths:
            self.lines.extend(read_file(path))

    @classmethod
    def from_directory(cls, directory):
        names = sorted(n for n in os.listdir(directory) if n.endswith(".policy"))
        return cls([os.path.join(directory, name) for name in names])

    def ask(self, verb, name, api, inline=False):
        """Merge what the lines say of one name; the closer pattern wins.

        Returns (attributes, reasons). Lists of lines of equal weight add up; other disagreement
        between lines of equal weight is an error.
        """
        merged, weight, origin, reasons = {}, {}, {}, []
        for line in self.lines:
            if line.verb != verb or not line.matches(name):
                continue
            if not applies(line, api, inline):
                continue
            line.used = True
            this = line.weight(name)
            for key, value in line.attributes.items():
                if key in merged and weight[key] == this and key in REPEATABLE:
                    value = merged[key] + [item for item in value if item not in merged[key]]
                elif key in merged and weight[key] == this and merged[key] != value:
                    raise PolicyError("%s: contradicts %s on '%s' of %s"
                                      % (line.where, origin[key], key, name))
                if key not in merged or this >= weight[key]:
                    merged[key], weight[key], origin[key] = value, this, line.where
            reasons.append((this, line.where, line.reason))
        reasons.sort(key=lambda item: -item[0])
        return merged, reasons

    def unused(self):
        return [line for line in self.lines if not line.used]
