# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits one call of each call-through, made with bytes that the test sets."""
import re

from emit_wrap_callbacks import app_name, callback_tests
from signature import declare, result_type, wrap

RESULT = {"void": "WRAP_VOID", "error": "WRAP_ERROR", "status": "WRAP_STATUS", "value": "WRAP_OTHER"}


def tested(entry):
    """Whether a call-through is called through this test; life functions have one of their own.

    Hand-written ones that only take guards of the process look like emitted ones from here.
    """
    if entry["decision"] == "manual":
        return bool(entry["globals"]) and not any(p["context"] for p in entry["params"])
    return entry["decision"] in ("guarded", "global") and not entry["life"] \
        and not entry["returns_context_by_value"]


def type_reference(name):
    return "&type_%s" % name


def local_type(entry, param, names, guarded):
    """The type of a variable that holds an argument."""
    text = param["type"]
    if guarded and not (entry["raw_callbacks"] and param["callback"]):
        text = names.guard(text)
    if param["array"]:
        return text + " *"
    if "*" not in text:
        text = re.sub(r"^const\b ?| ?\bconst$", "", text).strip()
    return text


def take_lines(entry, names, guarded):
    lines = ["    %s;" % declare(local_type(entry, p, names, guarded), "a%d" % n)
             for n, p in enumerate(entry["params"])]
    lines += ["    WRAP_TAKE(c, %d, a%d);" % (n, n) for n in range(len(entry["params"]))]
    return lines


def out_lines(entry):
    """What outputs are on failure."""
    lines = []
    for item in entry["returns"]["out"]:
        name, _, value = item.partition(":")
        number = next(n for n, p in enumerate(entry["params"]) if p["name"] == name)
        pointee = entry["params"][number]["type"].rstrip()
        assert pointee.endswith("*"), entry["name"]
        lines.append("    WRAP_OUT(c, %d, %s, %s);" % (number, pointee[:-1].rstrip(), value))
    return lines


def call_text(entry, names):
    arguments = ", ".join("a%d" % n for n in range(len(entry["params"])))
    kind = result_type(entry, names, True)
    lines = ["static void call_%s(wrap_call *c)" % entry["name"], "{"]
    lines += take_lines(entry, names, True)
    if entry["returns"]["kind"] in ("status", "value"):
        lines.append("    WRAP_FAILS(c, %s, %s);" % (kind, entry["returns"]["fail"]))
    lines += out_lines(entry)
    call = "%s(%s)" % (entry["guarded"], arguments)
    lines.append("    WRAP_GIVE(c, %s, %s);" % (kind, call))
    return "\n".join([wrap(line, indent=" " * 8) for line in lines] + ["}", ""])


def raw_text(entry, names):
    """The raw function, where it is inline."""
    call = "%s(%s)" % (entry["name"], ", ".join("a%d" % n for n in range(len(entry["params"]))))
    lines = ["static void raw_%s(wrap_call *c)" % entry["name"], "{"]
    lines += take_lines(entry, names, False)
    if entry["returns"]["kind"] == "void":
        lines.append("    %s;" % call)
    else:
        lines.append("    WRAP_GIVE(c, %s, %s);" % (entry["returns"]["type"], call))
    return "\n".join([wrap(line, indent=" " * 8) for line in lines] + ["}", ""])


def param_text(entry, param, names):
    """One element of the parameter list."""
    callbacks = {c["param"]: c for c in entry["callbacks"]}
    data = {c["data"] for c in entry["callbacks"] if c["data"]}
    if param["context"] and not param["by_value"] and not names.types[param["context"]]["bare"]:
        return "{ WRAP_OBJECT, %s, %s, NULL }" % (type_reference(param["context"]),
                                                 "true" if param["optional"] else "false")
    if param["name"] in callbacks:
        return "{ WRAP_TRAMPOLINE, NULL, false, (void (*)(void)) %s }" % app_name(
            entry, callbacks[param["name"]])
    if param["name"] in data:
        return "{ WRAP_DATA, NULL, false, NULL }"
    if param["callback"]:
        return "{ WRAP_FUNCTION, NULL, false, NULL }"
    if param["pointer"] or param["array"]:
        return "{ WRAP_POINTER, NULL, false, NULL }"
    return "{ WRAP_SCALAR, NULL, false, NULL }"


def record_text(entry, names):
    """The description of a function. Not const, so that a table of pointers in another file sees it."""
    flags = ["WRAP_INLINE"] if entry["inline"] else []
    if entry["callbacks"] and entry["callbacks"][0]["storage"] == "stack":
        flags.append("WRAP_STACK")
    name = entry["name"]
    lines = ["const wrap_function wrap_%s = {" % name,
             "    \"%s\", call_%s, %s, %s, %s, %s, %d, {" % (
                 name, name, "raw_%s" % name if entry["inline"] else "NULL",
                 "callbacks_%s" % name if entry["callbacks"] else "NULL",
                 RESULT[entry["returns"]["kind"]], " | ".join(flags) or "0", len(entry["params"]))]
    lines += ["        %s," % param_text(entry, p, names) for p in entry["params"]]
    if not entry["params"]:
        lines.append("        { WRAP_SCALAR, NULL, false, NULL },")
    return "\n".join([wrap(line, indent=" " * 8) for line in lines] + ["    },", "};", ""])


def function_parts(entry, names):
    """All text for one function."""
    parts = callback_tests(entry, names, type_reference) if entry["callbacks"] else []
    parts.append(call_text(entry, names))
    if entry["inline"]:
        parts.append(raw_text(entry, names))
    return parts + [record_text(entry, names)]
