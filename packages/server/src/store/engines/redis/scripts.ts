// What runs inside Redis. Every script has one key, so that Redis Cluster takes it; what it has read cannot change before
// it writes. Time is the store's clock, handed in: PEXPIRE only clears away, a minute after no verb sees the row any more.
import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/** The store's time and the column of the end, and what all scripts on rows do with them. */
const row = `
local key, at = KEYS[1], 0
local function given() at = at + 1 return ARGV[at] end
local now, expires = tonumber(given()), given()
local function alive()
  if redis.call('EXISTS', key) == 0 then return false end
  local ends = expires ~= '' and redis.call('HGET', key, expires)
  return not ends or tonumber(ends) > now
end
local function clearLater()
  if expires == '' then return end
  local ends = redis.call('HGET', key, expires)
  if ends then redis.call('PEXPIRE', key, math.max(1, tonumber(ends) - now) + 60000) else redis.call('PERSIST', key) end
end
local function put()
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(ARGV, at + 1))
  clearLater()
end
`

/** Texts are compared byte by byte: Lua's own < goes by the locale of the server. */
const guard = `
local function compare(a, b, kind)
  if kind == 'number' then return tonumber(a) - tonumber(b) end
  for i = 1, math.min(#a, #b) do
    local difference = string.byte(a, i) - string.byte(b, i)
    if difference ~= 0 then return difference end
  end
  return #a - #b
end
local function holds(mine, operator, kind, values)
  if operator == 'null' then return not mine end
  if not mine then return false end
  if operator == 'some' then return true end
  if operator == 'in' or operator == '=' then
    for _, value in ipairs(values) do if mine == value then return true end end
    return false
  end
  if operator == 'prefix' then return string.sub(mine, 1, #values[1]) == values[1] end
  if operator == 'contains' then return string.find(mine, values[1], 1, true) ~= nil end
  local order = compare(mine, values[1], kind)
  if operator == '<' then return order < 0 end
  if operator == '<=' then return order <= 0 end
  if operator == '>' then return order > 0 end
  return order >= 0
end
local function guarded()
  if not alive() then return false end
  for _ = 1, tonumber(given()) do
    local column, operator, kind, values = given(), given(), given(), {}
    for i = 1, tonumber(given()) do values[i] = given() end
    if not holds(redis.call('HGET', key, column), operator, kind, values) then return false end
  end
  return true
end
`

/** Puts a row where none stands. Arguments: now, expires, fields. */
export const insertRow = script(`${row}
if alive() then return 0 end
put()
return 1`)

/** Arguments: now, expires, column, by, fields of the row to put where none stands. */
export const incrementRow = script(`${row}
local column, by = given(), given()
if alive() then return redis.call('HINCRBY', key, column, by) end
put()
return tonumber(by)`)

/** Arguments: now, expires, conditions, then for each change: column, how (set, add, clear), value. */
export const updateRow = script(`${row}${guard}
if not guarded() then return 0 end
while at < #ARGV do
  local column, how, value = given(), given(), given()
  if how == 'clear' then redis.call('HDEL', key, column)
  elseif how == 'add' then redis.call('HINCRBY', key, column, value)
  else redis.call('HSET', key, column, value) end
  if column == expires then clearLater() end
end
return 1`)

/** Removes the row and answers its fields; none where the guard does not hold. Arguments: now, expires, conditions. */
export const takeRow = script(`${row}${guard}
if not guarded() then return {} end
local fields = redis.call('HGETALL', key)
redis.call('DEL', key)
return fields`)

/**
 * Claims the values of a unique set for a row. Arguments: the row's key, a mark of this attempt, how long in milliseconds
 * or 0 for ever, and the mark of a claim that may be replaced. Answers nothing where it is granted, else the holder, its
 * mark and the claim's age in milliseconds by Redis' own clock, which is the same for all servers.
 */
export const claimValues = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local there = redis.call('HMGET', KEYS[1], 'row', 'mark', 'at')
if there[1] and there[2] ~= ARGV[4] then return {there[1], there[2], string.format('%.0f', now - there[3])} end
redis.call('HSET', KEYS[1], 'row', ARGV[1], 'mark', ARGV[2], 'at', string.format('%.0f', now))
if ARGV[3] == '0' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {}`)

/** Gives up a claim. Arguments: a field (row or mark) and what it must hold. */
export const releaseClaim = script(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('DEL', KEYS[1]) end
return 0`)

/** Claims live as long as their row. Arguments: the row's key, milliseconds or 0 for ever. */
export const renewClaim = script(`
if redis.call('HGET', KEYS[1], 'row') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('PERSIST', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

/**
 * Lists a row in an index, scored by its end, and drops those past it. Arguments: the row's key, its end or +inf, now.
 * The index itself is cleared away after the last of them.
 */
export const listRow = script(`
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if not last then return 0 end
if last == 'inf' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], math.max(1, tonumber(last) - tonumber(ARGV[3])) + 60000) end
return 1`)
