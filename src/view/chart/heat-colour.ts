import { color, interpolateCividis } from 'd3';
import { contrast, luminance } from './palette';

/** A cell of a heat map: its colour and the text colour that reads best on it. */
export interface HeatColour {
  readonly background: string;
  readonly text: '#ffffff' | '#000000';
}

/** Steps of the colour scale: finer than an eye tells apart. */
const SHADES = 256;
/** Every shade, made when first asked for: the clock asks for thirty of them in each frame. */
const shades: HeatColour[] = [];

/** Cividis over 0..max; cividis keeps its order in grey and in the common colour deficiencies. */
export function heatColour(value: number, max: number): HeatColour {
  const at = Math.round(Math.min(Math.max(value / max, 0), 1) * (SHADES - 1));
  return (shades[at] ??= shade(at / (SHADES - 1)));
}

function shade(share: number): HeatColour {
  const background = interpolateCividis(share);
  const { r, g, b } = color(background)!.rgb();
  const light = luminance(r, g, b);
  const white = contrast(light, 1) >= contrast(light, 0);
  return { background, text: white ? '#ffffff' : '#000000' };
}
