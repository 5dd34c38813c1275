// Shows that a transcript notices wrong answers. It is played once against a backend that is right; then every step is
// answered wrongly in every way that its expectation forbids, one fault at a time, and the player has to say so at that
// step. The right answers are those of the backend, kept: nothing is asked of it twice.
import type { Outcome, Step, Transcript } from '../transcript.js'
import type { WireAnswer } from './answer.js'
import type { Values } from './fill.js'
import { type Backend, type Place, play } from './play.js'
import { differencesOf } from './report.js'
import { type WrongAnswer, wrongAnswers } from './wrong-answers.js'

export interface Planting {
  /** Every kind of fault that was planted, in words. */
  readonly kinds: readonly string[]
  /** How many faults. */
  readonly planted: number
  /** Faults that the transcript let pass, a line each. */
  readonly unnoticed: readonly string[]
}

interface Kept {
  readonly answers: ReadonlyMap<string, WireAnswer>
  readonly moments: readonly { readonly place: Place; readonly values: Values }[]
  readonly mails: ReadonlyMap<string, string | undefined>
  unique(scene: number): string
}

/** Throws an Error where the backend itself does not answer as the transcript says. */
export async function plantEverywhere(transcript: Transcript, backend: Backend): Promise<Planting> {
  const kept = await keep(transcript, backend)
  const kinds = new Set<string>()
  const unnoticed: string[] = []
  let planted = 0
  for (const { place, values } of kept.moments)
    for (const fault of faultsAt(transcript, place, values, kept, backend.secure)) {
      planted += 1
      kinds.add(fault.kind)
      if (!(await isNoticed(transcript, place, fault, kept, backend)))
        unnoticed.push(`scene ${place.scene + 1}, step ${place.step + 1}: ${fault.kind} (${fault.at})`)
    }
  return { kinds: [...kinds], planted, unnoticed }
}

const keyOf = ({ scene, step, turn }: Place) => `${scene}/${step}/${turn}`

async function keep(transcript: Transcript, backend: Backend): Promise<Kept> {
  const answers = new Map<string, WireAnswer>()
  const mails = new Map<string, string | undefined>()
  const moments: Kept['moments'][number][] = []
  const names = transcript.scenes.map(() => crypto.randomUUID().replaceAll('-', '').slice(0, 12))
  const unique = (scene: number) => names[scene]!
  const { mail } = backend
  const listening: Backend = {
    ...backend,
    ...(mail && {
      mail: async (to, place) => {
        const text = await mail(to, place)
        mails.set(keyOf(place), text)
        return text
      },
    }),
  }
  const judged = (place: Place, answer: WireAnswer, values: Values) => {
    answers.set(keyOf(place), answer)
    moments.push({ place, values })
  }
  const wrong = differencesOf(await play(transcript, listening, { unique, judged }))
  if (wrong.length > 0) throw new Error(`the backend is not right itself:\n${wrong.join('\n')}`)
  return { answers, mails, moments, unique }
}

/** One fault: who gets which answer in place of the right one. */
interface Fault extends WrongAnswer {
  /** All of those that were sent at once. */
  readonly everywhere?: true
}

function faultsAt(
  transcript: Transcript,
  place: Place,
  values: Values,
  kept: Kept,
  secure: boolean,
): Fault[] {
  const step = transcript.scenes[place.scene]!.steps[place.step]!
  const answer = kept.answers.get(keyOf(place))!
  const expected = expectationOf(step, answer)
  const faults: Fault[] = expected ? wrongAnswers(answer, expected, values, secure) : []
  return isRationed(step, expected)
    ? [...faults, { kind: 'a success for more than it is meant for', at: 'answer', answer, everywhere: true }]
    : faults
}

function expectationOf(step: Step, { status }: WireAnswer): Outcome | undefined {
  if ('send' in step) return { ...step.expect, count: 1 }
  if (!('together' in step)) return undefined
  return step.expect.find((outcome) => [outcome.status].flat().includes(status))
}

const isRationed = (step: Step, outcome: Outcome | undefined) =>
  'together' in step && typeof outcome?.count === 'number' && outcome.count < step.times

async function isNoticed(
  transcript: Transcript,
  place: Place,
  fault: Fault,
  kept: Kept,
  backend: Backend,
): Promise<boolean> {
  const at = (asked: Place) => keyOf({ ...asked, scene: place.scene })
  const isHere = ({ step, turn }: Place) => step === place.step && (fault.everywhere || turn === place.turn)
  const lying: Backend = {
    secure: backend.secure,
    send: async (_request, asked) => {
      const answer = isHere(asked) ? fault.answer : kept.answers.get(at(asked))
      if (!answer) throw new Error('no answer')
      return answer
    },
    mail: async (_to, asked) => kept.mails.get(at(asked)),
    advance: async () => {},
    operate: async () => {},
  }
  const scene = transcript.scenes[place.scene]!
  const scenes = [{ ...scene, steps: scene.steps.slice(0, place.step + 1) }]
  const [played] = await play({ ...transcript, scenes }, lying, { unique: () => kept.unique(place.scene) })
  return (played?.steps[place.step]?.differences.length ?? 0) > 0
}
