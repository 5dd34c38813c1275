// What a language is made of: sentences in Liquid, a part each, from which sources.ts makes the templates of text and
// HTML alike, so that the two never say different things.

export type Part =
  /** A paragraph; with `when` only where that fact is there. */
  | { readonly say: string; readonly when?: string }
  /** The fact `code`, where there is one, large, under these words. */
  | { readonly code: string }
  /** The fact `link`, where there is one, as a button with these words and in full. */
  | { readonly link: string }
  /** When and from where: the facts `at`, `ip` and `user_agent`. */
  | { readonly details: true }

export interface Words {
  readonly subject?: string
  readonly parts?: readonly Part[]
  readonly sms?: string
}

export interface Language {
  readonly greeting: string
  /** Names are `{{ name }}`; whether one is shown is render.ts's. */
  readonly greetingByName: string
  readonly details: { readonly at: string; readonly ip: string; readonly user_agent: string }
  /** Under every mail: why one gets it. */
  readonly footer: string
  readonly topics: Readonly<Record<string, Words>>
}
