// `sallyport export`: every user into a new file. With password hashes it is sealed to a passphrase; without them it is
// NDJSON that anybody can read. A file that is there is never written over, and one that was not finished is removed.
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { reasonOf } from '../config/given.js'
import type { Operator } from '../server.js'
import { sealStream } from '../util/sealed-file.js'
import { askSecret, givenSecret, isAttended } from './ask.js'
import type { Call, Run } from './call.js'
import { withOperator } from './open.js'
import { json, out, progress, progressDone, say } from './print.js'
import { CommandError, usage } from './speak.js'

const SHORTEST = 12
const help = 'sallyport export --help'

export const exportFile: Run = (call) =>
  withOperator(call, async (operator) => {
    const path = call.names[0]!
    const passphrase = await passphraseOf(call)
    const file = await create(path)
    let users = 0
    try {
      const rows = lines(operator, passphrase !== undefined, (count) => {
        users = count
        progress(`${count} users`)
      })
      await write(file, passphrase === undefined ? rows : sealStream(rows, passphrase))
      await operator.exported({ file: basename(path), users, passwords: passphrase !== undefined })
    } catch (error) {
      await unlink(path)
      throw fileError(path, error)
    } finally {
      progressDone()
      await file.close()
    }
    if (call.options.json) await out(json({ file: path, users, sealed: passphrase !== undefined }))
    say(
      `${users} users${passphrase === undefined ? ', without passwords' : ', sealed with their password hashes'}.`,
    )
    return 0
  })

/** Undefined where hashes are left out. Throws CommandError (2, 3). */
async function passphraseOf({ options }: Call): Promise<string | undefined> {
  const { withoutPasswords, passphraseStdin, passphraseFile } = options
  const given = await givenSecret('passphrase', passphraseStdin, passphraseFile, help)
  if (withoutPasswords && given !== undefined)
    throw usage('without passwords the file is not sealed, so there is no use for a passphrase', help)
  if (withoutPasswords) return undefined
  if (given === undefined && !isAttended())
    throw usage(
      'password hashes leave only sealed to a passphrase',
      'Name one with --passphrase-file or --passphrase-stdin, or leave the hashes out with --without-passwords',
    )
  const passphrase = given ?? (await askSecret(`Passphrase for the file, ${SHORTEST} characters or more`))
  if ([...passphrase].length >= SHORTEST) return passphrase
  throw usage(
    `the passphrase has fewer than ${SHORTEST} characters`,
    'Take a longer one, such as what openssl rand -base64 24 prints',
  )
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw fileError(path, error)
  }
}

function fileError(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return usage(`${path} is there already and is not written over`, 'Name a new file')
  if (syscall === undefined || !['open', 'write', 'fsync'].includes(syscall)) return error
  return new CommandError(`${path} cannot be written (${reasonOf(error)})`, help, 1)
}

/** Written whole, and on the disk before anybody is told. */
async function write(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    let from = 0
    while (from < chunk.length) from += (await file.write(chunk, from)).bytesWritten
  }
  await file.sync()
}

async function* lines(
  operator: Operator,
  passwords: boolean,
  tell: (count: number) => void,
): AsyncGenerator<Buffer> {
  let count = 0
  for await (const rows of operator.exportUsers(passwords)) {
    count += rows.length
    yield Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    tell(count)
  }
}
