// The environment check (F074–F078): signs a challenge that is never sent in, and shows what the card says.
import { useState } from 'preact/hooks';
import { csrf, get, post } from '../../lib/api';
import { sign, type Card } from '../../lib/bridge';
import { SelectField, Field } from '../../parts/field';
import { Crumb, ErrorSummary, Note, usePage } from '../../parts/page';
import { DevicePanel, KIND_NAME, useDevice } from './device';

const ALL: Card['kind'][] = ['HPC', 'HOP', 'CITIZEN'];
const ROLE = { HPC: 'person', HOP: 'institution', CITIZEN: 'bureau', OTHER: 'person' };

export function EnvCheck() {
    usePage('環境檢測');
    const device = useDevice(ALL);
    const [chosen, setChosen] = useState('');
    const [pin, setPin] = useState('');
    const [fault, setFault] = useState<{ id: 'card' | 'pin'; message: string } | null>(null);
    const [stamp, setStamp] = useState(0);
    const [good, setGood] = useState<Card | null>(null);
    // As at the log-in: of several none is taken for granted, a wrong PIN counts.
    const card = device.cards.length === 1 ? device.cards[0] : device.cards.find((c) => `${c.slot}/${c.cert_id}` === chosen);
    const pinFault = fault?.id === 'pin' ? fault.message : null;
    const several = `有 ${device.cards.length} 張卡，請先選要用的卡`;
    const tell = (id: 'card' | 'pin', message: string) => {
        setFault({ id, message });
        setStamp(stamp + 1);
    };
    const check = async (e: Event) => {
        e.preventDefault();
        setGood(null);
        setFault(null);
        if (!card && device.cards.length > 1) {
            tell('card', several);
            return;
        }
        try {
            if (!card) throw new Error(device.fault ?? '還沒有讀到卡片，請插入卡片');
            if (pin.length < card.pin.min) throw new Error(`PIN 碼長度應為 ${card.pin.min} 至 ${card.pin.max} 碼`);
            csrf.value = (await get<{ csrf_token: string }>('/auth/pre', { quiet: true })).csrf_token;
            const challenge = await post<{ tbs: string }>('/auth/cert/challenge', { role: ROLE[card.kind] }, { quiet: true });
            await sign(card, pin, challenge.tbs, false);
            setGood(card);
        } catch (error) {
            tell('pin', error instanceof Error && error.message ? error.message : '檢測沒有完成，請再試一次');
        }
        setPin('');
    };
    return (
        <>
            <Crumb items={[{ href: '/', label: '首頁' }, { label: '環境檢測' }]} />
            <h1>環境檢測</h1>
            <div class="cols cols-side">
                <form class="stack" onSubmit={(e) => void check(e)} noValidate>
                    {fault && <ErrorSummary stamp={stamp} items={[fault]} />}
                    <p class="lead">偵測讀卡機與元件是否運作正常。這裡只試簽章，不會登入。</p>
                    {device.cards.length > 1 && (
                        <SelectField id="card" label="卡片" required value={card ? `${card.slot}/${card.cert_id}` : ''} onValue={setChosen} empty="請選擇" hint={several}
                            error={fault?.id === 'card' ? fault.message : undefined}
                            options={device.cards.map((c) => ({ value: `${c.slot}/${c.cert_id}`, label: `${c.label}（${KIND_NAME[c.kind]}）` }))} />
                    )}
                    <Field f={{ id: 'pin', label: 'PIN碼', required: true, hint: '6 至 8 碼。輸入錯誤 3 次會鎖卡。', error: pinFault }}>
                        <input class="in w7" id="pin" type="password" inputMode="numeric" autocomplete="off" maxLength={8} required value={pin}
                            onInput={(e) => setPin(e.currentTarget.value)} aria-invalid={pinFault ? true : undefined}
                            aria-describedby={pinFault ? 'pin-e pin-h' : 'pin-h'} />
                    </Field>
                    <div class="row"><button class="btn btn-main" type="submit">開始檢測</button><a class="btn" href="/">回首頁</a></div>
                    {good && (
                        <Note kind="ok" title="您已經完成環境設定，可以開始以憑證登入報備支援系統" role="status">
                            <p>{`${good.label}　${KIND_NAME[good.kind]}　讀卡機：${good.reader}`}</p>
                            <p><a href={`/login?role=${ROLE[good.kind]}`}>前往登入</a></p>
                        </Note>
                    )}
                </form>
                <DevicePanel device={device} kinds={ALL} />
            </div>
        </>
    );
}
