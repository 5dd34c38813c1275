// A disk of a few megabytes, to be filled up or closed to writing. It is a tmpfs, which only root on Linux may mount;
// a test that needs one asks `canMount` first and says so where it is skipped.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Disk {
  makeReadOnly(): void
  /** Takes every byte that is left. */
  fill(): void
  /** Gives back what `fill` took. */
  empty(): void
  remove(): void
}

let mountable: boolean | undefined

/** Whether a tmpfs can be mounted here; tried once. */
export function canMount(): boolean {
  if (mountable === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-mount-'))
    mountable =
      process.platform === 'linux' && run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory)
    if (mountable) run('umount', directory)
    rmSync(directory, { recursive: true, force: true })
  }
  return mountable
}

const run = (command: string, ...words: string[]) => spawnSync(command, words).status === 0

function must(command: string, ...words: string[]): void {
  if (!run(command, ...words)) throw new Error(`${command} ${words.join(' ')} failed`)
}

/** Mounts a disk of `size` (such as `4m`) at an existing directory. Throws an Error where it cannot. */
export function mountSmall(directory: string, size: string): Disk {
  must('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory)
  const filler = join(directory, 'filler')
  return {
    makeReadOnly: () => must('mount', '-o', 'remount,ro', directory),
    fill: () => fill(filler),
    empty: () => rmSync(filler, { force: true }),
    remove: () => must('umount', '-l', directory),
  }
}

function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (let size = 65_536; size >= 1; ) size = writes(file, size) ? size : size >> 1
  } finally {
    closeSync(file)
  }
}

function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size, 1)) > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
