import { pageState } from '../state/page-state';
import { ClassLink } from './link.svelte';
import { ClassPool } from './pool.svelte';

export const classState = pageState(() => ({ pool: new ClassPool(), link: new ClassLink() }));
