// What a source hands over before anything is judged, and how a value may be shown in a message.
import { readFileSync } from 'node:fs'
import type { Setting } from '../util/setting.js'
import type { Problem, Source } from './errors.js'

export interface Given {
  readonly setting: Setting<unknown>
  readonly source: Source
  readonly where: string
  readonly raw: unknown
}

export interface Reading {
  readonly given: Given[]
  readonly problems: Problem[]
}

/** A value for messages and listings: never a secret, never the password inside a URL, never a page of text. */
export function shownValue(setting: Setting<unknown>, raw: unknown): string {
  if (setting.secret) return '(hidden)'
  if (raw === undefined) return '(not set)'
  if (raw === null || raw === '') return 'nothing'
  const text = (typeof raw === 'string' ? raw : JSON.stringify(raw)).replace(/\/\/\S*@/g, '//…@')
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** The contents of a file that holds one value, without its closing newline; or why it cannot be had. */
export function readValueFile(path: string): { value: string } | { says: string } {
  try {
    return { value: readFileSync(path, 'utf8').replace(/\r?\n$/, '') }
  } catch (error) {
    return { says: `the file ${path} cannot be read (${reasonOf(error)})` }
  }
}

/** Why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
  const words: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  }
  return Object.hasOwn(words, code) ? words[code]! : code
}
