MBEDGUARD_API int mbedguard_case_conf_own(mbedguard_case_config *conf, mbedguard_case_key *key);
