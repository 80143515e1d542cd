# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the stand-in for Mbed TLS and the test that drives every call-through against it.

What is emitted here only names the functions and calls them. Which guards must be held comes from
tests/wrap/expected_locks.py, which reads the headers itself, and everything is checked by the
hand-written part in tests/wrap.
"""
from emit_wrap_calls import function_parts, tested, type_reference
from emit_wrap_standin import standin_file, standin_functions
from names import guarded_name, rank_macro
from out import banner
from signature import wrap

STANDINS = 250  # functions in one file
CALLS = 150
IGNORE = ["#if defined(__GNUC__)", "#pragma GCC diagnostic ignored \"-Wdeprecated-declarations\"",
          "#endif", ""]


def chunks(items, size):
    return [items[n:n + size] for n in range(0, len(items), size)]


def includes():
    return ["#include <mbedguard/mbedguard.h>", "", "#include \"manual/members.h\"",
            "#include \"wrap/wrap.h\"", ""] + IGNORE


def guarded_types(plan):
    return [t for t in plan["types"] if not t["bare"]]


def type_text(described):
    """What the test has to know of a type."""
    name, guarded = described["name"], described["guarded"]
    lines = []
    follow = "NULL"
    if described["follow"]:
        follow = "follow_%s" % name
        lines += ["/* A connection points at its configuration, which its calls lock too. */",
                  "static void %s(void *object, void *config)" % follow, "{",
                  "    ((%s *) object)->unguarded.MBEDTLS_PRIVATE(conf) = config;" % guarded, "}", ""]
    lines += ["const wrap_type type_%s = {" % name,
              "    \"%s\", sizeof(%s), sizeof(%s), %s, %s" % (
                  name, guarded, name, rank_macro(described["rank"]), follow), "};", ""]
    return "\n".join(wrap(line, indent=" " * 8) for line in lines)


def init_thunk(described):
    """A call of _init; one with more parameters is given small numbers."""
    if described["init"]:
        extra = "".join(", (%s) %d" % (kind, n + 1)
                        for n, kind in enumerate(described["init_params"]))
        return "%s(object%s)" % (guarded_name(described["init"]), extra)
    if described["name"].startswith("psa_"):
        return None
    return "%s_init(object)" % described["life"]


def life_text(described, plan):
    """The life functions of one type, behind functions of one shape."""
    name, life = described["name"], described["life"]
    base = plan["type_aliases"].get(name, name)
    init = init_thunk(described)
    lines = []
    if init:
        lines += ["static int init_%s(void *object)" % name, "{", "    return %s;" % init, "}"]
    lines += ["static int free_%s(void *object)" % name, "{", "    return %s_free(object);" % life, "}",
              "static void *create_%s(void)" % name, "{", "    return %s_new();" % life, "}",
              "static int ref_%s(void *object)" % name, "{", "    return %s_ref(object);" % life, "}"]

    def text(value):
        return "\"%s\"" % value if value else "NULL"
    raw_free = described["free"] if described["free"] in external(plan) else None
    raw_init = described["init"] if described["init"] in external(plan) else None
    lines += ["static const wrap_life life_%s = {" % name,
              "    \"%s\", %s, %s, free_%s, create_%s, ref_%s, %s, %s" % (
                  life, type_reference(base), "init_%s" % name if init else "NULL", name, name, name,
                  text(raw_init), text(raw_free)), "};", ""]
    return "\n".join(wrap(line, indent=" " * 8) for line in lines)


def external(plan):
    """Functions that the stand-in sees."""
    return {f["name"] for f in plan["functions"] if not f["inline"]}


def value_text(entry):
    """An initialiser that returns a context by value: the guarded value beside the raw one."""
    name = entry["name"]
    return "\n".join([
        "static bool same_%s(void)" % name, "{",
        "    const %s ours = %s();" % (guarded_name(entry["returns"]["context"]), entry["guarded"]),
        "    const %s raw = %s();" % (entry["returns"]["type"], name),
        "    static const mbedguard_guard zero;",
        "    return expected_same(\"%s\", &ours.unguarded, &raw) &&" % entry["returns"]["context"],
        "           memcmp(&ours.guard, &zero, sizeof zero) == 0;", "}", ""])


def tables(plan, entries):
    """The lists of everything, in one file."""
    types = guarded_types(plan)
    lives = types + plan["alias_types"]
    values = [f for f in plan["functions"] if f["returns_context_by_value"]
              and f["decision"] in ("guarded", "global")]
    left = [f for f in plan["functions"] if not tested(f) and not f["life"] and f not in values]
    parts = [banner("What there is to test.", plan), "\n".join(includes())]
    parts += [type_text(t) for t in types] + [life_text(t, plan) for t in lives]
    parts += [value_text(f) for f in values]
    lines = ["const wrap_life *const wrap_lives[] = {"]
    lines += ["    &life_%s," % t["name"] for t in lives]
    lines += ["    NULL,", "};", "", "const wrap_value wrap_values[] = {"]
    lines += ["    { \"%s\", same_%s }," % (f["name"], f["name"]) for f in values]
    lines += ["    { NULL, NULL },", "};", "", "const wrap_left wrap_left_out[] = {"]
    lines += ["    { \"%s\", \"%s\", %s }," % (
        f["name"], f["decision"], "true" if "not in the library" in f["reason"] else "false")
        for f in left]
    lines += ["    { NULL, NULL, false },", "};", ""]
    lines += ["extern const wrap_function wrap_%s;" % e["name"] for e in entries]
    lines += ["", "const wrap_function *const wrap_functions[] = {"]
    lines += ["    &wrap_%s," % e["name"] for e in entries] + ["    NULL,", "};", ""]
    return "\n".join(parts) + "\n" + "\n".join(lines)


def calls_file(number, entries, plan, names):
    used = sorted({p["context"] for e in entries for p in e["params"] if p["context"]}
                  | {c for e in entries for p in e["params"] for c in p["callback_contexts"]})
    parts = [banner("Calls of call-throughs, part %d." % number, plan), "\n".join(includes())]
    parts.append("\n".join("extern const wrap_type type_%s;" % name for name in used
                           if not names.types[name]["bare"]) + "\n")
    parts += ["extern const wrap_function wrap_%s;" % e["name"] for e in entries]
    for entry in entries:
        parts += [""] + function_parts(entry, names)
    return "\n".join(parts)


def wrap_test_files(plan, names):
    """(file name, text) of all that the test needs emitted."""
    entries = sorted((f for f in plan["functions"] if tested(f)), key=lambda f: f["name"])
    files = [("standin_%d.c" % n, standin_file(n, part, plan))
             for n, part in enumerate(chunks(standin_functions(plan), STANDINS), 1)]
    files += [("wrap_%d.c" % n, calls_file(n, part, plan, names))
              for n, part in enumerate(chunks(entries, CALLS), 1)]
    return files + [("wrap_tables.c", tables(plan, entries))]
