# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""How a name of Mbed TLS becomes a name of mbedguard; nothing else decides on names."""
import re


def guarded_name(name):
    """mbedtls_x -> mbedguard_x, psa_x -> mbedguard_psa_x."""
    if name.startswith("mbedtls_"):
        return "mbedguard_" + name[len("mbedtls_"):]
    return "mbedguard_" + name


def raw_alias(name):
    """The name under which a raw type stays spellable in a switched program."""
    return "mbedguard_raw_" + (name[len("mbedtls_"):] if name.startswith("mbedtls_") else name)


def guarded_tag(name, tag):
    """Struct tags stay parallel, since programs forward-declare them."""
    return guarded_name(tag or name)


def life_name(type_name, free_name):
    """The stem of _new, _ref and _free: the free function's, else the type's."""
    if type_name.startswith("psa_"):
        return guarded_name(re.sub(r"_t$", "", type_name))
    if free_name is not None and free_name.endswith("_free"):
        return guarded_name(free_name[:-len("_free")])
    return guarded_name(re.sub(r"_(context|ctx|t)$", "", type_name))


def unit_of(header):
    """The emitted unit of a header: psa/crypto*.h are one, as they cannot be included alone."""
    stem = mirror_header(header)[:-len(".h")]
    return stem.replace("/", "_").replace("-", "_")


def mirror_header(header):
    """mbedtls/ssl.h -> ssl.h and psa/crypto_extra.h -> psa/crypto.h, below mbedguard/."""
    folder, _, base = header.partition("/")
    if folder == "psa" and base.startswith("crypto"):
        return "psa/crypto.h"
    if folder == "mbedtls":
        return base
    return folder.replace("-", "_") + "/" + base


def feature_macro(name):
    """mbedtls_ssl_read -> MBEDGUARD_HAVE_SSL_READ."""
    stem = name[len("mbedtls_"):] if name.startswith("mbedtls_") else name
    return "MBEDGUARD_HAVE_" + stem.upper()


def rank_macro(rank):
    return "MBEDGUARD_RANK_" + rank.upper()
