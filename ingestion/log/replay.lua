-- Put an entry of the quarantine back into the log, once. Answers 1 if it was done now, 0 if before, -1 if the log is
-- full.
--
-- KEYS  the key that remembers this replay, the log
-- ARGV  for how many ms it is remembered, the most entries of the log, the packed entry

if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[2]) then
  return -1
end
redis.call('XADD', KEYS[2], '*', 'e', ARGV[3])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1
