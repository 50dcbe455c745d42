-- Let the events of some requests in: seen before? which session? append, wake the drain. Each request all or nothing.
--
-- KEYS     for each shard that is written to: its log and its due flag; then whatever the requests name by position
-- ARGV[1]  msgpack {due_ms, most, shards, offset, requests}; positions count from behind the offset, 0 stands for none
--   most       entries that a log may hold; of a request for a log with that many nothing is let in
--   request    {into, gap_ms, at, created, place_of, places, is_event, seen, seen_ms, answers}
--              into: the shards that it may write to
--              at: where in ARGV its first packed event is, the others follow; cmsgpack knows no binary text
--              created, place_of: of each event its time, and its place in `places`
--              is_event: of each whether it belongs to a session, 0 if all do; what is said about a person does not
--              seen, seen_ms, answers: of each the position of the key that remembers it (0: none does), for how long,
--              and where in ARGV the answer is that is to be remembered; all 0 if no event is remembered
--   place      {live, shard}: position of the key of the device's live session; shard 0: it is not kept
--              {live, shard, live, shard, device}: a second device that it is of if that one has a live session
-- Answers {shards to wake, of each request {starts, odd} or 0 if one of its logs is full}
--   starts     of each event the start of its session or -1
--   odd        number of an event, and 2 if it is of the second device or, for a repeat, the remembered answer

local due_ms, most, shards, offset, requests = unpack(cmsgpack.unpack(ARGV[1]))

local is_full, logs, lives = {}, {}, {}
for shard = 1, shards do
  is_full[shard] = redis.call('XLEN', KEYS[2 * shard - 1]) >= most
  logs[shard] = {}
end

-- The live session behind a key, {start, last}; looked up once, and written back at the end if it moved.
local function live_at(position)
  local live = lives[position]
  if not live then
    local start, last = string.match(redis.call('GET', KEYS[offset + position]) or '', '^(%d+):(%d+)$')
    live = {tonumber(start), tonumber(last)}
    lives[position] = live
  end
  return live
end

local function holds(live, created, gap_ms)
  return live[1] and created <= live[2] + gap_ms and created >= live[1] - gap_ms
end

local function move(live, start, last, gap_ms)
  live[1], live[2], live.gap_ms = start, last, gap_ms
  return start
end

-- The device with a live session, else the first; what happened before the live session leaves it as it is.
local function settle(place, created, gap_ms)
  for which = 1, place[3] and 2 or 1 do
    local live = place[2 * which - 1] > 0 and live_at(place[2 * which - 1])
    if live and holds(live, created, gap_ms) then
      return which, move(live, math.min(live[1], created), math.max(live[2], created), gap_ms)
    end
  end
  local first = place[1] > 0 and live_at(place[1])
  if first and not (first[2] and created < first[2]) then
    move(first, created, created, gap_ms)
  end
  return 1, created
end

-- The device with a live session, else the first and no session; changes nothing.
local function present(place, created, gap_ms)
  for which = 1, place[3] and 2 or 1 do
    local live = place[2 * which - 1] > 0 and live_at(place[2 * which - 1])
    if live and holds(live, created, gap_ms) then
      return which, live[1]
    end
  end
  return 1, -1
end

-- Where in a packed text the next begins.
local function behind(packed, at)
  local head = string.byte(packed, at)
  if head < 0xc0 then
    return at + 1 + head - 0xa0
  elseif head == 0xd9 then
    return at + 2 + string.byte(packed, at + 1)
  end
  return at + 3 + 256 * string.byte(packed, at + 1) + string.byte(packed, at + 2)
end

-- The same of another device. Made devices have 16 letters, so nothing but these changes: in an answer they follow
-- the event's id, in an event the project's and the event's; a change is a map, which names them.
local function of_device(packed, device)
  local head, at = string.byte(packed), nil
  if head >= 0x90 and head < 0xa0 then
    at = behind(packed, 2)
  elseif head == 0xdc then
    at = behind(packed, behind(packed, 4))
  else
    -- No text can pass for this: the last byte is none that may follow a letter in UTF-8.
    at = string.find(packed, 'device_id\176', 1, true) + 9
  end
  return string.sub(packed, 1, at) .. device .. string.sub(packed, at + 17)
end

local function blocked(into)
  for _, shard in ipairs(into) do
    if is_full[shard] then
      return true
    end
  end
end

local function let_in(request)
  local into, gap_ms, at, created, place_of, places, is_event, seen, seen_ms, answers = unpack(request)
  if blocked(into) then
    return 0
  end
  local starts, odd = {}, {}
  for index, moment in ipairs(created) do
    local key = seen ~= 0 and seen[index] > 0 and KEYS[offset + seen[index]]
    local before = key and redis.call('GET', key)
    if before then
      local started, answer = string.match(before, '^(%-?%d+)\n(.*)$')
      starts[index] = tonumber(started)
      table.insert(odd, index)
      table.insert(odd, answer)
    else
      local place = places[place_of[index]]
      local find = (is_event == 0 or is_event[index]) and settle or present
      local which, started = find(place, moment, gap_ms)
      local packed = ARGV[at + index - 1]
      local answer = key and ARGV[answers[index]]
      if which == 2 then
        packed, answer = of_device(packed, place[5]), answer and of_device(answer, place[5])
        table.insert(odd, index)
        table.insert(odd, 2)
      end
      starts[index] = started
      if key then
        redis.call('SET', key, string.format('%.0f\n', started) .. answer, 'PX', seen_ms[index])
      end
      local log = logs[place[2 * which]]
      if log then
        log[#log + 1] = packed
      end
    end
  end
  return {starts, odd}
end

local replies = {}
for number, request in ipairs(requests) do
  replies[number] = let_in(request)
end
for position, live in pairs(lives) do
  if live.gap_ms then
    redis.call('SET', KEYS[offset + position], string.format('%.0f:%.0f', live[1], live[2]), 'PX', live.gap_ms)
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
  if #logs[shard] > 0 then
    redis.call('XADD', KEYS[2 * shard - 1], '*', 'e', array(logs[shard]))
    if redis.call('SET', KEYS[2 * shard], '1', 'NX', 'PX', due_ms) then
      table.insert(wake, shard)
    end
  end
end
return {wake, replies}
