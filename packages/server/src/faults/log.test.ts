import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClient } from './client.js'
import { canMount, mountSmall } from './disk.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const mebibyte = 1024 * 1024
const flags = { ...unlimited, 'log.level': 'info' }

let home: Home
beforeEach(async () => {
  home = await makeHome({ people: 1 })
  return () => home.remove()
})
const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
})

/** As many requests as it takes to log this many bytes, several times a few hundred each. */
async function talk({ port }: Running, bytes: number): Promise<void> {
  const client = createClient(port)
  const path = `/v1/${'nothing/'.repeat(30)}`
  for (let logged = 0; logged < bytes; logged += 64 * 300) {
    const answers = await Promise.all(Array.from({ length: 64 }, () => client.get(path)))
    for (const { status } of answers) expect(status).toBe(404)
  }
  client.close()
}

it('serves on where nobody reads its log, and ends when it is told to', async () => {
  const server = await startServer(home, { flags, log: 'unread' })
  await talk(server, mebibyte)
  const client = createClient(server.port)
  const { tokens } = home.people[0]!
  expect(await client.post('/v1/refresh', { refresh_token: tokens[0] })).toMatchObject({ status: 200 })
  client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0, signal: null })
})

it('keeps no more than it may of a log that nobody reads, and says what was lost when somebody does', async () => {
  const server = await startServer(home, { flags, log: 'unread' })
  await talk(server, 6 * mebibyte)
  server.hear()
  await expect.poll(server.output, { timeout: 10_000 }).toMatch(/"lines":\d+.*"log lines were lost"/)
  expect(await stopServer(server)).toMatchObject({ code: 0, signal: null })
})

// skipped: a disk of its own needs root on Linux
it.skipIf(!canMount())(
  'serves on where the disk of its log is full, and writes again when it is not',
  async () => {
    const disk = mountSmall(home.directory, '1m')
    undo.push(disk.remove)
    const path = join(home.directory, 'log')
    const elsewhere = await makeHome({ people: 1 })
    undo.push(elsewhere.remove)
    const file = openSync(path, 'a')
    undo.push(() => closeSync(file))
    const server = await startServer(elsewhere, { flags, log: file })
    disk.fill()
    await talk(server, mebibyte)
    const full = statSync(path).size
    disk.empty()
    await talk(server, 100_000)
    await expect.poll(() => statSync(path).size).toBeGreaterThan(full)
    await pause(300)
    disk.fill()
    await talk(server, 100_000)
    expect(await stopServer(server)).toMatchObject({ code: 0, signal: null })
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines.some((line) => /"lines":\d+.*"log lines were lost"/.test(line))).toBe(true)
  },
)
