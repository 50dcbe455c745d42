-- A batch is stored: forget its entries, set aside what could not be stored, note the lanes that it touched. Two
-- holders may come here with the same batch, stored under the same tokens; all of it is done for the first alone.
-- Answers 1 if the lock is still the owner's, else 0.
--
-- KEYS     lock, log, flushed, failures, verdicts, quarantine, set of projects with touched lanes, then a hash per project,
--          then two sets per mark: of projects, of names
-- ARGV[1]  owner
-- ARGV[2]  msgpack {group, flush_ms, ids, refused: {number of arguments, …}, touched: {{project, {lane, low, high, …}}},
--          marks: {{project, {name, …}}}}
-- ARGV[3…] field, value, … of what is refused, one after another: cmsgpack knows no binary text

local lock, log, flushed, failures, verdicts, quarantine, projects = unpack(KEYS)
local BEFORE = 7 -- those keys
local is_owner = redis.call('GET', lock) == ARGV[1] and 1 or 0
local group, flush_ms, ids, refused, touched, marks = unpack(cmsgpack.unpack(ARGV[2]))
local STEP = 900 -- Lua passes only so many arguments at once

local acknowledged = 0
for first = 1, #ids, STEP do
  local some = {unpack(ids, first, math.min(first + STEP - 1, #ids))}
  acknowledged = acknowledged + redis.call('XACK', log, group, unpack(some))
  redis.call('XDEL', log, unpack(some))
end
if acknowledged == 0 then
  return is_owner
end

local at = 3
for _, count in ipairs(refused) do
  redis.call('XADD', quarantine, '*', unpack(ARGV, at, at + count - 1))
  at = at + count
end

-- What the hash says of a lane is widened, never narrowed.
local function widened(span, low, high)
  local other_low, other_high = string.match(span or '', '^(%d+):(%d+)$')
  if other_low then
    low, high = math.min(low, tonumber(other_low)), math.max(high, tonumber(other_high))
  end
  return string.format('%.0f:%.0f', low, high)
end

-- Widen the spans of some lanes of a hash; `spans` is lane, low, high and so on.
local function touch(key, spans, first, last)
  local lanes, values = {}, {}
  for at = first, last, 3 do
    table.insert(lanes, spans[at])
  end
  for number, span in ipairs(redis.call('HMGET', key, unpack(lanes))) do
    local at = first + 3 * (number - 1)
    table.insert(values, spans[at])
    table.insert(values, widened(span, spans[at + 1], spans[at + 2]))
  end
  redis.call('HSET', key, unpack(values))
end

for number, project in ipairs(touched) do
  local name, spans = unpack(project)
  redis.call('SADD', projects, name)
  for first = 1, #spans, 3 * STEP do
    touch(KEYS[BEFORE + number], spans, first, math.min(first + 3 * STEP - 1, #spans))
  end
end

for number, mark in ipairs(marks) do
  local project, names = unpack(mark)
  local at = BEFORE + #touched + 2 * number
  redis.call('SADD', KEYS[at - 1], project)
  for first = 1, #names, STEP do
    redis.call('SADD', KEYS[at], unpack(names, first, math.min(first + STEP - 1, #names)))
  end
end

redis.call('DEL', failures, verdicts)
if flush_ms > 0 then
  redis.call('SET', flushed, '1', 'PX', flush_ms)
end
return is_owner
