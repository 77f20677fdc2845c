// A batch of API 5 as a person meets it: the columns of the two templates (DOMAIN 6.1), the codes as words,
// and what to do when a whole file is refused.
import type { Batch, BatchError, BatchKind } from './types';

export const FILE_MAX_BYTES = 2 << 20;
export const ROWS_MAX = 300;

export const KINDS: Record<BatchKind, { name: string; template: string; hint: string }> = {
    general: { name: '一般整批上傳', template: '一般整批範本', hint: '一列從開始日期時間到結束日期時間，中間不中斷（持續）' },
    rule: { name: '規則整批上傳', template: '規則整批範本', hint: '一列一個規則，例如每週二、每月第 1 個星期五、隔週（間斷）' },
};

export interface Column { name: string; required: boolean; help: string }

const column = (name: string, help: string, required = true): Column => ({ name, required, help });
const PERSON = [
    column('身分證字號', '10 碼身分證字號或統一證號'),
    column('姓名', '可不填；填了會與執業登記核對', false),
    column('被支援機構代碼', '10 碼，前面的 0 要保留'),
    column('被支援機構名稱', '可不填；填了會與機構登記核對', false),
    column('支援科別代碼', '醫師填診療科別代碼，其他人員不填', false),
    column('支援目的代碼', '2 碼，例如 05；23、55、99 要在備註寫明目的'),
];
const REMARK = column('備註', '最多 500 字', false);

export const COLUMNS: Record<BatchKind, Column[]> = {
    general: [...PERSON,
        column('支援開始日期', '民國 7 碼，例如 1150901，也可以用日期格式'), column('開始時間', '4 碼，例如 0800'),
        column('支援結束日期', '民國 7 碼'), column('結束時間', '4 碼，例如 1730；當天結束可填 2400'), REMARK],
    rule: [...PERSON,
        column('期間起日', '民國 7 碼，例如 1150901，也可以用日期格式'), column('期間迄日', '民國 7 碼，含當日'),
        column('規則代碼', '1 每週星期、2 每月第 n 週星期、3 每月第 n 日、4 每隔 n 週星期、5 每隔 n 日'),
        column('間隔/週次/日', '規則 2 是第幾個（最後一個填 -1）；3 是幾日；4、5 是每幾週、每幾日一次（2 是隔週）；1 不填', false),
        column('星期', '1 到 7，7 是星期日；規則 1 可填多個，例如 1,3,5；3、5 不填', false),
        column('開始時間', '4 碼，例如 0800'), column('結束時間', '4 碼；不晚於開始時間時算隔天'), REMARK],
};

/** A, B … Z; no template is wider. */
export const letterOf = (i: number): string => String.fromCharCode(65 + i);

type Code = BatchError['code'];

/** The fault as a few words: what a chip says, and the table beside the server's own sentence. */
export const FAULT: Record<Code, string> = {
    required: '必填的沒有填', bad_type: '格式不對', too_long: '太長', bad_text: '有不允許的字元',
    bad_date: '日期看不懂', bad_time: '時間看不懂', end_before_start: '結束不晚於開始', bad_rule: '規則不對',
    too_many_occurrences: '超過 1,000 次', bad_id_no: '身分證字號不對', formula: '是公式，不是內容',
    not_your_staff: '不是可以申請的人員', name_mismatch: '名稱不符', person_not_practising: '人員不在執業中',
    home_not_open: '執業機構不在開業中', profession_may_not_file: '這個類別不得報備', not_main_licence: '不是主要執業登記',
    licence_expired: '執照已逾期', after_licence_end: '超過執照迄日', unknown_institution: '查無機構代碼',
    institution_not_open: '被支援機構不在開業中', same_institution: '就是原執業機構', unknown_department: '查無科別代碼',
    unknown_purpose: '查無目的代碼', purpose_not_allowed: '職類不能選這個目的', attachment_required: '要附文件',
    in_the_past: '開始不在未來', overlaps_self: '自己的時段重疊', overlaps_case: '與其他支援重疊',
    overlaps_row: '與檔案內其他列重疊', duplicate_row: '檔案內重複', quota_exceeded: '超過額度',
};

export interface Advice { title: string; todo: string; template: boolean }

/** Why not one row could be read, and the way out. */
export function refusalAdvice(batch: Pick<Batch, 'kind' | 'error'>): Advice {
    const template = KINDS[batch.kind].template;
    switch (batch.error?.code) {
        case 'too_many_rows': return { title: `檔案有 ${batch.error.count ?? '太多'} 列，每次最多 ${ROWS_MAX} 列`, template: false,
            todo: `請拆成 ${batch.error.count ? Math.ceil(batch.error.count / ROWS_MAX) : '幾'} 個檔案，每個最多 ${ROWS_MAX} 列，分次上傳。` };
        case 'wrong_template': return { title: `欄位與${template}不同`, template: true,
            todo: `請下載最新的${template}，把內容貼進去再上傳；如果這是另一種範本，請改選種類再上傳。` };
        case 'encrypted_xlsx': return { title: '檔案有密碼，打不開', template: false, todo: '請在 Excel 移除密碼，另存新檔後再上傳。' };
        case 'macro_xlsx': return { title: '檔案含有巨集或內嵌物件', template: false, todo: '請另存成不含巨集的 .xlsx 再上傳。' };
        case 'xlsx_too_large': return { title: '檔案內容太大', template: true, todo: `請把資料貼進${template}，不要帶圖片、多餘的工作表與格式，再上傳。` };
        case 'no_rows': return { title: '檔案裡沒有資料列', template: false, todo: '第 1 列是欄位名稱，請從第 2 列開始填寫，存檔後再上傳。' };
        case 'not_read': return { title: '系統暫時無法讀取', template: false, todo: '系統忙不過來，檔案沒有讀完。請稍後再上傳一次；一直不行，請聯絡客服。' };
        default: return { title: '檔案壞了，讀不出來', template: true, todo: '請用 Excel 或 LibreOffice 打開，另存成 .xlsx 再上傳；還是不行，請改用範本重填。' };
    }
}

/** 115年4月排班.xlsx → 115年4月排班_錯誤檔.xlsx */
export const reportName = (file: string): string => `${file.replace(/\.(xlsx|csv)$/i, '') || '整批'}_錯誤檔.xlsx`;
