# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Documentation and examples. The examples are compiled, run as tests and included in the pages.

docs_pages = \
    docs/internals.md \
    docs/policy.md \
    docs/threading.md

dist_doc_DATA += $(docs_pages)
EXTRA_DIST += docs/Doxyfile.in docs/pages.sh

# What this Mbed TLS has, for Doxygen: its own preprocessor does not read the headers of Mbed TLS, and
# would leave out what is there `#if` a module is. Of ours, what an emitted header says that it has.
doxygen_settings = \
    s/^.define \(MBEDTLS_[A-Z0-9_]*\) *$$/PREDEFINED += "\1="/p; \
    s/^.define \(MBEDTLS_VERSION_NUMBER\) \(.*\)$$/PREDEFINED += "\1=\2"/p; \
    s/^.define \(MBEDGUARD_HAVE_[A-Z0-9_]*\) 1$$/PREDEFINED += "\1=1"/p; \
    s/^.define \(MBEDGUARD_THREADING_[A-Z]*\) 1$$/PREDEFINED += "\1=1"/p

# A warning is an error, set in the Doxyfile.
docs: gen/stamp docs/Doxyfile
	@if test -z "$(DOXYGEN)"; then \
	    echo "make docs needs doxygen. On Debian: apt-get install doxygen" >&2; exit 1; \
	fi
	@echo '#include <mbedguard/mbedguard.h>' | \
	    $(CC) $(emitted_cppflags) $(CPPFLAGS) -E -dM -x c - >docs/macros.h
	@$(SED) -n '$(doxygen_settings)' docs/macros.h >docs/settings
	$(AM_V_GEN)cat docs/Doxyfile docs/settings | $(DOXYGEN) -
	@top_srcdir=$(call shq,$(top_srcdir)) $(SHELL) $(top_srcdir)/docs/pages.sh
	@echo "HTML: docs/html/index.html, man pages: docs/man/man3"
phony_targets += docs

clean-docs:
	-rm -rf docs/html docs/man docs/macros.h docs/settings
phony_targets += clean-docs
clean_targets += clean-docs

# ---- Examples ------------------------------------------------------------------------------------

example_programs = \
    docs/examples/alt_spinlock \
    docs/examples/alt_threads_h \
    docs/examples/signing_service
# Of 2.28 and 3.6, as the demo: they use objects that 4.x hides (tests/live/left_out.sh).
if MBEDTLS_PUBLIC_CRYPTO
example_programs += \
    docs/examples/chat \
    docs/examples/dtls_cookies \
    docs/examples/lock_set \
    docs/examples/quickstart \
    docs/examples/reload_server
endif
check_PROGRAMS += $(example_programs)
# They start threads (tests/live/other_backend.sh).
if THREADING_PTHREAD
TESTS += $(example_programs)
endif

example_cppflags = $(emitted_cppflags)
example_ldflags = $(AM_LDFLAGS) $(MBEDTLS_RUN_LDFLAGS)
example_ldadd = libmbedguard.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)

# These two show a backend: they come with a core of the alt kind, whatever the library's is.
docs_examples_alt_spinlock_SOURCES = docs/examples/alt_spinlock.c src/manual/pk_warm.c \
    src/manual/psa_guards.c \
    src/manual/start.c
docs_examples_alt_spinlock_CPPFLAGS = $(unit_alt) -I$(top_srcdir)/src $(example_cppflags)
docs_examples_alt_spinlock_LDFLAGS = $(example_ldflags)
docs_examples_alt_spinlock_LDADD = libcore-alt.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)

docs_examples_alt_threads_h_SOURCES = docs/examples/alt_threads_h.c src/manual/pk_warm.c \
    src/manual/psa_guards.c \
    src/manual/start.c
docs_examples_alt_threads_h_CPPFLAGS = $(unit_alt) -I$(top_srcdir)/src $(example_cppflags)
docs_examples_alt_threads_h_LDFLAGS = $(example_ldflags)
docs_examples_alt_threads_h_LDADD = libcore-alt.la $(MBEDTLS_LIBS) $(PTHREAD_LIBS)

