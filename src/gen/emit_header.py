# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the mirror headers: guarded types, prototypes, aliases, one for each Mbed TLS header."""
import re

from emit_callback import slot_name, storage_members
from emit_doc import function_doc, life_doc, type_doc
from names import feature_macro, guarded_name, mirror_header, rank_macro, raw_alias
from out import banner
from signature import declare, prototype, wrap

DECLARED = ("guarded", "global", "manual")


def guard_macro(mirror):
    return "MBEDGUARD_" + re.sub(r"\W", "_", mirror).upper()


def raw_headers(mirror, plan):
    """The headers of Mbed TLS behind a mirror header; psa/crypto.h brings its parts."""
    if mirror == "psa/crypto.h":
        return ["psa/crypto.h"]
    return [h["name"] for h in plan["headers"] if h["public"]
            and mirror_header(h["name"]) == mirror]


def mirrors(plan):
    """Every mirror header, in a fixed order."""
    return sorted({mirror_header(h["name"]) for h in plan["headers"] if h["public"]})


def needed_mirrors(mirror, entries, plan):
    """Mirror headers of the types that these declarations use."""
    homes = {t["name"]: t["mirror"] for t in plan["types"] if not t["bare"]}
    for alias, target in plan["type_aliases"].items():
        homes.setdefault(alias, homes.get(target))
    for callback in plan["callback_types"]:
        homes[callback["name"]] = callback["mirror"]
    found, used = set(), []
    for entry in entries:
        texts = [p["type"] for p in entry["params"]] + [entry["returns"]["type"]]
        texts += [p["context"] for p in entry["params"] if p["context"]]
        used.extend(name for text in texts for name in re.findall(r"\b(?:mbedtls|psa)_\w+", text))
    for callback in plan["callback_types"]:
        if callback["mirror"] == mirror:
            used.extend(p["type"]["resolved"] for p in callback["function"]["params"])
    used.extend(target for alias, target in plan["type_aliases"].items()
                if plan["alias_homes"][alias] == mirror)
    for name in used:
        if homes.get(name) and homes[name] != mirror:
            found.add(homes[name])
    return sorted(found)


def type_text(described, plan, names):
    """The guarded struct."""
    lines = [type_doc(described)]
    lines += ["struct %s {" % described["guarded_tag"],
              "    %s unguarded; /**< What Mbed TLS works on; see mbedguard_borrow(). */"
              % described["name"]]
    functions = {f["name"]: f for f in plan["functions"]}
    for name in described["callbacks"]:
        entry = functions[name]
        lines.append("    struct {")
        lines += ["        %s /**< As given. */" % wrap(m, indent=" " * 12)
                  for m in storage_members(entry, names)]
        lines.append("    } %s; /**< Given to %s(). */" % (slot_name(entry), entry["guarded"]))
    if described["extra"]:
        extra = described["extra"]
        lines.append("    %s %s; /**< The library's own. */" % (extra["type"], extra["member"]))
    lines += ["    MBEDGUARD_EXTENSION union {",
              "        mbedguard_guard guard; /**< The guard. */",
              "        /** Carries the rank; needs no storage of its own. */",
              "        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(%s)];"
              % rank_macro(described["rank"])]
    for member in described["fields"]:
        use = member["use"] or "an accessor or mbedguard_borrow()"
        lines.append("        MBEDGUARD_DECOY(%s, \"call %s\")" % (member["name"], use))
    lines += ["    };", "};", "",
              "/** The Mbed TLS type itself, in programs that include the switch headers. */",
              "typedef %s %s;" % (described["name"], raw_alias(described["name"])), ""]
    return "\n".join(lines)


def life_text(described):
    """Prototypes of init, free, new and ref."""
    guarded, life = described["guarded"], described["life"]
    parts = []
    wanted = []
    if described["init"]:
        wanted.append(("init", "int %s(%s *object%s)" % (
            guarded_name(described["init"]), guarded,
            "".join(", %s %s" % (p, n) for p, n in zip(described["init_params"],
                                                      ("padding", "hash_id", "c", "d"))))))
    elif not described["name"].startswith("psa_"):
        wanted.append(("init", "int %s_init(%s *object)" % (life, guarded)))
    wanted += [("free", "int %s_free(%s *object)" % (life, guarded)),
               ("new", "%s *%s_new(void)" % (guarded, life)),
               ("ref", "int %s_ref(%s *object)" % (life, guarded))]
    for what, text in wanted:
        parts += [life_doc(described, what), "MBEDGUARD_API %s;" % text, ""]
    return "\n".join(parts)


