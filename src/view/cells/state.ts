import { pageState } from '../state/page-state';
import { Cells } from './cells.svelte';

export const cellsState = pageState((app) => new Cells(app));
