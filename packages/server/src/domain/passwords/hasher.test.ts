import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { Worker } from 'node:worker_threads'
import argon2 from '@node-rs/argon2'
import bcryptjs from 'bcryptjs'
import { afterEach, describe, expect, test } from 'vitest'
import { createHasher, type Hasher, type HasherOptions, Overloaded } from './hasher.js'
import { type Argon2Cost, defaultCost } from './phc.js'
import { type PreparedPassword, preparePassword } from './policy.js'

const cheap: Argon2Cost = { memory: 64, passes: 1, parallelism: 1 }
const password = (text: string) => preparePassword(text)!
const right = password('correct horse')
const wrong = password('wrong horse')

const open: Hasher[] = []
const hasher = (options: Partial<HasherOptions> = {}) => {
  const made = createHasher({ argon2: cheap, workers: 2, maxWait: 60_000, ...options })
  open.push(made)
  return made
}
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())))

/** The threads that are started from here on; each appears a tick after its start. */
function watchThreads(): Worker[] {
  const threads: Worker[] = []
  const watch = (worker: Worker) => threads.push(worker)
  process.on('worker', watch)
  open.push({ close: async () => void process.off('worker', watch) } as Hasher)
  return threads
}

describe('a hash', () => {
  test('is argon2id at the configured cost with a salt of 16 bytes of its own', async () => {
    const { hash } = hasher({ argon2: defaultCost })
    const [one, other] = await Promise.all([hash(right), hash(right)])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(other).not.toBe(one)
  })

  test('fits its password and no other, nor the same one in another case or trimmed', async () => {
    const { hash, verify } = hasher()
    const stored = await hash(right)
    expect(await verify(right, stored)).toEqual({ ok: true, rehash: false })
    for (const text of ['wrong horse', 'Correct horse', 'correct horse ', ' correct horse', ''])
      expect(await verify(password(text), stored), text).toEqual({ ok: false, rehash: false })
  })

  test('is made of every byte of a long password', async () => {
    const { hash, verify } = hasher()
    const long = 'abcdefgh'.repeat(128)
    const stored = await hash(password(long))
    expect((await verify(password(long), stored)).ok).toBe(true)
    for (const text of [long.slice(0, 72), long.slice(0, -1), `${long.slice(0, -1)}x`])
      expect((await verify(password(text), stored)).ok).toBe(false)
  })

  test('fits every Unicode spelling of its password', async () => {
    const { hash, verify } = hasher()
    const stored = await hash(password('caf\u00e9 cr\u00e8me'))
    expect((await verify(password('cafe\u0301 cre\u0300me'), stored)).ok).toBe(true)
  })

  test('made by the library in this process, also in other variants, fits and is renewed where weaker', async () => {
    const { verify } = hasher({ argon2: { memory: 128, passes: 2, parallelism: 1 } })
    const by = (algorithm: number, memoryCost: number) =>
      argon2.hashSync('correct horse', { algorithm, memoryCost, timeCost: 2, parallelism: 1 })
    expect(await verify(right, by(2, 128))).toEqual({ ok: true, rehash: false })
    expect(await verify(right, by(2, 256))).toEqual({ ok: true, rehash: false })
    expect(await verify(right, by(2, 127))).toEqual({ ok: true, rehash: true })
    expect(await verify(right, by(1, 128))).toEqual({ ok: true, rehash: true })
    expect(await verify(right, by(0, 128))).toEqual({ ok: true, rehash: true })
    expect(await verify(wrong, by(2, 127))).toEqual({ ok: false, rehash: false })
  })
})

