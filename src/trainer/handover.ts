const CHANNEL = 'alphascope-handover';

/** Asks whoever trains a run, in another tab, to let it go. */
export function askFor(uid: string): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(uid);
  channel.close();
}

/** Calls back whenever another tab asks for this run, until the returned function is called. */
export function onAskedFor(uid: string, callback: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === uid) callback();
  };
  return () => channel.close();
}
