# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Few tests on the real Mbed TLS; these run under valgrind, too.

live_tests =
if HAVE_CHECK
live_programs = \
    tests/live/check_access_tls \
    tests/live/check_answer \
    tests/live/check_bio \
    tests/live/check_close \
    tests/live/check_datagrams \
    tests/live/check_deadline \
    tests/live/check_duplex \
    tests/live/check_early \
    tests/live/check_exit \
    tests/live/check_in_use \
    tests/live/check_io \
    tests/live/check_lifetime \
    tests/live/check_matrix \
    tests/live/check_net \
    tests/live/check_pending \
    tests/live/check_psa \
    tests/live/check_psa_faults \
    tests/live/check_psa_files \
    tests/live/check_psa_history \
    tests/live/check_psa_inside \
    tests/live/check_psa_keys \
    tests/live/check_psa_matrix \
    tests/live/check_psa_memory \
    tests/live/check_psa_middle \
    tests/live/check_psa_operations \
    tests/live/check_psa_storm \
    tests/live/check_read_ahead \
    tests/live/check_receive \
    tests/live/check_reconnect \
    tests/live/check_reload \
    tests/live/check_reload_openssl \
    tests/live/check_renegotiate \
    tests/live/check_retry \
    tests/live/check_revoke \
    tests/live/check_steps \
    tests/live/check_stop \
    tests/live/check_tls \
    tests/live/check_version \
    tests/live/check_warm
if MBEDTLS_PUBLIC_CRYPTO
live_programs += \
    tests/live/check_access \
    tests/live/check_access_keys \
    tests/live/check_fork \
    tests/live/check_hash \
    tests/live/check_keys \
    tests/live/check_lock \
    tests/live/check_misuse \
    tests/live/check_mpi \
    tests/live/check_psa_generator \
    tests/live/check_psa_shared \
    tests/live/check_rng \
    tests/live/check_shared
endif
check_PROGRAMS += $(live_programs)
live_tests += $(live_programs)
if THREADING_PTHREAD
LIVE_TESTS += $(live_programs)
endif

# These have to fail: check_naive_is_caught.sh runs them.
naive_programs = \
    tests/live/naive_answer \
    tests/live/naive_close \
    tests/live/naive_datagrams \
    tests/live/naive_duplex \
    tests/live/naive_early \
    tests/live/naive_matrix \
    tests/live/naive_psa_files \
    tests/live/naive_reconnect \
    tests/live/naive_reload \
    tests/live/naive_renegotiate \
    tests/live/naive_retry \
    tests/live/naive_steps \
    tests/live/naive_stop
check_PROGRAMS += $(naive_programs)
live_tests += tests/live/check_naive_is_caught.sh tests/live/check_psa_calls.sh
endif

# Programs that are compiled by a script: raw, where they must be caught, and guarded.
live_scripts = \
    tests/live/check_raw_is_caught.sh
raw_files = \
    tests/live/raw.h \
    tests/live/raw_drbg.c \
    tests/live/raw_ecp.c \
    tests/live/raw_gcm.c \
    tests/live/raw_md.c \
    tests/live/raw_mpi.c \
    tests/live/raw_psa.c \
    tests/live/raw_psa_hash.c \
    tests/live/raw_psa_inside.c \
    tests/live/raw_psa_storm.c

live_tests += $(live_scripts)
if !MBEDTLS_PUBLIC_CRYPTO
live_tests += tests/live/left_out.sh
endif
if THREADING_PTHREAD
TESTS += $(live_tests)
else
TESTS += tests/live/other_backend.sh
endif
EXTRA_DIST += $(live_scripts) $(raw_files) tests/live/check_naive_is_caught.sh \
    tests/live/check_psa_calls.sh tests/live/left_out.sh tests/live/other_backend.sh

live_common = tests/live/live.c tests/live/live.h tests/live/live_tls.c
crl_common = $(live_common) tests/live/live_crl.c
wire_common = $(live_common) tests/live/naive.h tests/live/wire.c tests/live/wire.h \
    tests/live/wire_link.c
