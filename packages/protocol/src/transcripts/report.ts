// What was played, in lines: each scene, and below it what differs.
import type { PlayedScene } from './play.js'

const marks = { ok: 'ok', differs: 'DIFFERS', skipped: 'skipped' } as const

/** A scene in lines, without control characters of the answers taken out: whoever prints them does that. */
export function linesOf({ title, outcome, reason, departs, steps }: PlayedScene): string[] {
  const because = outcome === 'skipped' && reason !== undefined ? `: ${reason}` : ''
  const differing = steps.filter(({ differences }) => differences.length > 0)
  return [
    `${marks[outcome].padEnd(8)} ${title}${because}`,
    ...differing.flatMap((step) => [
      `           step ${step.number}, ${step.title}`,
      ...step.differences.map(
        ({ path, expected, got }) => `             ${path}: expected ${expected}, got ${got}`,
      ),
    ]),
    ...(outcome === 'differs' && reason !== undefined ? [`           ${reason}`] : []),
    ...(outcome === 'differs' && departs !== undefined ? [`           known: ${departs}`] : []),
  ]
}

/** Only the scenes that are not as written, in lines. */
export const differencesOf = (played: readonly PlayedScene[]): string[] =>
  played.filter(({ outcome }) => outcome !== 'ok').flatMap(linesOf)
