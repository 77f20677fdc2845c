"""MUST.tsv: `rule<TAB>what it asks, in our words<TAB>cases`, or `-` and why it asks nothing of us.

A rule is "9110 5.3", "9112 2.2" or "2.4 7" (RELIABILITY). Cases are names or patterns of the
framing suite; several are separated by blanks; "http.tls_test" names another script of this folder
whose whole subject it is."""
import fnmatch
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
RULES_OF_OURS = [f'2.4 {n}' for n in range(1, 16)]


def rows():
    with open(os.path.join(HERE, 'MUST.tsv'), encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if not line.startswith('#') and line.strip():
                yield number, line.rstrip('\n').split('\t')


def wrong_row(fields, ran):
    """What is wrong with a row, given the cases that ran."""
    if len(fields) != 3:
        return f'{len(fields)} columns'
    rule, sentence, cases = fields
    if not re.fullmatch(r'(9110 \d+(\.\d+)*|9112 \d+(\.\d+)*|2\.4 \d+)', rule):
        return f'no rule: {rule}'
    if len(sentence) < 12:
        return 'says nothing'
    if cases.startswith('- '):
        return None if len(cases) > 12 and not rule.startswith('2.4') else 'no case and no reason'
    for pattern in cases.split(' '):
        if pattern.startswith('http.'):
            if not os.path.exists(os.path.join(HERE, pattern.removeprefix('http.') + '.py')):
                return f'{pattern}: no such script'
        elif not fnmatch.filter(ran, pattern):
            return f'{pattern}: no such case, or it did not run'
    return None


def wrong_rows(ran):
    """(name of a check, what is wrong or None)."""
    wrong, used, rules = [], set(), set()
    for number, fields in rows():
        what = wrong_row(fields, ran)
        if what:
            wrong.append(f'line {number}: {what}')
        rules.add(fields[0])
        for pattern in fields[-1].split(' ') if not fields[-1].startswith('- ') else ():
            used.update(fnmatch.filter(ran, pattern))
    yield 'must_every_row_has_its_case', '; '.join(wrong) or None
    missing = [rule for rule in RULES_OF_OURS if rule not in rules]
    yield 'must_has_every_rule_of_ours', ' '.join(missing) or None
    yield 'must_every_case_stands_for_a_rule', ' '.join(sorted(ran - used)) or None
