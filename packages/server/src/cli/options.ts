// Options that many commands take.
export const json = ['--json', 'print the API’s objects as JSON'] as const
export const yes = ['--yes', 'do it without asking'] as const
export const paging = [
  ['--limit <n>', 'at most this many'],
  ['--cursor <cursor>', 'go on where the last page ended'],
] as const
