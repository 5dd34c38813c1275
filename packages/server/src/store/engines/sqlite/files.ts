// Database files as files, while nobody has them open: copied, renamed, set aside, and brought onto the disk.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

const CHUNK = 4 * 2 ** 20

/** Copies a file that must not be there yet. */
export function copyFile(from: string, to: string, tell: (share: number) => void): void {
  const source = openSync(from, 'r')
  const target = openSync(to, 'wx', 0o600)
  try {
    const { size } = fstatSync(source)
    const chunk = Buffer.allocUnsafe(CHUNK)
    for (let done = 0; ; ) {
      const count = readSync(source, chunk)
      if (count === 0) return
      for (let at = 0; at < count; ) at += writeSync(target, chunk, at, count - at)
      done += count
      tell(done / size)
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
}

/** Gives the database another name beside its own, which goes to the draft next: at no moment is there none. */
export function setAside(database: string, now: number): string {
  const aside = `${database}.before-restore-${new Date(now).toISOString().replaceAll(':', '-')}`
  // A log that holds something belongs to a file too broken to take it in; else what stands beside is of no use.
  const log = statSync(`${database}-wal`, { throwIfNoEntry: false })
  if (log && log.size > 0) renameSync(`${database}-wal`, `${aside}-wal`)
  for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true })
  try {
    linkSync(database, aside)
  } catch {
    // A file system without second names.
    renameSync(database, aside)
  }
  return aside
}

/** Gives the draft its name, unless somebody took that meanwhile. */
export function nameNew(draft: string, path: string): void {
  try {
    linkSync(draft, path)
    unlinkSync(draft)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    renameSync(draft, path)
  }
  syncDirectory(path)
}

/** A database's file and what SQLite keeps beside it. */
export function removeFile(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
}

/** Throws Error where something of the database is still in its log, which is not taken along. */
export function sync(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  if (log && log.size > 0) throw new Error(`${path} has a log that was not taken in`)
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
