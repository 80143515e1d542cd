#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Every line of the policy, every pattern in it and every text for the documentation is about something
in a supported Mbed TLS.

The headers that can be found are read: those that CPPFLAGS finds, and those in
MBEDGUARD_EXTRA_HEADERS (see sandbox.py). A line whose version is not among them is reported, but is
a fault only if all the supported series were found. Each is read as it is configured, and with what
is usually off switched on (OPTIONAL), since headers hide some functions of modules that are off;
conditions of the lines on the configuration are left aside.
"""

import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True

import sandbox                                                           # noqa: E402
from sandbox import Sandbox                                              # noqa: E402

sys.path.insert(0, sandbox.GEN)

from policy import VERBS, Policy, applies                                # noqa: E402
from texts import Texts                                                  # noqa: E402

SERIES = ("2.28", "3.6", "4.")
# Macros that show functions which the usual configurations hide. Not all of them go together.
OPTIONAL = (
    ("MBEDTLS_ECP_RESTARTABLE", "MBEDTLS_ENTROPY_NV_SEED", "MBEDTLS_LMS_PRIVATE",
     "MBEDTLS_PLATFORM_EXIT_ALT", "MBEDTLS_PLATFORM_MEMORY", "MBEDTLS_PLATFORM_NV_SEED_ALT",
     "MBEDTLS_PLATFORM_TIME_ALT", "MBEDTLS_PSA_CRYPTO_SE_C", "MBEDTLS_SSL_ASYNC_PRIVATE",
     "MBEDTLS_SSL_EARLY_DATA", "MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK"),
    ("MBEDTLS_USE_PSA_CRYPTO",),
)
PARSE = os.path.join(sandbox.GEN, "parse.py")


def header_sets():
    """Preprocessor flags of each Mbed TLS that was named."""
    sets = [sandbox.installed_flags()]
    for group in (os.environ.get("MBEDGUARD_EXTRA_HEADERS") or "").split(":"):
        if group:
            sets.append(["-I" + folder for folder in group.split(",")])
    return sets


def read_all(sets):
    """What the headers declare: (api of each reading, version of each Mbed TLS)."""
    apis, versions = [], []
    for flags in sets:
        apis.append(read_api(flags))
        versions.append(apis[-1]["version"]["string"])
        for macros in OPTIONAL:
            try:
                apis.append(read_api(flags + ["-D" + macro for macro in macros]))
            except sandbox.Failed:
                print("%s cannot be read with %s" % (versions[-1], " ".join(macros)))
    return apis, versions


def read_api(flags):
    with Sandbox() as box:
        path = os.path.join(box.folder, "api.json")
        status, _, errors = sandbox.run([sys.executable, "-B", PARSE, "--out", path, "--"]
                                        + sandbox.compiler() + flags)
        if status != 0:
            raise sandbox.Failed("%s: %s" % (shlex.quote(" ".join(flags)), errors))
        return json.loads(sandbox.read(path))


def names_of(api):
    """Verb -> {name: whether it is an inline function}: everything that a line can match."""
    members = ["%s.%s" % (t["name"], re.sub(r"^private_", "", f["name"]))
               for t in api["types"] for f in t["fields"]]
    return {
        "call": {f["name"]: f["inline"] for f in api["functions"]},
        "type": {t["name"]: False for t in api["types"]},
        "member": {name: False for name in members},
        "header": {h["name"]: False for h in api["headers"]},
        "variable": {v["name"]: False for v in api["variables"]},
        "macro": {m["name"]: False for m in api["macros"]},
    }


def without_configuration(line):
    """The line without its conditions on the configuration."""
    copy = type(line)(line.where, line.verb, line.patterns, line.attributes, dict(line.conditions),
                      line.reason)
    for word in ("if", "unless"):
        copy.conditions.pop(word, None)
    return copy


def live_patterns(line, api, names):
    """The patterns of a line that match a name of this Mbed TLS to which the line applies."""
    plain = without_configuration(line)
    found = [name for name, inline in names[line.verb].items()
             if line.matches(name) and applies(plain, api, inline)]
    return {pattern for pattern in line.patterns for name in found
            if fnmatch.fnmatchcase(name, pattern)}


def dead(policy, apis):
    """(line, its patterns that match nothing anywhere) of each line that has such patterns."""
    every = [(api, names_of(api)) for api in apis]
    found = []
    for line in policy.lines:
        live = set()
        for api, names in every:
            live |= live_patterns(line, api, names)
        patterns = [pattern for pattern in line.patterns if pattern not in live]
        if patterns:
            found.append((line, patterns))
    return found


def policy_files(folder):
    return sorted(n for n in os.listdir(folder) if n.endswith(".policy"))


def untold(texts, apis):
    """(place, name) of texts for the documentation of functions that are nowhere."""
    known = {function["name"] for api in apis for function in api["functions"]}
    return [(place, name) for name, place in sorted(texts.places.items()) if name not in known]


def unsaid(policy, texts, apis):
    """(name, what it lacks) of functions whose documentation has to be in our own words.

    Whoever waits beside others is told one thing or another; callbacks are given something else than
    Mbed TLS gives, or are called by whichever thread comes.
    """
    found = set()
    for api in apis:
        for function in api["functions"]:
            name = function["name"]
            attributes, _ = policy.ask("call", name, api, function["inline"])
            if attributes.get("decision") in ("plain", "excluded"):
                continue
            calls = any(p["type"]["function"] for p in function["params"])
            kept = calls and name.startswith("mbedtls_ssl_")
            text = texts.calls.get(name, {})
            if {"waits-outside", "may-wait"} & set(attributes) and not text.get("returns"):
                found.add((name, "return"))
            if (kept or {"callback", "raw"} & set(attributes)) and not text.get("callbacks"):
                found.add((name, "callbacks"))
    return sorted(found)


def check_itself(policy, apis):
    """A line that matches nothing is found, and one that matches is not."""
    path = os.path.join(sandbox.GEN, "policy")
    with Sandbox() as box:
        added = os.path.join(box.folder, "added.policy")
        sandbox.write(added, "call mbedtls_no_such_* fail=0 -- misspelt\n"
                             "call mbedtls_version_get_number mbedtls_no_such fail=0 -- half of it\n"
                             "call mbedtls_version_get_number fail=0 since=99 -- not yet\n"
                             "call mbedtls_version_get_number fail=0 if=MBEDTLS_NEVER -- switched off\n")
        said = os.path.join(box.folder, "added.texts")
        sandbox.write(said, "call mbedtls_version_get_number mbedtls_no_such\nnote Misspelt.\n")
        lost = untold(Texts([said]), apis)
        unknown = unsaid(policy, Texts([said]), apis)
        more = Policy([os.path.join(path, n) for n in policy_files(path)] + [added])
    found = [line.where for line, _ in dead(more, apis) if line.where.startswith("added")]
    wanted = ["added.policy:1", "added.policy:2", "added.policy:3"]
    problems = [] if found == wanted else ["it finds %s, not %s" % (found, wanted)]
    return problems + ([] if lost == [("added.texts:1", "mbedtls_no_such")]
                       and ("mbedtls_ssl_read", "return") in unknown
                       and ("mbedtls_ssl_conf_sni", "callbacks") in unknown
                       else ["of texts it finds %s, and misses %s" % (lost, unknown)])


def check_every_file(policy):
    """Every file of the policy was read, and every verb occurs."""
    folder = os.path.join(sandbox.GEN, "policy")
    read = {line.where.partition(":")[0] for line in policy.lines}
    problems = ["%s has no line" % n for n in sorted(set(policy_files(folder)) - read)]
    used = {line.verb for line in policy.lines}
    return problems + ["no line begins with '%s'" % verb for verb in sorted(set(VERBS) - used)]


def main():
    sandbox.limit(sandbox.LIMIT)
    sandbox.skip_without(None)
    sets = [flags for flags in header_sets() if sandbox.have_headers(flags)]
    if not sets:
        print("skipped: no headers of Mbed TLS")
        return sandbox.SKIP
    policy = Policy.from_directory(os.path.join(sandbox.GEN, "policy"))
    apis, versions = read_all(sets)
    missing = [s for s in SERIES if not any(v.startswith(s) for v in versions)]
    problems = check_itself(policy, apis) + check_every_file(policy)
    idle = dead(policy, apis)
    for line, patterns in idle:
        print("%s: matches nothing in %s: %s" % (line.where, ", ".join(versions), " ".join(patterns)))
    texts = Texts.from_directory(os.path.join(sandbox.GEN, "policy"))
    lost = untold(texts, apis)
    problems += ["src/gen/policy/*.texts: %s needs a '%s'" % fault
                 for fault in unsaid(policy, texts, apis)]
    for place, name in lost:
        print("%s: no function of %s: %s" % (place, ", ".join(versions), name))
    for problem in problems:
        print("check: " + problem)
    print("%d lines of the policy, %d with a pattern that matches nothing in %s%s"
          % (len(policy.lines), len(idle), ", ".join(versions),
             "; not judged, for want of %s" % ", ".join(missing) if missing else ""))
    return 1 if problems or ((idle or lost) and not missing) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (sandbox.Failed, subprocess.TimeoutExpired) as error:
        print(error)
        sys.exit(1)
