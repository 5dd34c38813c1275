// Exactly one mailbox. Addresses were judged when they were stored; here they are judged again, by what is about to be
// written into an envelope and a header, because two programs must never read one address as two (SG8).

const atom = "[\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const mailbox = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)*${label}$`, 'u')

/** One mailbox without quotes, comments, lists or control characters; the domain in lower-case ASCII. */
export function isMailbox(address: string): boolean {
  return mailbox.test(address) && address === address.normalize('NFKC') && Buffer.byteLength(address) <= 254
}

export interface Sender {
  /** Empty where none was given. */
  readonly name: string
  readonly address: string
}

/** A sender out of `Name <mailbox>` or a mailbox; undefined where it is neither. */
export function parseSender(text: string): Sender | undefined {
  const { name = '', address = text } =
    /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/.exec(text.trim())?.groups ?? {}
  const plain = name.trim().replace(/^"(.*)"$/, '$1')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f"\\]/.test(plain) || !isMailbox(address.trim())) return undefined
  return { name: plain, address: address.trim() }
}

/** A telephone number in E.164. */
export function isPhoneNumber(number: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(number)
}
