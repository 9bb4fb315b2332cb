import { pageState } from '../state/page-state';
import { StudyForm } from './study-form.svelte';

export const softmaxState = pageState(() => new StudyForm());
