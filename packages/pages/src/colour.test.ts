import { expect, it } from 'vitest'
import { contrast, deriveAccents } from './colour.js'

const surfaces = ['#ffffff', '#171d1a']
const hex = (value: number) => `#${value.toString(16).padStart(6, '0')}`
/** Every 12th of each channel: 1,728 colours and their neighbours. */
const steps = [0, 23, 46, 70, 93, 116, 139, 162, 185, 209, 232, 255]
const colours = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => hex(r * 65536 + g * 256 + b))))

it('every accent can be read on both surfaces, and what stands on it can be read', () => {
  expect(colours).toHaveLength(1728)
  for (const surface of surfaces)
    for (const colour of colours) {
      const { accent, onAccent, hover, active } = deriveAccents(colour, surface)
      expect(contrast(accent, surface), `${colour} on ${surface}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(onAccent, accent), `on ${colour}`).toBeGreaterThanOrEqual(4.5)
      for (const other of [hover, active]) {
        expect(other).toMatch(/^#[0-9a-f]{6}$/)
        expect(contrast(other, surface), `${colour}: ${other}`).toBeGreaterThanOrEqual(4.5)
        expect(contrast(onAccent, other), `on ${other}`).toBeGreaterThanOrEqual(4.5)
      }
    }
})

it('an accent that can be read stays what the operator chose', () => {
  expect(deriveAccents('#0f6b4f', '#ffffff').accent).toBe('#0f6b4f')
  expect(deriveAccents('#5CC9A1', '#171d1a').accent).toBe('#5cc9a1')
  expect(deriveAccents('#ffee00', '#ffffff').accent).not.toBe('#ffee00')
})

it('contrast is WCAG’s', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 2)
})
