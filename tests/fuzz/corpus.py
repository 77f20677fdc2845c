#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets: corpus/NAME/*, a few each. Nothing comes from elsewhere:
cases of the framing suite, texts written here, and rows, certificates and lists of a demo.

    python3 tests/fuzz/corpus.py DEMO     # as `baobei seed-demo` left it

Only what is not there yet is added; findings that were mended are kept beside the seeds by hand."""
import base64
import hashlib
import json
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'http'))
from framing_cases import cases  # noqa: E402
sys.path.insert(0, os.path.join(HERE, '..', 'e2e', 'lib'))
import workbooks as w  # noqa: E402

SIZE_MAX = 4096
LONG_MAX = 20000  # libFuzzer makes inputs as long as the longest seed: some limits lie there


class Door:
    """What the cases ask of a server."""
    post, token, secure = '/api/v1/cases/preview', 'a-token', False
    fine_body, fine_status = '{"lines":[]}', 200


def add(target, seeds, count=1000, size_max=SIZE_MAX):
    folder = os.path.join(HERE, 'corpus', target)
    os.makedirs(folder, exist_ok=True)
    for seed in [seed for seed in seeds if 0 < len(seed) <= size_max][:count]:
        name = hashlib.sha1(seed).hexdigest()[:16]
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(seed)


def framing():
    requests = [text.encode('latin-1') for _, text, _ in cases(Door)]
    # Every third: the whole list is run from outside anyhow.
    add('head', requests[::3])
    add('head', [r for r in requests if len(r) > SIZE_MAX and b'chunked' not in r], 2, LONG_MAX)
    bodies = [r.split(b'\r\n\r\n', 1)[1] for r in requests if b'chunked' in r]
    add('chunks', bodies, 1000, LONG_MAX)
    targets = [r.split(b' ')[1] for r in requests if r.count(b' ') > 1]
    with open(os.path.join(HERE, '..', '..', 'web', 'openapi.json'), encoding='utf-8') as f:
        paths = list(json.load(f)['paths'])
    paths = [re.sub(r'\{.*?\}', '1140901-1', path) for path in paths]
    add('uri', sorted(set(targets))[::3] +
        [f'/api/v1{path}?limit=5&q=%E8%87%BA+a&cursor=x'.encode() for path in paths[::6]])


def cookies():
    secret = 'A' * 43
    name = '__Host-baobei'
    texts = [f'{name}={secret}\0\0https://localhost\0{secret}', '\0Bearer a-token\0\0',
             f'a=b; {name}-pre={secret}; c="d"\0Basic x\0http://localhost:80\0x',
             f'{name}={secret}; {name}=x\0bearer  a-token\0null\0', ';;=;\0 \0://\0']
    add('cookie', [text.encode() for text in texts])


def drafts():
    times = [
        {'mode': 'continuous', 'start': '2027-03-01T08:00', 'end': '2027-03-01T24:00'},
        {'mode': 'recurring', 'from': '2027-03-01', 'to': '2027-06-30', 'at': '22:00',
         'until': '06:00', 'rule': {'kind': 'weekly', 'weekdays': [1, 3, 5]}},
        {'mode': 'recurring', 'from': '2027-03-01', 'to': '2027-12-31', 'at': '08:00',
         'until': '12:00', 'rule': {'kind': 'monthly_weekday', 'nth': -1, 'weekday': 2}},
        {'mode': 'recurring', 'from': '2027-01-31', 'to': '2027-12-31', 'at': '08:00',
         'until': '12:00', 'rule': {'kind': 'monthly_day', 'day': 31}},
        {'mode': 'recurring', 'from': '2027-03-01', 'to': '2027-12-31', 'at': '08:00',
         'until': '24:00', 'rule': {'kind': 'every_n_days', 'every': 3}},
        {'mode': 'dates', 'dates': ['2027-02-28', '2027-03-01', '2028-02-29'], 'at': '08:00',
         'until': '12:00'},
    ]
    line = {'person_id': 'p' + '5'.rjust(13, '0'), 'target': '0401180014',
            'department': '02', 'purpose': '01', 'remark': '護理\n', 'purpose_note': '臺北'}
    bodies = [{'lines': [{**line, 'times': [time]}]} for time in times]
    bodies += [{'lines': [{**line, 'times': times}] * 2, 'submit': True}, {'lines': []},
               {'preview': True, 'lines': [{'times': [{'mode': 'dates', 'a~/b': 1}]}]}]
    texts = [json.dumps(body, ensure_ascii=False) for body in bodies]
    texts += ['{"lines":[{"a":1,"a":2}]}', '[' * 40, '{"lines":[{"remark":"\\ud800"}]}',
              '{"a":1e999}',
              '{"lines":[null,1,"x",[],{"times":{}}]}', '{"submit":18446744073709551616}']
    add('draft', [text.encode() for text in texts])


def imports():
    institutions = ('code,name,type,county,address,phone,district,status,status_from\n'
                    '0401180014,"甲,醫院",醫學中心,臺北市,路1號,02-1,中正區,open,2020-01-01\r\n'
                    '0401180015,乙"診所,XX,,,,9,shut,2020-13-01\n')
    people = ('id_no,name,birth_date,profession,main,department,home_code,licence_word,'
              'licence_number,licence_from,licence_to,status,status_from,head,mobile,email\n'
              'A123456789,王小明,1980-02-29,A,true,02,0401180014,醫字,,2024-01-01,2030-01-01,'
              'practising,2024-01-01,false,0912345678,a@b.tw\n\n"A1","x\n"y,,,maybe\n')
    seeds = [bytes([kind]) + text.encode() for kind, text in enumerate((institutions, people))]
    seeds += [b'\x00\xef\xbb\xbf' + institutions.encode(), b'\x01id_no\n\xff\xfe\n', b'\x00code\n']
    seeds += [seeds[0] + b'x' * 9000 + b'\n' + seeds[0][1:]]  # a line over 8 KiB
    add('import', seeds, 1000, LONG_MAX)


def sheets():
    rows = ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><r><t>a_x000D_</t>'
            '</r><rPh><t>b</t></rPh></is></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>'
            '<row r="3"><c s="1"><v>45000.5</v></c><c s="2"><v>1.5</v></c><c><f>1</f></c>'
            '<c t="d"><v>2021-01-01T10:10:10.5</v></c><c t="str"><v>x</v></c></row>')
    sheet = w.sheet(rows, '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')
    found = w.parts(whole=sheet, texts=['<si><t>a</t></si>'], codes=['[$-404]e/m/d', '[h]:mm'])
    strict = sheet.replace(w.MAIN, w.STRICT)
    add('sheet_xlsx', [b'f' + w.book(found, method=w.STORED)], 1, LONG_MAX)
    add('sheet_xlsx', [b'f' + w.book(found),
                       b'f' + w.book(found, flags=w.BEHIND, wide=True, end={'wide': True}),
                       b'f\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' +
                       'EncryptedPackage'.encode('utf-16-le')])
    add('sheet_xlsx', [b'p' + '\0'.join(texts).encode() for texts in (
        (sheet, found['xl/sharedStrings.xml'], found['xl/styles.xml']),
        (strict, '', ''), (w.sheet('<row><c><v>-1.25e-7</v></c><c/></row><row/>'), '', ''))])
    excel = ('\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<worksheet '
             f'xmlns="{w.MAIN}" xmlns:mc="urn:a" mc:Ignorable="x14ac" xmlns:x14ac="urn:b">'
             '<sheetData><row r="1" spans="1:2" x14ac:dyDescent="0.25"><c r="A1" t="str"><f>"a"'
             '&amp;T[[#All],[x]]</f><v>臺&lt;&#10;\r\n</v></c><c r="B1" t="inlineStr"><is><t '
             'xml:space="preserve"> 1</t></is></c></row></sheetData><extLst><ext xmlns:x14="urn:c" '
             "uri='\"'><x14:a/></ext></extLst></worksheet>\n")
    add('sheet_plain', [text.encode() for text in (
        sheet, strict, excel, excel.replace('臺', '&#33274;').replace('"x14ac"', '"&#x81FA;&lt;"'),
        found['xl/sharedStrings.xml'], found['xl/styles.xml'],
        f'<w xmlns="{w.MAIN}"><skip><a/></skip><a b="1" c=\'2\'/><stop/></w>')])
    custom = (f'<Properties xmlns="{w.CUSTOM}" xmlns:v="{w.VALUES}"><property '
              'name="baobei-template"><v:lpwstr>rule-1</v:lpwstr></property></Properties>')
    ways = w.relations(('a', 'officeDocument', '/xl/./workbook.xml'),
                       ('b', 'custom-properties', 'docProps/custom.xml'))
    types = (f'<Types xmlns="{w.TYPES}"><Override PartName="/a" ContentType="b"/></Types>')
    add('sheet_xlsx', [b'w' + '\0'.join(
        (types, ways, found['xl/workbook.xml'], found['xl/_rels/workbook.xml.rels'], custom,
         sheet)).encode()])
    answer = b'A\0\0\0\0\2\0\0\0'
    add('sheet_xlsx', [b'r' + answer + b'C\0\0\0\1\1\1\0\0\0\0\0\1a'
                       b'C\0\0\0\2\2\5\1\1\x40\xe5\xf9\0\0\0\0\0\7\xe7\3\x0f\0\0\0\0\0\0\1b'
                       b'M\0\0\0\1\1\0\0\0\2\2', b'rA\1\0\0\0\0\0\0\2no'])
    texts = ['a,b\r\n"c,""d""\n",e\n\n臺,\n', '\ufeffa\rb\n', '"a', 'a"b', ' a , b\t\n', ',,,\n',
             'x\n' * 450, ',' * 70 + 'x']
    add('sheet_csv', [text.encode() for text in texts] + [b'\xff\xfea\0', b'a\xe8\x87'])


def pem_parts(path):
    with open(path, encoding='ascii') as f:
        for part in re.findall(r'-----BEGIN [A-Z0-9 ]+-----([^-]+)-----END', f.read()):
            yield base64.b64decode(part)


def certificates(demo):
    cards = sorted(os.listdir(os.path.join(demo, 'cards')))
    kinds = {re.sub(r'-?\d+\.pem$', '', name): name for name in cards if name.endswith('.pem')}
    files = [os.path.join('cards', name) for name in kinds.values()]
    files += [os.path.join('pki', name) for name in ('root.pem', 'health.pem', 'server.pem')]
    ders = [der for name in files for der in pem_parts(os.path.join(demo, name))]
    add('certificate', ders)
    add('extension', [der[der.find(b'\xa3\x82'):][:1500] for der in ders if b'\xa3\x82' in der] +
        [der[:200] for der in ders], 12)
    for name in ('health.crl', 'citizen.crl'):
        with open(os.path.join(demo, 'pki', name), 'rb') as f:
            raw = f.read()
        add('crl', list(pem_parts(os.path.join(demo, 'pki', name)))
            if raw.startswith(b'-----') else [raw])


def records_of(segment):
    """(whole record, rows as (stored key, value)) of a segment of the log: see storage/wal.c."""
    at = 0
    while segment[at:at + 8] == b'BAOBEILG':
        length = struct.unpack('>I', segment[at + 48:at + 52])[0]
        body, rows, place = segment[at + 64:at + length], [], 0
        while place < len(body):
            key_size, value_size = struct.unpack('>HH', body[place + 2:place + 6])
            key = body[place + 6:place + 6 + key_size]
            place += 6 + key_size + value_size
            rows.append((key, body[place - value_size:place]))
        yield segment[at:at + length], rows
        at += -(-length // 4096) * 4096


def rows(demo, tables):
    """Rows of each table that line_fuzz reads, without their checksum, behind the kind's number."""
    folder = next(os.path.join(at, 'log') for at, folders, _ in os.walk(demo) if 'log' in folders)
    found, whole = {}, []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), 'rb') as f:
            for record, its_rows in records_of(f.read()):
                if len(record) <= SIZE_MAX:
                    whole.append(record)
                for key, value in its_rows:
                    found.setdefault(key[0], []).append(value)
    for kind, table in enumerate(tables):
        values = found.get(table, [])
        some = {len(value): value for value in values}
        add('line', [bytes([kind]) + some[size][:-4] for size in sorted(some)], 6)
    add('log', whole + [record[64:] for record in whole], 8)


def table_numbers():
    """CASE, LINE, BODY, HISTORY, REQUEST, SESSION, as src/rt numbers them."""
    source = os.path.join(HERE, '..', '..', 'src', 'rt', 'table.h')
    with open(source, encoding='utf-8') as f:
        text = f.read()
    numbers = dict(re.findall(r'^ +X\((\w+), (\d+),', text, re.M))
    return [int(numbers[name])
            for name in ('CASE', 'LINE', 'BODY', 'HISTORY', 'REQUEST', 'SESSION')]


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    framing()
    cookies()
    drafts()
    imports()
    sheets()
    certificates(sys.argv[1])
    rows(sys.argv[1], table_numbers())


main()
