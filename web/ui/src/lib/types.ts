// The shapes of the API that the pages use. They are the server's own: gen/api.ts is made of web/openapi.json,
// and where a page knows more than the contract says, it is said here.
import type { Answers, Schemas } from '../../gen/api';

/** Each member of a union with nothing optional: a time or rule that is ready to be sent. */
type Whole<T> = T extends unknown ? Required<T> : never;
/** The registry forgets nobody: null is for rows that a page never sees. */
type Known<L extends { person: unknown; target: unknown }> =
    Omit<L, 'person' | 'target'> & { person: NonNullable<L['person']>; target: NonNullable<L['target']> };

export type Status = Schemas['status'];
export type Force = Schemas['force'];
export type Kind = Schemas['kind'];
export type Action = Schemas['action'];
export type Subject = Schemas['subject'];
export type Role = Exclude<Subject['kind'], 'delegate'>;
export type Session = Schemas['session'];

export type Place = Schemas['place'];
export type Institution = Schemas['institution'];
/** `home` comes with /people/me alone. */
export type Staff = Schemas['staff'] & Partial<Pick<Schemas['me'], 'home'>>;
export type Licence = Schemas['staff']['licence'];

export type Rule = Whole<Schemas['rule']>;
/** As a draft may hold it: a program may have filed half of it. */
export type WireTime = Schemas['time'];
type Recurring = Whole<Extract<WireTime, { mode: 'recurring' }>>;
export type Time = Whole<Extract<WireTime, { mode: 'continuous' | 'dates' }>> | Omit<Recurring, 'rule'> & { rule: Rule };

export type Fault = Schemas['fault'];
export type Request = Schemas['request'];
export type Remark = Request['remarks'][number];
export type Line = Known<Schemas['line']>;
export type QueueLine = Known<Schemas['queue_line']>;
export type Case = Omit<Schemas['case'], 'lines'> & { lines: Line[] };
export type ReviewLine = Omit<Answers['GET /review/lines/{id}'], 'line'> & { line: Line };
/** What a change may alter, of the line as it is and as it is to be. */
export type Content = Partial<Pick<Schemas['line'], 'purpose' | 'purpose_note' | 'times' | 'remark'>>;
export type Counts = Schemas['counts'];
export type HistoryItem = Schemas['history'];
export type Check = Schemas['check'];
export type PreviewLine = Schemas['preview'];
export type LineInput = Schemas['draft'];
export type Codes = Schemas['codes'];
export type Batch = Schemas['batch'];
export type BatchEntry = Schemas['batch_entry'];
export type BatchError = Schemas['batch_error'];
export type BatchKind = Schemas['batch_kind'];
export type BatchMade = Schemas['batch_created'];
export type BatchImported = Schemas['batch_imported'];
export type DecisionResult = Answers['POST /review/decisions'];

export interface Page<T> extends Omit<Schemas['line_page'], 'items'> { items: T[] }
