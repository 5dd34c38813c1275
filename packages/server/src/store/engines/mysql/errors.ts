// What the errors of MySQL and MariaDB mean, by their numbers. An error of the driver never leaves the engine: its message
// and its members hold values of the row.
import { StoreUnavailable, UniqueViolation } from '../../store.js'

interface DriverError extends Error {
  readonly code?: string
  readonly errno?: number
  readonly sqlState?: string
}

/** The number of the server's answer; undefined where it gave none: the connection or the network failed. */
function numberOf(error: unknown): number | undefined {
  const { errno, sqlState } = error as DriverError
  return typeof errno === 'number' && errno > 0 && typeof sqlState === 'string' ? errno : undefined
}

const is =
  (...numbers: number[]) =>
  (error: unknown) =>
    numbers.includes(numberOf(error) ?? 0)

/** A key or unique set is taken, in the server's words. */
export const isDuplicate = is(1062, 1586)

/** A column that is never null was to be null. */
export const isNull = is(1048)

/** A table that is not there. */
export const isMissingTable = is(1146)

/** A lock of somebody else was not given up in time. */
export const isLocked = is(1205)

/** The right to make triggers is missing. */
export const isRefusedTriggers = is(1044, 1142, 1227)

/** Where there is a binary log, triggers are for administrators alone, unless a setting says otherwise. */
export const isClosedToTriggers = is(1419)

/** What a table says that was closed, see freeze.ts; no number of the servers' own. */
export const closedNumber = 55_000

/** A key or unique set is taken, as this engine throws it. */
export const isUnique = (error: unknown) => error instanceof UniqueViolation

/** The name of the index that refused; MySQL puts the table before it. Only the end of the message is not the row's. */
export const indexOf = (error: unknown) =>
  /for key '(?:[^'.]*\.)?([^'.]+)'$/.exec((error as Error).message)?.[1]

/**
 * The server itself undid the act for the sake of another: a deadlock, a row that changed underneath, a transaction that
 * the other servers of a cluster did not take. Safe to repeat.
 */
export const isUndone = is(1213, 1020, 3101)

const cut = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'PROTOCOL_UNEXPECTED_PACKET'])
const isEnding = is(1053, 1927, 4031, 1317, 1152)

/** A connection that stood broke: what was asked on it may or may not have been done. */
export function isBroken(error: unknown): boolean {
  const { code, message } = error as DriverError
  if (isEnding(error) || cut.has(code ?? '')) return true
  return numberOf(error) === undefined && /closed state/.test(message)
}

const readOnly = 'it is read-only: a replica, or a primary that gave way'
const noRoom = 'its disk is full'
const noConnection = 'it has no connection left: raise its max_connections, or lower database_pool'
const noEntry = 'it does not let this user in, or does not take this password'
const noRight = 'this user lacks a right that is needed'
const failed = 'something failed inside it'
const tooLong = 'a statement took longer than it may and was cancelled'

const sentences: Record<number, string> = {
  1021: noRoom,
  1026: 'it cannot write a file',
  1030: 'its storage failed',
  1037: 'it is out of memory',
  1038: 'it is out of memory for sorting',
  1040: noConnection,
  1041: 'it is out of memory',
  1044: noRight,
  1045: noEntry,
  1047: 'it is no part of its cluster yet',
  1049: 'there is no such database: make it with CREATE DATABASE',
  1053: 'it is being shut down',
  1105: failed,
  1114: noRoom,
  1129: 'it has shut out this machine after many broken connections: FLUSH HOSTS',
  1130: noEntry,
  1135: 'it cannot start a thread',
  1142: noRight,
  1143: noRight,
  1152: 'the connection was broken off',
  1180: 'a commit failed',
  1203: noConnection,
  1205: 'another act held a row for too long',
  1206: 'it has no room for more locks: raise its innodb_buffer_pool_size',
  1213: 'others were in the way',
  1226: noConnection,
  1227: noRight,
  1290: readOnly,
  1317: 'the statement was cut off',
  1461: 'it keeps too many prepared statements: raise its max_prepared_stmt_count',
  1637: 'it has too many transactions at once',
  1665: 'its binlog_format is STATEMENT: set ROW or MIXED',
  1698: noEntry,
  1792: readOnly,
  1815: failed,
  1836: readOnly,
  1874: readOnly,
  1927: 'the connection was ended',
  1969: tooLong,
  3024: tooLong,
  3100: 'its cluster refused a commit',
  3159: 'it takes connections with TLS alone: say sslmode in the URL',
  3168: 'it is not to be had just now',
  3169: 'the connection was ended',
  4031: 'the connection was idle for too long',
  [closedNumber]: 'it is being moved or was, and nothing is written here',
  9001: 'a proxy before it reached no server in time',
}

/** Class 08 of SQLSTATE. */
const isOfConnection = (error: unknown) => (error as DriverError).sqlState?.startsWith('08') === true

// The messages of these name tables and columns, and never hold a value.
const tellable = new Set([1050, 1051, 1054, 1060, 1061, 1068, 1071, 1072, 1091, 1118, 1146, 1170, 3819, 4025])

/** A table that was closed, on a connection that is as good as any. */
export const isClosed = is(closedNumber)

/** Whether the error is about one statement (a constraint, wrong SQL), rather than about the server. */
export function isOfStatement(error: unknown): boolean {
  if (isUnique(error)) return true
  const number = numberOf(error)
  return number !== undefined && !(number in sentences) && !isUndone(error) && !isOfConnection(error)
}

/** What callers see of an error of the driver: StoreUnavailable, or an Error without any value of a row. */
export function toStoreError(error: unknown): Error {
  if (error instanceof StoreUnavailable || isUnique(error)) return error as Error
  const number = numberOf(error)
  const { message, code } = error as DriverError
  if (isOfStatement(error)) {
    const said = tellable.has(number!) ? message : (code ?? 'it gave no name')
    return new Error(`MySQL refused a statement (${number}): ${said}`)
  }
  const sentence = number === undefined ? undefined : sentences[number]
  if (sentence !== undefined) return new StoreUnavailable(`MySQL: ${sentence} (${number})`)
  const said = (number === undefined && message) || code
  return new StoreUnavailable(`MySQL: ${said || 'it cannot be reached'}`)
}
