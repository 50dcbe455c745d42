-- A batch failed: give the shard's lock back and let nobody take it for a while, longer after each failure in a row.
-- Answers the pause in ms.
--
-- KEYS  lock, pause, failures
-- ARGV  owner, first pause in ms, longest pause in ms

local lock, pause, failures = unpack(KEYS)
if redis.call('GET', lock) ~= ARGV[1] then
  return 0
end
local count = redis.call('INCR', failures)
local length = math.min(tonumber(ARGV[2]) * 2 ^ math.min(count - 1, 20), tonumber(ARGV[3]))
redis.call('PEXPIRE', failures, 10 * tonumber(ARGV[3]))
redis.call('SET', pause, '1', 'PX', string.format('%.0f', length))
redis.call('DEL', lock)
return length
