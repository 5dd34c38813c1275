// `sallyport contract try`: holds a running backend against the transcript of a contract. It is a client like any other,
// and makes users there. What a backend does not let it do (move its clock, read its mail) skips the scenes that need it.
import { readFileSync } from 'node:fs'
import {
  type Backend,
  checkTranscript,
  developmentDoors,
  linesOf,
  type PlayedScene,
  play,
  type Transcript,
} from '@sallyport/protocol'
import type { Call, Run } from './call.js'
import { knownContract } from './contract.js'
import { printable } from './lines.js'
import { json, out, progress, progressDone, say } from './print.js'
import { whySilent } from './probe.js'
import { CommandError, usage } from './speak.js'
import { wireTo } from './wire.js'

/** How long each answer may take. Milliseconds. */
const PATIENCE = 10_000
const help = 'sallyport contract try --help'

export const attempt: Run = async ({ names, options }: Call) => {
  const transcript = await transcriptOf(names[0]!)
  const scenes = transcript.scenes.filter(({ title }) => holds(title, options.scene))
  if (scenes.length === 0) throw usage(`no scene of ${names[0]} holds «${options.scene}»`, help)
  const backend = await reach(addressOf(options.against))
  say(`This makes users at ${options.against} and leaves them there. Use a backend that is for tests.`)
  let step = 0
  const steps = scenes.reduce((sum, scene) => sum + scene.steps.length, 0)
  const played = await play({ ...transcript, scenes }, backend, {
    patience: PATIENCE,
    heard: (scene, title) => {
      step += 1
      progress(printable(`${step}/${steps} ${scene}: ${title}`).slice(0, (process.stderr.columns ?? 80) - 1))
    },
  })
  progressDone()
  await out(
    options.json
      ? json({ contract: transcript.contract, against: options.against, scenes: played })
      : textOf(played),
  )
  return verdict(played)
}

const holds = (title: string, wanted = '') => title.toLowerCase().includes(wanted.toLowerCase())
const textOf = (played: readonly PlayedScene[]) => `${printable(played.flatMap(linesOf).join('\n'))}\n`

function verdict(played: readonly PlayedScene[]): number {
  const count = (outcome: PlayedScene['outcome']) => played.filter((one) => one.outcome === outcome).length
  say(`${count('ok')} ok, ${count('differs')} differ, ${count('skipped')} skipped`)
  if (count('differs') > 0) return 1
  if (count('ok') > 0) return 0
  throw new CommandError('every scene was skipped, so nothing is known', 'Choose others: --scene <text>', 1)
}

/** The transcript of a contract, or of a file whose name ends in .json. Throws CommandError (2). */
async function transcriptOf(name: string): Promise<Transcript> {
  if (!name.endsWith('.json')) return knownContract(name).transcript()
  const value = readJson(name)
  const problems = checkTranscript(value)
  if (problems.length === 0) return value as Transcript
  const told = problems.slice(0, 20).map((problem) => `\n  ${problem}`)
  throw usage(`${name} is no transcript:${told.join('')}`, 'See docs/transcripts.md')
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw usage(`${path} cannot be read as JSON: ${(error as Error).message}`, help)
  }
}

function addressOf(given: string | undefined): URL {
  if (given === undefined) throw usage('no backend was named', 'Name one: --against http://localhost:8000')
  const url = URL.canParse(given) ? new URL(given) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && `${url.username}${url.search}${url.hash}` === ''
  if (!isPlain)
    throw usage(
      '--against is no http or https URL without user, query and fragment',
      'Such as --against http://localhost:8000',
    )
  return url
}

/** The backend there. Throws CommandError (4) where nothing answers. */
async function reach(url: URL): Promise<Backend> {
  const send = wireTo(url)
  const place = { scene: -1, step: -1, turn: 0 }
  try {
    await send({ method: 'GET', path: '/', headers: {} }, place, AbortSignal.timeout(PATIENCE))
  } catch (error) {
    const { code, message, name } = error as NodeJS.ErrnoException
    const failed = name === 'TimeoutError' || name === 'AbortError' ? 'ETIMEDOUT' : (code ?? message)
    const why = failed === 'ETIMEDOUT' ? `no answer within ${PATIENCE / 1000} s` : whySilent({ failed })
    throw new CommandError(
      `${url.origin} does not answer: ${why}`,
      'Start the backend, or name another one',
      4,
    )
  }
  return { secure: url.protocol === 'https:', send, ...(await developmentDoors(send, PATIENCE)) }
}
