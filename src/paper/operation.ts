/** The five candidate operations of NAS-Bench-201, in the benchmark's own order. */
export const OPERATIONS = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** The name a reader sees next to a line or a ribbon. */
export const SHORT_NAME: Readonly<Record<Operation, string>> = {
  none: 'none',
  skip_connect: 'skip',
  nor_conv_1x1: '1×1',
  nor_conv_3x3: '3×3',
  avg_pool_3x3: 'avg',
};

/** The name used inside a sentence. */
export const SENTENCE_NAME: Readonly<Record<Operation, string>> = {
  none: 'none',
  skip_connect: 'skip-connect',
  nor_conv_1x1: '1×1 convolution',
  nor_conv_3x3: '3×3 convolution',
  avg_pool_3x3: 'average pooling',
};

/** Operations without weights. */
export const PARAMETER_FREE: ReadonlySet<Operation> = new Set<Operation>([
  'none',
  'skip_connect',
  'avg_pool_3x3',
]);

export function isOperation(value: unknown): value is Operation {
  return (OPERATIONS as readonly unknown[]).includes(value);
}
