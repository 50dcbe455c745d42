-- Let the events of one request in, all at once: seen before? which session? append, wake the drain.
--
-- KEYS     for each shard that is written to: its log and its due flag; then whatever the events name by position
-- ARGV[1]  msgpack {due_ms, shards, offset, events, most}; positions count from behind the offset, 0 stands for no key
--   most       entries that a log may hold; if one holds that many, nothing is let in
--   event      {seen, seen_ms, created, gap_ms, candidates, is_event}
--              seen: position of the key that remembers the event
--              is_event: whether it belongs to a session; what is said about a person only asks for the live one
--   candidate  {live, shard, at}: one device that this may be, in order of preference
--              live: position of the key of the device's live session; shard 0: it is not kept
-- ARGV[at]  the candidate's answer, and behind it its packed event: cmsgpack knows no binary text
-- Answers {shards to wake, {repeated, started or -1, candidate or the remembered answer} per event},
-- or 0 if a log is full.

local due_ms, shards, offset, events, most = unpack(cmsgpack.unpack(ARGV[1]))

-- Not even what would turn out to be a repeat: its sender comes again.
for shard = 1, shards do
  if redis.call('XLEN', KEYS[2 * shard - 1]) >= most then
    return 0
  end
end

-- The session that a moment falls into: "start:last" of the device's live one, or one that begins with it.
local function session_at(live, created, gap_ms)
  local start, last = string.match(redis.call('GET', live) or '', '^(%d+):(%d+)$')
  if not start then
    return nil
  end
  start, last = tonumber(start), tonumber(last)
  if created > last + gap_ms or created < start - gap_ms then
    return nil, last
  end
  return math.min(start, created), math.max(last, created)
end

-- The device with a live session, else the first; what happened before the live session leaves it as it is.
local function place(candidates, created, gap_ms)
  local newest
  for number, candidate in ipairs(candidates) do
    if candidate[1] > 0 then
      local start, last = session_at(KEYS[offset + candidate[1]], created, gap_ms)
      if start then
        redis.call('SET', KEYS[offset + candidate[1]], string.format('%.0f:%.0f', start, last), 'PX', gap_ms)
        return number, start
      end
      if number == 1 then
        newest = last
      end
    end
  end
  if candidates[1][1] > 0 and not (newest and created < newest) then
    redis.call('SET', KEYS[offset + candidates[1][1]], string.format('%.0f:%.0f', created, created), 'PX', gap_ms)
  end
  return 1, created
end

-- The device with a live session, else the first and no session; changes nothing.
local function present(candidates, created, gap_ms)
  for number, candidate in ipairs(candidates) do
    local start = candidate[1] > 0 and session_at(KEYS[offset + candidate[1]], created, gap_ms)
    if start then
      return number, start
    end
  end
  return 1, -1
end

local function remembered(value)
  local started, answer = string.match(value, '^(%-?%d+)\n(.*)$')
  return {1, tonumber(started), answer}
end

local entries, replies = {}, {}
for index, event in ipairs(events) do
  local seen, seen_ms, created, gap_ms, candidates, is_event = unpack(event)
  local before = seen > 0 and redis.call('GET', KEYS[offset + seen])
  if before then
    replies[index] = remembered(before)
  else
    local number, started = (is_event and place or present)(candidates, created, gap_ms)
    local _, shard, at = unpack(candidates[number])
    if seen > 0 then
      redis.call('SET', KEYS[offset + seen], string.format('%.0f\n', started) .. ARGV[at], 'PX', seen_ms)
    end
    if shard > 0 then
      entries[shard] = entries[shard] or {}
      table.insert(entries[shard], ARGV[at + 1])
    end
    replies[index] = {0, started, number}
  end
end

-- A msgpack array of events that are packed already.
local function array(parts)
  local count = #parts
  local head = string.char(0xdd, 0, math.floor(count / 65536), math.floor(count / 256) % 256, count % 256)
  return head .. table.concat(parts)
end

local wake = {}
for shard = 1, shards do
  if entries[shard] then
    redis.call('XADD', KEYS[2 * shard - 1], '*', 'e', array(entries[shard]))
    if redis.call('SET', KEYS[2 * shard], '1', 'NX', 'PX', due_ms) then
      table.insert(wake, shard)
    end
  end
end
return {wake, replies}
