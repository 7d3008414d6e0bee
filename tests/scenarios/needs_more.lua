--- needs: read=., env=HOME, run
print("not with these permissions")
