/** Data that cannot be used; the message says which file, what is wrong with it and where. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
