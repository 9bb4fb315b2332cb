export const epochs: number = 'fifty';
