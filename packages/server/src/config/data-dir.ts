// The data directory: made closed to others, and proven writable before anything depends on it.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { StartError } from './errors.js'
import { reasonOf } from './given.js'

/** Makes the directory (mode 0700) where it is missing. Throws StartError where it cannot be written. */
export function prepareDataDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new StartError(
      `the data directory ${path} cannot be written (${reasonOf(error)})`,
      'Let this user write there, or choose another with --data-dir',
      { cause: error },
    )
  }
}
