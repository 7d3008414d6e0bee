--- Checks that something is refused, and why.

local check = indras.assert

--- Fails unless `fn` raises an error with this code and with these words in it.
-- @param code what the error carries as `.code`; nil for arguments that are none
-- @param words a plain part of what the error prints as
return function(code, words, fn)
  local ok, problem = pcall(fn)
  check.false_(ok, ("this should be refused (%s)"):format(words))
  check.contains(tostring(problem), words)
  check.eq(problem.code, code, ("the code of: %s"):format(tostring(problem)))
end
