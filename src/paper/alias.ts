import type { Operation } from './operation';

/** Short names of operations, as links and command lines may write them. */
const ALIASES: Readonly<Record<string, Operation>> = {
  zero: 'none',
  skip: 'skip_connect',
  '1x1': 'nor_conv_1x1',
  conv1x1: 'nor_conv_1x1',
  '3x3': 'nor_conv_3x3',
  conv3x3: 'nor_conv_3x3',
  avg: 'avg_pool_3x3',
  pool: 'avg_pool_3x3',
};

/** The shortest name of each operation that {@link officialName} reads. */
export const SHORT_ALIAS: Readonly<Record<Operation, string>> = {
  maxpool3x3: 'maxpool3x3',
  'conv3x3-bn-relu': 'conv3x3-bn-relu',
  'conv1x1-bn-relu': 'conv1x1-bn-relu',
  none: 'none',
  skip_connect: 'skip',
  nor_conv_1x1: '1x1',
  nor_conv_3x3: '3x3',
  avg_pool_3x3: 'avg',
};

/** The benchmark's name for a short one; any other text comes back as it is. */
export function officialName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}

/** {@link officialName} of each name in a text with commas. */
export function officialNames(text: string): string {
  return text
    .split(',')
    .map((name) => officialName(name.trim()))
    .join(',');
}
