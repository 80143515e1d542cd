# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the switch headers: Mbed TLS's own names, redefined to ours, from a list and never a pattern."""
from names import guarded_name
from out import banner
from signature import declare, wrap

DECLARED = ("guarded", "global", "manual")
COMES_FIRST = ("mbedtls/private_access.h",)


def renames(plan, names):
    """(raw name, guarded name) of everything that changes: functions, types, tags, callbacks."""
    pairs = {}
    for entry in plan["functions"]:
        if entry["decision"] in DECLARED:
            pairs[entry["name"]] = entry["guarded"]
    for described in plan["types"]:
        if described["bare"]:
            continue
        pairs[described["name"]] = described["guarded"]
        if described["tag"]:
            pairs[described["tag"]] = described["guarded_tag"]
    for alias, target in plan["type_aliases"].items():
        if target in names.map:
            pairs[alias] = names.map[alias]
    for callback in plan["callback_types"]:
        pairs[callback["name"]] = callback["guarded"]
    for variable in plan["variables"]:
        if variable["decision"] == "manual":
            pairs[variable["name"]] = variable["guarded"]
    for name in plan["switched"]:
        pairs[name] = guarded_name(name)
    return sorted(pairs.items())


def by_value_functions(plan):
    """Functions that take a context by value upstream: switched calls hand over its address."""
    return {e["name"]: e for e in plan["functions"]
            if e["decision"] == "manual" and any(p["by_value"] for p in e["params"])}


def by_value_lines(entry, names):
    """A function that takes a context by value upstream: ours leaves a lock that nobody would end."""
    raw, guarded = entry["name"], entry["guarded"]
    returns = declare(entry["returns"]["type"], "mbedguard_switched_%s(" % raw)
    owner = names.types[entry["params"][0]["context"]]["guarded"]
    return ["#undef %s" % raw, "#if defined(MBEDGUARD_REFUSED)",
            wrap("extern %s%s *object) MBEDGUARD_REFUSED(\"call an accessor %s_*() or else %s() and "
                 "mbedguard_unlock()\");" % (returns, owner, guarded, guarded)),
            "#define %s(x) mbedguard_switched_%s(&(x))" % (raw, raw), "#else",
            "#define %s(x) %s(&(x))" % (raw, guarded), "#endif"]


def switch_text(plan, names):
    lines = [banner("Mbed TLS's names for mbedguard's functions.", plan),
             "/** @file\n *  @brief Redefines Mbed TLS's names to guarded ones, for programs unedited. */",
             "#ifndef MBEDGUARD_SWITCH_H\n#define MBEDGUARD_SWITCH_H\n",
             "/** @cond switched names */",
             "/* Everything that declares or uses the raw names comes first. */",
             "#define MBEDGUARD_SWITCH_NESTED 1"]
    lines += ["#if defined(__has_include)"]
    for header in plan["headers"]:
        if not header["public"] and header["name"].endswith(("_internal.h",)):
            lines += ["#if __has_include(<%s>)" % header["name"], "#include <%s>" % header["name"],
                      "#endif"]
    lines += ["#endif", "#include <mbedguard/mbedguard.h>", "#undef MBEDGUARD_SWITCH_NESTED", "",
              "/* A raw object where a guarded one belongs must not pass as a warning. */",
              "#if defined(__GNUC__) && !defined(__cplusplus)",
              "#pragma GCC diagnostic error \"-Wincompatible-pointer-types\"",
              "#pragma GCC diagnostic error \"-Wint-conversion\"", "#endif", ""]
    by_value = by_value_functions(plan)
    for raw, guarded in renames(plan, names):
        if raw in by_value:
            lines += by_value_lines(by_value[raw], names)
        else:
            lines += ["#undef %s" % raw, "#define %s %s" % (raw, guarded)]
    lines += ["", "/* Initialisers of guarded types. */"]
    for item in plan["initializers"]:
        lines += ["#undef %s" % item["name"], "#define %s %s" % (item["name"], item["guarded"])]
    return "\n".join(lines + ["/** @endcond */", "", "#endif /* MBEDGUARD_SWITCH_H */", ""])


def first_headers(header):
    """What some headers need in front of them, so that each may be a program's first."""
    lines = ["#include <stddef.h>", "#include <stdint.h>"]
    if header.startswith("psa/crypto_"):
        lines.append("#include_next <psa/crypto.h>")
    return lines


def switches(header, plan):
    """Configuration comes before everything and declares nothing: its shadow must not switch yet."""
    reason = next(h["reason"] for h in plan["headers"] if h["name"] == header)
    return not (reason is not None and "configuration" in reason) and header not in COMES_FIRST


def shadow_text(header, plan):
    switching = switches(header, plan)
    lines = [banner("Shadow of <%s>: includes it, then switches its names." % header, plan),
             "/** @file\n *  @brief Shadow of %s. */" % header,
             "#if defined(__GNUC__)", "#pragma GCC system_header", "#endif",
             "#if defined(MBEDGUARD_SWITCH_NESTED) || defined(MBEDGUARD_SWITCH_H)",
             "#include_next <%s>" % header, "#else", "#define MBEDGUARD_SWITCH_NESTED 1"]
    lines += first_headers(header) if switching else []
    lines += ["#include_next <%s>" % header, "#undef MBEDGUARD_SWITCH_NESTED"]
    lines += ["#include <mbedguard/switch.h>"] if switching else []
    return "\n".join(lines + ["#endif", ""])


def shadowed(plan):
    """Every header of the library: each includes others, which must not switch in the middle of it."""
    return [h["name"] for h in plan["headers"]
            if "/" in h["name"] and not h["name"].startswith("mbedtls/compat-")]
