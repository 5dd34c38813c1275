// The master secret: from the setting, else from the file `secret` in the data directory, else made there once.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../util/setting.js'
import { prepareDataDir } from './data-dir.js'
import { StartError } from './errors.js'
import { reasonOf } from './given.js'
import { dataDir, isEmbedded, type Mode, secret, secretAlso } from './settings.js'
import { decodeSecret, weakness } from './weak.js'

export interface MasterSecret {
  /** Written and read with. */
  readonly current: Buffer
  /** Only read with, while the one replaces the other. */
  readonly also?: Buffer
  /** What production would refuse; development says it and goes on. */
  readonly warning?: string
}

/**
 * Finds the master secret. Development makes one in the data directory where none is; production takes one that
 * stands there and makes none. Throws StartError where it is missing, malformed, readable by others or (production)
 * weak or publicly known.
 */
export function readSecret(settings: Settings, mode: Mode): MasterSecret {
  const first = given(settings) ?? stored(settings, mode)
  const current = judge(first.text, first.name, mode)
  const second = settings.get(secretAlso)
  const also = second === undefined ? undefined : judge(second, 'secret_also', mode)
  const warning = current.warning ?? also?.warning
  return { current: current.bytes, ...(also && { also: also.bytes }), ...(warning && { warning }) }
}

interface Named {
  text: string
  name: string
}

function given(settings: Settings): Named | undefined {
  const text = settings.get(secret)
  return text === undefined ? undefined : { text, name: 'secret' }
}

function judge(text: string, name: string, mode: Mode): { bytes: Buffer; warning?: string } {
  const fault = weakness(text)
  const bytes = decodeSecret(text)
  if (fault && (mode === 'production' || !bytes || bytes.length < 32))
    throw new StartError(`the master secret (${name}) ${fault}`, 'Make a new one with: openssl rand -hex 32')
  return fault ? { bytes: bytes!, warning: `the master secret (${name}) ${fault}` } : { bytes: bytes! }
}

function stored(settings: Settings, mode: Mode): Named {
  const directory = resolve(settings.get(dataDir))
  const path = join(directory, 'secret')
  if (!isEmbedded(settings))
    throw new StartError(
      'no master secret is set, and one kept in data_dir would not be shared with the other servers of the database',
      'Set SALLYPORT_SECRET to the output of: openssl rand -hex 32',
    )
  const found = readSecretFile(path)
  if (found !== undefined) return { text: found, name: path }
  if (mode === 'production')
    throw new StartError(
      `no master secret is set, and ${path} does not exist`,
      `Make one, and keep a copy of it: (umask 077; mkdir -p ${quote(directory)} && openssl rand -hex 32 > ${quote(path)})`,
    )
  prepareDataDir(directory)
  return { text: makeSecretFile(path), name: path }
}

/** The text of the file, undefined where there is none. Throws StartError where others can read it, or we cannot. */
function readSecretFile(path: string): string | undefined {
  try {
    const { mode } = statSync(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new StartError(
        `${path} can be read by other users (mode ${(mode & 0o777).toString(8)})`,
        `Close it with: chmod 600 ${quote(path)}`,
      )
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (error instanceof StartError) throw error
    const next = `Look at it with: ls -ld ${quote(path)}`
    throw new StartError(`the master secret ${path} cannot be read (${reasonOf(error)})`, next)
  }
}

/** Written aside, then linked into place: of two processes one wins, and nobody ever reads half a secret. */
function makeSecretFile(path: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
  const text = randomBytes(32).toString('base64url')
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeSync(file, `${text}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
    return text
  } catch (error) {
    const winner = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readSecretFile(path) : undefined
    if (winner !== undefined) return winner
    throw new StartError(
      `the master secret ${path} cannot be made (${reasonOf(error)})`,
      `Make it by hand: (umask 077; openssl rand -hex 32 > ${quote(path)})`,
    )
  } finally {
    try {
      unlinkSync(draft)
    } catch {
      // never made, or gone with the disk
    }
  }
}

/** A path as a shell reads it. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
