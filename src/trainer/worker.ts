import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { cacheOfficial, parseOfficial } from '../data/official';
import { downloadSize, loadSearchData } from '../data/source';
import { loadStandAloneData, standAloneDownloadSize } from '../data/stand-alone-data';
import { openStore } from '../store/database';
import type { Command, VerifyReport, VerifyRequest } from './protocol';
import { Trainer, type TrainerHost } from './trainer';

/* The browser's host of the trainer: a dedicated module worker. */

const here = self.location.href;
const absolute = (url: string) => new URL(url, here).href;
// The built worker lies in assets/, beside which the build puts data/.
const base = import.meta.env.DEV ? absolute('/data/') : absolute('../data/');

/** One turn of the event loop. A message is not slowed down in hidden tabs, as timers are. */
const channel = new MessageChannel();
let wake: (() => void) | null = null;
channel.port1.onmessage = () => wake?.();
const breathe = () =>
  new Promise<void>((resolve) => {
    wake = resolve;
    channel.port2.postMessage(null);
  });

const host: TrainerHost = {
  post: (report) => self.postMessage(report),
  openStore: () => openStore(),
  data: {
    search: {
      load: (size, onProgress) => loadSearchData({ ...size, base, onProgress }),
      downloadSize: (size) => downloadSize({ ...size, base }),
    },
    standAlone: {
      load: (size, onProgress) => loadStandAloneData({ ...size, base, onProgress }),
      downloadSize: (size) => standAloneDownloadSize({ ...size, base }),
    },
    adopt: async (files) => cacheOfficial(await parseOfficial(files), { base }),
  },
  wasmPaths: {
    'tfjs-backend-wasm.wasm': absolute(plainWasm),
    'tfjs-backend-wasm-simd.wasm': absolute(simdWasm),
    'tfjs-backend-wasm-threaded-simd.wasm': absolute(threadedWasm),
  },
  build: __BUILD__,
  breathe,
};
const trainer = new Trainer(host);

self.addEventListener('message', ({ data }: MessageEvent<Command | VerifyRequest>) => {
  if (data.type !== 'verify') void trainer.handle(data);
  else void verify(data);
});

/** In a worker that does nothing else: the trainer of this one stays without a device. */
async function verify(request: VerifyRequest): Promise<void> {
  const { Verifier } = await import('./verifier');
  const post = (report: VerifyReport) => self.postMessage(report);
  await new Verifier(host, post).carryOut(request);
}
