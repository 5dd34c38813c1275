// Plays a transcript against a backend: a black box that answers requests, and may let its clock be moved, its mail be
// read and its users be administered. What a backend cannot do skips the scenes that need it, aloud. Nothing that a
// backend answers makes the player throw.
import type {
  Administer,
  Exchange,
  ReadMail,
  Request,
  Scene,
  Source,
  Step,
  Together,
  Transcript,
  Value,
} from '../transcript.js'
import { judge, read, setCookiesOf, type WireAnswer } from './answer.js'
import { createJar, type Jar } from './cookies.js'
import { fill, fillText, UnknownValue, type Values } from './fill.js'
import type { Difference } from './match.js'
import { type WireRequest, wireRequest } from './request.js'
import { show } from './show.js'
import { judgeTogether } from './together.js'

/** Which request this is: scene and step in the transcript from 0, and its number among those sent at once. */
export interface Place {
  readonly scene: number
  readonly step: number
  readonly turn: number
}

export interface Backend {
  /** Whether it is reached over https: cookies differ by it. */
  readonly secure: boolean
  /** Follows no redirect. A rejection is «no answer», with its message. */
  send(request: WireRequest, place: Place, signal: AbortSignal): Promise<WireAnswer>
  /** Seconds. */
  advance?(seconds: number): Promise<void>
  /** The text of the newest mail or SMS to somebody. */
  mail?(to: string, place: Place): Promise<string | undefined>
  operate?(act: Administer['admin']): Promise<void>
}

export interface PlayedStep {
  /** Its number in the scene, from 1. */
  readonly number: number
  /** Such as `POST /v1/login`. */
  readonly title: string
  readonly differences: readonly Difference[]
}

export interface PlayedScene {
  readonly title: string
  readonly outcome: 'ok' | 'differs' | 'skipped'
  /** Why it was skipped, or could not go on. */
  readonly reason?: string
  readonly departs?: string
  readonly steps: readonly PlayedStep[]
}

export interface Playing {
  /** Scenes whose titles hold this text, in any case; default: all. */
  readonly scene?: string
  /** For each step. Milliseconds; default 10 s. */
  readonly patience?: number
  /** What `${unique}` is in a scene; default: twelve random hexadecimal digits. */
  readonly unique?: (scene: number) => string
  /** Told of every step before it is played. */
  readonly heard?: (scene: string, step: string) => void
  /** Told of every answer, with the values that its expectation was filled with. */
  readonly judged?: (place: Place, answer: WireAnswer, values: Values) => void
}

/** Plays scene after scene; each has new clients and values. */
export async function play(
  transcript: Transcript,
  backend: Backend,
  playing: Playing = {},
): Promise<PlayedScene[]> {
  const wanted = playing.scene?.toLowerCase() ?? ''
  const played: PlayedScene[] = []
  for (const [number, scene] of transcript.scenes.entries())
    if (scene.title.toLowerCase().includes(wanted))
      played.push(await playScene(scene, number, backend, playing))
  return played
}

interface Stage {
  readonly scene: number
  readonly backend: Backend
  readonly patience: number
  readonly judged: NonNullable<Playing['judged']>
  values: Record<string, Value>
  jarOf(client: string | undefined): Jar
}

async function playScene(
  scene: Scene,
  number: number,
  backend: Backend,
  playing: Playing,
): Promise<PlayedScene> {
  const told = { title: scene.title, ...(scene.departs !== undefined && { departs: scene.departs }) }
  const lacking = scene.steps.map((step) => lack(step, backend)).find((reason) => reason !== undefined)
  if (lacking !== undefined) return { ...told, outcome: 'skipped', reason: lacking, steps: [] }
  const stage = createStage(scene, number, backend, playing)
  const steps: PlayedStep[] = []
  for (const [index, step] of scene.steps.entries()) {
    const title = titleOf(step)
    playing.heard?.(scene.title, title)
    const { differences, stop } = await attempt(() => playStep(step, index, stage))
    steps.push({ number: index + 1, title, differences })
    if (stop !== undefined && index + 1 < scene.steps.length)
      return { ...told, outcome: 'differs', reason: `stopped at step ${index + 1}: ${stop}`, steps }
  }
  const isAsWritten = steps.every(({ differences }) => differences.length === 0)
  return { ...told, outcome: isAsWritten ? 'ok' : 'differs', steps }
}

/** Why a backend cannot play a step at all. */
function lack(step: Step, backend: Backend): string | undefined {
  if ('advance' in step && !backend.advance) return 'its clock cannot be moved'
  if ('mail' in step && !backend.mail) return 'its mail cannot be read'
  if ('admin' in step && !backend.operate) return 'its users cannot be administered'
}

