-- The next batch of a shard, for the owner of its lock alone. Answers {id, payload, id, payload, …}, or nil if the
-- lock is somebody else's by now.
--
-- KEYS  lock, log, due flag
-- ARGV  owner, lock_ms, group, consumer, '0' for what was read before and not finished or '>' for new entries,
--       most entries, most bytes, due_ms

local lock, log, due = unpack(KEYS)
local owner, lock_ms, group, consumer, from, most, most_bytes, due_ms = unpack(ARGV)
if redis.call('GET', lock) ~= owner then
  return nil
end
redis.call('PEXPIRE', lock, lock_ms)

local flat, count, bytes = {}, 0, 0
local function take(some)
  local streams = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', some, 'STREAMS', log, from)
  local entries = streams and streams[1][2] or {}
  for _, entry in ipairs(entries) do
    -- An entry that somebody deleted while it was pending has no fields left.
    local payload = entry[2] and entry[2][2] or ''
    table.insert(flat, entry[1])
    table.insert(flat, payload)
    bytes = bytes + #payload
  end
  count = count + #entries
  return #entries
end

most = tonumber(most)
if from == '0' then
  -- All of it and nothing more: the batch must be the same as the first time.
  take(1000000)
  return flat
end
-- One by one: what is read cannot be put back, and an entry may have megabytes.
while count < most and bytes < tonumber(most_bytes) do
  if take(1) == 0 then
    break
  end
end
if count == 0 then
  -- In one step with the look that found nothing: whoever appends after it finds no flag and wakes a drain.
  redis.call('DEL', due, lock)
else
  redis.call('SET', due, '1', 'PX', due_ms)
end
return flat