feed_common = $(wire_common) tests/live/feed.c tests/live/feed.h
reload_common = $(live_common) tests/live/reload.c tests/live/reload.h
naive_common = $(wire_common) tests/live/naive.c
naive_test_cppflags = $(live_test_cppflags) -DLIVE_NAIVE

tests_live_check_access_SOURCES = tests/live/check_access.c $(crl_common)
tests_live_check_access_CPPFLAGS = $(live_test_cppflags)
tests_live_check_access_LDFLAGS = $(live_test_ldflags)
tests_live_check_access_LDADD = $(live_test_ldadd)

tests_live_check_access_keys_SOURCES = tests/live/check_access_keys.c $(live_common)
tests_live_check_access_keys_CPPFLAGS = $(live_test_cppflags)
tests_live_check_access_keys_LDFLAGS = $(live_test_ldflags)
tests_live_check_access_keys_LDADD = $(live_test_ldadd)

tests_live_check_access_tls_SOURCES = tests/live/check_access_tls.c $(live_common)
tests_live_check_access_tls_CPPFLAGS = $(live_test_cppflags)
tests_live_check_access_tls_LDFLAGS = $(live_test_ldflags)
tests_live_check_access_tls_LDADD = $(live_test_ldadd)

tests_live_check_answer_SOURCES = tests/live/check_answer.c $(wire_common)
tests_live_check_answer_CPPFLAGS = $(live_test_cppflags)
tests_live_check_answer_LDFLAGS = $(live_test_ldflags)
tests_live_check_answer_LDADD = $(live_test_ldadd)

tests_live_check_bio_SOURCES = tests/live/check_bio.c $(wire_common)
tests_live_check_bio_CPPFLAGS = $(live_test_cppflags)
tests_live_check_bio_LDFLAGS = $(live_test_ldflags)
tests_live_check_bio_LDADD = $(live_test_ldadd)

tests_live_check_close_SOURCES = tests/live/check_close.c $(wire_common)
tests_live_check_close_CPPFLAGS = $(live_test_cppflags)
tests_live_check_close_LDFLAGS = $(live_test_ldflags)
tests_live_check_close_LDADD = $(live_test_ldadd)

tests_live_check_datagrams_SOURCES = tests/live/check_datagrams.c $(wire_common)
tests_live_check_datagrams_CPPFLAGS = $(live_test_cppflags)
tests_live_check_datagrams_LDFLAGS = $(live_test_ldflags)
tests_live_check_datagrams_LDADD = $(live_test_ldadd)

tests_live_check_deadline_SOURCES = tests/live/check_deadline.c $(wire_common)
tests_live_check_deadline_CPPFLAGS = $(live_test_cppflags)
tests_live_check_deadline_LDFLAGS = $(live_test_ldflags)
tests_live_check_deadline_LDADD = $(live_test_ldadd)

tests_live_check_duplex_SOURCES = tests/live/check_duplex.c $(wire_common)
tests_live_check_duplex_CPPFLAGS = $(live_test_cppflags)
tests_live_check_duplex_LDFLAGS = $(live_test_ldflags)
tests_live_check_duplex_LDADD = $(live_test_ldadd)

tests_live_check_early_SOURCES = tests/live/check_early.c $(wire_common)
tests_live_check_early_CPPFLAGS = $(live_test_cppflags)
tests_live_check_early_LDFLAGS = $(live_test_ldflags)
tests_live_check_early_LDADD = $(live_test_ldadd)

tests_live_check_exit_SOURCES = tests/live/check_exit.c $(wire_common)
tests_live_check_exit_CPPFLAGS = $(live_test_cppflags)
tests_live_check_exit_LDFLAGS = $(live_test_ldflags)
tests_live_check_exit_LDADD = $(live_test_ldadd)

