// Vectors of four neighbouring channels, and what is left when their number is no multiple of four.

/** Up to four floats; lanes from `n` on are zero. */
// @ts-ignore: decorator
@inline
export function get(p: usize, n: i32): v128 {
  return n == 4 ? v128.load(p) : getSome(p, n);
}

// @ts-ignore: decorator
@inline
export function put(p: usize, value: v128, n: i32): void {
  if (n == 4) v128.store(p, value);
  else putSome(p, value, n);
}

function getSome(p: usize, n: i32): v128 {
  let value = f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(p));
  if (n > 1) value = f32x4.replace_lane(value, 1, load<f32>(p, 4));
  if (n > 2) value = f32x4.replace_lane(value, 2, load<f32>(p, 8));
  return value;
}

function putSome(p: usize, value: v128, n: i32): void {
  store<f32>(p, f32x4.extract_lane(value, 0));
  if (n > 1) store<f32>(p, f32x4.extract_lane(value, 1), 4);
  if (n > 2) store<f32>(p, f32x4.extract_lane(value, 2), 8);
}

/** max(x, 0), and NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

/** `value` where x > 0, else 0. */
// @ts-ignore: decorator
@inline
export function where(x: v128, value: v128): v128 {
  return v128.and(value, f32x4.gt(x, f32x4.splat(0)));
}

// Sums over many rows have two levels: floats within a block of rows, doubles over the blocks.

/** Adds four floats to the four doubles at `sums`. */
export function gather(sums: usize, value: v128): void {
  const high = v128.shuffle<f32>(value, value, 2, 3, 2, 3);
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(value)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Writes zeros; `bytes` is a multiple of 4. */
export function clear(to: usize, bytes: usize): void {
  const end = to + bytes;
  const wide = to + (bytes & ~15);
  for (; to < wide; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) store<f32>(to, 0);
}

/** Rows whose values fit well into the first cache. */
export function blockRows(channels: i32): i32 {
  return min(128, max(8, 2048 / channels));
}

/** Channels, up to whole vectors. */
// @ts-ignore: decorator
@inline
export function whole(channels: i32): i32 {
  return (channels + 3) & ~3;
}
