// Speaks for one request of the window that opened us: "ready" out, one request in, one answer out,
// close. Only with the origins of the bridge's settings, which the page carries.
'use strict';
(() => {
    const { token, origins, confirm } = document.documentElement.dataset;
    const allowed = origins.split(' ');
    const said = document.getElementById('said');
    const buttons = document.getElementById('buttons');
    const opener = window.opener;
    let taken = false;

    const path = { ping: '/v1/ping', slots: '/v1/slots', sign: '/v1/sign' };

    async function ask(func, body, origin) {
        const headers = {
            'X-Card-Bridge': '1', 'X-Card-Popup-Token': token, 'X-Card-Popup-Origin': origin,
        };
        if (func === 'sign') headers['Content-Type'] = 'application/json';
        const response = await fetch(path[func], {
            method: func === 'sign' ? 'POST' : 'GET',
            headers,
            cache: 'no-store',
            ...(func === 'sign' ? { body: JSON.stringify(body) } : {}),
        });
        return response.json();
    }

    function agreed(origin) {
        if (confirm !== 'on') return Promise.resolve(true);
        said.textContent = `網站 ${origin} 要用您的卡片簽章登入，是否同意？`;
        buttons.hidden = false;
        document.getElementById('refuse').focus();
        return new Promise((resolve) => {
            document.getElementById('agree').addEventListener('click', () => resolve(true));
            document.getElementById('refuse').addEventListener('click', () => resolve(false));
        });
    }

    async function serve(data, origin) {
        const { func, ...body } = data;
        let answer = { ok: false, code: 'CB_CANCELLED' };
        if (func !== 'sign' || await agreed(origin)) {
            said.textContent = '正在讀取卡片…';
            answer = await ask(func, body, origin).catch(() => ({ ok: false, code: 'CB_INTERNAL' }));
        }
        opener.postMessage({ func, ...answer }, origin);
        window.close();
    }

    if (!opener) {
        said.textContent = '這個視窗由登入網頁開啟，請回到登入網頁操作。';
        return;
    }
    window.addEventListener('message', (event) => {
        const known = event.source === opener && allowed.includes(event.origin);
        if (!known || taken || !event.data || !Object.hasOwn(path, event.data.func)) return;
        taken = true;
        void serve(event.data, event.origin);
    });
    for (const origin of allowed) opener.postMessage({ func: 'ready' }, origin);
})();
