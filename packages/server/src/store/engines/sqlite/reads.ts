// Reads of SQLite: by key and by index on the main thread's read-only connection, where they cost a few microseconds;
// what may look at many rows in the reader thread. Statements are prepared once for each shape.
import type { Store } from '../../store.js'
import type { Stored } from '../../values.js'
import { createReads as createQuestions, type Question } from '../sql/reads.js'
import { type Database, type Prepared, prepareRows, toStoreError, waitForLock } from './driver.js'
import { flavour } from './flavour.js'
import type { Moment } from './moment.js'

export interface Reading {
  readonly db: Database
  /** Runs SQL off the main thread. */
  elsewhere(sql: string, values: readonly Stored[]): Promise<Stored[][]>
  now(): number
  /** How long a foreign lock is waited for, in milliseconds. */
  readonly wait: number
  readonly moment: Moment
}

export function createReads(reading: Reading): Pick<Store, 'get' | 'list' | 'count'> {
  return createQuestions<Prepared>({
    flavour,
    now: reading.now,
    rows: (question, values, effort) => {
      if (effort === 'scan') return reading.elsewhere(question.text, values)
      if (effort === 'index') return here(reading, () => prepare(reading, question).all(...values))
      return here(reading, () => {
        const row = prepare(reading, question).get(...values)
        return row === undefined ? [] : [row]
      })
    },
  })
}

function prepare({ db }: Reading, question: Question<Prepared>): Prepared {
  question.kept ??= prepareRows(db, question.text)
  return question.kept
}

/** Reads on the main thread. Where a foreign lock is in the way, which is rare, the reading is tried again later. */
export function here<T>({ wait, moment }: Pick<Reading, 'wait' | 'moment'>, read: () => T): Promise<T> {
  try {
    moment.keep()
    return Promise.resolve(read())
  } catch {
    moment.pass()
    return waitForLock(wait, read).catch((error) => {
      throw toStoreError(error)
    })
  }
}
