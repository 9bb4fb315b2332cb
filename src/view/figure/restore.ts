import { settingsOf } from '../../paper/resolve';
import { regimeKey } from '../../trace/digest';
import type { FigureView } from '../../trace/figure';
import type { App } from '../state/app.svelte';

/** Shows what a figure showed, once its runs are here: page, regimes, seed and epoch. */
export async function restoreView(app: App, view: FigureView): Promise<void> {
  if (view.place === 'experiments') {
    if (app.experiments.scales.includes(view.scale)) app.experiments.scale = view.scale;
    app.figure = view.figure;
    location.hash = '#/experiments';
    return;
  }
  const { library, form, trainer, scene, clock } = app;
  const runOf = (uid: string | null) => library.runs.find((run) => run.uid === uid);
  const [shown, compared] = [runOf(view.shown), runOf(view.compared)];
  if (shown === undefined) return;
  location.hash = '#/';
  // The form has no field for other spaces.
  if (!trainer.busy && shown.config.effective.space === undefined) {
    form.show(settingsOf(shown.config));
  }
  await library.show(regimeKey(shown));
  await library.compare(compared === undefined ? null : regimeKey(compared));
  scene.focus = view.focus;
  clock.load(app.length, { edge: app.edge });
  clock.seek(view.epoch);
}
