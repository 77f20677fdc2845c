// The public home: choose the category, then the identity (F018, F019).
import { useState } from 'preact/hooks';
import { HcaLink, usePage } from '../../parts/page';
import { FLOW } from './guide';

export function Home() {
    usePage('首頁');
    const [kind, setKind] = useState<'support' | 'exam'>('support');
    return (
        <>
            <div class="narrow stack-s">
                <h1>報備支援線上申辦</h1>
                <p class="lead">要到登記的執業場所以外支援，請在開始之前報准。衛生局核准後生效，核准之前不能前往支援。</p>
            </div>
            <section class="cols cols-side" aria-label="開始申辦">
                <div class="stack">
                    <fieldset>
                        <legend><h2>請先選擇申請類別</h2></legend>
                        <div class="choices choices-row">
                            <label class="choice"><input type="radio" name="kind" checked={kind === 'support'} onChange={() => setKind('support')} />
                                <span><b>報備支援線上申辦系統</b><span class="hint">登錄、送審、查詢進度</span></span></label>
                            <label class="choice"><input type="radio" name="kind" checked={kind === 'exam'} onChange={() => setKind('exam')} />
                                <span><b>得應公共衛生師考試資格審查</b><span class="hint">由資格審查系統受理</span></span></label>
                        </div>
                    </fieldset>
                    {kind === 'exam' ? (
                        <div class="note" role="status"><h3>資格審查不在這裡申請</h3>
                            <p>得應公共衛生師考試資格審查由另一個系統受理，請洽服務專線 0800-232258。</p></div>
                    ) : (
                        <div class="stack-s">
                            <h2 id="who">選擇您登入的身分別是？</h2>
                            <div class="cols cols-2 cols-near">
                                <a class="big" href="/login?role=person"><h3>醫事人員</h3><span>辦理本人的報備支援</span>
                                    <span class="hint">使用醫事人員憑證卡，輸入 PIN 碼登入。</span></a>
                                <a class="big" href="/login?role=institution"><h3>醫療(事)機構</h3><span>辦理本機構所有醫事人員的報備支援</span>
                                    <span class="hint">醫事機構憑證卡。同體系機構須各自插卡登入，不可跨機構申報。</span></a>
                            </div>
                        </div>
                    )}
                    <p class="meta">衛生局承辦人員請由 <a href="/Login/C101M">後台登入</a>。</p>
                </div>
                <aside class="panel" aria-labelledby="prep">
                    <h2 id="prep">準備工具</h2>
                    <dl class="dl dl-tight">
                        <div><dt>電腦</dt><dd>憑證登入請用 Windows 的 Chrome、Edge 或 Firefox<br /><span class="hint">尚未支援 Apple 電腦與行動裝置</span></dd></div>
                        <div><dt>讀卡機</dt><dd>一般型晶片讀卡機，不要用健保卡專用讀卡機</dd></div>
                        <div><dt>卡片</dt><dd>醫事人員憑證卡或醫事機構憑證卡</dd></div>
                    </dl>
                    <p class="meta"><a href="/env">環境檢測</a>　看讀卡機、元件與瀏覽器是否就緒</p>
                    <p class="meta">還沒有憑證卡，請及早向<HcaLink />申請，服務電話 0800-364-422</p>
                </aside>
            </section>
            <section class="cols cols-side">
                <div id="how" class="stack-s" tabIndex={-1}>
                    <h2>報備支援線上申辦流程</h2>
                    <ol class="flow flow-list" role="list">{FLOW.map(([head, text]) => <li><b>{head}</b><span>{text}</span></li>)}</ol>
                    <p><a href="/guide">看申辦方式說明</a></p>
                </div>
                <div class="stack-s">
                    <h2>聯絡我們</h2>
                    <dl class="dl dl-tight">
                        <div><dt>業務邏輯、案件審核</dt><dd>執業登記所在地的縣市衛生局</dd></div>
                        <div><dt>系統操作</dt><dd><b>0800-232258</b>、<b>0800-001019</b><br /><span class="hint">手機請撥 02-2776-9993 #116、04-2322-6055 #14</span></dd></div>
                        <div><dt>憑證卡、PIN 碼、鎖卡</dt><dd><b>0800-364-422</b>　<span class="hint">醫事憑證管理中心</span></dd></div>
                    </dl>
                </div>
            </section>
        </>
    );
}