function createStage(
  scene: Scene,
  number: number,
  backend: Backend,
  { patience = 10_000, unique = randomText, judged = () => {} }: Playing,
): Stage {
  const jars = new Map<string, Jar>()
  const values: Record<string, Value> = { unique: unique(number) }
  for (const [name, value] of Object.entries(scene.values ?? {})) values[name] = fill(value, values)
  const jarOf = (client = '') => {
    const jar = jars.get(client) ?? createJar()
    jars.set(client, jar)
    return jar
  }
  return { scene: number, backend, patience, judged, values, jarOf }
}

interface Attempt {
  readonly differences: readonly Difference[]
  /** Why the scene cannot go on. */
  readonly stop?: string
}

async function attempt(work: () => Promise<Attempt>): Promise<Attempt> {
  try {
    return await work()
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error)
    const missing = error instanceof UnknownValue
    const difference = missing
      ? { path: 'request', expected: 'values of earlier steps', got }
      : { path: 'answer', expected: 'an answer', got }
    return { differences: [difference], stop: got }
  }
}

function playStep(step: Step, index: number, stage: Stage): Promise<Attempt> {
  if ('send' in step) return playExchange(step, index, stage)
  if ('together' in step) return playTogether(step, index, stage)
  if ('mail' in step) return playMail(step, index, stage)
  const { backend, values } = stage
  return limited(stage.patience, async () => {
    if ('advance' in step) await backend.advance!(step.advance)
    else await backend.operate!(fill(step.admin, values))
    return { differences: [] }
  })
}

async function playExchange(step: Exchange, index: number, stage: Stage): Promise<Attempt> {
  const { values, backend } = stage
  const [answer] = await ask(step, 1, index, stage)
  const differences = judge(answer!, step.expect, values, backend.secure)
  return { differences: [...differences, ...save(answer!, step.save, stage)] }
}

async function playTogether(step: Together, index: number, stage: Stage): Promise<Attempt> {
  const answers = await ask(step.together, step.times, index, stage)
  const { differences, fitting } = judgeTogether(answers, step.expect, stage.values, stage.backend.secure)
  const saved = step.expect.flatMap(({ save: wanted }, at) =>
    fitting[at] ? save(fitting[at], wanted, stage) : [],
  )
  return { differences: [...differences, ...saved] }
}

async function playMail({ mail }: ReadMail, step: number, stage: Stage): Promise<Attempt> {
  const to = fillText(mail.to, stage.values)
  const text = await limited(stage.patience, () =>
    stage.backend.mail!(to, { scene: stage.scene, step, turn: 0 }),
  )
  if (text === undefined)
    return { differences: [{ path: 'mail', expected: `a message to ${to}`, got: 'nothing' }] }
  const sources = Object.entries(mail.save).map(([name, pattern]) => [name, { match: pattern }] as const)
  const message = { status: 200, headers: [], body: text }
  return { differences: save(message, Object.fromEntries(sources), stage) }
}

/** Sends a request so many times at once, and has its client keep the cookies of all answers. */
async function ask(request: Request, times: number, step: number, stage: Stage): Promise<WireAnswer[]> {
  const { scene, backend, patience, values, jarOf } = stage
  const jar = jarOf(request.client)
  const wire = wireRequest(request, values, jar)
  const turns = Array.from({ length: times }, (_, turn) => ({ scene, step, turn }))
  const answers = await Promise.all(
    turns.map((place) => limited(patience, (signal) => backend.send(wire, place, signal))),
  )
  const path = wire.path.split('?')[0]!
  for (const [turn, answer] of answers.entries()) {
    jar.keep(setCookiesOf(answer), path)
    stage.judged({ scene, step, turn }, answer, { ...values })
  }
  return answers
}

function save(
  answer: WireAnswer,
  wanted: Readonly<Record<string, Source>> = {},
  { values }: Stage,
): readonly Difference[] {
  return Object.entries(wanted).flatMap(([name, source]) => {
    const value = read(answer, source)
    delete values[name]
    if (value === undefined)
      return [{ path: `save/${name}`, expected: `something at ${show(source)}`, got: 'nothing' }]
    values[name] = value as Value
    return []
  })
}

/** Gives up after so many milliseconds. */
async function limited<T>(patience: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => {
      failed(new Error(`no answer within ${patience} ms`))
      abort.abort()
    }, patience)
  })
  try {
    return await Promise.race([work(abort.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a step does, in a few words. */
export function titleOf(step: Step): string {
  if ('send' in step) return step.send
  if ('together' in step) return `${step.times} times at once: ${step.together.send}`
  if ('advance' in step) return `the clock moves by ${step.advance} s`
  if ('mail' in step) return `mail to ${step.mail.to} is read`
  const { admin } = step
  return `an operator: ${admin.act} ${admin.user}${'role' in admin ? ` ${admin.role}` : ''}`
}

const randomText = () => crypto.randomUUID().replaceAll('-', '').slice(0, 12)