describe('equal work', () => {
  test('one hash is computed for an unknown account as for a known one, and the answer is no', async () => {
    const { hash, verify, stats } = hasher()
    const stored = await hash(right)
    for (const known of [stored, undefined, undefined, stored]) {
      const before = stats().done
      expect((await verify(wrong, known)).ok).toBe(false)
      expect(stats().done - before).toBe(1)
    }
  })

  test('where hashes of another kind were met, every failure computes each kind once, whoever was tried', async () => {
    const { hash, verify, stats } = hasher()
    const stored = await hash(right)
    const cost = async (typed: PreparedPassword, known: string | undefined, ok = false) => {
      const before = stats().done
      expect((await verify(typed, known)).ok).toBe(ok)
      return stats().done - before
    }
    const bcrypt = (rounds: string) => bcryptjs.hashSync('correct horse', `$2b$${rounds}$${'a'.repeat(21)}u`)
    expect(await cost(wrong, undefined)).toBe(1)
    expect(await cost(right, bcrypt('04'), true)).toBe(1)
    for (const known of [undefined, stored, bcrypt('04'), 'nobody understands this'])
      expect(await cost(wrong, known), known).toBe(2)
    expect(await cost(right, stored, true)).toBe(1)
    for (const rounds of ['05', '06', '07']) await verify(wrong, bcrypt(rounds))
    expect(await cost(wrong, undefined)).toBe(4)
  })

  test('a stored hash over the caps costs a usual hash and no memory of its own', async () => {
    const { verify, stats } = hasher()
    const huge = `$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
    const before = process.resourceUsage().maxRSS
    expect(await verify(right, huge)).toEqual({ ok: false, rehash: false, refused: 'cost_too_high' })
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(512 * 1024)
    expect(stats().done).toBe(1)
  })

  test('a stored hash that nobody understands is refused with its reason', async () => {
    const { verify, stats } = hasher()
    for (const stored of ['', 'correct horse', '$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA'])
      expect(await verify(right, stored)).toEqual({ ok: false, rehash: false, refused: 'unknown_format' })
    expect(stats().done).toBe(3)
  })
})

describe('the queue', () => {
  test('two hundred calls at once are all answered, by no more threads than allowed', async () => {
    const { hash, verify, stats } = hasher()
    const texts = Array.from({ length: 100 }, (_, index) => password(`password number ${index}`))
    const stored = await Promise.all(texts.map((text) => hash(text)))
    expect(new Set(stored).size).toBe(100)
    const verdicts = await Promise.all([
      ...stored.map((each, index) => verify(texts[index]!, each)),
      ...stored.map((each, index) => verify(texts[(index + 1) % 100]!, each)),
    ])
    expect(verdicts.map(({ ok }) => ok)).toEqual([...Array(100).fill(true), ...Array(100).fill(false)])
    expect(stats()).toMatchObject({ threads: 2, running: 0, waiting: 0, done: 300, turnedAway: 0 })
  })

  test('the first to come is the first to be served', async () => {
    const { hash } = hasher({ workers: 1 })
    const order: number[] = []
    await Promise.all([0, 1, 2, 3, 4, 5].map((number) => hash(right).then(() => order.push(number))))
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('what cannot be served in time is turned away at once and leaves the rest alone', async () => {
    const { hash, verify, stats } = hasher({ argon2: defaultCost, workers: 1, maxWait: 60 })
    const calls = Array.from({ length: 20 }, (_, index) =>
      index % 2 ? verify(right, undefined) : hash(right),
    )
    expect(stats()).toMatchObject({ running: 1, waiting: 4, turnedAway: 15 })
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(5).fill('fulfilled'),
      ...Array(15).fill('rejected'),
    ])
    const { reason } = outcomes.at(-1) as PromiseRejectedResult
    expect(reason).toBeInstanceOf(Overloaded)
    expect(reason.retryAfter).toBe(1)
    expect((await verify(right, await hash(right))).ok).toBe(true)
  })
})

describe('the threads', () => {
  test('none is started before the first call, and no second one for calls that come one by one', async () => {
    const threads = watchThreads()
    const { hash } = hasher()
    expect(threads).toHaveLength(0)
    for (let call = 0; call < 5; call += 1) await hash(right)
    expect(threads).toHaveLength(1)
    await Promise.all([hash(right), hash(right), hash(right)])
    expect(threads).toHaveLength(2)
  })

  test('one that dies at work takes its own job with it, and those that wait are served by another', async () => {
    const threads = watchThreads()
    const { hash, stats } = hasher({ workers: 1 })
    const calls = Promise.allSettled([hash(right), hash(right), hash(right)])
    await new Promise<void>((resolve) => process.nextTick(resolve))
    await threads[0]!.terminate()
    const outcomes = await calls
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect((outcomes[0] as PromiseRejectedResult).reason.message).toBe('a hashing thread died')
    expect(threads).toHaveLength(2)
    expect(stats()).toMatchObject({ threads: 1, running: 0, waiting: 0 })
  })

  test('one that dies idle is replaced when it is needed', async () => {
    const threads = watchThreads()
    const { hash, stats } = hasher({ workers: 1 })
    await hash(right)
    await threads[0]!.terminate()
    expect(stats().threads).toBe(0)
    expect(await hash(right)).toMatch(/^\$argon2id/)
    expect(threads).toHaveLength(2)
  })

  test('closing lets everything accepted finish, ends them, and refuses what comes later', async () => {
    const threads = watchThreads()
    const { hash, close, stats } = hasher()
    const calls = [1, 2, 3, 4, 5].map(() => hash(right))
    const closed = close()
    await expect(hash(right)).rejects.toThrow('the password hasher is closed')
    await Promise.all([closed, close()])
    expect(stats()).toMatchObject({ threads: 0, running: 0, waiting: 0, done: 5 })
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1])
    await expect(Promise.all(calls)).resolves.toHaveLength(5)
  })

  test('a process waits for its hashes, and an idle pool does not keep it', () => {
    const code = `
      import { createHasher } from ${JSON.stringify(new URL('./hasher.js', import.meta.url).href)}
      const { hash } = createHasher({ argon2: ${JSON.stringify(cheap)} })
      await hash('on a thread that starts')
      console.log(await hash('correct horse'))`
    const started = ['--input-type=module', '-e', code]
    // The timeout ends a process that would stay for ever.
    const printed = execFileSync(process.execPath, started, { encoding: 'utf8', timeout: 20_000 })
    expect(argon2.verifySync(printed.trim(), 'correct horse')).toBe(true)
  })

  // skipped: elsewhere than on Linux a priority belongs to the whole process
  test.skipIf(process.platform !== 'linux')(
    'they alone have a low priority (Linux only: elsewhere priority belongs to the process)',
    async () => {
      const usual = getPriority()
      const low = Math.max(15, usual)
      const niceOf = (task: string) => {
        const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
      }
      const lowered = () => readdirSync('/proc/self/task').filter((task) => niceOf(task) === low)
      const before = lowered().length
      const { hash } = hasher()
      await Promise.all([hash(right), hash(right)])
      expect(lowered().length - before).toBe(usual < low ? 2 : 0)
      expect(niceOf(String(process.pid))).toBe(usual)
    },
  )
})
