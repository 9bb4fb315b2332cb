import * as v from 'valibot';
import { TraceError, type Path } from './error';

/** The value as the schema types it. @throws TraceError */
export function check<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  path: Path,
): v.InferOutput<Schema> {
  // Stopping at the first issue keeps a hostile file from building millions of them.
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const inner = (issue.path ?? []).map((item) => item.key as string | number);
  throw new TraceError([...path, ...inner], reasonOf(issue));
}

/** valibot's issue in words; `expected` and `received` are its own short notation. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  const received = shorten(issue.received);
  const requirement = String(issue.requirement);
  switch (issue.type) {
    case 'object':
    case 'strict_object':
      if (issue.expected === 'never') return 'is not a key of this format';
      return issue.expected?.startsWith('"') ? 'is missing' : `must be an object, not ${received}`;
    case 'array':
      return `must be an array, not ${received}`;
    case 'number':
    case 'finite':
      return `must be a finite number, not ${received}`;
    case 'safe_integer':
      return `must be a whole number, not ${received}`;
    case 'min_value':
      return `must be at least ${requirement}, not ${received}`;
    case 'max_value':
      return `must be at most ${requirement}, not ${received}`;
    case 'gt_value':
      return `must be more than ${requirement}, not ${received}`;
    case 'length':
      return `must have ${requirement} entries, not ${received}`;
    case 'min_length':
      return `must have a length of at least ${requirement}, not ${received}`;
    case 'max_length':
      return `must have a length of at most ${requirement}, not ${received}`;
    case 'regex':
    case 'check':
      return `${issue.message}: ${shorten(JSON.stringify(issue.input))}`;
    default:
      return `must be ${issue.expected ?? 'something else'}, not ${received}`;
  }
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
