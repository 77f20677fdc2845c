// The shapes of API.md that the pages use, written by hand until the server's OpenAPI makes them.

export type Status = 'draft' | 'under_review' | 'approved' | 'rejected' | 'returned';
export type Force = 'none' | 'upcoming' | 'in_force' | 'expired' | 'to_cancel' | 'cancelled';
export type Kind = 'register' | 'change' | 'cancel';
export type Role = 'person' | 'institution' | 'bureau' | 'ops';
export type Action = 'edit' | 'delete' | 'submit' | 'withdraw' | 'change' | 'cancel' | 'copy' | 'print';

export interface Subject {
    kind: Role | 'delegate';
    name: string;
    id_masked: string | null;
    institution: { code: string; name: string } | null;
    county: string | null;
    rights: string[];
    email: string | null;
}

export interface Session {
    subject: Subject;
    method: string;
    csrf_token: string;
    last_login_at: string | null;
    idle_left: number;
    absolute_left: number;
    gate: { code: string; persons: number; lines: number } | null;
}

export interface Place { code: string; name: string; county: string }

export interface Institution extends Place {
    district: string | null;
    address: string | null;
    type: string | null;
    medical: boolean;
    status: 'open' | 'suspended' | 'closed';
}

export interface Staff {
    person_id: string;
    name: string;
    id_masked: string;
    profession: string;
    main: boolean;
    department: string | null;
    licence: { word: string; number: string; from: string; to: string } | null;
    status: 'practising' | 'suspended' | 'closed' | 'revoked' | 'deceased';
    home?: Place;
}

export type Rule =
    | { kind: 'weekly'; weekdays: number[] }
    | { kind: 'monthly_weekday'; nth: number; weekday: number }
    | { kind: 'monthly_day'; day: number }
    | { kind: 'every_n_weeks'; every: number; weekday: number }
    | { kind: 'every_n_days'; every: number };

export type Time =
    | { mode: 'continuous'; start: string; end: string }
    | { mode: 'recurring'; from: string; to: string; start: string; end: string; rule: Rule }
    | { mode: 'dates'; dates: string[]; start: string; end: string };

export interface Fault { field: string; code: string; message: string }
export interface Remark { field: string; text: string }

export interface Request {
    kind: Kind;
    status: Status;
    submitted_at: string | null;
    due_at: string | null;
    decided_at: string | null;
    reason: string | null;
    remarks: Remark[] | null;
    document_no: string | null;
}

export interface Line {
    line_id: string;
    person: { person_id: string; name: string; id_masked: string; profession: string };
    home: Place;
    target: Place & { medical: boolean };
    department: string | null;
    purpose: string | null;
    purpose_note: string | null;
    times: Time[] | null;
    occurrences: number;
    first_at: string | null;
    last_at: string | null;
    remark: string | null;
    attachments: { id: string; name: string; size: number }[] | null;
    created_by: 'person' | 'institution';
    request: Request;
    force: Force;
    pending_change: { purpose: string | null; purpose_note: string | null; times: Time[] | null; remark: string | null } | null;
    problems: Fault[] | null;
    actions: Action[];
    version: number;
}

export interface Case {
    case_no: string;
    home: Place;
    created_by: 'person' | 'institution';
    created_at: string;
    version: number;
    lines: Line[];
}

export interface Page<T> {
    items: T[];
    next_cursor: string | null;
    page: number | null;
    total: number;
    total_is_min: boolean;
}

export interface Counts { draft: number; under_review: number; approved: number; rejected: number; returned: number; total: number }

export interface HistoryItem {
    at: string;
    actor: { kind: string; name: string; institution: string | { code: string; name: string } | null };
    method: string | null;
    action: string;
    version: number;
    changes: { field: string; before: unknown; after: unknown }[] | null;
    reason?: string | null;
}

export interface Check { rule: string; outcome: 'pass' | 'warn' | 'fail'; message: string; basis: string | null }

export interface QueueLine extends Line {
    due_at: string | null;
    age_days: number;
    assignee: string | { name: string } | null;
    checks: Check[] | null;
}

export interface ReviewLine {
    line: Line;
    before: Content | null;
    after: Content | null;
    hours: { week: string; minutes: number; lines: unknown }[] | null;
    staff_left: { profession: string; now: number; after: number } | null;
    history: HistoryItem[] | { items: HistoryItem[] } | null;
    checks: Check[] | null;
}

export interface Content {
    purpose?: string | null;
    purpose_note?: string | null;
    times?: Time[] | null;
    remark?: string | null;
}

export interface PreviewLine {
    occurrences: { start: string; end: string }[];
    count: number;
    skipped: string[];
    sentence: string | null;
    conflicts: { start: string; end: string; with: { line_id: string; status: string; target: string | Place } }[];
    warnings: { code: string; message: string }[];
    errors: Fault[];
}

export interface LineInput {
    line_id?: string;
    person_id?: string;
    target: string;
    department?: string | null;
    purpose?: string | null;
    purpose_note?: string | null;
    times?: Time[];
    remark?: string | null;
}

export interface Codes {
    professions: { code: string; zh: string; may_file: boolean }[];
    departments: { code: string; zh: string }[];
    counties: { code: string; zh: string; bureau: string }[];
    institution_types: { code: string; zh: string }[];
    purposes: { code: string; zh: string; professions: string[]; note_required: boolean;
        attachments: { name: string; professions: string[]; other_county: boolean }[] }[];
}

export interface DecisionResult { done: number; failed: { line_id: string; code: string; message: string }[] }
