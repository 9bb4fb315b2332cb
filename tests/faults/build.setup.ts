import { build } from '../../scripts/build.mjs';
import { ROOT, log } from '../../scripts/ensure.mjs';

/** Of this process: two projects ask for the build, and one may have it under test already. */
const BUILT = 'ALPHASCOPE_BUILT';

/** The app under test is the build of the present sources. */
export default async function setup(): Promise<void> {
  if (process.env[BUILT] === String(process.pid)) return;
  process.env[BUILT] = String(process.pid);
  await build(ROOT, { log });
}
