// What a person does with a message: reads its code, follows its link.
import type { Topic } from '../domain/outbox.js'
import type { Sallyport } from './sallyport.js'

export interface Mailed {
  readonly topic: Topic
  readonly code: string
  readonly link: string
  /** Of the link. */
  readonly token: string
  readonly facts: Readonly<Record<string, string | number>>
}

/** The newest message to an address or number. Throws an Error where there is none. */
export async function newest(sallyport: Sallyport, to: string, topic?: Topic): Promise<Mailed> {
  const all = await sallyport.mail(to)
  const message = all.find((one) => topic === undefined || one.topic === topic)
  if (!message) throw new Error(`nothing ${topic ?? ''} was sent to ${to}: ${all.map((one) => one.topic)}`)
  const { facts } = message
  const link = String(facts.link ?? '')
  const token = link === '' ? '' : (new URL(link).searchParams.get('t') ?? '')
  return { topic: message.topic, code: String(facts.code ?? ''), link, token, facts }
}

/** What was sent to an address or number, the newest first. */
export async function topics(sallyport: Sallyport, to?: string): Promise<Topic[]> {
  return (await sallyport.mail(to)).map(({ topic }) => topic)
}

/** A code that is not this one. */
export const otherThan = (code: string): string => (code === '000000' ? '000001' : '000000')
