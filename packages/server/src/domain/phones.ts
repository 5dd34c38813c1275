// Phone numbers in the one spelling that is compared and kept (E.164), and which of them are taken here: mobile numbers
// of the listed countries. A number that costs its caller money is none. What is known of the world's numbers comes from
// libphonenumber, which is loaded when the first number is looked at.
import { fail } from '@sallyport/protocol'
import { list, type Setting, type Settings, text } from '../util/setting.js'
import { invalid } from './identifiers.js'

const isCountry = (value: string): boolean => /^[A-Z]{2}$/.test(value)

const countries = list('phone.countries', [], {
  doc: 'The countries whose phone numbers are taken; none switches phone numbers and SMS off.',
  expected: 'a list of country codes such as KR, DE (ISO 3166-1 alpha-2)',
  test: isCountry,
})
const defaultCountry = text('phone.default_country', undefined, {
  doc: 'The country of a number that is written without one.',
  expected: 'a country code such as KR (ISO 3166-1 alpha-2)',
  test: isCountry,
})
export const phoneSettings: readonly Setting<never>[] = [countries, defaultCountry] as never

/** Whether there are any numbers that are taken here. */
const takesPhones = (settings: Settings): boolean => settings.get(countries).length > 0

/** What a number is written with: nothing else is looked at, however long it is. */
const written = /^\+?[\d\s().\-/]{4,40}$/

/** Kinds of numbers that a person reads messages on; in some countries landlines cannot be told from them. */
const readable = new Set<string | undefined>(['MOBILE', 'FIXED_LINE_OR_MOBILE'])

/** The number in E.164, or undefined for anything that is no mobile number of a listed country. */
export async function parsePhone(settings: Settings, input: string): Promise<string | undefined> {
  const text = input.normalize('NFKC').trim()
  const country = settings.get(defaultCountry)
  if (!takesPhones(settings) || !written.test(text)) return undefined
  if (!text.startsWith('+') && country === undefined) return undefined
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max')
  const options = { extract: false, ...(country !== undefined && { defaultCountry: country as 'KR' }) }
  const number = parsePhoneNumberFromString(text, options)
  if (!number?.isValid() || number.ext !== undefined || !readable.has(number.getType())) return undefined
  return settings.get(countries).includes(number.country ?? '') ? number.number : undefined
}

/** The number of a member of the input. Throws `invalid_request` naming the member. */
export async function requirePhone(settings: Settings, input: string, member: string): Promise<string> {
  if (!takesPhones(settings)) throw invalid(member, 'is not taken here: phone numbers are switched off')
  const number = await parsePhone(settings, input)
  if (number !== undefined) return number
  const some = settings.get(countries).join(', ')
  throw fail('invalid_request', {
    fields: [
      {
        path: [member],
        code: 'invalid',
        detail: `must be a mobile number of ${some}, such as +821012345678`,
      },
    ],
  })
}
