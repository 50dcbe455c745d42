-- Go on draining a shard, if one still is the one who does. Answers 1 or 0.
--
-- KEYS  lock
-- ARGV  owner, lock_ms

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
