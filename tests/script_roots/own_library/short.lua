print(require("live_network_helpers").whose, (require("other")))
