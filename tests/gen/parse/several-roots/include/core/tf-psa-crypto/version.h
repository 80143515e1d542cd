int tf_psa_crypto_version(void);
