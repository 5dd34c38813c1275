// What the server lends to the pages, and all they know of it.
import type { PageFile } from '@sallyport/protocol'

/** What a sealed text is for: one kind is never taken for another. */
export type SealKind = 'form' | 'return' | 'pending' | 'flow'

export interface Tools {
  readonly settings: PageSettings
  /** Milliseconds since 1970. */
  now(): number
  /** A text that only this server can read and make, for one purpose, until then, and with this beside it. */
  seal(kind: SealKind, text: string, lifetime: number, beside: string): string
  /** The text, or undefined where it is not ours, too old, of another kind or beside something else. */
  open(kind: SealKind, sealed: string, beside: string): string | undefined
  /** A return address as it may be gone to: a path of ours, or an address of a listed origin. Undefined for all else. */
  admitReturn(address: string): string | undefined
  /** What the front door of a development server shows. */
  frontDoor(): Promise<FrontDoor>
}

export interface FrontDoor {
  readonly version: string
  readonly hasAdministrator: boolean
  readonly urls: readonly { readonly label: string; readonly url: string; readonly note?: string }[]
}

export interface PageSettings {
  /** Languages, the usual one first. */
  readonly languages: readonly string[]
  readonly signUp: { readonly open: boolean; readonly identifiers: readonly string[] }
  readonly passwordLength: number
  /** Whether SMS reach anybody: countries are listed. */
  readonly phone: boolean
  readonly development: boolean
  readonly brand: Brand
}

/** How the operator wants the pages to look. */
export interface Brand {
  readonly name: string
  /** `#rrggbb`; undefined for ours. */
  readonly accent?: string | undefined
  readonly accentDark?: string | undefined
  /** Pixels. */
  readonly radius: number
  /** A CSS font stack. */
  readonly font?: string | undefined
  readonly fontFile?: PageFile | undefined
  readonly logo?: PageFile | undefined
  readonly logoDark?: PageFile | undefined
  readonly scheme: 'auto' | 'light' | 'dark'
  /** Whether a line says who made the pages. */
  readonly footer: boolean
}
