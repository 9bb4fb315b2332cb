import { cpus } from 'node:os';

/** `AMD EPYC (x64), Node 20`: nothing that names the machine itself. */
export function thisMachine(): string {
  const [major] = process.versions.node.split('.');
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'} (${process.arch}), Node ${major}`;
}
