import { settingsOf } from '../../paper/resolve';
import { isOneShot } from '../../paper/space/space';
import { regimeKey } from '../../trace/digest';
import type { FigureView } from '../../trace/figure';
import type { Experiments } from '../experiments/experiments.svelte';
import type { Clock } from '../state/clock.svelte';
import type { RegimeForm } from '../state/form.svelte';
import type { Library } from '../state/library.svelte';
import type { Scene } from '../state/scene.svelte';
import type { Trainer } from '../state/trainer.svelte';

/** The parts of the page that a view is made of. */
interface Page {
  readonly library: Library;
  readonly form: RegimeForm;
  readonly trainer: Trainer;
  readonly scene: Scene;
  readonly clock: Clock;
  readonly experiments: Experiments;
  /** Epochs on screen, and where training is. */
  readonly length: number;
  readonly edge: number;
  /** The figure of the experiments to go to. */
  figure: string | null;
}

/** Shows what a figure showed, once its runs are here: page, regimes, seed and epoch. */
export async function restoreView(page: Page, view: FigureView): Promise<void> {
  if (view.place === 'experiments') {
    if (page.experiments.scales.includes(view.scale)) page.experiments.scale = view.scale;
    page.figure = view.figure;
    location.hash = '#/experiments';
    return;
  }
  const { library, form, trainer, scene, clock } = page;
  const runOf = (uid: string | null) => library.runs.find((run) => run.uid === uid);
  const [shown, compared] = [runOf(view.shown), runOf(view.compared)];
  if (shown === undefined) return;
  location.hash = '#/';
  // The form has no field for other spaces.
  if (!trainer.busy && !isOneShot(shown.config.effective.space)) {
    form.show(settingsOf(shown.config));
  }
  await library.show(regimeKey(shown));
  await library.compare(compared === undefined ? null : regimeKey(compared));
  scene.focus = view.focus;
  if (view.stage !== undefined) library.stage = view.stage;
  clock.load(page.length, { edge: page.edge });
  clock.seek(view.epoch);
}
