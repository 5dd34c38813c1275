// What PostgreSQL's errors mean (SQLSTATE, appendix A of its manual). An error of the driver never leaves the engine: its
// `detail` holds the values of the row.
import { StoreUnavailable } from '../../store.js'

interface DriverError extends Error {
  readonly code?: string
  readonly constraint?: string
  readonly table?: string
}

/** The five characters of the server's answer; undefined where it gave none: the connection or the network failed. */
function stateOf(error: unknown): string | undefined {
  const { code } = error as DriverError
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object)
    ? code
    : undefined
}

/** The server said it, on a connection that may go on. */
export const isAnswer = (error: unknown) => stateOf(error) !== undefined

/** A key or unique set is taken. */
export const isUnique = (error: unknown) => stateOf(error) === '23505'

/** The constraint or index that refused. */
export const constraintOf = (error: unknown) => (error as DriverError).constraint

/** The server itself undid the act for the sake of another: a serialisation failure or a deadlock. Safe to repeat. */
export function isUndone(error: unknown): boolean {
  const state = stateOf(error)
  return state === '40001' || state === '40P01'
}

/** A lock of somebody else was not given up in time. */
export const isLocked = (error: unknown) => stateOf(error) === '55P03'

/** A connection that stood broke: what was asked on it may or may not have been done. */
export function isBroken(error: unknown): boolean {
  const { code, message } = error as DriverError
  const state = stateOf(error)
  // A pooler says for a server that went away that the protocol was broken.
  if (code === 'ECONNRESET' || code === 'EPIPE' || state === '57P01' || state === '08P01') return true
  return message.startsWith('Connection terminated unexpectedly')
}

const ofServer = /^(08|53|55|57|58|XX|25006|25P|26000|28|3D|3F|42501|42P05|40)/

/** Whether the error is about one statement (a constraint, wrong SQL), rather than about the server. */
export function isOfStatement(error: unknown): boolean {
  const state = stateOf(error)
  return state !== undefined && !ofServer.test(state)
}

const pooler = 'a pooler stands before it: add pgbouncer=transaction to database_url'

const sentences: Record<string, string> = {
  '25006': 'it is read-only: a standby, or a primary that gave way',
  '26000': pooler,
  '28P01': 'it does not take this password',
  '28000': 'it does not let this user in',
  '3D000': 'there is no such database: make it with CREATE DATABASE … ENCODING UTF8',
  '42501': 'this user lacks a right that is needed',
  '42P05': pooler,
  '53100': 'its disk is full',
  '53300': 'it has no connection left: raise its max_connections, or lower database_pool',
  '57014': 'a statement took longer than it may and was cancelled',
  '57P01': 'it is being shut down',
  '57P03': 'it is starting',
}

function sentenceOf(state: string | undefined, message: string): string | undefined {
  if (state === '08P01' && message.includes('startup parameter')) return pooler
  return state === undefined ? undefined : sentences[state]
}

/** What callers see of an error of the driver: StoreUnavailable, or an Error without any value of a row. */
export function toStoreError(error: unknown): Error {
  if (error instanceof StoreUnavailable) return error
  const state = stateOf(error)
  const message = (error as Error).message || (error as DriverError).code || 'it cannot be reached'
  if (isOfStatement(error)) return new Error(`PostgreSQL refused a statement (${state}): ${message}`)
  const sentence = sentenceOf(state, message)
  if (sentence === undefined) return new StoreUnavailable(`PostgreSQL: ${message}`)
  return new StoreUnavailable(`PostgreSQL: ${sentence} (${message})`)
}