def function_text(entry, names):
    marks = "MBEDGUARD_API "
    if entry["must_check"]:
        marks += "MBEDGUARD_MUST_CHECK "
    if entry["deprecated"]:
        marks += "MBEDGUARD_DEPRECATED "
    return "\n".join([function_doc(entry),
                      wrap(marks + prototype(entry, names) + ";"), ""])


def value_init_text(entry, names):
    """An init that returns a context by value: psa_hash_operation_init()."""
    described = names.types[entry["returns"]["context"]]
    guarded = described["guarded"]
    return "\n".join([
        "/**", " * @brief    An operation or attributes object that is ready for use.",
        " * @return   The initial value; its guard is free.", " * @par Locking None.",
        " * @since    0.1", " * @see      %s()" % entry["name"], " */",
        "static MBEDGUARD_INLINE %s %s(void)" % (guarded, entry["guarded"]), "{",
        "    %s object;" % guarded,
        "    memset(&object, 0, sizeof object);",
        "    object.unguarded = %s();" % entry["name"], "    return object;", "}", ""])


def alias_lines(mirror, plan):
    """Names that need no guard, under the prefix all the same."""
    lines = []
    for function in plan["functions"]:
        if function["mirror"] == mirror and function["decision"] == "plain":
            lines.append(("function", function["guarded"], function["name"]))
    for name in plan["names"]:
        if name["mirror"] == mirror:
            lines.append((name["kind"], name["guarded"], name["name"]))
    for variable in plan["variables"]:
        if variable["mirror"] == mirror and variable["decision"] == "plain":
            lines.append(("variable", variable["guarded"], variable["name"]))
    return ["#define %s %s /**< Needs no guard: the same %s. */" % (guarded, raw, kind)
            for kind, guarded, raw in lines]


def forward_lines(entries, mirror, types, plan):
    """What stands before all includes: hand-written headers use each other's types and features."""
    present = sorted(feature_macro(f["name"]) for f in entries
                     + [f for f in plan["functions"]
                        if f["mirror"] == mirror and f["decision"] == "plain"])
    lines = ["/**", " * @name What this Mbed TLS has", " * @{", " */"] if present else []
    lines += ["#define %s 1 /**< There is such a function. */" % macro for macro in present]
    lines += ["/** @} */", ""] if present else []
    for described in types:
        lines += ["/** See struct %s. */" % described["guarded_tag"],
                  "typedef struct %s %s;" % (described["guarded_tag"], described["guarded"])]
    return lines + [""]


def callback_type_text(callback, names):
    """A callback type that is given guarded objects."""
    shape = callback["function"]
    params = ", ".join(names.guard(declare(p["type"]["text"], p["name"] or "", p.get("array"))).strip()
                       for p in shape["params"])
    name = ("(*%s)" if callback["pointer"] else "%s") % callback["guarded"]
    return "\n".join(["/** As %s, but given guarded objects. */" % callback["name"],
                      wrap("typedef %s;" % declare(names.guard(shape["returns"]["text"]),
                                                   "%s(%s)" % (name, params))), ""])


def raw_include_lines(macro, headers):
    """Headers of Mbed TLS as they are, whoever includes this."""
    lines = ["/* In a switched program <mbedtls/...> is a shadow, which must not switch names yet. */",
             "#if !defined(MBEDGUARD_SWITCH_NESTED)", "#define MBEDGUARD_SWITCH_NESTED 1",
             "#define %s_OUTERMOST 1" % macro, "#endif", "#include <mbedguard/configuration.h>"]
    lines += ["#include <stddef.h>", "#include <stdint.h>"]   # 2.28's psa_util.h wants them
    lines += ["#include <%s>" % h for h in headers]
    return lines + ["#if defined(%s_OUTERMOST)" % macro, "#undef %s_OUTERMOST" % macro,
                    "#undef MBEDGUARD_SWITCH_NESTED", "#endif"]


def include_lines(mirror, entries, types, plan):
    """Everything that the declarations need, in an order that survives circles."""
    lines = raw_include_lines(guard_macro(mirror), raw_headers(mirror, plan))
    lines.append("#include <mbedguard/guard.h>")
    needed = set(needed_mirrors(mirror, entries, plan)) | set(plan["includes"][mirror])
    lines += ["#include <mbedguard/%s>" % m for m in sorted(needed)]
    lines += ["#include <%s>" % t["extra"]["header"] for t in types if t["extra"]]
    if any(f["returns_context_by_value"] for f in entries):
        lines.append("#include <string.h>")
    return lines + [""]


