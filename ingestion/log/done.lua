-- Strike off what a rollup has finished and let it go on, if the one that asks still is the one that works.
-- Answers 1 or 0.
--
-- KEYS  lock, hash or set of what was taken
-- ARGV  owner, lock_ms, HDEL or SREM, then what is finished

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call(ARGV[3], KEYS[2], unpack(ARGV, 4))
return 1
