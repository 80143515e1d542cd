# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits tests of trampolines: a callback of the application, and a call of it as Mbed TLS makes it."""
from emit_callback import parameters
from signature import declare, wrap

TRAMP = {"own": "TRAMP_OWN", "view": "TRAMP_VIEW", "view-back": "TRAMP_VIEW_BACK"}


def shape_of(entry, callback):
    return next(p for p in entry["params"] if p["name"] == callback["param"])["function"]


def position(entry, name):
    return next(n for n, p in enumerate(entry["params"]) if p["name"] == name)


def app_name(entry, callback):
    return "app_%s_%s" % (entry["name"], callback["param"])


def arguments(entry, callback, names):
    """(C declaration in Mbed TLS's types, kind, described context or None, const) of each argument."""
    found = []
    for number, (_, type_, array) in enumerate(parameters(shape_of(entry, callback))):
        text = type_["text"] + (" *" if array else "")
        context = type_["resolved"]
        if number == 0 and callback["data"]:
            found.append((text, "TRAMP_DATA", None, False))
        elif context in names.types and not names.types[context]["bare"] \
                and type_["function"] is None:
            found.append((text, TRAMP[callback["kind"]], names.types[context], type_["const"]))
        else:
            pointer = array or text.rstrip().endswith("*")
            found.append((text, "TRAMP_POINTER" if pointer else "TRAMP_SCALAR", None, False))
    return found


def app_text(entry, callback, names):
    """The application's callback: reports what it is given."""
    returns = shape_of(entry, callback)["returns"]["text"]
    given = arguments(entry, callback, names)
    params = ", ".join(declare(names.guard(text), "b%d" % n) for n, (text, _, _, _) in enumerate(given))
    name = app_name(entry, callback)
    lines = [wrap("static %s" % declare(returns, "%s(%s)" % (name, params))), "{"]
    if returns != "void":
        lines.append("    %s;" % declare(returns, "result"))
    lines.append("    app_enter(\"%s\");" % callback["param"])
    for number, (_, kind, described, const) in enumerate(given):
        lines.append("    app_argument(&b%d, sizeof b%d);" % (number, number))
        if kind in ("TRAMP_VIEW", "TRAMP_VIEW_BACK"):
            writes = kind == "TRAMP_VIEW_BACK" and not const
            lines.append("    app_view((void *) (uintptr_t) b%d, sizeof(%s), %s);"
                         % (number, described["name"], "true" if writes else "false"))
    if returns == "void":
        lines.append("    app_leave(NULL, 0);")
    else:
        lines += ["    app_leave(&result, sizeof result);", "    return result;"]
    return "\n".join(lines + ["}", ""])


def runner_text(entry, callback, names, type_reference):
    """A block that calls the trampoline."""
    shape = shape_of(entry, callback)
    param = next(p for p in entry["params"] if p["name"] == callback["param"])
    returns = shape["returns"]["text"]
    given = arguments(entry, callback, names)
    data = position(entry, callback["data"]) if callback["data"] else -1
    lines = ["    {", "        %s;" % declare(param["type"], "function")]
    lines += ["        %s;" % declare(text, "b%d" % n) for n, (text, _, _, _) in enumerate(given)]
    if returns != "void":
        lines.append("        %s;" % declare(returns, "result"))
    lines.append(wrap("        tramp_begin(c, \"%s\", %d, %d, &function, sizeof function);"
                      % (callback["param"], position(entry, callback["param"]), data),
                      indent=" " * 12))
    for number, (_, kind, described, _) in enumerate(given):
        lines.append("        tramp_argument(c, %s, &b%d, sizeof b%d, %s);" % (
            kind, number, number, type_reference(described["name"]) if described else "NULL"))
    call = "function(%s);" % ", ".join("b%d" % n for n in range(len(given)))
    if returns == "void":
        lines += ["        %s" % call, "        tramp_end(NULL, 0);"]
    else:
        lines += ["        result = %s" % call, "        tramp_end(&result, sizeof result);"]
    return lines + ["    }"]


def callback_tests(entry, names, type_reference):
    """Everything for one function with trampolines."""
    parts = [app_text(entry, c, names) for c in entry["callbacks"]]
    lines = ["static void callbacks_%s(wrap_call *c)" % entry["name"], "{"]
    for callback in entry["callbacks"]:
        lines += runner_text(entry, callback, names, type_reference)
    return parts + ["\n".join(lines + ["}", ""])]
