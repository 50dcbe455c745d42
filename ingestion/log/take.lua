-- Become the one who drains a shard, unless somebody is or the shard rests after a failure. Answers 1 or 0.
--
-- KEYS  lock, pause, log
-- ARGV  owner, lock_ms, group

if redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 0
end
-- Fails where the group exists, which is nearly always.
redis.pcall('XGROUP', 'CREATE', KEYS[3], ARGV[3], '0', 'MKSTREAM')
return 1
