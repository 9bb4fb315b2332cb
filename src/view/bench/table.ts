import type { BenchDocument, BenchResult } from '../../trainer/protocol';
import { engineName, KERNEL_WORDS } from '../engine';
import { large, memory, milliseconds, scaleWords, WAY_NAME, whole } from './words';

interface Column {
  readonly head: string;
  /** What it counts, for those who want to know. */
  readonly meaning: string;
  readonly text: (result: BenchResult) => string;
}

const MISSING = '–';

const COLUMNS: readonly (Column & { readonly gpu?: true })[] = [
  {
    head: 'ms per step',
    meaning: 'Median of the wall clock for one bilevel step, until the device is done',
    text: ({ stepMs }) => milliseconds(stepMs),
  },
  {
    head: 'host ms per step',
    meaning: 'Median of the time until the calls of a step return',
    text: ({ hostMs }) => milliseconds(hostMs),
  },
  {
    head: 'dispatches per step',
    meaning: 'Kernels that the GPU is asked to run',
    text: ({ dispatches }) => (dispatches === null ? MISSING : whole(dispatches)),
    gpu: true,
  },
  {
    head: 'peak of tensors',
    meaning: 'Most bytes of tensors alive at one time in a step, parameters included',
    text: ({ tensorBytes }) => memory(tensorBytes),
  },
  {
    head: 'peak of GPU buffers',
    meaning: 'Most bytes of all buffers on the GPU, spare ones included',
    text: ({ gpuBytes }) => (gpuBytes === null ? MISSING : memory(gpuBytes)),
    gpu: true,
  },
  {
    head: 'tensors',
    meaning: 'Tensors alive between two steps',
    text: ({ tensors }) => whole(tensors),
  },
];

/** The columns that say something about these results: a CPU is sent no dispatches. */
export function columnsFor(results: readonly BenchResult[]): readonly Column[] {
  const onGpu = results.some(({ dispatches }) => dispatches !== null);
  return COLUMNS.filter(({ gpu = false }) => onGpu || !gpu);
}

/** The same table and its circumstances, for a report or an issue. */
export function markdown(document: BenchDocument): string {
  const { results, rounds, multiplyAdds, adapters, build, date, machine } = document;
  const columns = columnsFor(results);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = [
    line(['way', ...columns.map(({ head }) => head)]),
    line(['---', ...columns.map(() => '---:')]),
    ...results.map((result) =>
      line([WAY_NAME[result.way], ...columns.map(({ text }) => text(result))]),
    ),
  ];
  const devices = adapters.map(
    ({ backend, adapter, code }) =>
      `${engineName(backend)}, ${adapter}, ${KERNEL_WORDS[code]} (self-test passed)`,
  );
  const facts = [
    `Scale ${scaleWords(document.scale)}; about ${large(multiplyAdds)} multiply-adds a bilevel step; medians of ${rounds} rounds.`,
    ...devices.map((device) => `${device}.`),
    `Alphascope ${build}, ${date.slice(0, 10)}, ${Object.values(machine).join(', ')} cores.`,
  ];
  return [...rows, '', ...facts, ''].join('\n');
}
