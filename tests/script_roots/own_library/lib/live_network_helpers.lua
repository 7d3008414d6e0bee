return { whose = "the library's" }
