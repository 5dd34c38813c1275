import { expect, it } from 'vitest'
import { table } from './conformance.mjs'

const result = (engine, title, status = 'passed') => ({
  ancestorTitles: [`${engine} conforms`],
  title,
  status,
})
const report = (...assertionResults) => ({ testResults: [{ assertionResults }] })
const whole = [
  result('slate', 'counts'),
  result('wax', 'counts'),
  result('slate', 'sorts'),
  result('wax', 'sorts (skipped: it melts)', 'pending'),
]

it('prints a line for each case and a column for each engine', () => {
  const { text, problems } = table(report(...whole, result('the bus local', 'heals')), ['slate', 'wax'])
  expect(problems).toEqual([])
  expect(
    text
      .split('\n')
      .slice(0, 3)
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['slate', 'wax', 'case'],
    ['ok', 'ok', 'counts'],
    ['ok', 'left out', 'sorts'],
  ])
})

it('an empty cell, a failed case, an engine that did not run and an empty report are failures', () => {
  expect(table(report(...whole.slice(1)), ['slate', 'wax']).problems).toHaveLength(1)
  expect(table(report(...whole, result('wax', 'counts', 'failed')), ['slate', 'wax']).problems).toHaveLength(
    1,
  )
  expect(table(report(...whole), ['slate', 'wax', 'stone']).problems).toHaveLength(2)
  expect(table(report(), ['slate']).problems).toHaveLength(1)
})
