# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What the lines of `make bench` mean: in which group a name stands, and what its baseline is."""

import fnmatch

# title, what the two numbers are, and rows of pattern and baseline; a name is its first pattern's.
GROUPS = [
    ("The guard", "nanoseconds", [
        ("guard-overhead", "a bare mutex, locked and unlocked; the other number is what a guard adds "
                           "to a call, the ratio that over the mutex"),
    ]),
    ("TLS", "per second", [
        ("handshake-*", "raw Mbed TLS, threads with the same configurations, key and generator"),
        ("read-ahead-*", "guarded, without read-ahead"),
        ("write-latency*", "raw Mbed TLS under one mutex, while nobody reads"),
        ("echo-*", "raw Mbed TLS, one thread at each end"),
        ("duplex*", "raw Mbed TLS, one way after the other"),
    ]),
    ("PSA", "per second", [
        ("psa-latency-during-rsa4096", "raw Mbed TLS, one mutex around all calls; the slowest "
                                       "signature while another thread generates a key"),
        ("psa-*-mutex", "raw Mbed TLS, one mutex around all calls"),
        ("psa-*", "raw Mbed TLS, used without a race"),
    ]),
    ("RSA", "per second", [
        ("rsa-shared-*-upstream", "Mbed TLS's own key, shared by the threads"),
        ("rsa-shared-*", "raw Mbed TLS, a key for each thread"),
    ]),
    ("Session cache", "per second", [
        ("cache-get-*", "Mbed TLS's cache with so many entries"),
        ("cache-2t", "our cache, one thread"),
    ]),
    ("Tickets and cookies", "per second", [
        ("ticket-*", "Mbed TLS's tickets, shared by the threads"),
        ("cookie-*", "Mbed TLS's cookies, shared by the threads"),
    ]),
    ("Generators", "per second", [
        ("rng-scaling-*", "our generator, one thread"),
        ("rng-1t*", "Mbed TLS's CTR_DRBG with its mutex, one thread"),
        ("rng-*", "Mbed TLS's CTR_DRBG, one for all threads"),
    ]),
    ("Memory", "bytes", [
        ("sizeof-*", "the type of Mbed TLS"),
        ("memory-*", "raw Mbed TLS, one end of a connection"),
        ("alloc-least*", "our model of Mbed TLS's buffer allocator"),
    ]),
    ("Allocator", "rounds per second of what eight handshakes allocate and free", [
        ("alloc-scaling-*", "our allocator, one thread"),
        ("alloc-*", "Mbed TLS's buffer allocator with its mutex, or our model of it where the library "
                    "has none"),
    ]),
    ("Certificates", "per second", [
        ("parse-path", "raw Mbed TLS, the same directory"),
    ]),
]
OTHERS = ("Others", "as its program says", "see the program")


def place(name):
    """The number of the group of a name, and what its baseline is; one beyond the last for others."""
    for number, (_, _, rows) in enumerate(GROUPS):
        for pattern, baseline in rows:
            if fnmatch.fnmatchcase(name, pattern):
                return number, baseline
    return len(GROUPS), OTHERS[2]


def grouped(lines):
    """[(title, unit, [(line, baseline)])] of what there is, in the order of the table.

    What a program said of its baseline counts more than what the table says.
    """
    groups = {}
    for line in lines:
        number, baseline = place(line["name"])
        groups.setdefault(number, []).append((line, line.get("baseline-is", baseline)))
    heads = [(title, unit) for title, unit, _ in GROUPS] + [OTHERS[:2]]
    return [heads[number] + (groups[number],) for number in sorted(groups)]
