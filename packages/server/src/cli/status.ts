// `sallyport status`: where the server is, how it is, and how much is in it. Exit code 0 where it can do its work, 1 where
// it answers and cannot, 4 where nothing answers.
import { getStats, listKeys } from '@sallyport/protocol'
import type { Loaded } from '../config/load.js'
import { issuerOf, shownDatabase } from '../config/settings.js'
import { examineBeside, migrations, openEngine } from '../server.js'
import { systemClock } from '../util/clock.js'
import { measureOffset } from '../util/offset.js'
import type { Run } from './call.js'
import { clockToDatabase, kept } from './findings.js'
import { assertDatabase, databaseFile, openLoaded } from './open.js'
import { json, out, say, table } from './print.js'
import { type Answered, get, type Silent, whySilent } from './probe.js'
import { load, storeError } from './start.js'

type Asked = Answered | Silent

export const status: Run = async ({ asked, options }) => {
  const loaded = await load('development', asked)
  assertDatabase(loaded.settings)
  const issuer = issuerOf(loaded.settings)
  const [live, ready] = await Promise.all([get(`${issuer}/healthz`), get(`${issuer}/readyz`)])
  const { pending, clock } = await databaseOf(loaded)
  const server = { live: wordOf(live), ready: wordOf(ready) }
  const schema = pending.length === 0 ? 'up to date' : `${pending.length} pending`
  const redis = await besideOf(loaded)
  const isBlind = redis?.trouble !== undefined && redis.sessions
  const inside = pending.length === 0 && !isBlind ? await insideOf(loaded) : undefined
  const database = databaseFile(loaded.settings) ?? shownDatabase(loaded.settings)
  if (options.json)
    await out(
      json({
        issuer,
        server,
        database,
        schema,
        pending,
        ...(redis && { redis }),
        ...(clock && { clock }),
        ...inside,
      }),
    )
  else
    await out(
      table([
        ['issuer', issuer],
        ['server', 'failed' in live ? wordOf(live) : `${wordOf(live)}, readiness ${wordOf(ready)}`],
        ['database', database],
        ['schema', schema],
        ...(redis ? [['redis', redis.trouble ?? `${redis.host}: ok, ${kept(redis)}`]] : []),
        ...(clock ? [['clock', clock]] : []),
        ...rowsOf(inside),
      ]),
    )
  return verdict(live, ready, pending)
}

const besideOf = ({ settings }: Loaded) =>
  examineBeside(settings).catch((error) => {
    throw storeError(error, settings)
  })

function verdict(live: Asked, ready: Asked, pending: readonly string[]): number {
  if (pending.length > 0) say('→ sallyport migrate')
  if ('failed' in live) {
    say('→ sallyport serve, or see what is in the way with: sallyport doctor')
    return 4
  }
  const works = 'status' in ready && ready.status === 200 && pending.length === 0
  if (!works && pending.length === 0) say('→ sallyport doctor')
  return works ? 0 : 1
}

const wordOf = (answer: Asked) =>
  'failed' in answer ? `not reached: ${whySilent(answer)}` : answer.status === 200 ? 'ok' : `${answer.status}`

/** What the database lacks, and how our clock is to its own. */
async function databaseOf({ settings }: Loaded): Promise<{ pending: string[]; clock: string | undefined }> {
  const engine = await openEngine(settings).catch((error) => {
    throw storeError(error, settings)
  })
  try {
    const pending = (await engine.pending(migrations)).map(({ name }) => name)
    const found = engine.time && (await measureOffset(engine.time))
    return { pending, clock: found && clockToDatabase(found) }
  } finally {
    await engine.close()
  }
}

interface Inside {
  users: number
  sessions: number
  administrators: number
  keys: { kid: string; alg: string; state: string; days?: number }[]
}

async function insideOf(loaded: Loaded): Promise<Inside> {
  const operator = await openLoaded(loaded)
  try {
    const { users, sessions } = await operator.call(getStats, {})
    const { items } = await operator.call(listKeys, {})
    const keys = items.map(({ kid, alg, state, created_at }) => {
      const days =
        created_at === undefined ? undefined : Math.floor((systemClock.now() - created_at) / 86_400_000)
      return { kid, alg, state, ...(days !== undefined && { days }) }
    })
    return { users, sessions, administrators: await operator.administrators(), keys }
  } finally {
    await operator.close()
  }
}

function rowsOf(inside: Inside | undefined): string[][] {
  if (!inside) return []
  const { users, sessions, administrators, keys } = inside
  return [
    ['users', String(users)],
    ['sessions', String(sessions)],
    ['administrators', String(administrators)],
    ...keys.map(({ kid, alg, state, days }) => {
      const age = days === undefined ? '' : `, ${days} d old`
      return ['key', `${kid} (${alg}) ${state}${age}`]
    }),
  ]
}
