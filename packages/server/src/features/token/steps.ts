// The steps of an explanation, and how things that strangers wrote may be shown in one.

export interface Step {
  readonly step: string
  readonly ok: boolean
  readonly says: string
}

export interface Steps {
  readonly all: Step[]
  /** Adds a step and answers whether it went well. */
  add(step: string, ok: boolean, says: string): boolean
}

export function createSteps(): Steps {
  const all: Step[] = []
  return {
    all,
    add: (step, ok, says) => {
      all.push({ step, ok, says })
      return ok
    },
  }
}

const longest = 120

/** A value out of a token: in printable ASCII, since it will stand in a terminal, and not at length. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** A time in milliseconds, as people read it. */
export function showTime(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : 'no time at all'
}
