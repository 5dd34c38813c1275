// The data directory: made closed to others, and proven writable before anything depends on it.
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from './errors.js'
import { reasonOf } from './given.js'

/** Makes the directory (mode 0700) where it is missing. Throws StartError where it cannot be written. */
export function prepareDataDir(path: string): void {
  try {
    make(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    readdirSync(path)
  } catch (error) {
    throw new StartError(
      `the data directory ${path} cannot be written (${reasonOf(error)})`,
      'Let this user write there, or choose another with --data-dir',
      { cause: error },
    )
  }
}

/** Parents first. Node's own recursive mkdir never returns where a file system has no place for new names (/proc). */
function make(path: string): void {
  if (existsSync(path)) return
  if (!existsSync(dirname(path))) make(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
