#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Nothing is lost between the installed headers and what is emitted for them.

What must be there is counted from api.json, which holds what the headers declare, and from
contexts-<series>.txt; what is there is read from the emitted files themselves.
"""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True

import sandbox                                                           # noqa: E402
from sandbox import Sandbox, read                                        # noqa: E402

DECISIONS = ("guarded", "manual", "global", "plain", "excluded")
CALLS = ("guarded", "manual", "global")      # what has a function of ours
# A program's own mutexes: in a header that is left alone, and ours are hand-written.
MUTEXES = ("mbedtls_threading_mutex_t", "mbedtls_mutex_init", "mbedtls_mutex_free",
           "mbedtls_mutex_lock", "mbedtls_mutex_unlock")
# The same of Mbed TLS's buffer allocator, whose place a module takes.
BUFFER = ("mbedtls_memory_buffer_alloc_init", "mbedtls_memory_buffer_alloc_free",
          "mbedtls_memory_buffer_set_verify", "mbedtls_memory_buffer_alloc_verify",
          "mbedtls_memory_buffer_alloc_status", "mbedtls_memory_buffer_alloc_count_get",
          "mbedtls_memory_buffer_alloc_max_get", "mbedtls_memory_buffer_alloc_max_reset",
          "mbedtls_memory_buffer_alloc_cur_get")
RENAME = re.compile(r"^#define (\w+)(\(x\))? (\w+)(\(&\(x\)\))?$", re.M)


def guarded_name(name):
    return "mbedguard_" + (name[len("mbedtls_"):] if name.startswith("mbedtls_") else name)


class Emitted(object):
    """One run of the generator, as the checks look at it."""

    def __init__(self, box):
        self.api = json.loads(read(os.path.join(box.out, "api.json")))
        self.table = json.loads(read(os.path.join(box.out, "threads.json")))
        self.plan = json.loads(read(os.path.join(box.out, "plan.json")))
        self.rows = {row["function"]: row for row in self.table["functions"]}
        self.headers = {name: re.sub(r'/\*.*?\*/|"call [^"]*"', "", text, flags=re.S)
                        for name, text in box.emitted("include", ".h")}
        self.mirrors = {name: text for name, text in self.headers.items()
                        if not name.endswith(("/mbedguard.h", "/switch.h"))}
        self.text = "\n".join(self.mirrors.values())
        self.switch = self.headers[os.path.join("include", "mbedguard", "switch.h")]
        self.umbrella = self.headers[os.path.join("include", "mbedguard", "mbedguard.h")]
        self.shadows = {os.path.relpath(name, "switch"): text
                        for name, text in box.emitted("switch", ".h")}
        exported = read(os.path.join(box.out, "mbedguard.map")).partition("global:")[2]
        self.exported = set(re.findall(r"(\w+);", exported.partition("local:")[0]))
        self.raw_types = set(re.findall(r"^typedef (\w+) mbedguard_raw_\w+;", self.text, re.M))
        lives = self.plan["types"] + self.plan["alias_types"]
        self.inits = {t["init"] for t in lives} | {f["name"] for f in self.plan["functions"]
                                                   if f["life"] == "init"}
        self.lives = {t["life"] + end for t in lives for end in ("_init", "_free", "_new", "_ref")}
        self.inline = set(re.findall(r"^static MBEDGUARD_INLINE .*?\b(mbedguard_\w+)\(", self.text, re.M))


# --- types -----------------------------------------------------------------------------------------

def check_pk_alone(e):
    """src/manual/explicit_lock.c takes what has the rank of a pk context, and its size, for one."""
    types = sorted({t["name"] for t in e.plan["types"] if t["rank"] == "pk"})
    return [] if types in ([], ["mbedtls_pk_context"]) else ["types of the rank pk: " + ", ".join(types)]


# --- functions -------------------------------------------------------------------------------------

def check_rows(e):
    """Every public function has exactly one row, with a known decision; totals are the sums."""
    declared = [f["name"] for f in e.api["functions"]]
    listed = [row["function"] for row in e.table["functions"]]
    problems = ["no row: " + n for n in sorted(set(declared) - set(listed))]
    problems += ["a row, but not declared: " + n for n in sorted(set(listed) - set(declared))]
    problems += ["more than one row: " + n for n in sorted({n for n in listed if listed.count(n) > 1})]
    problems += ["%s: unknown decision '%s'" % (row["function"], row["decision"])
                 for row in e.table["functions"] if row["decision"] not in DECISIONS]
    totals = e.table["totals"]
    for decision in DECISIONS:
        count = sum(row["decision"] == decision for row in e.table["functions"])
        if totals[decision] != count:
            problems.append("%s: the total is %d, the rows are %d" % (decision, totals[decision], count))
    if totals["functions"] != sum(totals[d] for d in DECISIONS):
        problems.append("the totals do not add up: %s" % totals)
    if totals["undecided"] != 0:
        problems.append("%d functions are undecided" % totals["undecided"])
    return problems


def check_reasons(e):
    """What is not done by the general rules says why, and where that is written."""
    rows = e.table["functions"]
    problems = ["%s is %s without a reason" % (row["function"], row["decision"]) for row in rows
                if row["decision"] in ("manual", "excluded", "global") and not row["reason"]]
    return problems + ["%s takes nothing, but is guarded" % row["function"] for row in rows
                       if row["decision"] == "guarded" and not row["objects"]
                       and not row["may_block"] and row["guarded"] not in e.inline
                       and row["function"] not in e.inits]


def check_contexts_are_taken(e):
    """Each pointer to a guarded type is among the objects of its function, as the headers tell it."""
    problems = []
    for function in e.api["functions"]:
        row = e.rows[function["name"]]
        if row["decision"] not in ("guarded", "global") or function["name"] in e.inits:
            continue
        taken = {item["object"] for item in row["objects"]}
        problems += ["%s does not take %s" % (function["name"], param["name"])
                     for param in function["params"]
                     if param["type"]["resolved"] in e.raw_types and param["type"]["function"] is None
                     and param["name"] not in taken]
    return problems


def check_declared(e):
    """Each function of ours is declared in a mirror header, and exported; no other name is."""
    problems = []
    for name, row in sorted(e.rows.items()):
        ours = row["guarded"]
        is_declared = re.search(r"\b%s\(" % ours, e.text) is not None
        if row["decision"] in CALLS:
            if not is_declared:
                problems.append("not declared: " + ours)
            if ours not in e.exported and ours not in e.inline:
                problems.append("not exported: " + ours)
        elif row["decision"] == "plain":
            if not re.search(r"^#define %s %s\b" % (ours, name), e.text, re.M):
                problems.append("no alias: " + ours)
            if ours in e.exported:
                problems.append("exported, but it is an alias: " + ours)
        elif is_declared and ours not in e.lives:
            problems.append("declared, but excluded: " + ours)
    return problems


def check_features(e):
    """MBEDGUARD_HAVE_X stands for each function that a program can call, and for no other."""
    wanted = {"MBEDGUARD_HAVE_" + row["guarded"][len("mbedguard_"):].upper()
              for row in e.rows.values() if row["decision"] in CALLS + ("plain",)}
    found = set(re.findall(r"^#define (MBEDGUARD_HAVE_\w+) 1\s*$", e.text, re.M))
    return ["no " + n for n in sorted(wanted - found)] + ["stray " + n for n in sorted(found - wanted)]


# --- types -----------------------------------------------------------------------------------------

def contexts_file(version):
    for series in ("2.28", "3.6", "4.1"):
        if version.startswith(series + "."):
            return os.path.join(sandbox.HERE, "contexts-%s.txt" % series)
    return None


def check_context_types(e):
    """The context types are those that are known of this version."""
    path = contexts_file(e.api["version"]["string"])
    if path is None:
        print("no list of the context types of Mbed TLS %s" % e.api["version"]["string"])
        return []
    known = [line.split() for line in read(path).splitlines() if line and line[0] != "#"]
    macros = set(e.api["config"]) | {m["name"] for m in e.api["macros"]}
    wanted = {w[0] for w in known if len(w) == 1 or w[1] in macros}
    found = {t["name"] for t in e.plan["types"]}
    found |= {name for name in e.plan["type_aliases"]
              if name in {t["name"] for t in e.plan["alias_types"]}}
    return ["no context type: " + n for n in sorted(wanted - found)] \
        + ["not known as a context type: " + n for n in sorted(found - wanted)]


def check_life(e):
    """Every guarded type can be made and freed; there is no more than one struct for each."""
    problems = []
    for described in e.plan["types"] + e.plan["alias_types"]:
        if described["bare"]:
            continue
        wanted = [described["life"] + end for end in ("_free", "_new", "_ref")]
        if not described["name"].startswith("psa_"):
            init = described["init"]
            wanted.append(guarded_name(init) if init else described["life"] + "_init")
        problems += ["%s: no %s" % (described["name"], n) for n in wanted if n not in e.exported]
        if described["name"] in e.raw_types:
            structs = re.findall(r"^struct %s \{" % described["guarded_tag"], e.text, re.M)
            if len(structs) != 1:
                problems.append("%s: %d structs" % (described["guarded_tag"], len(structs)))
    return problems


# --- switching -------------------------------------------------------------------------------------

def wanted_renames(e):
    """Raw name -> ours, of everything that differs; reckoned from the headers and the table."""
    wanted = {name: row["guarded"] for name, row in e.rows.items() if row["decision"] in CALLS}
    shapes = {}
    for declared in e.api["types"]:
        name, target = declared["name"], declared.get("target")
        if name in e.raw_types:
            wanted[name] = guarded_name(name)
            if declared["tag"]:
                wanted[declared["tag"]] = guarded_name(declared["tag"])
        elif target and target["pointer"] == 0 and target["resolved"] in e.raw_types:
            wanted[name] = guarded_name(name)
        shapes[name] = declared.get("function") or (target or {}).get("function")
    for name, shape in shapes.items():
        if shape and any(p["type"]["resolved"] in e.raw_types for p in shape["params"]):
            wanted[name] = guarded_name(name)
    if "MBEDTLS_THREADING_ALT" not in e.api["config"]:
        wanted.update((name, guarded_name(name)) for name in MUTEXES)
    wanted.update((name, guarded_name(name)) for name in BUFFER)
    return wanted


def check_switch(e):
    """switch.h renames what differs, and nothing else; each macro is undefined first."""
    found, problems = {}, []
    for name, parameter, ours, _ in RENAME.findall(e.switch):
        if parameter:            # takes a context by value upstream: refused where that can be said
            found[name] = guarded_name(name)
            continue
        if name in found:
            problems.append("renamed twice: " + name)
        found[name] = ours
        if name.startswith("MBEDGUARD_SWITCH_"):
            del found[name]
        elif "#undef %s\n#define %s " % (name, name) not in e.switch:
            problems.append("not undefined first: " + name)
    initializers = {n for n in found if n.startswith("PSA_") and n.endswith("_INIT")}
    variables = {v["name"] for v in e.api["variables"]}
    problems += ["a macro of Mbed TLS is touched: " + n for n in sorted(found)
                 if re.match(r"(MBEDTLS|PSA|TF_PSA)_", n) and n not in initializers]
    wanted = wanted_renames(e)
    problems += ["not renamed: " + n for n in sorted(set(wanted) - set(found))]
    problems += ["renamed for nothing: " + n
                 for n in sorted(set(found) - set(wanted) - initializers - variables)]
    problems += ["%s becomes %s, not %s" % (n, found[n], wanted[n]) for n in sorted(wanted)
                 if n in found and found[n] != wanted[n]]
    by_init = {m["name"] for m in e.api["macros"] if re.match(r"PSA_\w+_INIT$", m["name"])
               and any(t["name"].upper() == m["name"][:-len("INIT")] + "T" for t in e.api["types"]
                       if t["name"] in e.raw_types)}
    return problems + ["not renamed: " + n for n in sorted(by_init - initializers)]


def check_shadows(e):
    """There is a shadow for each public header, which includes the real one and switches.

    Others may have one, so that programs can include them first; those of configuration, which
    come before everything, need not switch.
    """
    public = {h["name"] for h in e.plan["headers"] if h["public"]}
    reasons = {h["name"]: h["reason"] for h in e.api["headers"]}
    problems = ["public, but left alone without a row that says so: " + n
                for n in sorted(set(n for n, reason in reasons.items() if reason is None) - public)
                if any(r["header"] == n and r["decision"] != "excluded" for r in e.rows.values())]
    problems += ["no shadow of " + n for n in sorted(public - set(e.shadows))]
    problems += ["a shadow of nothing: " + n for n in sorted(set(e.shadows) - set(reasons))]
    problems += ["%s does not include the real one" % n for n, text in sorted(e.shadows.items())
                 if "#include_next <%s>" % n not in text]
    return problems + ["%s does not switch" % n for n, text in sorted(e.shadows.items())
                       if n in public and "#include <mbedguard/switch.h>" not in text]


def check_umbrella(e):
    """mbedguard.h includes every mirror header."""
    included = set(re.findall(r"#include <(mbedguard/[^>]+)>", e.umbrella))
    found = {os.path.relpath(name, "include") for name, text in e.mirrors.items()
             if "#include <mbedguard/guard.h>" in text}
    return ["not in mbedguard.h: " + n for n in sorted(found - included)]


CHECKS = (check_rows, check_pk_alone, check_reasons, check_contexts_are_taken, check_declared,
          check_features,
          check_context_types, check_life, check_switch, check_shadows, check_umbrella)


def main():
    sandbox.limit(sandbox.LIMIT)
    flags = sandbox.installed_flags()
    sandbox.skip_without(flags)
    with Sandbox() as box:
        libraries = sandbox.installed_libraries()
        status, errors = box.generate(flags, None, libraries)
        if status != 0:
            raise sandbox.Failed(errors)
        emitted = Emitted(box)
    failed = 0
    for check in CHECKS:
        problems = check(emitted)
        for problem in problems:
            print("%s: %s" % (check.__name__, problem))
        failed += bool(problems)
    totals = " ".join("%s %d" % (k, emitted.table["totals"][k])
                      for k in ("functions",) + DECISIONS + ("undecided", "types"))
    print("%d checks on Mbed TLS %s%s, %d failed: %s"
          % (len(CHECKS), emitted.api["version"]["string"],
             "" if libraries else " (no library found)", failed, totals))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (sandbox.Failed, subprocess.TimeoutExpired) as error:
        print(error)
        sys.exit(1)