docs_examples_lock_set_SOURCES = docs/examples/lock_set.c
docs_examples_lock_set_CPPFLAGS = $(example_cppflags)
docs_examples_lock_set_LDFLAGS = $(example_ldflags)
docs_examples_lock_set_LDADD = $(example_ldadd)

docs_examples_quickstart_SOURCES = docs/examples/quickstart.c
docs_examples_quickstart_CPPFLAGS = $(example_cppflags)
docs_examples_quickstart_LDFLAGS = $(example_ldflags)
docs_examples_quickstart_LDADD = $(example_ldadd)

docs_examples_signing_service_SOURCES = docs/examples/signing_service.c
docs_examples_signing_service_CPPFLAGS = $(example_cppflags)
docs_examples_signing_service_LDFLAGS = $(example_ldflags)
docs_examples_signing_service_LDADD = $(example_ldadd)

# TLS, with keys and certificates that are made for the occasion.
example_identity = docs/examples/identity.c docs/examples/identity.h

docs_examples_chat_SOURCES = docs/examples/chat.c $(example_identity)
docs_examples_chat_CPPFLAGS = $(example_cppflags)
docs_examples_chat_LDFLAGS = $(example_ldflags)
docs_examples_chat_LDADD = $(example_ldadd)

docs_examples_dtls_cookies_SOURCES = docs/examples/dtls_cookies.c $(example_identity)
docs_examples_dtls_cookies_CPPFLAGS = $(example_cppflags)
docs_examples_dtls_cookies_LDFLAGS = $(example_ldflags)
docs_examples_dtls_cookies_LDADD = $(example_ldadd)

docs_examples_reload_server_SOURCES = docs/examples/reload_server.c $(example_identity)
docs_examples_reload_server_CPPFLAGS = $(example_cppflags)
docs_examples_reload_server_LDFLAGS = $(example_ldflags)
docs_examples_reload_server_LDADD = $(example_ldadd)

# The demo, twice from the same sources: raw, and switched by the shadow directory.
EXTRA_PROGRAMS += docs/examples/demo_raw docs/examples/demo_guarded
CLEANFILES += docs/examples/demo_raw$(EXEEXT) docs/examples/demo_guarded$(EXEEXT)

demo_sources = \
    docs/examples/demo.h \
    docs/examples/demo_client.c \
    docs/examples/demo_server.c \
    docs/examples/demo_shared.c \
    docs/examples/demo_socket.c \
    docs/examples/demo_stream.c

docs_examples_demo_raw_SOURCES = $(demo_sources)
docs_examples_demo_raw_CPPFLAGS = $(MBEDTLS_CFLAGS)
docs_examples_demo_raw_LDFLAGS = $(example_ldflags)
docs_examples_demo_raw_LDADD = $(MBEDTLS_LIBS) $(PTHREAD_LIBS)

docs_examples_demo_guarded_SOURCES = $(demo_sources)
docs_examples_demo_guarded_CPPFLAGS = -I$(top_builddir)/gen/switch $(example_cppflags)
docs_examples_demo_guarded_LDFLAGS = $(example_ldflags)
docs_examples_demo_guarded_LDADD = $(example_ldadd)

# `make` alone as the target of a first build makes what is emitted before anything includes it.
$(docs_examples_alt_spinlock_OBJECTS) $(docs_examples_alt_threads_h_OBJECTS) \
    $(docs_examples_chat_OBJECTS) $(docs_examples_demo_guarded_OBJECTS) \
    $(docs_examples_dtls_cookies_OBJECTS) $(docs_examples_reload_server_OBJECTS) \
    $(docs_examples_lock_set_OBJECTS) $(docs_examples_quickstart_OBJECTS) \
    $(docs_examples_signing_service_OBJECTS): | gen/stamp

if MBEDTLS_PUBLIC_CRYPTO
demo: docs/examples/demo_raw$(EXEEXT) docs/examples/demo_guarded$(EXEEXT)
	@echo "The same source, raw: docs/examples/demo_raw; now guarded: docs/examples/demo_guarded"
	@docs/examples/demo_guarded$(EXEEXT)
else
demo:
	@echo "The demo is for Mbed TLS 2.28 and 3.6: it uses RNGs that $(MBEDTLS_VERSION) hides." >&2
	@exit 1
endif
phony_targets += demo
