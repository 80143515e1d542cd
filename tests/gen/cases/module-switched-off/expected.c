static void raw_init_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    memset(&self->unguarded, 0, sizeof self->unguarded);
}

static void raw_free_case_context(void *object)
{
    mbedguard_case_context *const self = object;
    mbedtls_platform_zeroize(&self->unguarded, sizeof self->unguarded);
}
