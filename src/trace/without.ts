/** A shallow copy of an object without one of its keys. */
export function without<Value extends object, Key extends keyof Value>(
  value: Value,
  key: Key,
): Omit<Value, Key> {
  const copy: Partial<Value> & Omit<Value, Key> = { ...value };
  delete copy[key];
  return copy;
}
