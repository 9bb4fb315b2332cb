import { build } from '../../scripts/build.mjs';
import { ROOT, log } from '../../scripts/ensure.mjs';

/** The app under test is the build of the present sources. */
export default async function setup(): Promise<void> {
  await build(ROOT, { log });
}
