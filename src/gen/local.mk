# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The generator, what it emits, and the library.
#
# Which functions exist depends on the user's Mbed TLS, so nothing emitted is known before make runs.
# The names of the emitted units are: one for each Mbed TLS header that declared a function in any
# version (src/gen/units.txt; a header that this version lacks gives a unit without functions).

generator = $(PYTHON) -B $(top_srcdir)/src/gen/mbedguard-gen

generator_files = \
    src/gen/capi.py \
    src/gen/cdecl.py \
    src/gen/cheaders.py \
    src/gen/check.py \
    src/gen/ctext.py \
    src/gen/emit_callback.py \
    src/gen/emit_configuration.py \
    src/gen/emit_doc.py \
    src/gen/emit_header.py \
    src/gen/emit_report.py \
    src/gen/emit_source.py \
    src/gen/emit_switch.py \
    src/gen/emit_symbols.py \
    src/gen/emit_wrap_callbacks.py \
    src/gen/emit_wrap_calls.py \
    src/gen/emit_wrap_standin.py \
    src/gen/emit_wrap_tests.py \
    src/gen/mbedguard-gen \
    src/gen/inside.py \
    src/gen/names.py \
    src/gen/out.py \
    src/gen/parse.py \
    src/gen/plan.py \
    src/gen/policy.py \
    src/gen/policy/crypto.policy \
    src/gen/policy/files.texts \
    src/gen/policy/members.policy \
    src/gen/policy/net.texts \
    src/gen/policy/process.policy \
    src/gen/policy/process.texts \
    src/gen/policy/psa.policy \
    src/gen/policy/psa.texts \
    src/gen/policy/psa_inside.policy \
    src/gen/policy/ssl.policy \
    src/gen/policy/ssl_cache.texts \
    src/gen/policy/ssl_callbacks.texts \
    src/gen/policy/ssl_io.texts \
    src/gen/policy/ssl_setup.texts \
    src/gen/policy/ssl_ticket.texts \
    src/gen/policy/types.policy \
    src/gen/policy/x509.policy \
    src/gen/policy/x509.texts \
    src/gen/shapes.py \
    src/gen/signature.py \
    src/gen/texts.py \
    src/gen/units.py \
    src/gen/units.txt

EXTRA_DIST += $(generator_files)

emitted_units = \
    gen/src/aes.c \
    gen/src/arc4.c \
    gen/src/aria.c \
    gen/src/asn1.c \
    gen/src/asn1write.c \
    gen/src/base64.c \
    gen/src/bignum.c \
    gen/src/block_cipher.c \
    gen/src/blowfish.c \
    gen/src/camellia.c \
    gen/src/ccm.c \
    gen/src/chacha20.c \
    gen/src/chachapoly.c \
    gen/src/cipher.c \
    gen/src/cmac.c \
    gen/src/constant_time.c \
    gen/src/ctr_drbg.c \
    gen/src/debug.c \
    gen/src/des.c \
    gen/src/dhm.c \
    gen/src/ecdh.c \
    gen/src/ecdsa.c \
    gen/src/ecjpake.c \
    gen/src/ecp.c \
    gen/src/entropy.c \
    gen/src/entropy_poll.c \
    gen/src/error.c \
    gen/src/gcm.c \
    gen/src/havege.c \
    gen/src/hkdf.c \
    gen/src/hmac_drbg.c \
    gen/src/lms.c \
    gen/src/md.c \
    gen/src/md2.c \
    gen/src/md4.c \
    gen/src/md5.c \
    gen/src/memory_buffer_alloc.c \
    gen/src/net_sockets.c \
    gen/src/nist_kw.c \
    gen/src/oid.c \
    gen/src/pem.c \
    gen/src/pk.c \
    gen/src/pkcs12.c \
    gen/src/pkcs5.c \
    gen/src/pkcs7.c \
    gen/src/platform.c \
    gen/src/platform_time.c \
    gen/src/platform_util.c \
    gen/src/poly1305.c \
    gen/src/psa_crypto.c \
    gen/src/psa_util.c \
    gen/src/ripemd160.c \
    gen/src/rsa.c \
    gen/src/sha1.c \
    gen/src/sha256.c \
    gen/src/sha3.c \
    gen/src/sha512.c \
    gen/src/ssl.c \
    gen/src/ssl_cache.c \
    gen/src/ssl_ciphersuites.c \
    gen/src/ssl_cookie.c \
    gen/src/ssl_ticket.c \
    gen/src/tf_psa_crypto_version.c \
    gen/src/threading.c \
    gen/src/timing.c \
    gen/src/version.c \
    gen/src/x509.c \
    gen/src/x509_crl.c \
    gen/src/x509_crt.c \
    gen/src/x509_csr.c \
    gen/src/xtea.c

# What belongs to no header.
emitted_sources = $(emitted_units) gen/src/callback_object.c

# ---- Running it ----------------------------------------------------------------------------------
# It runs again when its own files, the compiler, its flags or a header of Mbed TLS change: gen/flags
# is touched only when its content differs, and gen/gen.d names the headers. Files whose content
# stays keep their time stamps, so that little is compiled again.

