// Import: how long 100,000 users with bcrypt hashes take from a file, as the command line brings them, and whether the
// memory of it grows with the file. No hash is tried at an import, so its cost does not matter here.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { median } from './measure.mjs'
import { makeData, timeProgram } from './server.mjs'

const [many, few] = [100_000, 10_000]
const digits = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export async function measure({ quick, say }) {
  const runs = { few: [], many: [], again: [] }
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    say(`round ${round + 1}`)
    const small = makeData('import-few')
    runs.few.push(await importOf(small, await writeUsers(small, few)))
    const large = makeData('import-many')
    const file = await writeUsers(large, many)
    runs.many.push(await importOf(large, file))
    runs.again.push(await importOf(large, file))
  }
  return rows(runs)
}

const importOf = (data, file) => timeProgram(data, ['import', file])

async function writeUsers({ folder }, count) {
  await pipeline(Readable.from(lines(count)), createWriteStream(join(folder, 'users.ndjson')))
  return 'users.ndjson'
}

function* lines(count) {
  for (let number = 1; number <= count; number++) {
    const digest = Array.from({ length: 31 }, (_, at) => digits[(number * (at + 7) + at) % 64]).join('')
    const user = {
      email: `person${number}@example.test`,
      username: `person${number}`,
      name: `Person ${number}`,
      email_verified: number % 2 === 0,
      password_hash: `$2b$12$abcdefghijklmnopqrstuu${digest}`,
      created_at: 1_600_000_000 + number,
    }
    yield `${JSON.stringify(user)}\n`
  }
}

const of = (list, pick) => median(list.map(pick))
const seconds = (run) => run.seconds
const peak = (run) => run.peak

function rows({ few: small, many: large, again }) {
  return [
    {
      figure: 'import: 100,000 users with bcrypt hashes from NDJSON',
      measured: of(large, seconds),
      target: 60,
      unit: 's',
      behind: {
        'users/s': many / of(large, seconds),
        'seconds for 10,000': of(small, seconds),
        'seconds for the same file once more, when all are there': of(again, seconds),
      },
    },
    {
      figure: 'import: most memory for 100,000 users against 10,000',
      measured: of(large, peak) / of(small, peak),
      target: 1.5,
      unit: '×',
      behind: { 'MiB for 10,000': of(small, peak), 'MiB for 100,000': of(large, peak) },
    },
  ]
}
