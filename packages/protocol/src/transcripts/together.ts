// Answers to one request that was sent several times at once: each must fit an outcome, each outcome as often as it says.
import type { Outcome } from '../transcript.js'
import { judge, type WireAnswer } from './answer.js'
import type { Values } from './fill.js'
import type { Difference } from './match.js'

export interface Judged {
  readonly differences: readonly Difference[]
  /** The first answer that fits each outcome. */
  readonly fitting: readonly (WireAnswer | undefined)[]
}

/** An answer counts for the first outcome that it fits. Throws UnknownValue. */
export function judgeTogether(
  answers: readonly WireAnswer[],
  outcomes: readonly Outcome[],
  values: Values,
  secure: boolean,
): Judged {
  const judged = answers.map((answer) =>
    outcomes.map((outcome) => ({ outcome, differences: judge(answer, outcome, values, secure) })),
  )
  const chosen = judged.map((each) => each.findIndex(({ differences }) => differences.length === 0))
  const strange = judged.flatMap((each, turn) => (chosen[turn] === -1 ? nearest(each, turn, answers) : []))
  const counts = outcomes.flatMap((outcome, at) =>
    countDiffers(outcome, chosen.filter((one) => one === at).length),
  )
  return {
    differences: [...strange, ...counts],
    fitting: outcomes.map((_, at) => answers[chosen.indexOf(at)]),
  }
}

/** What keeps an answer from the outcome of its status, or from the first. */
function nearest(
  judged: readonly { outcome: Outcome; differences: readonly Difference[] }[],
  turn: number,
  answers: readonly WireAnswer[],
): readonly Difference[] {
  const { status } = answers[turn]!
  const near = judged.find(({ outcome }) => [outcome.status].flat().includes(status)) ?? judged[0]
  return (near?.differences ?? []).map((difference) => ({
    ...difference,
    path: `${turn + 1}/${difference.path}`,
  }))
}

function countDiffers({ count, status }: Outcome, got: number): readonly Difference[] {
  const { from, to } = typeof count === 'number' ? { from: count, to: count } : count
  if (got >= from && got <= to) return []
  const expected = from === to ? `${from}` : `${from} to ${to}`
  return [{ path: `count of ${[status].flat().join(' or ')}`, expected, got: String(got) }]
}
