import { RECORDINGS } from '../recording';
import { pageState } from '../state/page-state';
import { StopLab } from './lab.svelte';
import { SweepRuns } from './sweep-runs.svelte';

export const stopState = pageState((app) => {
  const recordings = () => app.recordings;
  return {
    lab: new StopLab(app.library, app.tables, recordings, RECORDINGS),
    sweep: new SweepRuns(app.library, app.tables, recordings, RECORDINGS),
  };
});
