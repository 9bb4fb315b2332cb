import { get, put, relu, where } from './lanes';

// @ts-ignore: decorator
@inline
function normalised(
  z: usize,
  moments: usize,
  stride: usize,
  scale: usize,
  shift: usize,
  n: i32,
): v128 {
  const gain = f32x4.mul(get(moments + stride, n), get(scale, n));
  return f32x4.add(f32x4.mul(f32x4.sub(get(z, n), get(moments, n)), gain), get(shift, n));
}

/** Mean over the pixels of max(norm(z), 0). @param to `[batch, channels]` */
export function headPool(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  to: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const share = f32x4.splat(<f32>(1 / <f64>pixels));
  for (let image = 0; image < batch; image++) {
    for (let c: usize = 0; c < stride; c += 16) {
      const n = min(4, <i32>(stride - c) / 4);
      let sum = f32x4.splat(0);
      let p = z + c;
      for (let pixel = 0; pixel < pixels; pixel++) {
        sum = f32x4.add(sum, relu(normalised(p, moments + c, stride, scale + c, shift + c, n)));
        p += stride;
      }
      put(to + c, f32x4.mul(sum, share), n);
    }
    z += <usize>pixels * stride;
    to += stride;
  }
}

/** Gradient of {@link headPool} with respect to norm(z), masked. @param to of z's shape */
export function headPoolInput(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  dPooled: usize,
  to: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const share = f32x4.splat(<f32>(1 / <f64>pixels));
  for (let image = 0; image < batch; image++) {
    for (let c: usize = 0; c < stride; c += 16) {
      const n = min(4, <i32>(stride - c) / 4);
      const value = f32x4.mul(get(dPooled + c, n), share);
      let p = z + c;
      let o = to + c;
      for (let pixel = 0; pixel < pixels; pixel++) {
        put(o, where(normalised(p, moments + c, stride, scale + c, shift + c, n), value), n);
        p += stride;
        o += stride;
      }
    }
    z += <usize>pixels * stride;
    to += <usize>pixels * stride;
    dPooled += stride;
  }
}

/** Mean over the pixels of images. @param to `[batch, channels]` */
export function pixelMean(x: usize, to: usize, batch: i32, pixels: i32, channels: i32): void {
  const stride = <usize>channels * 4;
  const share = f32x4.splat(<f32>(1 / <f64>pixels));
  for (let image = 0; image < batch; image++) {
    for (let c: usize = 0; c < stride; c += 16) {
      const n = min(4, <i32>(stride - c) / 4);
      let sum = f32x4.splat(0);
      for (let pixel = 0; pixel < pixels; pixel++) {
        sum = f32x4.add(sum, get(x + <usize>pixel * stride + c, n));
      }
      put(to + c, f32x4.mul(sum, share), n);
    }
    x += <usize>pixels * stride;
    to += stride;
  }
}

/** Gradient of {@link pixelMean}. @param to `[batch, pixels, channels]` */
export function pixelMeanInput(
  dMeans: usize,
  to: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const share = f32x4.splat(<f32>(1 / <f64>pixels));
  for (let image = 0; image < batch; image++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c: usize = 0; c < stride; c += 16) {
        const n = min(4, <i32>(stride - c) / 4);
        put(to + c, f32x4.mul(get(dMeans + c, n), share), n);
      }
      to += stride;
    }
    dMeans += stride;
  }
}