tests_live_check_fork_SOURCES = tests/live/check_fork.c $(live_common)
tests_live_check_fork_CPPFLAGS = $(live_test_cppflags)
tests_live_check_fork_LDFLAGS = $(live_test_ldflags)
tests_live_check_fork_LDADD = $(live_test_ldadd)

tests_live_check_hash_SOURCES = tests/live/check_hash.c $(live_common)
tests_live_check_hash_CPPFLAGS = $(live_test_cppflags)
tests_live_check_hash_LDFLAGS = $(live_test_ldflags)
tests_live_check_hash_LDADD = $(live_test_ldadd)

tests_live_check_in_use_SOURCES = tests/live/check_in_use.c $(live_common)
tests_live_check_in_use_CPPFLAGS = $(live_test_cppflags)
tests_live_check_in_use_LDFLAGS = $(live_test_ldflags)
tests_live_check_in_use_LDADD = $(live_test_ldadd)

tests_live_check_io_SOURCES = tests/live/check_io.c $(wire_common)
tests_live_check_io_CPPFLAGS = $(live_test_cppflags)
tests_live_check_io_LDFLAGS = $(live_test_ldflags)
tests_live_check_io_LDADD = $(live_test_ldadd)

tests_live_check_keys_SOURCES = tests/live/check_keys.c $(live_common)
tests_live_check_keys_CPPFLAGS = $(live_test_cppflags)
tests_live_check_keys_LDFLAGS = $(live_test_ldflags)
tests_live_check_keys_LDADD = $(live_test_ldadd)

tests_live_check_lifetime_SOURCES = tests/live/check_lifetime.c $(live_common)
tests_live_check_lifetime_CPPFLAGS = $(live_test_cppflags)
tests_live_check_lifetime_LDFLAGS = $(live_test_ldflags)
tests_live_check_lifetime_LDADD = $(live_test_ldadd)

tests_live_check_lock_SOURCES = tests/live/check_lock.c $(live_common)
tests_live_check_lock_CPPFLAGS = $(live_test_cppflags)
tests_live_check_lock_LDFLAGS = $(live_test_ldflags)
tests_live_check_lock_LDADD = $(live_test_ldadd)

tests_live_check_matrix_SOURCES = tests/live/check_matrix.c $(wire_common)
tests_live_check_matrix_CPPFLAGS = $(live_test_cppflags)
tests_live_check_matrix_LDFLAGS = $(live_test_ldflags)
tests_live_check_matrix_LDADD = $(live_test_ldadd)

tests_live_check_misuse_SOURCES = tests/live/check_misuse.c $(live_common)
tests_live_check_misuse_CPPFLAGS = $(live_test_cppflags)
tests_live_check_misuse_LDFLAGS = $(live_test_ldflags)
tests_live_check_misuse_LDADD = $(live_test_ldadd)

tests_live_check_mpi_SOURCES = tests/live/check_mpi.c $(live_common)
tests_live_check_mpi_CPPFLAGS = $(live_test_cppflags)
tests_live_check_mpi_LDFLAGS = $(live_test_ldflags)
tests_live_check_mpi_LDADD = $(live_test_ldadd)

tests_live_check_net_SOURCES = tests/live/check_net.c $(live_common)
tests_live_check_net_CPPFLAGS = $(live_test_cppflags)
tests_live_check_net_LDFLAGS = $(live_test_ldflags)
tests_live_check_net_LDADD = $(live_test_ldadd)

tests_live_check_pending_SOURCES = tests/live/check_pending.c $(feed_common)
tests_live_check_pending_CPPFLAGS = $(live_test_cppflags)
tests_live_check_pending_LDFLAGS = $(live_test_ldflags)
tests_live_check_pending_LDADD = $(live_test_ldadd)

tests_live_check_psa_SOURCES = tests/live/check_psa.c $(live_common)
tests_live_check_psa_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_LDADD = $(live_test_ldadd)

