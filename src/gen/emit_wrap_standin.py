# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the stand-in for Mbed TLS: each function notes its arguments and returns what the test said."""
from emit_header import mirrors, raw_headers
from out import banner
from signature import declare, wrap

# What call-throughs need of Mbed TLS itself, whatever is tested.
REAL = {"mbedtls_platform_zeroize": "    memset(a0, 0, a1);"}


def standin_functions(plan):
    """What call-throughs, manual code and inline functions may call: all that is public."""
    public = {h["name"] for h in plan["headers"] if h["public"]}
    return [f for f in plan["functions"] if not f["inline"] and f["header"] in public
            and "..." not in f["decl"]]


def parameters(entry):
    """Declarations of the raw parameters, named by their place."""
    return [declare(p["type"], "a%d" % n, p["array"]) for n, p in enumerate(entry["params"])]


def standin_text(entry):
    """One function. The name stands in parentheses, since a macro may have the same one."""
    returns = entry["returns"]["type"]
    head = "(%s)(%s)" % (entry["name"], ", ".join(parameters(entry)) or "void")
    lines = [wrap(declare(returns, head)), "{"]
    if entry["name"] in REAL:
        return "\n".join(lines + [REAL[entry["name"]], "}", ""])
    if returns != "void":
        lines.append("    %s;" % declare(returns, "result"))
    lines.append("    standin_enter(\"%s\");" % entry["name"])
    lines += ["    STANDIN_%s(a%d);" % ("POINTER" if p["array"] else "ARGUMENT", n)
              for n, p in enumerate(entry["params"])]
    if returns == "void":
        lines.append("    standin_leave(\"%s\", NULL, 0);" % entry["name"])
    else:
        lines += ["    standin_leave(\"%s\", &result, sizeof result);" % entry["name"],
                  "    return result;"]
    return "\n".join(lines + ["}", ""])


def variables_text(plan):
    """Data of the library that hand-written call-throughs name; only its addresses matter."""
    return ["__extension__ __typeof__(%s) %s = { 0 };" % (v["name"], v["name"])
            for v in plan["variables"] if v["decision"] == "plain"] + [""]


def standin_file(number, entries, plan):
    lines = [banner("Stand-in for Mbed TLS, part %d." % number, plan)]
    headers = {h for m in mirrors(plan) for h in raw_headers(m, plan)}
    lines += ["#include <%s>" % h for h in sorted(headers)]
    lines += ["", "#include \"wrap/wrap.h\"", "",
              "#if defined(__GNUC__)",
              "#pragma GCC diagnostic ignored \"-Wdeprecated-declarations\"", "#endif", ""]
    if number == 1:
        lines += variables_text(plan)
    return "\n".join(lines + [standin_text(e) for e in entries])
