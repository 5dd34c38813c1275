// SMS by any gateway that is asked over HTTP: address, headers and body are the operator's, the last two templates of
// theirs. Tried at the start with a text full of what needs escaping, so that no message can break out of its place.
import type { Liquid } from 'liquidjs'
import type { Settings } from '../../util/setting.js'
import { DeliveryMisconfigured, type Way } from '../delivery.js'
import { isPhoneNumber } from '../mailbox.js'
import { isOutgoingUrl, outcomeOf, PATIENCE, send } from '../outgoing.js'
import { sms } from '../settings.js'

interface Facts {
  readonly to: string
  readonly text: string
  readonly from: string
  readonly id: string
}
interface Asked {
  readonly url: string
  readonly body: string
}

const awkward: Facts = {
  to: '+15550100',
  text: 'a "b" \\ & c=d?#/é 김\n<e>{{ to }}',
  from: 'Sallyport',
  id: '01970000-0000-7000-8000-000000000000',
}

/** A way out by the gateway of the settings. Throws DeliveryMisconfigured where its templates cannot be used. */
export async function createHttpSms(settings: Settings): Promise<Way> {
  const { Liquid } = await import('liquidjs')
  const method = settings.get(sms.method)
  const given = settings.get(sms.headers)
  const headers = method === 'GET' ? given : { 'content-type': 'application/json', ...given }
  const render = compile(new Liquid(strict), settings)
  const { origin } = check(render, method === 'GET' ? 'url' : (headers['content-type'] ?? ''))
  const from = settings.get(sms.from) ?? ''
  return {
    name: new URL(origin).host,
    patience: PATIENCE,
    parallel: 5,
    hand: async ({ id, to, text }, signal) => {
      if (!isPhoneNumber(to)) return { result: 'never', why: 'the number is not in E.164' }
      const { url, body } = render({ to, text, from, id })
      if (new URL(url).origin !== origin) return { result: 'never', why: 'it would have gone elsewhere' }
      return outcomeOf(await send({ url, method, headers, ...(method !== 'GET' && { body }) }, signal))
    },
    close: () => {},
  }
}

const strict = { ownPropertyOnly: true, strictFilters: true, strictVariables: true, templates: {} } as const

/** Throws DeliveryMisconfigured. */
function compile(engine: Liquid, settings: Settings): (facts: Facts) => Asked {
  for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag]
  const of = (setting: typeof sms.url | typeof sms.body) => {
    try {
      const template = engine.parse(settings.get<string | undefined>(setting)!)
      return (facts: Facts) => String(engine.renderSync(template, facts))
    } catch (error) {
      throw unusable(setting.name, (error as Error).message)
    }
  }
  const url = of(sms.url)
  const body = of(sms.body)
  return (facts) => ({ url: url(facts), body: body(facts) })
}

/** Throws DeliveryMisconfigured where the awkward text does not come out as it went in. */
function check(render: (facts: Facts) => Asked, kind: string): URL {
  const setting = kind === 'url' ? sms.url.name : sms.body.name
  let asked: Asked
  try {
    asked = render(awkward)
  } catch (error) {
    throw unusable(setting, (error as Error).message)
  }
  if (!isOutgoingUrl(asked.url)) throw unusable(sms.url.name, 'what comes of it is no https URL')
  const url = new URL(asked.url)
  if (!holdsText(kind, url, asked.body))
    throw unusable(
      setting,
      'a text with quotes or line breaks would not arrive as it is',
      kind.includes('json')
        ? 'Write {{ text | json }} without quotes around it'
        : 'Write {{ text | url_encode }}',
    )
  return url
}

function holdsText(kind: string, url: URL, body: string): boolean {
  if (kind === 'url') return [...url.searchParams.values()].includes(awkward.text)
  if (kind.includes('form-urlencoded')) return [...new URLSearchParams(body).values()].includes(awkward.text)
  if (!kind.includes('json')) return body.includes(awkward.text)
  try {
    return valuesIn(JSON.parse(body)).includes(awkward.text)
  } catch {
    return false
  }
}

function valuesIn(json: unknown): unknown[] {
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(valuesIn) : [json]
}

function unusable(name: string, why: string, next = `Correct ${name}`): DeliveryMisconfigured {
  return new DeliveryMisconfigured(`${name} cannot be used: ${why.replace(/, line:.*$/, '')}`, next)
}
