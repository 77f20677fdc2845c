/* The plain sentence of a time rule in Traditional Chinese (P07, R6): what was typed, said back.
 *
 *     每週星期二、五 08:30~11:30，115年4月7日（二）到 115年6月30日（二）
 *     每 2 週一次，星期三 13:00~17:00，115年4月1日（三）到 116年3月31日（三）
 *     115年4月1日（三）08:00 到 115年4月30日（四）17:00，連續不中斷
 *
 * Through a struct writer, whose flag tells if it did not fit (SENTENCE_MAX is enough for any
 * rule). An incomplete time gives the empty sentence. Pure; any thread. */
#pragma once
#include "model/recurrence.h"

enum { SENTENCE_MAX = 512, SENTENCE_DATES_MAX = 5 };

/* 115年4月7日（二） */
void sentence_date(struct writer *out, int32_t day);
/* 08:00~12:00; 22:00~隔日 06:00 */
void sentence_hours(struct writer *out, const struct time_rule *rule);
/* The repeating part alone: 每月第 5 個星期三. Recurring only; else nothing. */
void sentence_rule(struct writer *out, const struct time_rule *rule);
/* The whole. Of ticked dates the first SENTENCE_DATES_MAX are named, then 等 n 天. */
void sentence_time(struct writer *out, const struct time_rule *rule);
/* 115年5月、115年6月、116年2月: months_skipped in words (year * 12 + month - 1). */
void sentence_months(struct writer *out, const int32_t *months, uint32_t count);
