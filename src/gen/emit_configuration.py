# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits mbedguard/configuration.h: refuses headers of another version or configuration.

Guarded structs embed Mbed TLS's, so a program that sees other structs than the library would corrupt memory
without a word. The version must be the same, the macros of the configuration must be defined as they were,
and macros that the headers ask for and did not find must still be undefined.
"""
import re
import subprocess

from out import banner

ASKED = re.compile(r"\bdefined\s*\(?\s*(MBEDTLS_\w+)|^[ \t]*#[ \t]*ifn?def[ \t]+(MBEDTLS_\w+)", re.M)
DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(MBEDTLS_\w+)", re.M)
# What a program may define as it likes: none of these changes a struct.
FREE = re.compile(
    r"_H$|_H_INCLUDED$|DEPRECATED|PRIVATE_ACCESS|PRIVATE_IDENTIFIERS|_PRIVATE_H|MBEDTLS_PRIVATE$|"
    r"CONFIG_FILE|CONFIG_VERSION|CHECK_RETURN|COMPILER_IS_GCC|GCC_VERSION|IGNORE_RETURN|_C_INLINE|"
    r"MBEDTLS_PRINTF|STATIC_ASSERT|MAYBE_UNUSED|MBEDTLS_HAVE_TIME_DATE$")


def defined_macros(command):
    """Macros after <mbedtls/version.h>, which every mirror header includes first."""
    run = subprocess.run(command + ["-E", "-dM", "-x", "c", "-"], input="#include <mbedtls/version.h>\n",
                         universal_newlines=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    return set(re.findall(r"^#define (MBEDTLS_\w+)", run.stdout, re.M))


def text_of(header):
    with open(header["path"], encoding="utf-8", errors="replace") as stream:
        return stream.read()


def asked_macros(api):
    """Macros that the public headers ask for."""
    return {one or other for header in api["headers"] if header["public"]
            for one, other in ASKED.findall(text_of(header))}


def private_macros(api):
    """Macros of headers that no public one includes; a program may include one of them first."""
    return {name for header in api["headers"]
            if not header["public"] and not header["included"] and "configuration" not in header["reason"]
            for name in DEFINED.findall(text_of(header))}


def configuration_text(api, plan, command):
    defined = defined_macros(command)
    anywhere = defined | {m["name"] for m in api["macros"]} | set(api["config"])
    wanted = sorted(m for m in defined & set(api["config"]) if not FREE.search(m))
    unwanted = sorted(m for m in asked_macros(api) - anywhere - private_macros(api)
                      if not FREE.search(m))
    string = plan["version"]["string"]
    lines = [banner("Refuses other headers than the library was built with.", plan),
             "/** @file\n *  @brief Refuses other headers of Mbed TLS than the library was built with. */",
             "#ifndef MBEDGUARD_CONFIGURATION_H\n#define MBEDGUARD_CONFIGURATION_H\n",
             "#include <mbedtls/version.h>\n",
             "/** SHA-256 of the version and configuration that the library was built for. */",
             "#define MBEDGUARD_CONFIG_HASH \"%s\"\n" % plan["config_hash"],
             "#if MBEDTLS_VERSION_NUMBER != %s" % plan["version"]["number"],
             "#error \"mbedguard was built for Mbed TLS %s: build it for the headers in use\"" % string,
             "#endif"]
    for condition, macros in (("!defined", wanted), ("defined", unwanted)):
        for macro in macros:
            lines += ["#if %s(%s)" % (condition, macro),
                      "#error \"mbedguard was built with another setting of %s: build it for this one\""
                      % macro,
                      "#endif"]
    return "\n".join(lines + ["", "#endif /* MBEDGUARD_CONFIGURATION_H */", ""])
