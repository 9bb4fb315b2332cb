import { pageState } from '../state/page-state';
import { ToyForm } from './toy-form.svelte';

export const amendedState = pageState(() => new ToyForm());
