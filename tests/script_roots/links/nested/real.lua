return "inside of the root"
