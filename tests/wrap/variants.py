# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Faults that a generator or its policy could have, each in one function that all versions of Mbed TLS
have. The text of one emitted function is changed by a regular expression."""

# (what is broken, unit, function, pattern, replacement, part of the message that must come)
EMITTED = [
    ("a writer takes its object shared", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"MBEDGUARD_EXCLUSIVE", "MBEDGUARD_SHARED", "held shared during"),
    ("a reader takes its object exclusively", "x509_crt", "mbedtls_x509_crt_info",
     r"MBEDGUARD_SHARED", "MBEDGUARD_EXCLUSIVE", "held exclusively during"),
    ("a writer lets keepers go on", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"MBEDGUARD_EXCLUSIVE", "MBEDGUARD_USE", "the keeper is not held during"),
    ("one guard of a set is forgotten", "x509_crt", "mbedtls_x509_crt_is_revoked",
     r"MBEDGUARD_GUARD_OF\(crl\)", "NULL", "not held during"),
    ("a set is shorter than its list", "x509_crt", "mbedtls_x509_crt_is_revoked",
     r"enter_set\(set_, 2", "enter_set(set_, 1", "not held during"),
    ("the PSA store is forgotten", "psa_crypto", "psa_import_key",
     r"&mbedguard_psa_store", "NULL", "psa_store is not held during"),
    ("a key of PSA is forgotten", "psa_crypto", "psa_export_key",
     r"mbedguard_psa_enter_key\(set_, 2, key,", "mbedguard_enter_set(set_, 2,", "during"),
    ("random numbers keep all others out", "psa_crypto", "psa_generate_random",
     r"MBEDGUARD_SHARED", "MBEDGUARD_EXCLUSIVE", "held exclusively during"),
    ("the configuration of a connection is forgotten", "ssl", "mbedtls_ssl_check_pending",
     r"MBEDGUARD_GUARD_OF\(mbedguard_ssl_config_of\(ssl\)\)", "NULL", "not held during"),
    ("the wrong rank is given", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"MBEDGUARD_RANK_CERT", "MBEDGUARD_RANK_KEY", "under a lock that comes later"),
    ("nothing is entered", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"int error_ = mbedguard_enter\([^;]*;", "int error_ = 0;", "not held during"),
    ("nothing is left", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"error_ = mbedguard_leave\([^;]*;", "error_ = 0;", "is held afterwards"),
    ("a failing path leaves nothing", "ssl", "mbedtls_ssl_check_pending",
     r"\(void\) mbedguard_leave\([^;]*;", "", "is held afterwards"),
    ("a failure to leave is not told", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"result_ = error_;", "", "no failure of an unlock was noticed"),
    ("a failure to enter is not told", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"return error_;", "return 0;", "no error of ours"),
    ("a failure looks like a success", "ssl", "mbedtls_ssl_get_verify_result",
     r"return 0xFFFFFFFFu;", "return 0;", "not the declared failure value"),
    ("a missing revocation list passes", "x509_crt", "mbedtls_x509_crt_is_revoked",
     r"return 1;", "return 0;", "not the declared failure value"),
    ("a PSA failure looks like a success", "psa_crypto", "psa_hash_setup",
     r"return PSA_ERROR_SERVICE_FAILURE;", "return PSA_SUCCESS;", "not the declared failure value"),
    ("an output says success", "x509_crt", "mbedtls_x509_crt_verify",
     r"\*flags = 0xFFFFFFFFu;", "*flags = 0;", "is set as upstream sets it"),
    ("an output is not set", "psa_crypto", "psa_hash_finish",
     r"\*hash_length = 0;", "", "is set as upstream sets it"),
    ("a required object may be absent", "x509_crt", "mbedtls_x509_crt_is_revoked",
     r"MBEDGUARD_MISSING\(crt\)", "0", "is called"),
    ("two arguments are swapped", "x509_crt", "mbedtls_x509write_crt_set_validity",
     r"ctx,\s+not_before,\s+not_after\);", "ctx, not_after, not_before);", "arrives unchanged"),
    ("a number is cut off", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"buf, buflen\);", "buf, (unsigned char) buflen);", "arrives unchanged"),
    ("the result is lost", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"return result_;", "return 0;", "the result is"),
    ("Mbed TLS is called twice", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"(int result_ = )(\(mbedtls_[^;]*;)", r"\1\2 result_ = \2", "called once"),
    ("another function is called", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"\(mbedtls_x509_crt_parse_der\)", "(mbedtls_x509_crt_parse)", "called once"),
    ("a callback may come back", "x509_crt", "mbedtls_x509_crt_parse_der",
     r"MBEDGUARD_RANK_CERT", "MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK", "the raw function"),
    ("a callback may not come back", "ssl", "mbedtls_ssl_get_verify_result",
     r" \| MBEDGUARD_IN_CALLBACK", "", "made for callbacks"),
    ("a kept key is forgotten", "x509_crt", "mbedtls_x509write_crt_set_subject_key",
     r"mbedguard_keep_commit", "mbedguard_keep_abort", "is kept"),
    ("a key is kept after a failure", "ssl", "mbedtls_ssl_set_hs_own_cert",
     r"mbedguard_keep_abort", "mbedguard_keep_commit", "not kept after a failure"),
    ("a callback is not replaced", "x509_crt", "mbedtls_x509_crt_verify",
     r"f_vrfy != NULL \? call_x509_crt_verify_f_vrfy : NULL",
     "(int (*)(void *, mbedtls_x509_crt *, int, uint32_t *)) (void (*)(void)) f_vrfy", "trampoline"),
    ("a callback that is absent is replaced", "x509_crt", "mbedtls_x509_crt_verify",
     r"f_vrfy != NULL \? (call_x509_crt_verify_f_vrfy) : NULL", r"\1", "is NULL here and not there"),
    ("the data of a callback is lost", "x509_crt", "mbedtls_x509_crt_verify",
     r"\{ f_vrfy, p_vrfy \}", "{ f_vrfy, NULL }", "argument 0 of the callback"),
    ("the inline function is not called", "psa_crypto", "psa_get_key_type",
     r"= \(psa_get_key_type\)\([^;]*;", "= 7;", "the result is the same"),
]

# The same in a static function: the raw init or free of a type, a trampoline.
HELPERS = [
    ("an init is not raw", "x509_crt", "raw_init_x509_crt", r"\(mbedtls_[^;]*;", "(void) self;",
     "mbedguard_x509_crt", "the raw init is called"),
    ("a free is not raw", "x509_crt", "raw_free_x509_crt", r"\(mbedtls_[^;]*;", "(void) self;",
     "mbedguard_x509_crt", "the raw free is called"),
    ("a free does without the configuration", "ssl", "raw_free_ssl_context",
     r"MBEDGUARD_GUARD_OF\([^;]*;", "NULL;", "mbedguard_ssl", "the configuration is held"),
    ("a view is empty", "x509_crt", "call_x509_crt_verify_f_vrfy", r"view_a1.unguarded = \*a1;", "",
     "mbedtls_x509_crt_verify", "has the contents of the raw object"),
    ("what a callback wrote is lost", "ssl", "call_ssl_conf_session_cache_f_get_cache",
     r"\*(\w+) = view_\w+.unguarded;", "", "mbedtls_ssl_conf_session_cache",
     "reaches the raw object"),
    ("the result of a callback is lost", "x509_crt", "call_x509_crt_verify_f_vrfy",
     r"return result;", "return 0;", "mbedtls_x509_crt_verify", "result of the callback"),
]


# Changes of the plan, as a wrong line of the policy or a blind reader would make them; everything is
# emitted again, its tests too: only the independent reader can tell.
def share_writer(functions, _):
    functions["mbedtls_x509_crt_parse"]["params"][0]["mode"] = "shared"


def overlook_object(functions, _):
    functions["mbedtls_ssl_set_session"]["params"][1].update(context=None, role=False)


def overlook_function(functions, _):
    functions["mbedtls_x509_crt_info"]["decision"] = "excluded"


def overlook_store(functions, _):
    functions["psa_import_key"].update(globals=[], new_key="")


def overlook_key(functions, _):
    functions["psa_get_key_attributes"]["key"] = None


def let_callbacks_in(functions, _):
    functions["mbedtls_ssl_set_hostname"]["in_callback"] = True


def forget_keep(functions, _):
    functions["mbedtls_x509write_csr_set_key"].update(keeps=[], releases="")


def misplace_type(_, types):
    types["mbedtls_x509_crl"]["rank"] = "leaf"


def forget_configuration(_, types):
    types["mbedtls_ssl_context"]["follow"] = None


# (what is broken, change, function, part of the message that must come); a list for each program
PLANNED = [[
    ("a writer is said to be shared", share_writer, "mbedtls_x509_crt_parse", "held shared during"),
    ("an object is overlooked", overlook_object, "mbedtls_ssl_set_session", "has no guard here"),
    ("a function is left out", overlook_function, "mbedtls_x509_crt_info", "has no call-through"),
    ("a function does without the store", overlook_store, "psa_import_key", "not held during"),
    ("a function does without the key", overlook_key, "psa_get_key_attributes", "during"),
    ("a callback is let in", let_callbacks_in, "mbedtls_ssl_set_hostname", "from a callback"),
    ("a type has the wrong rank", misplace_type, "mbedtls_x509_crl", "the rank is"),
    ("a kept key is not said to be", forget_keep, "mbedtls_x509write_csr_set_key", "is kept"),
], [
    # Ends in a crash, since a trampoline looks for the configuration.
    ("a connection does without its configuration", forget_configuration,
     "mbedtls_ssl_check_pending", "the connection's configuration"),
]]
