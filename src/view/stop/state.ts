import { RECORDINGS } from '../recording';
import { pageState } from '../state/page-state';
import { StopLab } from './lab.svelte';

export const stopState = pageState(
  (app) => new StopLab(app.library, app.tables, () => app.recordings, RECORDINGS),
);
