-- Mark lanes whose sessions are to be cut again; what is known of a lane is widened, never narrowed.
--
-- KEYS  set of projects with touched lanes, hash of this project's
-- ARGV  project, then lane, low, high and so on

redis.call('SADD', KEYS[1], ARGV[1])
for at = 2, #ARGV, 3 do
  local low, high = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local other_low, other_high = string.match(redis.call('HGET', KEYS[2], ARGV[at]) or '', '^(%d+):(%d+)$')
  if other_low then
    low, high = math.min(low, tonumber(other_low)), math.max(high, tonumber(other_high))
  end
  redis.call('HSET', KEYS[2], ARGV[at], string.format('%.0f:%.0f', low, high))
end
return #ARGV
