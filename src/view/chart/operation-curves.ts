import { SHORT_NAME, type Operation } from '../../paper/operation';
import { STYLE } from './palette';
import type { PlotCurve } from './plot';
import type { CurveBundle, RegimeSeries } from './series';

/**
 * A line for each operation of one regime, or of two, of which the second is thin.
 *
 * @param bundlesOf a bundle for each operation
 * @param marked the operation whose line stands out; the others fade
 */
export function operationCurves(
  series: readonly RegimeSeries[],
  bundlesOf: (regime: RegimeSeries) => readonly CurveBundle[],
  marked: Operation | null = null,
): PlotCurve[] {
  return series.flatMap((regime, rank) =>
    bundlesOf(regime).map((bundle, column) => {
      const operation = regime.ops[column]!;
      const { fill, ink, dash } = STYLE[operation];
      const fades = marked !== null && marked !== operation;
      const name = SHORT_NAME[operation];
      const full = series.length > 1 ? `${name} ${'AB'[rank]}` : name;
      // Two regimes have too many lines to name those that fade as well.
      const label = fades && series.length > 1 ? '' : full;
      return {
        key: `${rank} ${operation}`,
        name,
        label,
        bundle,
        fill: fades ? `color-mix(in oklab, ${fill} 30%, var(--paper))` : fill,
        ink,
        dash,
        second: rank > 0,
        from: regime.from,
      };
    }),
  );
}
