import { bandOverSeeds } from '../../paper/statistics';
import type { PlotCurve } from './plot';

/**
 * A line of single values by epoch, in the instrument's own colours: those of operations mean
 * operations. The other of two lines is grey and dashed.
 */
export function valueCurve(
  { key, name, label }: Pick<PlotCurve, 'key' | 'name' | 'label'>,
  values: readonly number[],
  { isOther, second = false }: { readonly isOther: boolean; readonly second?: boolean },
): PlotCurve {
  return {
    key,
    name,
    label,
    bundle: { seeds: [values], bands: bandOverSeeds([values]) },
    fill: isOther ? 'var(--control-line)' : 'var(--ink)',
    ink: isOther ? 'var(--ink-soft)' : 'var(--ink)',
    dash: isOther ? '4 2.5' : 'none',
    second,
  };
}
