// From one accent colour to a set that can be read: lightness is moved in OKLCH, where equal steps look equal, until the
// contrast of WCAG 2.2 holds. Formulas: CSS Color 4 (sRGB, OKLab), WCAG 2.2 (relative luminance).

type Triple = readonly [number, number, number]

export interface Accents {
  readonly accent: string
  readonly onAccent: string
  readonly hover: string
  readonly active: string
}

/** Text wants 4.5 (WCAG 2.2, 1.4.3). */
const READABLE = 4.5
const inks = ['#ffffff', '#08150f'] as const

/**
 * What becomes of an accent on a surface: itself, or the nearest lightness that can be read there as text, and from it
 * what stands on it and what it is while it is pointed at or pressed.
 */
export function deriveAccents(accent: string, surface: string): Accents {
  const away = luminance(surface) > 0.5 ? -1 : 1
  const [l, c, h] = toOklch(accent)
  const at = (lightness: number) => fromOklch([lightness, c, h])
  let lightness = l
  while (contrast(at(lightness), surface) < READABLE) lightness += away * 0.005
  const chosen = lightness === l ? accent.toLowerCase() : at(lightness)
  const onAccent = contrast(inks[0], chosen) >= contrast(inks[1], chosen) ? inks[0] : inks[1]
  return { accent: chosen, onAccent, hover: at(lightness + away * 0.05), active: at(lightness + away * 0.09) }
}

/** WCAG's contrast ratio, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const channels = (hex: string) =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Triple
const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const companded = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055)

function luminance(hex: string): number {
  const [r, g, b] = channels(hex).map(linear) as unknown as Triple
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function toOklch(hex: string): Triple {
  const [r, g, b] = channels(hex).map(linear) as unknown as Triple
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    Math.hypot(a, bb),
    (Math.atan2(bb, a) * 180) / Math.PI,
  ]
}

/** Out of gamut, the chroma gives way. */
function fromOklch([lightness, chroma, hue]: Triple): string {
  const l = Math.min(1, Math.max(0, lightness))
  for (let c = chroma; ; c = Math.max(0, c - 0.005)) {
    const rgb = linearOf([l, c, hue])
    if (c === 0 || rgb.every((value) => value >= -0.0005 && value <= 1.0005)) return toHex(rgb)
  }
}

function linearOf([lightness, c, h]: Triple): Triple {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

function toHex(rgb: Triple): string {
  const byte = (value: number) =>
    Math.round(Math.min(1, Math.max(0, companded(value))) * 255)
      .toString(16)
      .padStart(2, '0')
  return `#${rgb.map((value) => byte(Math.min(1, Math.max(0, value)))).join('')}`
}
