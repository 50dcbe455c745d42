-- Decide what becomes of a chunk, or hear what was decided before. Answers the verdict that stands, or nil if the lock
-- is somebody else's by now; else the lock lives on.
--
-- KEYS  lock, verdicts
-- ARGV  owner, lock_ms, the batch's token, the chunk's number, verdict

local lock, verdicts = unpack(KEYS)
local owner, lock_ms, batch, number, verdict = unpack(ARGV)
if redis.call('GET', lock) ~= owner then
  return nil
end
redis.call('PEXPIRE', lock, lock_ms)
if redis.call('HGET', verdicts, 'batch') ~= batch then
  redis.call('DEL', verdicts)
  redis.call('HSET', verdicts, 'batch', batch)
end
redis.call('HSETNX', verdicts, number, verdict)
return redis.call('HGET', verdicts, number)
