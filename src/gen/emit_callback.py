# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits trampolines: what Mbed TLS calls in place of a callback that is given a context.

`own`: the context is the application's guarded object, since the raw object is its first member.
`view`: the context is the library's, so the callback is given a guarded copy of it.
`view-back`: the same, and what the callback wrote is copied back.
"""
from signature import declare, wrap


def slot_name(entry):
    return entry["guarded"][len("mbedguard_"):]


def stored(entry):
    """(parameter name, C type) of what a trampoline needs: callbacks, then their data."""
    params = {p["name"]: p for p in entry["params"]}
    found = [params[c["param"]] for c in entry["callbacks"]]
    for callback in entry["callbacks"]:
        if callback["data"] and params[callback["data"]] not in found:
            found.append(params[callback["data"]])
    return found


def storage_members(entry, names):
    """Members of the slot (in the guarded object) or of the struct on the stack."""
    return ["%s;" % declare(names.guard(p["type"]), p["name"]) for p in stored(entry)]


def callback_storage(entry):
    """Statements that store the callbacks before the raw call."""
    if not entry["callbacks"]:
        return []
    names = [p["name"] for p in stored(entry)]
    if entry["callbacks"][0]["storage"] == "stack":
        return ["struct stack_%s stack_ = { %s };" % (slot_name(entry), ", ".join(names))]
    owner = next(p["name"] for p in entry["params"] if p["context"])
    return ["%s->%s.%s = %s;" % (owner, slot_name(entry), n, n) for n in names]


def parameters(shape):
    """(name, type) of a callback's parameters; unnamed ones get names."""
    return [(p["name"] or "a%d" % n, p["type"], p.get("array"))
            for n, p in enumerate(shape["params"])]


def trampolines(entry, names):
    parts = []
    if entry["callbacks"] and entry["callbacks"][0]["storage"] == "stack":
        parts.append("\n".join(["struct stack_%s {" % slot_name(entry)]
                               + ["    " + m for m in storage_members(entry, names)] + ["};", ""]))
    for callback in entry["callbacks"]:
        parts.append(trampoline(entry, callback, names))
    return parts


def holder(entry, callback, params, names):
    """Statements that find what was stored, and the expression for it."""
    if callback["storage"] == "stack":
        return ["    const struct stack_%s *const self = %s;" % (slot_name(entry), params[0][0])], \
            "self->"
    owner = next(p["context"] for p in entry["params"] if p["context"])
    guarded = names.types[owner]["guarded"]
    if callback["data"]:
        return ["    %s *const owner = %s;" % (guarded, params[0][0])], \
            "owner->%s." % slot_name(entry)
    return ["    %s *const owner = mbedguard_ssl_config_of((mbedguard_ssl_context *) %s);"
            % (guarded, params[0][0])], "owner->%s." % slot_name(entry)


def trampoline(entry, callback, names):
    param = next(p for p in entry["params"] if p["name"] == callback["param"])
    shape = param["function"]
    params = parameters(shape)
    head = ", ".join(declare(t["text"], n, a) for n, t, a in params)
    name = "call_%s_%s" % (slot_name(entry), callback["param"])
    returns = shape["returns"]["text"]
    lines = [wrap("static %s" % declare(returns, "%s(%s)" % (name, head))), "{"]
    find, prefix = holder(entry, callback, params, names)
    lines += find
    arguments, after = [], []
    for position, (n, type_, _) in enumerate(params):
        context = type_["resolved"]
        if position == 0 and callback["data"]:
            arguments.append("%s%s" % (prefix, callback["data"]))
        elif context in names.types and not names.types[context]["bare"] and \
                type_["function"] is None:
            arguments.append(context_argument(callback, n, type_, names.types[context], lines, after))
        else:
            arguments.append(n)
    call = "%s%s(%s);" % (prefix, callback["param"], ", ".join(arguments))
    if returns == "void":
        lines.append(wrap("    %s" % call, indent=" " * 8))
    else:
        lines.append(wrap("    %s = %s" % (declare(returns, "result"), call), indent=" " * 8))
    lines += after
    if returns != "void":
        lines.append("    return result;")
    return "\n".join(lines + ["}", ""])


def context_argument(callback, name, type_, described, lines, after):
    """The argument for a context that the callback is given; adds the statements it needs."""
    guarded = described["guarded"]
    if callback["kind"] == "own":
        return "(%s%s *) %s" % ("const " if type_["const"] else "", guarded, name)
    lines += ["    %s view_%s;" % (guarded, name),
              "    memset(&view_%s, 0, sizeof view_%s);" % (name, name),
              "    mbedguard_view_init(&view_%s.guard);" % name,
              "    view_%s.unguarded = *%s;" % (name, name)]
    if callback["kind"] == "view-back" and not type_["const"]:
        after.append("    *%s = view_%s.unguarded;" % (name, name))
    after.append("    mbedtls_platform_zeroize(&view_%s, sizeof view_%s);" % (name, name))
    return "&view_%s" % name