generator_flags = \
    --cc $(call shq,$(CC)) \
    --cppflags $(call shq,$(CPPFLAGS) $(MBEDTLS_CFLAGS)) \
    --nm $(call shq,$(NM)) \
    $(patsubst %,--library %,$(MBEDTLS_FILES)) \
    --include-dir $(top_builddir)/include --include-dir $(top_srcdir)/include

BUILT_SOURCES += gen/stamp

gen/flags: always
	@$(MKDIR_P) gen
	@printf '%s\n' $(generator_flags) >gen/flags.new
	@if cmp -s gen/flags.new gen/flags; then rm gen/flags.new; else mv gen/flags.new gen/flags; fi

# The reader's own dependencies are rewritten to be those of the stamp: what it writes keeps its time
# stamp if nothing changed in it, and would look old for ever.
gen/stamp: gen/flags $(generator_files) $(MBEDTLS_FILES) \
    include/mbedguard/backend.h $(pkginclude_HEADERS)
	$(AM_V_GEN)$(generator) $(generator_flags) --out gen
	@$(SED) '1s,^[^:]*:,gen/stamp:,' gen/gen.d >gen/stamp.d
	@touch $@

-include gen/stamp.d

# The recipe is empty on purpose: the file is there, and only its own time stamp counts.
$(emitted_sources) gen/mbedguard.map gen/threads.json gen/report.txt: gen/stamp
	@test -f $@

phony_targets += always

# ---- The library ---------------------------------------------------------------------------------
# Everything is compiled once, into a convenience library in which the tests reach hidden symbols.

noinst_LTLIBRARIES += libmbedguard-testable.la
libmbedguard_testable_la_SOURCES = $(manual_sources) $(module_sources)
nodist_libmbedguard_testable_la_SOURCES = $(emitted_sources)
libmbedguard_testable_la_CPPFLAGS = $(internal_cppflags) $(emitted_cppflags) -I$(top_builddir)/gen/src
libmbedguard_testable_la_LIBADD = libmbedguard-core.la
$(libmbedguard_testable_la_OBJECTS): gen/flags | gen/stamp

lib_LTLIBRARIES += libmbedguard.la
libmbedguard_la_SOURCES =
libmbedguard_la_LIBADD = libmbedguard-testable.la $(MBEDTLS_LIBS) $(MBEDGUARD_LIBS)
libmbedguard_la_LDFLAGS = $(AM_LDFLAGS) $(MBEDGUARD_LDFLAGS) $(MBEDTLS_RPATH) \
    -no-undefined -version-info $(MBEDGUARD_LT_VERSION)
libmbedguard_la_DEPENDENCIES = libmbedguard-testable.la
if HAVE_VERSION_SCRIPT
libmbedguard_la_LDFLAGS += -Wl,--version-script=gen/mbedguard.map
libmbedguard_la_DEPENDENCIES += gen/mbedguard.map
endif

# ---- Installing what is emitted -------------------------------------------------------------------

nodist_pkgdata_DATA += gen/threads.json

# Prints the emitted headers, each with the directory it is installed in. A hand-written header of the
# same name comes first here and is the one that is installed.
list_emitted = { \
    (cd gen/include && find mbedguard -name '*.h') | while read -r file; do \
        test -e "$(srcdir)/include/$$file" || echo "gen/include/$$file $${file%/*}"; done; \
    (cd gen/switch && find . -name '*.h' | \
        $(SED) 's,^\./\(\(.*\)/[^/]*\)$$,gen/switch/\1 mbedguard/switch/\2,'); } | LC_ALL=C sort

install-data-local: gen/stamp
	@$(list_emitted) | while read -r file dir; do \
	    $(MKDIR_P) "$(DESTDIR)$(includedir)/$$dir" && \
	    $(INSTALL_DATA) "$$file" "$(DESTDIR)$(includedir)/$$dir/" || exit 1; \
	done
	@echo " installed" $$($(list_emitted) | wc -l) "emitted headers in $(DESTDIR)$(includedir)/mbedguard"

uninstall-local: gen/stamp
	@$(list_emitted) | while read -r file dir; do \
	    rm -f "$(DESTDIR)$(includedir)/$$dir/$${file##*/}"; \
	done

# The directories that are only ours, from the inside out, if nothing else is in them.
uninstall-hook:
	@for dir in "$(DESTDIR)$(pkgincludedir)" "$(DESTDIR)$(pkgdatadir)" "$(DESTDIR)$(docdir)"; do \
	    if test -d "$$dir"; then \
	        find "$$dir" -depth -type d -exec rmdir {} + 2>/dev/null || :; \
	    fi; \
	done

# ---- Looking at it -------------------------------------------------------------------------------

report: gen/report.txt
	@cat gen/report.txt
phony_targets += report

# Automake's own files below gen/ stay until distclean.
clean-gen:
	-test ! -d gen || find gen -type f ! -path '*/$(DEPDIR)/*' ! -name .dirstamp -exec rm -f {} +
distclean-gen:
	-rm -rf gen
phony_targets += clean-gen distclean-gen
clean_targets += clean-gen
distclean_targets += distclean-gen
