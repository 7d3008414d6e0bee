print(require("inside"))
for _, name in ipairs({ "leads_out", "away.other", "nowhere", "loop" }) do
  local ok, message = pcall(require, name)
  print(name, ok, (tostring(message):gsub("\n.*", "")))
end
