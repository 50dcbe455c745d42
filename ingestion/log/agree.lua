-- Decide something about a chunk, or hear what was decided before: what becomes of its events, or that ClickHouse
-- refuses one of its blocks. Answers what stands and, where it is about the events, block, reason, … of all that was
-- refused of this chunk before; or nil if the lock is somebody else's by now, else the lock lives on.
--
-- KEYS  lock, verdicts
-- ARGV  owner, lock_ms, the batch's token, the chunk's number, the block or '', verdict or reason

local lock, verdicts = unpack(KEYS)
local owner, lock_ms, batch, number, block, verdict = unpack(ARGV)
if redis.call('GET', lock) ~= owner then
  return nil
end
redis.call('PEXPIRE', lock, lock_ms)
if redis.call('HGET', verdicts, 'batch') ~= batch then
  redis.call('DEL', verdicts)
  redis.call('HSET', verdicts, 'batch', batch)
end
local refused = number .. ' '
local field = block == '' and number or refused .. block
redis.call('HSETNX', verdicts, field, verdict)
local answer = {redis.call('HGET', verdicts, field)}
if block ~= '' then
  -- Who refuses has heard of the others: told again each time, thousands of bad rows would take minutes.
  return answer
end
for _, name in ipairs(redis.call('HKEYS', verdicts)) do
  if string.sub(name, 1, #refused) == refused then
    table.insert(answer, string.sub(name, #refused + 1))
    table.insert(answer, redis.call('HGET', verdicts, name))
  end
end
return answer
