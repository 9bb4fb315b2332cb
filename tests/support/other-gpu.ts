/**
 * What the browser's adapter tells of itself once a worker was told to `replace` it: no machine of the
 * tests has a second GPU that could come back.
 */
export const OTHER_GPU = { vendor: 'another', architecture: 'gpu', device: '', description: '' };
