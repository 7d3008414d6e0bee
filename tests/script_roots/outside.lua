return "outside of the root"
