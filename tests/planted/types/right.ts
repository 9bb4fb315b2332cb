export const epochs: number = 50;
