// How messages leave: what one rendered message is, and what may become of it. What a message says is templates/'s, the
// ways out (SMTP, HTTP gateways, a webhook) are engines/'s, and which way serves a channel follows from settings.ts. When
// something is sent, how often it is tried and what is kept of it is domain's: nothing here has a queue or a database.

export type Channel = 'email' | 'sms'

/** What is to be told, before it has words. */
export interface Letter {
  readonly topic: string
  readonly channel: Channel
  readonly to: string
  /** BCP 47; undefined is the language of `mail.locale`. */
  readonly locale?: string
  readonly facts: Readonly<Record<string, string | number>>
}

/** A letter in words: subject and HTML are a mail's. */
export interface Rendered {
  /** The language that was found for it. */
  readonly locale: string
  readonly subject?: string
  readonly text: string
  readonly html?: string
}

/** What is handed over. */
export interface Parcel extends Letter, Rendered {
  /** The same however often it is tried, so that a duplicate can be recognised. */
  readonly id: string
  readonly locale: string
  /** 1 the first time. */
  readonly attempt: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly goodUntil: number
}

/**
 * What became of it. `again`: it was certainly not taken, and may be later. `unclear`: it may have been taken, and a
 * second time would be a duplicate. `never`: it was refused for good. `why` names no address, code or link.
 */
export type Outcome =
  | { readonly result: 'sent' }
  | { readonly result: 'again'; readonly why: string; readonly after?: number }
  | { readonly result: 'unclear' | 'never'; readonly why: string }

/** A way out for one channel. */
export interface Way {
  /** For people: `smtp.example.com:587`. */
  readonly name: string
  /** No attempt takes longer. Milliseconds. */
  readonly patience: number
  /** How many may be under way at once. */
  readonly parallel: number
  /** Hands over. Never throws; an aborted signal ends it soon, with what is known then. */
  hand(parcel: Parcel, signal: AbortSignal): Promise<Outcome>
  /** Whether it could be used just now, without sending anything; undefined where only sending would tell. */
  probe?(): Promise<Outcome>
  close(): void
}

export interface Delivery {
  /** A channel without a way has nobody to carry it. */
  readonly ways: Readonly<Partial<Record<Channel, Way>>>
  /** Whom messages are from: a mailbox with its name, and what SMS show. */
  readonly from: Readonly<Record<Channel, string>>
  /** Puts a letter in words. Throws an Error where there is no template for it. */
  render(letter: Letter): Promise<Rendered>
  /** The topics that have words for a channel. */
  topics(channel: Channel): readonly string[]
  /** A letter of this topic with facts as they might be. */
  sample(topic: string, channel: Channel, locale?: string): Letter
  /** The templates in Liquid, by the names that files of the operator's have. */
  sources(topic: string, channel: Channel, locale?: string): Promise<Readonly<Record<string, string>>>
  close(): void
}

/** Settings of delivery that cannot work together, or a template that cannot be used. `next` says what mends it. */
export class DeliveryMisconfigured extends Error {
  readonly next: string
  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options)
    this.next = next
  }
}
