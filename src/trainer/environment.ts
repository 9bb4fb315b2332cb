import type { Device } from '../engine/device';
import type { Environment } from '../trace/types';

/** What a result that was computed on a device says about it. */
export function environmentOf(
  { name, adapter, code, options }: Device,
  build: string,
): Environment {
  return {
    build,
    backend: name,
    adapter,
    code,
    selfTest: 'passed',
    ...(options.length > 0 ? { options } : {}),
  };
}

/** Whether two results were computed by the same arithmetic; builds may differ. */
export function isSameDevice(a: Environment, b: Environment): boolean {
  return a.backend === b.backend && a.adapter === b.adapter && a.code === b.code;
}
