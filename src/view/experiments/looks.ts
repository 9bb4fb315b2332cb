import type { OneShotOperation, Operation } from '../../paper/operation';
import { STYLE } from '../chart/palette';

/** How a line looks; see {@link PlotCurve}. */
interface Look {
  readonly fill: string;
  readonly ink: string;
  readonly dash: string;
}

/** Operations of NAS-Bench-1Shot1 look like their kin of NAS-Bench-201. */
const KIN: Readonly<Record<OneShotOperation, Operation>> = {
  maxpool3x3: 'avg_pool_3x3',
  'conv3x3-bn-relu': 'nor_conv_3x3',
  'conv1x1-bn-relu': 'nor_conv_1x1',
};

export function lookOf(operation: string): Look {
  const { fill, ink, dash } = STYLE[KIN[operation as OneShotOperation] ?? (operation as Operation)];
  return { fill, ink, dash };
}

/** Lines of arms, in their order in a figure: ink alone, since colour belongs to operations. */
export const ARM_LOOKS: readonly Look[] = [
  { fill: 'var(--ink)', ink: 'var(--ink)', dash: 'none' },
  { fill: 'var(--ink)', ink: 'var(--ink)', dash: '7 3' },
  { fill: 'var(--ink)', ink: 'var(--ink)', dash: '3 2' },
  { fill: 'var(--ink)', ink: 'var(--ink)', dash: '1 3' },
  { fill: 'var(--ink)', ink: 'var(--ink)', dash: '10 3 2 3' },
];
