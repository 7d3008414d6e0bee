--- needs: read=tests/script_roots
print(io.open("tests/script_roots/outside.lua") == nil)
