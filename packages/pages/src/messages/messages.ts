// What pages say, by language. English names the keys; another language that lacks one does not compile, except for
// plural forms, whose number differs: the test asks `Intl.PluralRules` for them.
import { ar } from './ar.js'
import { en } from './en.js'
import { ko } from './ko.js'
import { uk } from './uk.js'

type Plural = '_zero' | '_one' | '_two' | '_few' | '_many' | '_other'
type Stem<K extends string> = K extends `${infer S}${Plural}` ? S : K

/** A text, by its key without a plural form. */
export type MessageKey = Stem<keyof typeof en>

/** A catalogue: every text of English; plurals in whatever forms the language has. */
export type Catalogue = {
  readonly [K in Exclude<keyof typeof en, `${string}${Plural}`>]: string
} & { readonly [K in Extract<keyof typeof en, `${string}_other`>]: string } & {
  readonly [form: `${string}${Plural}`]: string
}

export const catalogues = { en, ko, uk, ar } satisfies Record<string, Catalogue>
export type Language = keyof typeof catalogues
export const languages = Object.keys(catalogues) as Language[]
