# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""C text of guarded declarations: how a prototype of Mbed TLS reads after the change of prefix."""
import re

from names import guarded_name


class Names:
    """Which names change in a signature: guarded types, their aliases and callback types."""

    def __init__(self, plan):
        self.map = {}
        self.types = {t["name"]: t for t in plan["types"]}
        for described in plan["types"]:
            if not described["bare"]:
                self.map[described["name"]] = described["guarded"]
                if described["tag"]:
                    self.map["struct " + described["tag"]] = "struct " + described["guarded_tag"]
        for alias, target in plan["type_aliases"].items():
            if target in self.map:
                self.map[alias] = guarded_name(alias)
        for callback in plan["callback_types"]:
            self.map[callback["name"]] = callback["guarded"]
        names = sorted(self.map, key=len, reverse=True)
        self.pattern = re.compile(r"\b(%s)\b" % "|".join(re.escape(n) for n in names)) \
            if names else re.compile(r"(?!)")

    def guard(self, text):
        """The same C text with guarded types in it."""
        return self.pattern.sub(lambda match: self.map[match.group(1)], text)


def declare(type_text, name, array=None):
    """A declaration of `name`; function types carry their place for it as %s."""
    name = name + (array or "")
    if "%s" in type_text:
        return type_text % name
    return type_text + ("" if type_text.endswith("*") else " ") + name


def parameter_list(entry, names, guarded):
    """The parameters of a function, of Mbed TLS's types or of ours."""
    parts = []
    for param in entry["params"]:
        text = param["type"]
        if guarded and not entry["raw_callbacks"] or (guarded and not param["callback"]):
            text = names.guard(text)
        parts.append(declare(text, param["name"], param["array"]))
    return ", ".join(parts) if parts else "void"


def result_type(entry, names, guarded):
    """The result type of a function; void becomes int in ours."""
    text = entry["returns"]["type"]
    if not guarded:
        return text
    if text == "void":
        return "int"
    if entry["returns"]["context"] or entry["result"] == "guarded":
        return names.guard(text)
    return text


def prototype(entry, names, guarded=True):
    """A prototype without semicolon."""
    if guarded and entry.get("signature"):
        return entry["signature"]
    name = entry["guarded"] if guarded else entry["name"]
    head = "%s(%s)" % (name, parameter_list(entry, names, guarded))
    return declare(result_type(entry, names, guarded), head)


def wrap(text, indent="    ", width=100):
    """Break a long C line at commas, aligned by indent."""
    if len(text) <= width:
        return text
    lines, line = [], ""
    for part in re.split(r"(?<=,) ", text):
        if line and len(line) + 1 + len(part) > width:
            lines.append(line)
            line = indent + part
        else:
            line = line + " " + part if line else part
    lines.append(line)
    return "\n".join(lines)


def wrap_comment(text, width=100, prefix=" * "):
    """Fold running text into comment lines."""
    lines, line = [], ""
    for word in text.split():
        if line and len(prefix) + len(line) + 1 + len(word) > width:
            lines.append(prefix + line)
            line = word
        else:
            line = line + " " + word if line else word
    lines.append(prefix + line if line else prefix.rstrip())
    return "\n".join(lines)
