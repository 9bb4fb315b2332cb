/*
 * The outputs of a cell's convolution lie side by side in groups of `each` channels, one for each edge.
 * `live` has a bit for each group, the first in the lowest place: what the other groups hold is never
 * read, so it need not be computed. Sums are cut into the same blocks as if all groups were live, so
 * that these keep their bits.
 */

/** All groups are live. */
export const ALL: i32 = -1;

/** Whether any of `n` channels from `channel` on is live. */
// @ts-ignore: decorator
@inline
export function isLive(live: i32, each: i32, channel: i32, n: i32): bool {
  if (live == ALL) return true;
  for (let group = channel / each; group * each < channel + n; group++) {
    if ((live >> group) & 1) return true;
  }
  return false;
}

/** The first channel from `channel`, a group's first, on that is live, or is not; else `channels`. */
export function nextChannel(
  live: i32,
  each: i32,
  channel: i32,
  channels: i32,
  wanted: bool,
): i32 {
  if (live == ALL) return wanted ? channel : channels;
  while (channel < channels && ((live >> (channel / each)) & 1) != <i32>wanted) channel += each;
  return min(channel, channels);
}

/** Number of live channels. */
export function liveChannels(live: i32, each: i32, channels: i32): i32 {
  return live == ALL ? channels : popcnt<i32>(live) * each;
}
