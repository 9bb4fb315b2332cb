import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import type { ExperimentKey } from '../../paper/experiment/experiments';
import { STAGE_NUMBERS } from '../../paper/space/stages';

/** A panel of the paper's figures, as it is redrawn here, or one of our own. */
export interface FigureSpec {
  /** `2(a)`, as the paper counts; of our own a name without spaces. */
  readonly key: string;
  /** True: the paper has no such panel. */
  readonly own?: true;
  /** In whose section it stands. */
  readonly experiment: ExperimentKey;
  readonly title: string;
  readonly arms: readonly ArmKey[];
  /**
   * `magnitude`: m(t, o) of one arm, a line per operation. `eigenvalue`: the Hessian's largest, a line
   * per arm. `heldByStage`: the edges of each stage that hold this operation, a line per stage.
   * Otherwise the accuracy of the derived cell, a line per arm; where no table gives it, the choices
   * that this operation holds stand in.
   */
  readonly draws:
    'magnitude' | 'eigenvalue' | { readonly held: string } | { readonly heldByStage: string };
  /** From 0: whose alphas it draws, where each stage has its own. */
  readonly stage?: number;
}

/** The sweep in the order of its weights. */
const BY_ETA = ['eta-0', 'eta-.01', 'eta-.1', 'eta-1'] as const satisfies ArmKey[];
const SKIPS = { held: 'skip_connect' };
const CONV_1X1 = { held: 'conv1x1-bn-relu' };

/** In the paper's order, then our own. Tables are drawn elsewhere. */
export const FIGURES: readonly FigureSpec[] = [
  magnitudes('2(a)', 'baseline', 'Baseline', 'baseline'),
  magnitudes('2(b)', 'exp1', 'Warm-up of 10 epochs', 'warmup-10'),
  magnitudes('2(c)', 'exp1', 'Warm-up of 20 epochs', 'warmup-20'),
  magnitudes('2(d)', 'exp1', 'Warm-up of 30 epochs', 'warmup-30'),
  magnitudes('2(e)', 'exp3', 'Warm-up of 100 epochs', 'warmup-100'),
  magnitudes('2(f)', 'exp2', 'Alpha L2 .005', 'l2-.005'),
  magnitudes('2(g)', 'exp2', 'Alpha L2 .01', 'l2-.01'),
  {
    key: '2(h)',
    experiment: 'exp3',
    title: 'Collapse by length of the warm-up',
    arms: ['baseline', 'warmup-10', 'warmup-20', 'warmup-30', 'warmup-100'],
    draws: SKIPS,
  },
  {
    key: '3(a)',
    experiment: 'exp4',
    title: 'Collapse by alpha rate',
    arms: ['baseline', 'alpha-.001', 'alpha-.002', 'alpha-.003'],
    draws: SKIPS,
  },
  {
    key: '3(b)',
    experiment: 'exp5',
    title: 'Swapped rates against the baseline',
    arms: ['baseline', 'swapped'],
    draws: SKIPS,
  },
  magnitudes('3(c)', 'exp6', 'Without skip-connect', 'no-skip'),
  magnitudes('3(d)', 'exp5', 'Swapped rates', 'swapped'),
  magnitudes('4(a)', 'exp8', '1Shot1 space 1', 'one-shot-1'),
  magnitudes('4(b)', 'exp8', '1Shot1 space 2', 'one-shot-2'),
  magnitudes('4(c)', 'exp8', '1Shot1 space 3', 'one-shot-3'),
  counts('4(d)', 'exp8', 'Derived cells in space 1', 'one-shot-1'),
  counts('4(e)', 'exp8', 'Derived cells in space 2', 'one-shot-2'),
  counts('4(f)', 'exp8', 'Derived cells in space 3', 'one-shot-3'),
  magnitudes('5', 'exp7', 'Weight rate .0003, alpha rate .001', 'long'),
  magnitudes('6(b)', 'sweep', 'The setting of selective stop', 'sweep-.003'),
  {
    key: '7',
    experiment: 'hessian',
    title: 'The Hessian’s largest eigenvalue by weight rate',
    arms: ['hessian', 'hessian-.003', 'hessian-.009', 'hessian-.015'],
    draws: 'eigenvalue',
  },
  {
    key: 'eta-skips',
    own: true,
    experiment: 'eta',
    title: 'Collapse by eta',
    arms: BY_ETA,
    draws: SKIPS,
  },
  ...BY_ETA.map((arm): FigureSpec => {
    const { label } = armByKey(arm);
    return { ...magnitudes(arm, 'eta', `Magnitudes with ${label}`, arm), own: true };
  }),
  {
    key: 'stage-skips',
    own: true,
    experiment: 'stages',
    title: 'Skip-connects by stage',
    arms: ['stages'],
    draws: { heldByStage: 'skip_connect' },
  },
  ...STAGE_NUMBERS.map((stage): FigureSpec => {
    const number = stage + 1;
    const title = `Magnitudes in stage ${number}`;
    return { ...magnitudes(`stage-${number}`, 'stages', title, 'stages'), own: true, stage };
  }),
];

/** `Figure 2(a)`; of our own the title alone. */
export function figureName({ key, own, title }: FigureSpec): string {
  return own ? title : `Figure ${key}`;
}

/** `Figure 2(a): Baseline` */
export function figureTitle(spec: FigureSpec): string {
  return spec.own ? spec.title : `${figureName(spec)}: ${spec.title}`;
}

function magnitudes(
  key: string,
  experiment: ExperimentKey,
  title: string,
  arm: ArmKey,
): FigureSpec {
  return { key, experiment, title, arms: [arm], draws: 'magnitude' };
}

function counts(key: string, experiment: ExperimentKey, title: string, arm: ArmKey): FigureSpec {
  return { key, experiment, title, arms: [arm], draws: CONV_1X1 };
}
