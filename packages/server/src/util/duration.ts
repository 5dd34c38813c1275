// Durations as people write them in settings: 500ms, 10s, 5m, 12h, 30d; a bare number is seconds.

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/

/** Milliseconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = form.exec(text.trim())
  if (!match) return undefined
  const unit = (match[2] ?? 's') as keyof typeof units
  const milliseconds = Number(match[1]) * units[unit]
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}

/** The shortest exact spelling of a number of milliseconds. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const)
    if (milliseconds !== 0 && milliseconds % units[unit] === 0) return `${milliseconds / units[unit]}${unit}`
  return `${milliseconds}ms`
}
