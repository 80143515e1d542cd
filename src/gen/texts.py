# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads what documentation blocks say in our own words: *.texts beside the policy.

`call NAME...` begins the text of functions, `group NAME` a text that others `use`. What stands in it
(note, param, return, locking, callbacks, errors, use) begins a line; lines that start with white space
continue it.
docs/policy.md explains every word.
"""
import os
import re

from policy import PolicyError

NAME = re.compile(r"[\w-]+\Z")
# Codes that a return begins with: those that it is about.
CODES = re.compile(r"(?:(?:, | or )?#?\w+_ERR(?:OR)?_\w+)+")
CODE = re.compile(r"\w+_ERR(?:OR)?_\w+")
ERRORS = ("none", "rest")
WORDS = ("call", "group", "note", "param", "return", "locking", "callbacks", "errors", "use")


def leading_codes(text):
    """The error codes that the text of a return begins with."""
    match = CODES.match(text)
    return CODE.findall(match.group(0)) if match else []


def empty():
    return {"note": "", "params": {}, "returns": [], "locking": "", "callbacks": "", "errors": "rest"}


def join(into, other):
    """The text of a group, put into that of a function."""
    for key in ("note", "locking", "callbacks"):
        into[key] = " ".join(filter(None, [into[key], other[key]]))
    into["params"].update(other["params"])
    into["returns"] += other["returns"]
    if other["errors"] != "rest":
        into["errors"] = other["errors"]


class Texts:
    """The texts of all files, asked by the name of a function."""

    def __init__(self, paths):
        self.groups, self.calls, self.places = {}, {}, {}
        for path in paths:
            self.current = None
            for where, words in lines_of(path):
                self.take(where, words)

    @classmethod
    def from_directory(cls, directory):
        names = sorted(n for n in os.listdir(directory) if n.endswith(".texts"))
        return cls([os.path.join(directory, name) for name in names])

    def take(self, where, text):
        word, _, rest = text.partition(" ")
        if not rest:
            raise PolicyError("%s: '%s' says nothing" % (where, word))
        if word in ("call", "group"):
            self.begin(where, self.calls if word == "call" else self.groups, rest.split())
        elif self.current is None:
            raise PolicyError("%s: '%s' before any call or group" % (where, word))
        else:
            self.add(where, word, rest)

    def begin(self, where, place, names):
        self.current = empty()
        for name in names:
            if not NAME.match(name):
                raise PolicyError("%s: '%s' is no name" % (where, name))
            if name in place:
                raise PolicyError("%s: '%s' has a text already" % (where, name))
            place[name] = self.current
            if place is self.calls:
                self.places[name] = where

    def add(self, where, word, rest):
        if word == "use":
            if rest not in self.groups:
                raise PolicyError("%s: no group '%s' above" % (where, rest))
            join(self.current, self.groups[rest])
        elif word == "return":
            self.current["returns"].append(rest)
        elif word == "param" and " " in rest:
            name, text = rest.split(" ", 1)
            self.current["params"][name] = text
        elif word in ("note", "locking", "callbacks"):
            self.current[word] = " ".join(filter(None, [self.current[word], rest]))
        elif word == "errors" and rest in ERRORS:
            self.current["errors"] = rest
        else:
            raise PolicyError("%s: cannot read '%s %s'" % (where, word, rest))

    def about(self, name, macros):
        """The text of a function, without the returns whose codes this Mbed TLS does not have."""
        text = self.calls.get(name)
        if text is None:
            return empty()
        return dict(text, returns=[r for r in text["returns"] if is_had(leading_codes(r), macros)])


def is_had(codes, macros):
    """Whether one of the codes is there; codes of our own always are."""
    return not codes or any(c.startswith("MBEDGUARD_") or c in macros for c in codes)


def lines_of(path):
    """(place, text) of each line, with those that continue it."""
    found, shown = [], os.path.basename(path)
    with open(path, encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.startswith("#") or not line.strip():
                continue
            text = " ".join(line.split())
            if not line[0].isspace():
                found.append(["%s:%d" % (shown, number), text])
            elif found:
                found[-1][1] += " " + text
            else:
                raise PolicyError("%s:%d: continues nothing" % (shown, number))
    return found


def add_texts(plan, texts, api):
    """Give each function and each type of the plan its text."""
    macros = {m["name"] for m in api["macros"]}
    for entry in plan["functions"]:
        entry["text"] = texts.about(entry["name"], macros)
    for described in plan["types"] + plan["alias_types"]:
        described["free_text"] = texts.about(described["free"] or "", macros)
