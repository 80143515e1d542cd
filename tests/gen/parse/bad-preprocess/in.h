#error this configuration is impossible
