/** Storage that a program reads (`r`), or reads and writes (`w`), as an array of `type`. */
export interface Binding {
  readonly name: string;
  readonly access: 'r' | 'w';
  readonly type: string;
}

/** A compute shader for fixed shapes. */
export interface Program {
  readonly bindings: readonly Binding[];
  readonly workgroup: readonly [number, number];
  /** Number of workgroups; the shader finds its own as `group`. */
  readonly groups: number;
  /** Declarations outside `main`. */
  readonly head?: string;
  /** Body of `main`; `local` is the place in the workgroup, `lane` the same as one number. */
  readonly body: string;
}

/** More workgroups than fit one dimension of a dispatch go on in the second. */
const ROW = 32768;

export function gridOf(groups: number): readonly [number, number] {
  return groups <= ROW ? [groups, 1] : [ROW, Math.ceil(groups / ROW)];
}

export function sourceOf({ bindings, workgroup, head = '', body }: Program): string {
  const [width, height] = workgroup;
  const storage = bindings.map(
    ({ name, access, type }, i) =>
      `@group(0) @binding(${i}) var<storage, ${access === 'r' ? 'read' : 'read_write'}> ${name}: array<${type}>;`,
  );
  return `${storage.join('\n')}
${head}
@compute @workgroup_size(${width}, ${height})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = workgroup.x + workgroup.y * ${ROW}u;
${body}
}
`;
}
