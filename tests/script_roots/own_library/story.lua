package.path = package.path .. ";simulation/scripts/lib/?.lua"
print(require("live_network_helpers").whose, require("below").whose, (require("other")))
