// 申辦方式說明: the way of a case from end to end, and the five steps of each role (F012, F013, F023, F088).
import { Crumb, HcaLink, usePage } from '../../parts/page';

export const FLOW: [string, string][] = [
    ['準備工具', '電腦、讀卡機、憑證卡'],
    ['選擇身分', '醫事人員，或醫療(事)機構'],
    ['登入', '插入卡片，輸入 PIN 碼'],
    ['執行報備支援', '登錄支援人員、機構與時間，送審前可以隨時暫存'],
    ['送出申請案', '確認案件內容後送審，等待衛生局核准'],
];

const CHART: { who: string; steps: [string, string][] }[] = [
    { who: '醫事人員、醫療(事)機構', steps: [['登錄', '新增被支援機構，輸入時間，隨時可以暫存'], ['確認', '報備支援申請資料確認'], ['送審', '系統給審核期限，審核中可以撤回']] },
    { who: '執業登記所在地的縣市衛生局', steps: [['審核', '看檢核、每週時數與歷程'], ['決定', '核准、退回補正，或不核准']] },
    { who: '結果', steps: [['核准', '核准後才可以前往支援，跨縣市時副知支援地衛生局'], ['退回', '請在期限前補正後重送，案件編號不變'], ['不核准', '附理由與救濟方式，30 日內可以提起訴願']] },
];

const ROLES: { id: string; name: string; tools: string; steps: [string, string][] }[] = [
    { id: 'person', name: '醫事人員', tools: '電腦、一般型晶片讀卡機、醫事人員憑證卡', steps: [
        ['準備工具', '電腦、一般型晶片讀卡機、醫事人員憑證卡'],
        ['選擇身分', '在首頁選「醫事人員」，只辦理本人的報備支援'],
        ['登入', '插入卡片，輸入 6 至 8 碼 PIN 碼'],
        ['執行報備支援', '核對個人資料，選被支援機構，輸入支援目的與時間'],
        ['送出申請案', '確認內容後送審；在首頁看申請進度']] },
    { id: 'institution', name: '醫療(事)機構', tools: '電腦、一般型晶片讀卡機、醫事機構憑證卡', steps: [
        ['準備工具', '電腦、一般型晶片讀卡機、醫事機構憑證卡'],
        ['選擇身分', '在首頁選「醫療(事)機構」，辦理本機構所有醫事人員的報備支援'],
        ['登入', '插入機構卡，輸入 6 至 8 碼 PIN 碼；同體系機構須各自插卡'],
        ['執行報備支援', '選支援人員與被支援機構，輸入支援目的與時間；一件可以有多筆明細'],
        ['送出申請案', '確認各筆明細後一起送審；在首頁看申請進度']] },
];

export function Guide() {
    usePage('申辦方式說明');
    return (
        <>
            <Crumb items={[{ href: '/', label: '首頁' }, { label: '申辦方式說明' }]} />
            <div class="narrow stack-s">
                <h1>申辦方式說明</h1>
                <p class="lead">要到登記的執業場所以外支援，請在開始之前報准。核准之前不能前往支援。</p>
            </div>
            <section class="stack-s" aria-labelledby="chart">
                <h2 id="chart">「報備支援線上申辦」流程圖</h2>
                <ol class="lanes" role="list" aria-label="由送件到結果">
                    {CHART.map((lane) => (
                        <li><h3>{lane.who}</h3><ol role="list">{lane.steps.map(([head, text]) => <li><b>{head}</b><span>{text}</span></li>)}</ol></li>
                    ))}
                </ol>
            </section>
            {ROLES.map((role) => (
                <section class="stack-s" aria-labelledby={`g-${role.id}`}>
                    <h2 id={`g-${role.id}`}>{`${role.name}申辦步驟`}</h2>
                    <ol class="flow" role="list">{role.steps.map(([head, text]) => <li><b>{head}</b><span>{text}</span></li>)}</ol>
                    <p><a class="btn" href={`/login?role=${role.id}`}>{`以${role.name}登入`}</a></p>
                </section>
            ))}
            <section class="narrow stack-s" aria-labelledby="g-more">
                <h2 id="g-more">登入之前</h2>
                <ul class="bul">
                    <li>第一次使用的電腦，請先做<a href="/env">環境檢測</a>，看讀卡機、元件與瀏覽器是否就緒。</li>
                    <li>還沒有憑證卡，請及早向<HcaLink />申請，服務電話 0800-364-422。</li>
                    <li>PIN 碼輸入錯誤 3 次會鎖卡，請到<HcaLink />解鎖。</li>
                </ul>
            </section>
        </>
    );
}