def declaration_parts(mirror, entries, types, plan, names):
    """Aliases, types, initialisers, functions."""
    parts = []
    aliases = alias_lines(mirror, plan)
    if aliases:
        parts += ["/**\n * @name Names that need no guard\n * @{\n */"] + aliases + ["/** @} */", ""]
    parts += [callback_type_text(c, names) for c in plan["callback_types"] if c["mirror"] == mirror]
    parts += [type_text(t, plan, names) for t in types]
    for alias, target in sorted(plan["type_aliases"].items()):
        if target in names.map and plan["alias_homes"][alias] == mirror:
            parts.append("/** The same type as %s. */\ntypedef %s %s;\n" % (
                names.map[target], names.map[target], names.map[alias]))
    for item in plan["initializers"]:
        if item["mirror"] == mirror:
            parts.append("/** Initialiser of a %s. */\n#define %s { %s, { { 0 } } }\n" % (
                names.map[item["type"]], item["guarded"], item["value"]))
    parts += [life_text(t) for t in types + [a for a in plan["alias_types"] if a["mirror"] == mirror]]
    for entry in entries:
        if entry["life"]:
            continue
        if entry["returns_context_by_value"]:
            parts.append(value_init_text(entry, names))
        else:
            parts.append(function_text(entry, names))
    return parts


def header_text(mirror, plan, names):
    entries = [f for f in plan["functions"] if f["mirror"] == mirror and f["decision"] in DECLARED]
    types = [t for t in plan["types"] if t["mirror"] == mirror and not t["bare"]]
    macro = guard_macro(mirror)
    parts = [banner("Guarded mirror of %s." % ", ".join(raw_headers(mirror, plan)), plan),
             "/** @file\n *  @brief Guarded mirror of %s. */" % ", ".join(raw_headers(mirror, plan)),
             "#ifndef %s\n#define %s\n" % (macro, macro)]
    parts += forward_lines(entries, mirror, types, plan)
    parts += include_lines(mirror, entries, types, plan)
    if mirror == "psa/crypto.h":
        parts.append("#if !defined(PSA_ERROR_SERVICE_FAILURE)\n"
                     "/** What a PSA call returns if its guard could not be had; 2.28 does not name it. */\n"
                     "#define PSA_ERROR_SERVICE_FAILURE ((psa_status_t) -144)\n#endif\n")
    parts.append("#ifdef __cplusplus\nextern \"C\" {\n#endif\n")
    parts += declaration_parts(mirror, entries, types, plan, names)
    parts.append("#ifdef __cplusplus\n}\n#endif\n")
    if mirror in plan["access"]:
        parts.append("#include <mbedguard/%s>\n" % plan["access"][mirror])
    parts.append("#endif /* %s */\n" % macro)
    return "\n".join(parts)


def forwarders(plan):
    """Headers without a mirror of their own, under whose name a program finds what it wants."""
    pairs = {}
    for header in plan["headers"]:
        folder, _, base = header["name"].partition("/")
        own = base if folder == "mbedtls" else header["name"]
        if header["public"] and mirror_header(header["name"]) != own:
            pairs[own] = "mbedguard/" + mirror_header(header["name"])
        elif base in ("config.h", "build_info.h"):
            pairs[own] = header["name"]
        elif header["name"] == "mbedtls/net.h":
            pairs[own] = "mbedguard/net_sockets.h"
    return pairs


def forwarder_text(target, plan):
    return "\n".join([banner("Stands for %s." % target, plan),
                      "/** @file\n *  @brief Stands for %s. */" % target,
                      "#include <%s>" % target, ""])


def codes_text(file, header, plan):
    """The error codes of a header that is left alone, for the hand-written one in its place."""
    macro = guard_macro(file)
    return "\n".join([banner("Error codes of %s." % header, plan),
                      "/** @file\n *  @brief Error codes of %s. */" % header,
                      "#ifndef %s\n#define %s\n" % (macro, macro)]
                     + raw_include_lines(macro, [header]) + ["", "#endif /* %s */" % macro, ""])


def umbrella_text(plan):
    lines = [banner("All mirror headers.", plan), "/** @file\n *  @brief All of mbedguard. */",
             "#ifndef MBEDGUARD_MBEDGUARD_H\n#define MBEDGUARD_MBEDGUARD_H\n",
             "#include <mbedguard/base.h>", "#include <mbedguard/threading.h>",
             "#include <mbedguard/guard.h>", "#include <mbedguard/memory_buffer_alloc.h>",
             "#include <mbedguard/rng.h>"]
    lines += ["#include <mbedguard/%s>" % m for m in mirrors(plan)]
    return "\n".join(lines + ["", "#endif /* MBEDGUARD_MBEDGUARD_H */", ""])
