import type { Device } from '../../src/engine/device';
import type { Environment } from '../../src/trace/types';

/** What a result that this command computes on a device has to say about it. */
export function environmentOf({ name, adapter, code, options }: Device): Environment {
  return {
    build: __BUILD__,
    backend: name,
    adapter,
    code,
    selfTest: 'passed',
    ...(options.length > 0 ? { options } : {}),
  };
}
