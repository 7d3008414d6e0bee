return { whose = "our own helpers" }