psa_common = $(live_common) tests/live/live_psa.c tests/live/live_psa.h
tests_live_check_psa_faults_SOURCES = tests/live/check_psa_faults.c $(psa_common)
tests_live_check_psa_faults_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_faults_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_faults_LDADD = $(live_test_ldadd)

tests_live_check_psa_files_SOURCES = tests/live/check_psa_files.c $(psa_common)
tests_live_check_psa_files_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_files_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_files_LDADD = $(live_test_ldadd)

tests_live_check_psa_history_SOURCES = tests/live/check_psa_history.c $(psa_common)
tests_live_check_psa_history_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_history_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_history_LDADD = $(live_test_ldadd)

tests_live_check_psa_keys_SOURCES = tests/live/check_psa_keys.c $(psa_common)
tests_live_check_psa_keys_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_keys_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_keys_LDADD = $(live_test_ldadd)

psa_calls = tests/live/psa_calls.c tests/live/psa_calls_by_password.c \
    tests/live/psa_calls_in_steps.c tests/live/psa_calls_of_36.c tests/live/psa_calls_of_4.c \
    tests/live/psa_calls_on_keys.c tests/live/psa_calls_operations.c
tests_live_check_psa_matrix_SOURCES = tests/live/check_psa_matrix.c tests/live/psa_calls.h \
    $(psa_calls) $(psa_common)
tests_live_check_psa_matrix_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_matrix_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_matrix_LDADD = $(live_test_ldadd)

tests_live_check_psa_memory_SOURCES = tests/live/check_psa_memory.c $(psa_common)
tests_live_check_psa_memory_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_memory_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_memory_LDADD = $(live_test_ldadd)

tests_live_check_psa_middle_SOURCES = tests/live/check_psa_middle.c $(psa_common)
tests_live_check_psa_middle_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_middle_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_middle_LDADD = $(live_test_ldadd)

tests_live_check_psa_generator_SOURCES = tests/live/check_psa_generator.c $(psa_common)
tests_live_check_psa_generator_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_generator_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_generator_LDADD = $(live_test_ldadd)

tests_live_check_psa_inside_SOURCES = tests/live/check_psa_inside.c $(psa_common)
tests_live_check_psa_inside_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_inside_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_inside_LDADD = $(live_test_ldadd)

tests_live_check_psa_operations_SOURCES = tests/live/check_psa_operations.c \
    tests/live/psa_calls.h $(psa_calls) $(psa_common)
tests_live_check_psa_operations_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_operations_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_operations_LDADD = $(live_test_ldadd)

tests_live_check_psa_shared_SOURCES = tests/live/check_psa_shared.c \
    tests/live/psa_calls.h $(psa_calls) tests/live/psa_kinds.c tests/live/psa_kinds.h $(psa_common)
tests_live_check_psa_shared_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_shared_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_shared_LDADD = $(live_test_ldadd)

tests_live_check_psa_storm_SOURCES = tests/live/check_psa_storm.c $(psa_common)
tests_live_check_psa_storm_CPPFLAGS = $(live_test_cppflags)
tests_live_check_psa_storm_LDFLAGS = $(live_test_ldflags)
tests_live_check_psa_storm_LDADD = $(live_test_ldadd)

tests_live_check_read_ahead_SOURCES = tests/live/check_read_ahead.c $(feed_common)
tests_live_check_read_ahead_CPPFLAGS = $(live_test_cppflags)
tests_live_check_read_ahead_LDFLAGS = $(live_test_ldflags)
tests_live_check_read_ahead_LDADD = $(live_test_ldadd)

tests_live_check_receive_SOURCES = tests/live/check_receive.c $(live_common)
tests_live_check_receive_CPPFLAGS = $(live_test_cppflags)
tests_live_check_receive_LDFLAGS = $(live_test_ldflags)
tests_live_check_receive_LDADD = $(live_test_ldadd)

