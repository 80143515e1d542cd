typedef struct mbedtls_case_config {
    int a;
} mbedtls_case_config;
typedef struct mbedtls_case_key {
    int b;
} mbedtls_case_key;
void mbedtls_case_config_init(mbedtls_case_config *conf);
void mbedtls_case_config_free(mbedtls_case_config *conf);
void mbedtls_case_key_init(mbedtls_case_key *key);
void mbedtls_case_key_free(mbedtls_case_key *key);
/** \return 0 on success, or an error code. */
int mbedtls_case_conf_own(mbedtls_case_config *conf, mbedtls_case_key *key);
void mbedtls_case_conf_peer(mbedtls_case_config *conf, mbedtls_case_key *key);
/** \return 0 on success, or an error code. */
int mbedtls_case_set_copy(mbedtls_case_config *conf, const mbedtls_case_key *key);
