import { pageState } from '../state/page-state';
import { LessonState } from './lesson-state.svelte';

export const lessonState = pageState((app) => new LessonState(app));