tests_live_check_reload_SOURCES = tests/live/check_reload.c $(reload_common)
tests_live_check_reload_CPPFLAGS = $(live_test_cppflags)
tests_live_check_reload_LDFLAGS = $(live_test_ldflags)
tests_live_check_reload_LDADD = $(live_test_ldadd)

tests_live_check_reload_openssl_SOURCES = tests/live/check_reload_openssl.c $(reload_common)
tests_live_check_reload_openssl_CPPFLAGS = $(live_test_cppflags)
tests_live_check_reload_openssl_LDFLAGS = $(live_test_ldflags)
tests_live_check_reload_openssl_LDADD = $(live_test_ldadd)

tests_live_check_reconnect_SOURCES = tests/live/check_reconnect.c $(wire_common)
tests_live_check_reconnect_CPPFLAGS = $(live_test_cppflags)
tests_live_check_reconnect_LDFLAGS = $(live_test_ldflags)
tests_live_check_reconnect_LDADD = $(live_test_ldadd)

tests_live_check_renegotiate_SOURCES = tests/live/check_renegotiate.c $(wire_common)
tests_live_check_renegotiate_CPPFLAGS = $(live_test_cppflags)
tests_live_check_renegotiate_LDFLAGS = $(live_test_ldflags)
tests_live_check_renegotiate_LDADD = $(live_test_ldadd)

tests_live_check_retry_SOURCES = tests/live/check_retry.c $(wire_common)
tests_live_check_retry_CPPFLAGS = $(live_test_cppflags)
tests_live_check_retry_LDFLAGS = $(live_test_ldflags)
tests_live_check_retry_LDADD = $(live_test_ldadd)

tests_live_check_revoke_SOURCES = tests/live/check_revoke.c $(crl_common)
tests_live_check_revoke_CPPFLAGS = $(live_test_cppflags)
tests_live_check_revoke_LDFLAGS = $(live_test_ldflags)
tests_live_check_revoke_LDADD = $(live_test_ldadd)

tests_live_check_rng_SOURCES = tests/live/check_rng.c $(live_common)
tests_live_check_rng_CPPFLAGS = $(live_test_cppflags)
tests_live_check_rng_LDFLAGS = $(live_test_ldflags)
tests_live_check_rng_LDADD = $(live_test_ldadd)

tests_live_check_shared_SOURCES = tests/live/check_shared.c tests/live/live_crl.c $(wire_common)
tests_live_check_shared_CPPFLAGS = $(live_test_cppflags)
tests_live_check_shared_LDFLAGS = $(live_test_ldflags)
tests_live_check_shared_LDADD = $(live_test_ldadd)

tests_live_check_steps_SOURCES = tests/live/check_steps.c $(wire_common)
tests_live_check_steps_CPPFLAGS = $(live_test_cppflags)
tests_live_check_steps_LDFLAGS = $(live_test_ldflags)
tests_live_check_steps_LDADD = $(live_test_ldadd)

tests_live_check_stop_SOURCES = tests/live/check_stop.c $(wire_common)
tests_live_check_stop_CPPFLAGS = $(live_test_cppflags)
tests_live_check_stop_LDFLAGS = $(live_test_ldflags)
tests_live_check_stop_LDADD = $(live_test_ldadd)

tests_live_check_tls_SOURCES = tests/live/check_tls.c $(live_common)
tests_live_check_tls_CPPFLAGS = $(live_test_cppflags)
tests_live_check_tls_LDFLAGS = $(live_test_ldflags)
tests_live_check_tls_LDADD = $(live_test_ldadd)

tests_live_check_version_SOURCES = tests/live/check_version.c $(live_common)
tests_live_check_version_CPPFLAGS = $(live_test_cppflags)
tests_live_check_version_LDFLAGS = $(live_test_ldflags)
tests_live_check_version_LDADD = $(live_test_ldadd)

