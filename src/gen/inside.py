# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Calls that use PSA inside: in which configurations they have to hold its store."""
from policy import version_key


def psa_inside(api, threads):
    """Which values of the word `psa-inside` count: none where PSA has locks, or nothing uses it."""
    config, version = api["config"], version_key(api["version"]["string"])
    if "MBEDTLS_PSA_CRYPTO_C" not in config or (threads and version >= (3, 6, 0)):
        return set()
    found = set() if threads else {"generator"}
    if "MBEDTLS_USE_PSA_CRYPTO" in config or version >= (4, 0, 0):
        found.update(("use-psa", "tls", "driver"))
    if "MBEDTLS_SSL_PROTO_TLS1_3" in config and version >= (3, 0, 0):
        found.update(("tls", "driver"))
    if "MBEDTLS_MD_SOME_PSA" in config or "MBEDTLS_BLOCK_CIPHER_SOME_PSA" in config:
        found.add("driver")
    return found


def uses_psa(attributes, inside):
    """Whether something uses PSA inside, in a configuration where it has to have the store for that."""
    return attributes.get("psa-inside", "none") in inside


def store_around(entry, attributes, inside):
    """The store around a call that uses PSA inside, or that may be given PSA's generator."""
    taken = any(g["guard"] == "psa_store" for g in entry["globals"])
    if taken or entry["decision"] not in ("guarded", "global", "manual"):
        return []
    around = {"guard": "psa_store", "rank": "psa_store", "mode": "exclusive", "around": True,
              "asks": "", "for": ""}
    if uses_psa(attributes, inside):
        return [dict(around, asks=attributes.get("psa-asks", ""))]
    if "generator" not in inside or attributes.get("psa-inside") == "none" \
            or entry["decision"] == "manual":
        return []
    return [dict(around, **{"for": param["name"]}) for param in entry["params"]
            if param["name"] in ("f_rng", "f_entropy") and param["callback"]]
