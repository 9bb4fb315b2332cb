import { OTHER_GPU } from './other-gpu';

/* Destroys the GPU devices of this worker when it is told to, as a browser does that takes a GPU away,
   and has another one come back. */

const devices: GPUDevice[] = [];
const request = Reflect.get<GPUAdapter, 'requestDevice'>(GPUAdapter.prototype, 'requestDevice');
GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
  const device = await request.call(this, descriptor);
  devices.push(device);
  return device;
};

self.addEventListener('message', ({ data }) => {
  if (data === 'replace') {
    Object.defineProperty(GPUAdapter.prototype, 'info', { get: () => OTHER_GPU });
  }
  if (data === 'destroy' || data === 'replace') {
    for (const device of devices.splice(0)) device.destroy();
  }
});