tests_live_check_warm_SOURCES = tests/live/check_warm.c $(live_common)
tests_live_check_warm_CPPFLAGS = $(live_test_cppflags)
tests_live_check_warm_LDFLAGS = $(live_test_ldflags)
tests_live_check_warm_LDADD = $(live_test_ldadd)

tests_live_naive_answer_SOURCES = tests/live/check_answer.c $(naive_common)
tests_live_naive_answer_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_answer_LDFLAGS = $(live_test_ldflags)
tests_live_naive_answer_LDADD = $(live_test_ldadd)

tests_live_naive_close_SOURCES = tests/live/check_close.c $(naive_common)
tests_live_naive_close_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_close_LDFLAGS = $(live_test_ldflags)
tests_live_naive_close_LDADD = $(live_test_ldadd)

tests_live_naive_datagrams_SOURCES = tests/live/check_datagrams.c $(naive_common)
tests_live_naive_datagrams_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_datagrams_LDFLAGS = $(live_test_ldflags)
tests_live_naive_datagrams_LDADD = $(live_test_ldadd)

tests_live_naive_duplex_SOURCES = tests/live/check_duplex.c $(naive_common)
tests_live_naive_duplex_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_duplex_LDFLAGS = $(live_test_ldflags)
tests_live_naive_duplex_LDADD = $(live_test_ldadd)

tests_live_naive_early_SOURCES = tests/live/check_early.c $(naive_common)
tests_live_naive_early_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_early_LDFLAGS = $(live_test_ldflags)
tests_live_naive_early_LDADD = $(live_test_ldadd)

tests_live_naive_matrix_SOURCES = tests/live/check_matrix.c $(naive_common)
tests_live_naive_matrix_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_matrix_LDFLAGS = $(live_test_ldflags)
tests_live_naive_matrix_LDADD = $(live_test_ldadd)

tests_live_naive_psa_files_SOURCES = tests/live/check_psa_files.c $(psa_common)
tests_live_naive_psa_files_CPPFLAGS = $(live_test_cppflags) -DLIVE_UNLOCKED
tests_live_naive_psa_files_LDFLAGS = $(live_test_ldflags)
tests_live_naive_psa_files_LDADD = $(live_test_ldadd)

tests_live_naive_reconnect_SOURCES = tests/live/check_reconnect.c $(naive_common)
tests_live_naive_reconnect_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_reconnect_LDFLAGS = $(live_test_ldflags)
tests_live_naive_reconnect_LDADD = $(live_test_ldadd)

tests_live_naive_reload_SOURCES = tests/live/check_reload.c tests/live/naive_swap.c \
    tests/live/naive_swap.h $(reload_common)
tests_live_naive_reload_CPPFLAGS = $(live_test_cppflags) -DLIVE_NAIVE_SWAP
tests_live_naive_reload_LDFLAGS = $(live_test_ldflags)
tests_live_naive_reload_LDADD = $(live_test_ldadd)

tests_live_naive_renegotiate_SOURCES = tests/live/check_renegotiate.c $(naive_common)
tests_live_naive_renegotiate_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_renegotiate_LDFLAGS = $(live_test_ldflags)
tests_live_naive_renegotiate_LDADD = $(live_test_ldadd)

tests_live_naive_retry_SOURCES = tests/live/check_retry.c $(naive_common)
tests_live_naive_retry_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_retry_LDFLAGS = $(live_test_ldflags)
tests_live_naive_retry_LDADD = $(live_test_ldadd)

tests_live_naive_steps_SOURCES = tests/live/check_steps.c $(naive_common)
tests_live_naive_steps_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_steps_LDFLAGS = $(live_test_ldflags)
tests_live_naive_steps_LDADD = $(live_test_ldadd)

tests_live_naive_stop_SOURCES = tests/live/check_stop.c $(naive_common)
tests_live_naive_stop_CPPFLAGS = $(naive_test_cppflags)
tests_live_naive_stop_LDFLAGS = $(live_test_ldflags)
tests_live_naive_stop_LDADD = $(live_test_ldadd)
