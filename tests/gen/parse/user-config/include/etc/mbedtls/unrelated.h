#error this is not the library's
