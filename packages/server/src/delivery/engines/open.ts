// The ways out as the settings choose them, and the words for what travels by them.
import type { Clock } from '../../util/clock.js'
import type { Settings } from '../../util/setting.js'
import { chooseWays } from '../choose.js'
import type { Channel, Delivery, Way } from '../delivery.js'
import { mail, sms, smtp, type WayKind } from '../settings.js'
import { openTemplates } from '../templates/render.js'
import { type Announce, createDevelopment } from './development.js'
import { createHttpSms } from './http-sms.js'
import { createSmtp } from './smtp.js'
import { createTwilio } from './twilio.js'
import { createWebhook } from './webhook.js'

export interface DeliveryOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly issuer: string
  readonly brand: string
  /** Development: where messages are told, whether or not they go anywhere. */
  readonly announce?: Announce | undefined
}

const channels: readonly Channel[] = ['email', 'sms']

/** Throws DeliveryMisconfigured where settings, files or templates do not fit together. */
export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { settings, issuer, brand, announce } = options
  const chosen = chooseWays(settings)
  const { hostname: host } = new URL(issuer)
  const templates = await openTemplates({
    brand,
    host,
    issuer,
    folder: settings.get(mail.templates),
    locale: settings.get(mail.locale),
  })
  const from = {
    email: settings.get(smtp.from) ?? `${brand} <no-reply@${host}>`,
    sms: settings.get(sms.from) ?? brand,
  }
  const ways: Partial<Record<Channel, Way>> = {}
  for (const channel of channels) {
    const kind = chosen[channel]
    const way = kind && (await openWay(kind, options, from))
    if (announce) ways[channel] = createDevelopment(announce, way)
    else if (way) ways[channel] = way
  }
  return { ways, from, ...templates, close: () => closeAll(ways) }
}

function closeAll(ways: Delivery['ways']): void {
  for (const way of Object.values(ways)) way.close()
}

async function openWay(
  kind: WayKind,
  { settings, clock }: DeliveryOptions,
  from: Delivery['from'],
): Promise<Way> {
  if (kind === 'smtp') return createSmtp(settings)
  if (kind === 'webhook') return createWebhook(settings, clock, from)
  return kind === 'twilio' ? createTwilio(settings, clock) : createHttpSms(settings)
}
