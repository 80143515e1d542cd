/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file rank.h
 * @brief The lock order of the whole library: one enum.
 *
 * A thread takes guards in ascending rank, and within one rank in ascending (level, address).
 * Whoever changes this enum changes the lock order: the reasons stand beside the values.
 */
#ifndef MBEDGUARD_RANK_H
#define MBEDGUARD_RANK_H

#include <mbedguard/backend.h>

/**
 * @brief Ranks, lowest first.
 *
 * Numbers are spaced so that a rank can be added without renumbering. They must stay below
 * sizeof(mbedguard_guard), because the type of a guarded object carries its rank as the size of a
 * member that needs no storage (see MBEDGUARD_RANK()).
 */
enum mbedguard_rank {
    /** TLS connections: outermost, since a call on one reaches everything else. */
    MBEDGUARD_RANK_SSL = 2,
    /** TLS configurations: taken shared by every call on a connection. */
    MBEDGUARD_RANK_CONFIG = 4,
#if defined(MBEDGUARD_PSA_INSIDE)
    /** The PSA key store and library state, where calls on all that follows use PSA inside, unlocked. */
    MBEDGUARD_RANK_PSA_STORE = 6,
#endif
    /** Certificates, CRLs, CSRs, PKCS #7 and the X.509 writers, which keep keys. */
    MBEDGUARD_RANK_CERT = 8,
    /** TLS sessions: copied out of a connection, handed to caches and tickets. */
    MBEDGUARD_RANK_SESSION = 10,
    /** pk contexts: the functions of an RSA_ALT key work on keys of the application's. */
    MBEDGUARD_RANK_PK = 12,
    /** Keys and key exchanges (rsa, ecp_keypair, ecdsa, ecdh, dhm, ecjpake, lms). */
    MBEDGUARD_RANK_KEY = 14,
    /** Inside a key: which copy of it a thread works on. Taken with the key, or a keeper of it, held. */
    MBEDGUARD_RANK_KEY_COPY = 15,
    /** Session caches, ticket and cookie contexts: entered from callbacks of a handshake. */
    MBEDGUARD_RANK_CACHE = 16,
    /** PSA multi-part operations and attributes: before the store, as every setup needs both. */
    MBEDGUARD_RANK_PSA_OPERATION = 20,
#if !defined(MBEDGUARD_PSA_INSIDE)
    /** The PSA key store and library state. */
    MBEDGUARD_RANK_PSA_STORE = 22,
#endif
    /** One PSA key. */
    MBEDGUARD_RANK_PSA_KEY = 24,
    /** Numbers, points and groups: their functions call an RNG back. */
    MBEDGUARD_RANK_VALUE = 28,
    /** Random generators: taken in callbacks of all of the above, child before parent. */
    MBEDGUARD_RANK_RNG = 32,
    /** Entropy: taken in callbacks of random generators. */
    MBEDGUARD_RANK_ENTROPY = 36,
    /**
     * Hashes, MACs, ciphers, PEM buffers: their functions call nothing back, so they may be used
     * inside every callback, an entropy source that hashes included.
     */
    MBEDGUARD_RANK_LEAF = 40,
    /** Process-wide settings of Mbed TLS (debug threshold, platform functions). */
    MBEDGUARD_RANK_PROCESS = 44,
    /** The buffer allocator: everything allocates. */
    MBEDGUARD_RANK_ALLOCATOR = 48
};

#endif /* MBEDGUARD_RANK_H */
