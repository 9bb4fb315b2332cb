import { RECORDINGS } from '../recording';
import { pageState } from '../state/page-state';
import { StopLab } from './lab.svelte';
import { SweepRuns } from './sweep-runs.svelte';

export const stopState = pageState((app) => {
  const recordings = () => app.recordings;
  return {
    lab: new StopLab(app.library, recordings, RECORDINGS),
    sweep: new SweepRuns(app.library, recordings, RECORDINGS),
  };
});
