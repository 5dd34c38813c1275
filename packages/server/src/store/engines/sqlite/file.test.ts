import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stoppedClock } from '../../../util/clock.js'
import { people, person } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { StoreUnavailable } from '../../store.js'
import { loadDriver } from './driver.js'
import { openSqlite } from './sqlite.js'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-file-'))
chmodSync(directory, 0o755)
afterAll(() => rmSync(directory, { recursive: true }))

const open = (path: string, busyTimeout = 50) =>
  openSqlite({ path: join(directory, path), tables, clock: stoppedClock(), busyTimeout })

/** The message of what opening throws. */
const complaint = (path: string) =>
  open(path).then(
    () => 'opened',
    (error: Error) => error.message,
  )

/** Runs `body` as a user who is not root, so that the rights of files count. */
async function unprivileged<T>(body: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return body()
  process.seteuid!(65_534)
  try {
    return await body()
  } finally {
    process.seteuid!(0)
  }
}

test('a new database and the files beside it can be read by their owner alone', async () => {
  const engine = await open('mode.db')
  await engine.migrate(migrations)
  await engine.insert(people, person())
  for (const end of ['', '-wal', '-shm'])
    expect(statSync(join(directory, `mode.db${end}`)).mode & 0o777).toBe(0o600)
  await engine.close()
})

test('what was written is there when the file is opened again, all of it in the file itself', async () => {
  const first = await open('again.db')
  await first.migrate(migrations)
  const row = person({ mark: Buffer.from([0, 255]) })
  await first.insert(people, row)
  await first.close()
  expect(statSync(join(directory, 'again.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)
  const second = await open('again.db')
  expect(await second.pending(migrations)).toEqual([])
  expect(await second.get(people, { id: row.id })).toEqual(row)
  await second.close()
})

test('a directory that is not there, or is a file, is said to be so', async () => {
  writeFileSync(join(directory, 'plain'), '')
  expect(await complaint('missing/x.db')).toMatch(/missing does not exist: create it/)
  expect(await complaint('plain/x.db')).toMatch(/plain is not a directory/)
})

test('a path that is a directory is said to be so', async () => {
  mkdirSync(join(directory, 'folder.db'))
  expect(await complaint('folder.db')).toMatch(/folder\.db is not a file/)
})

test('a directory that cannot be written is said to be so', async () => {
  mkdirSync(join(directory, 'locked'))
  chmodSync(join(directory, 'locked'), 0o555)
  expect(await unprivileged(() => complaint('locked/x.db'))).toMatch(
    /x\.db cannot be made, see who may write its directory: EACCES/,
  )
})

test('a file that may only be read is said to be so', async () => {
  mkdirSync(join(directory, 'shared'))
  chmodSync(join(directory, 'shared'), 0o777)
  writeFileSync(join(directory, 'shared/x.db'), '')
  chmodSync(join(directory, 'shared/x.db'), 0o444)
  expect(await unprivileged(() => complaint('shared/x.db'))).toMatch(
    /x\.db is read-only: give this user the right to write it/,
  )
})

test('a database in a directory that may only be read is said to be so', async () => {
  mkdirSync(join(directory, 'frozen'))
  await (await open('frozen/x.db')).close()
  chmodSync(join(directory, 'frozen/x.db'), 0o666)
  chmodSync(join(directory, 'frozen'), 0o555)
  expect(await unprivileged(() => complaint('frozen/x.db'))).toMatch(
    /see that its directory and the files beside/,
  )
})

test('a file that is no database is said to be so and left as it is', async () => {
  writeFileSync(join(directory, 'text.db'), 'no database at all, '.repeat(100))
  expect(await complaint('text.db')).toMatch(/text\.db is not a SQLite database: move it away/)
  expect(statSync(join(directory, 'text.db')).size).toBe(2000)
})

test('a file that another process holds for itself is said to be so, and opens when it is let go', async () => {
  const { DatabaseSync } = await loadDriver()
  const foreign = new DatabaseSync(join(directory, 'held.db'), {})
  foreign.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; CREATE TABLE t (a)')
  const error = await open('held.db').catch((thrown) => thrown)
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(error.message).toMatch(/held\.db is locked by another process: end it/)
  foreign.close()
  await (await open('held.db')).close()
})
