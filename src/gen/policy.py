# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads the policy: the only place where a lock decision is written.

A line is `VERB PATTERN... key=value... [since=V] [before=V] [if=MACRO] [unless=MACRO] -- reason`;
lines that start with white space continue the one before. docs/policy.md explains every word.
"""
import fnmatch
import os
import re

RANKS = ("ssl", "config", "cert", "session", "pk", "key", "cache", "psa_operation", "psa_store",
         "psa_key", "value", "rng", "entropy", "leaf", "process", "allocator")
DECISIONS = ("guarded", "manual", "global", "plain", "excluded")
MODES = ("exclusive", "shared", "use", "shared-if-locked", "use-if-locked")
PSA_INSIDE = ("use-psa", "tls", "driver", "generator", "none")

FLAG = None
# What each word of each verb may say: FLAG, or the form of its value; a list takes several, comma-separated.
VERBS = {
    "header": {"skip": FLAG, "access": r"[\w.]+", "codes": r"[\w.]+", "switch": r"\w+"},
    "member": {"use": r".+"},
    "type": {
        "rank": "|".join(RANKS), "bare": FLAG, "not-context": FLAG, "follow": r"\w+",
        "extra": r"\w+:\w+:[\w/.]+(:\w+(:\w+)?)?",
        "before-free": r"\w+@[\w.]+", "init-args": r".+", "home": r"[\w/.-]+",
        "psa-inside": "|".join(PSA_INSIDE), "psa-asks": r"\w+@[\w.]+",
    },
    "call": {
        "decision": "|".join(DECISIONS), "mode": r"(%s)(:\w+)?" % "|".join(MODES),
        "null": r"\w+", "nonnull": r"\w+", "fail": r".+", "keep": r"\w+:\w+(:append)?",
        "keep-call": r"\w+:\w+:\w+(:append)?", "release": r"\w+(\+\w+)*",
        "release-first": r"\w+@[\w.]+", "role": r"\w+:\w+",
        "callback": r"\w+:(own|view|view-back):(stack|slot)(:\w+)?", "in-callback": FLAG,
        "calls-out": FLAG, "quiet": FLAG, "may-wait": FLAG, "keys-stay": FLAG,
        "waits-outside": FLAG, "wants-slots": FLAG,
        "result": "static|application|inside|guarded", "guard": r"\w+(:[\w-]+)?(\+\w+(:[\w-]+)?)*",
        "key": r"\w+(:shared)?", "new-key": r"\w+", "ends-key": r"\w+",
        "key-file": r"\w+(:\w+)?", "out": r"\w+:.+",
        "signature": r".+", "copies": FLAG, "first": r"\w+@[\w.]+(:\w+)?", "last": r"\w+@[\w.]+",
        "apart": r"\w+@[\w.]+", "if-zero": r"\w+@[\w.]+", "keeps-nothing": FLAG, "raw": FLAG,
        "doc": r".+", "psa-inside": "|".join(PSA_INSIDE), "psa-asks": r"\w+@[\w.]+",
    },
    "variable": {"decision": "manual|plain|excluded"},
    "macro": {"initializer": r"\w+"},
}
CONDITIONS = {"since": r"\d+(\.\d+)*", "before": r"\d+(\.\d+)*", "if": r"\w+(\|\w+)*",
              "unless": r"\w+(\|\w+)*", "inline": "yes|no"}
WILD = re.compile(r"[*?]|\[[^]]*\]")
LISTS = {"keep", "keep-call", "role", "callback", "mode", "out", "null", "nonnull", "switch", "first"}
# Words whose value, up to a colon, names a parameter; of others what stands behind the colon does.
NAMES_PARAMETER = {"keep", "role", "callback", "out", "null", "nonnull", "keep-call", "key",
                   "new-key", "ends-key", "key-file"}
NAMES_PARAMETER_BEHIND = {"mode", "first"}


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
        self.parameters = set()
        self.names = {pattern for pattern in patterns if not WILD.search(pattern)}
        self.globs = [(re.compile(fnmatch.translate(pattern)).match, len(WILD.sub("", pattern)))
                      for pattern in patterns if pattern not in self.names]

    def matches(self, name):
        return name in self.names or any(match(name) for match, _ in self.globs)

    def weight(self, name):
        """How closely the line names it: the literal characters of its longest matching pattern."""
        weights = [weight for match, weight in self.globs if match(name)]
        return max(weights + [len(name)] if name in self.names else weights)


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


def check_form(where, key, form, value):
    """A word is a flag or has a value of its form; anything else is a slip of the pen."""
    if form is FLAG:
        if value is not None:
            raise PolicyError("%s: '%s' takes no value" % (where, key))
        return
    if value is None or not re.match(r"(?:%s)\Z" % form, value):
        raise PolicyError("%s: '%s=%s' is not of the form %s" % (where, key, value or "", form))


def parse_word(where, verb, word, patterns, attributes, conditions):
    """File one word of a line as a condition, an attribute or a pattern."""
    key, equals, value = word.partition("=")
    value = value.replace("~", " ") if equals else None
    if key in CONDITIONS and equals:
        check_form(where, key, CONDITIONS[key], value)
        conditions[key] = value
    elif key in VERBS[verb]:
        form = VERBS[verb][key]
        if key in LISTS:
            for item in (value or "").split(","):
                check_form(where, key, form, item)
            attributes.setdefault(key, []).extend(value.split(","))
            return
        if key in attributes:
            raise PolicyError("%s: '%s' stands twice" % (where, key))
        check_form(where, key, form, value)
        attributes[key] = True if form is FLAG else value
    elif equals:
        raise PolicyError("%s: '%s' is no word of '%s'" % (where, key, verb))
    elif re.match(r"^[\w*?\[\]/.-]+$", word):
        patterns.append(word)
    else:
        raise PolicyError("%s: cannot read '%s'" % (where, word))


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
        parse_word(where, verb, word, patterns, attributes, conditions)
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


def add_up(key, old, new):
    """Two lists of one weight together, or None if two modes are given for one parameter."""
    together = old + [item for item in new if item not in old]
    if key == "mode":
        whose = [item.partition(":")[2] for item in together]
        if len(set(whose)) != len(whose):
            return None
    return together


def named_parameters(key, items):
    """The parameters that the value of a word names."""
    if key in NAMES_PARAMETER_BEHIND:
        return [item.partition(":")[2] for item in items if ":" in item]
    if key not in NAMES_PARAMETER:
        return []
    names = []
    for item in items if key in LISTS else [items]:
        words = item.split(":")
        names.append(words[0])
        if key == "keep-call" or (key == "callback" and len(words) > 3):
            names.append(words[1] if key == "keep-call" else words[3])
    return [name for name in names if not name.isdigit()]


class Policy:
    """All lines of all files, asked by verb and name."""

    def __init__(self, paths):
        self.lines = []
        for path in paths:
            self.lines.extend(read_file(path))
        # Most lines name what they are about: only those with a wildcard must be tried on a name.
        self.exact = {}         # (verb, name) -> numbers of lines
        self.wild = {}          # verb -> numbers of lines
        for number, line in enumerate(self.lines):
            for name in line.names:
                self.exact.setdefault((line.verb, name), set()).add(number)
            if line.globs:
                self.wild.setdefault(line.verb, []).append(number)

    @classmethod
    def from_directory(cls, directory):
        names = sorted(n for n in os.listdir(directory) if n.endswith(".policy"))
        return cls([os.path.join(directory, name) for name in names])

    def about(self, verb, name):
        """The lines of a verb that match a name, in the order of the files."""
        numbers = self.exact.get((verb, name), set()).union(
            number for number in self.wild.get(verb, []) if self.lines[number].matches(name))
        return [self.lines[number] for number in sorted(numbers)]

    def ask(self, verb, name, api, inline=False, parameters=()):
        """Merge what the lines say of one name; the closer pattern wins.

        Returns (attributes, reasons). Lists of lines of equal weight add up; other disagreement
        between lines of equal weight is an error.
        """
        merged, weight, origin, reasons = {}, {}, {}, []
        for line in self.about(verb, name):
            if not applies(line, api, inline):
                continue
            line.used = True
            line.parameters.update(parameters)
            this = line.weight(name)
            for key, value in line.attributes.items():
                same = key in merged and weight[key] == this
                if same and key in LISTS:
                    value = add_up(key, merged[key], value)
                if value is None or (same and key not in LISTS and merged[key] != value):
                    raise PolicyError("%s: contradicts %s on '%s' of %s"
                                      % (line.where, origin[key], key, name))
                if key not in merged or this >= weight[key]:
                    merged[key], weight[key], origin[key] = value, this, line.where
            reasons.append((this, line.where, line.reason))
        reasons.sort(key=lambda item: -item[0])
        return merged, reasons

    def place(self, verb, name, key, api, inline=False):
        """Where the line stands whose word decides."""
        lines = [line for line in self.about(verb, name)
                 if key in line.attributes and applies(line, api, inline)]
        return max(lines, key=lambda line: line.weight(name)).where

    def unknown_parameters(self):
        """(place, word, name) of parameters that no function of the line has."""
        found = []
        for line in self.lines:
            if not line.used or line.verb != "call":
                continue
            for key, items in line.attributes.items():
                for name in named_parameters(key, items):
                    if name not in line.parameters:
                        found.append((line.where, key, name))
        return found

    def unused(self):
        return [line for line in self.lines if not line.used]
