# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Finds what cannot be decided by rule: a risky shape without a line of the policy is an error.

Each fault is (name, what is wrong, the line to add).
"""
import re

from names import guarded_name

KEEPER_NAME = re.compile(r"_(conf|set)_|_setup|_seed|_add_source")
LOCKED = ("guarded", "global")


def shape_faults(entry, function, attributes):
    """Faults of one function: what its prototype may mean, and no line says."""
    if entry["decision"] in ("excluded",) or (entry["decision"] == "plain"
                                              and "decision" in attributes):
        return
    if entry["decision"] == "manual":
        yield from result_faults(entry)
        return
    name = entry["name"]
    if function["variadic"]:
        yield name, "is variadic", "call %s decision=manual -- reason" % name
    for param in entry["params"]:
        yield from parameter_faults(entry, param, attributes)
    yield from data_pointer_faults(entry, attributes)
    yield from result_faults(entry)
    yield from keeper_faults(entry, attributes)


def parameter_faults(entry, param, attributes):
    name = entry["name"]
    if param["by_value"]:
        yield (name, "takes '%s' by value" % param["name"],
               "call %s decision=manual signature=... -- reason" % name)
    if param["context"] and param["pointer"] > 1:
        yield (name, "takes a pointer to a pointer to a context",
               "call %s decision=manual -- reason" % name)
    if param["context"] and param["array"]:
        yield name, "takes an array of contexts", "call %s decision=manual -- reason" % name
    named = {c["param"] for c in entry["callbacks"]}
    if param["callback_contexts"] and param["name"] not in named and not attributes.get("raw"):
        yield (name, "callback '%s' is given a context" % param["name"],
               "call %s callback=%s:own|view|view-back:stack|slot:DATA (or raw) -- reason"
               % (name, param["name"]))


def data_pointer_faults(entry, attributes):
    """A void* in front that plays the role of a context must say whose."""
    if not entry["params"] or "decision" in attributes:
        return
    first = entry["params"][0]
    if first["type"] == "void *" and not first["role"] and not attributes.get("role"):
        yield (entry["name"], "takes a void * first, maybe a context",
               "call %s role=%s:TYPE (or decision=plain or global) -- reason"
               % (entry["name"], first["name"]))


def result_faults(entry):
    name, returns = entry["name"], entry["returns"]
    locked = any(p["context"] for p in entry["params"])
    if (locked or returns["context"]) and returns["pointer"] > 0 and not entry["result"]:
        yield (name, "returns a pointer, maybe into a context",
               "call %s result=static|application|inside|guarded -- reason" % name)
    if entry["decision"] in LOCKED + ("manual",) and returns["kind"] == "value" \
            and returns["fail"] is None and not (returns["context"] and not returns["pointer"]):
        yield (name, "returns %s, which is no error code" % returns["type"],
               "call %s fail=VALUE (or fail=error) -- reason" % name)


def guard_faults(entry, attributes, place):
    """Nothing to take: a call-through has a guard to take, and what it keeps, it keeps in an object.

    `place` tells where a word was said.
    """
    name = entry["name"]
    given = {p["name"] for p in entry["params"] if p["context"] and not p["by_value"]}
    for hook in entry["first"]:
        param = hook.partition(":")[2]
        if param and param not in given:
            yield (name, "'first' is called with '%s', which is no context parameter" % param,
                   "a corrected line")
    if any(p["context"] for p in entry["params"]):
        return
    if entry["decision"] in LOCKED and not attributes.get("guard") and not entry["globals"] \
            and not entry["returns_context_by_value"]:
        word = "decision" if "decision" in attributes else "may-wait"
        yield (name, "has no context, and no guard of the process is named",
               "call %s guard=psa_store|psa_random|process (or role=PARAM:TYPE) -- reason; or remove "
               "'%s' from %s" % (name, word, place(word)))
    for word in ("first", "last", "if-zero", "keep-call", "callback"):
        if word == "callback" and not any(c["storage"] == "slot" for c in entry["callbacks"]):
            continue
        if word in attributes:
            yield (name, "'%s' without a context" % word,
                   "call %s role=PARAM:TYPE -- reason; or remove '%s' from %s"
                   % (name, word, place(word)))


def keeper_faults(entry, attributes):
    name = entry["name"]
    contexts = [p for p in entry["params"] if p["context"]]
    if not KEEPER_NAME.search(name):
        return
    if len(contexts) > 1 and not entry["keeps"] and not attributes.get("copies"):
        yield (name, "may keep a pointer to a context",
               "call %s keep=PARAM:SLOT (or copies) -- reason" % name)
    if contexts and any(p["callback"] for p in entry["params"]) and not entry["keep_calls"] \
            and not attributes.get("keeps-nothing"):
        yield (name, "may keep a callback and its data",
               "call %s keep-call=FUNCTION:DATA:SLOT (or keeps-nothing) -- reason" % name)


def callback_faults(entry, contexts):
    """A trampoline without data finds its slot through the connection that it is given."""
    for callback in entry["callbacks"]:
        param = next((p for p in entry["params"] if p["name"] == callback["param"]), None)
        if param is None or not param["callback"]:
            yield (entry["name"], "'%s' is no callback" % callback["param"],
                   "call %s callback=FUNCTION:... -- reason" % entry["name"])
            continue
        if callback["storage"] == "slot" and not callback["data"]:
            given = param["callback_contexts"][:1]
            if not given or not contexts[given[0]]["follow"]:
                yield (entry["name"], "callback '%s' has neither data nor a connection first"
                       % callback["param"],
                       "call %s callback=%s:%s:slot:DATA -- reason"
                       % (entry["name"], callback["param"], callback["kind"]))


def type_faults(described):
    """Faults of one context type."""
    name = described["name"]
    if not described["bare"] and described["rank"] is None:
        yield name, "a context type without a rank", "type %s rank=... -- reason" % name
    if described["header"].partition("/")[0] not in ("mbedtls", "psa", "tf-psa-crypto") \
            and not described["home"]:
        yield (name, "comes from %s, an alternative implementation" % described["header"],
               "type %s home=mbedtls/HEADER.h (the public header that brings it) -- reason" % name)
    if described["init_params"] and len(described["init_args"]) != len(described["init_params"]):
        yield (name, "%s() takes %d more arguments" % (described["init"],
                                                      len(described["init_params"])),
               "type %s init-args=... -- reason" % name)


def name_faults(plan):
    """Two names of Mbed TLS that would get one name here."""
    seen = {}
    for origin, name in guarded_names(plan):
        other = seen.setdefault(name, origin)
        if other != origin:
            yield origin, "has the guarded name of %s" % other, "nothing: rename in src/gen/names.py"


def guarded_names(plan):
    """(origin, guarded name) of everything that gets a name."""
    for entry in plan["functions"]:
        if entry["decision"] != "excluded":
            yield entry["name"], entry["guarded"]
    for described in plan["types"] + plan["alias_types"]:
        if described["bare"]:
            continue
        for what in ("new", "ref"):
            yield "%s_%s of %s" % (described["life"], what, described["name"]), \
                "%s_%s" % (described["life"], what)
    for described in plan["types"]:
        if not described["bare"]:
            yield described["name"], described["guarded"]
    for item in plan["names"]:
        if item["kind"] == "type":
            yield item["name"], item["guarded"]
    for alias in plan["type_aliases"]:
        if not plan["types_by_name"][plan["type_aliases"][alias]]["bare"]:
            yield alias, guarded_name(alias)
