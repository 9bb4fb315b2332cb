import type { Operation } from '../../paper/operation';

/** How an operation looks everywhere: colour, dash and letter, so that it survives grey and print. */
export interface OperationStyle {
  /** Fill or stroke of a mark, as a custom property of style/tokens.css. */
  readonly fill: string;
  /** The same hue strong enough for text on paper, sunken and raised. */
  readonly ink: string;
  /** Text on a mark. */
  readonly on: string;
  /** SVG dash array; `none` for a solid line. */
  readonly dash: string;
  readonly letter: string;
}

export const STYLE: Readonly<Record<Operation, OperationStyle>> = {
  none: style('none', '1.5 3.5', 'N'),
  skip_connect: style('skip', 'none', 'S'),
  nor_conv_1x1: style('conv1', '7 3', '1'),
  nor_conv_3x3: style('conv3', 'none', '3'),
  avg_pool_3x3: style('pool', '4 2.5', 'A'),
  // Never in one chart with those above, so the hues serve again.
  maxpool3x3: style('pool', '4 2.5', 'M'),
  'conv3x3-bn-relu': style('conv3', 'none', '3'),
  'conv1x1-bn-relu': style('conv1', '7 3', '1'),
};

function style(name: string, dash: string, letter: string): OperationStyle {
  const token = (suffix: string) => `var(--op-${name}${suffix})`;
  return { fill: token(''), ink: token('-ink'), on: token('-on'), dash, letter };
}

/** Relative luminance (WCAG 2) of an `rgb()` colour's channels, 0..255. */
export function luminance(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** Contrast ratio (WCAG 2) of two relative luminances, 1..21. */
export function contrast(first: number, second: number): number {
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}
