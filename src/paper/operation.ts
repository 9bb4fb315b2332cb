/** The five candidate operations of NAS-Bench-201, in the benchmark's own order. */
export const OPERATIONS = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const;

/** Those of NAS-Bench-1Shot1, in the order of its code. */
export const ONE_SHOT_OPERATIONS = ['maxpool3x3', 'conv3x3-bn-relu', 'conv1x1-bn-relu'] as const;

export type OneShotOperation = (typeof ONE_SHOT_OPERATIONS)[number];

/** A candidate operation of any search space. */
export type Operation = (typeof OPERATIONS)[number] | OneShotOperation;

/** The name a reader sees next to a line or a ribbon. */
export const SHORT_NAME: Readonly<Record<Operation, string>> = {
  none: 'none',
  skip_connect: 'skip',
  nor_conv_1x1: '1×1',
  nor_conv_3x3: '3×3',
  avg_pool_3x3: 'avg',
  maxpool3x3: 'max',
  'conv3x3-bn-relu': '3×3',
  'conv1x1-bn-relu': '1×1',
};

/** The name used inside a sentence. */
export const SENTENCE_NAME: Readonly<Record<Operation, string>> = {
  none: 'none',
  skip_connect: 'skip-connect',
  nor_conv_1x1: '1×1 convolution',
  nor_conv_3x3: '3×3 convolution',
  avg_pool_3x3: 'average pooling',
  maxpool3x3: 'max pooling',
  'conv3x3-bn-relu': '3×3 convolution',
  'conv1x1-bn-relu': '1×1 convolution',
};

/** Operations without weights. */
export const PARAMETER_FREE: ReadonlySet<Operation> = new Set<Operation>([
  'none',
  'skip_connect',
  'avg_pool_3x3',
  'maxpool3x3',
]);

/** Whether this names an operation of NAS-Bench-201. */
export function isOperation(value: unknown): value is (typeof OPERATIONS)[number] {
  return (OPERATIONS as readonly unknown[]).includes(value);
}
