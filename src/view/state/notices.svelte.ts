export type NoticeKind =
  | 'link'
  | 'import'
  | 'images'
  | 'storage'
  /** Another version of the app, in another tab. */
  | 'blocked'
  | 'handover'
  | 'folder'
  | 'engine'
  | 'bench'
  | 'table';

export interface Notice {
  readonly kind: NoticeKind;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Problems that stand until they are dismissed or replaced; one of each kind. */
export class Notices {
  list = $state.raw<readonly Notice[]>([]);

  show(kind: NoticeKind, title: string, lines: readonly string[] = []): void {
    this.list = [...this.list.filter((notice) => notice.kind !== kind), { kind, title, lines }];
  }

  clear(kind: NoticeKind): void {
    if (this.of(kind) !== undefined) {
      this.list = this.list.filter((notice) => notice.kind !== kind);
    }
  }

  of(kind: NoticeKind): Notice | undefined {
    return this.list.find((notice) => notice.kind === kind);
  }
}
