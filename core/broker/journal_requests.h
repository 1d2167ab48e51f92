// SPDX-License-Identifier: Apache-2.0
// journal.query, verify, head and erase, and report.daily: the store answers them, on its own time.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void ask_journal(Step& step, const Asked& asked);
void journal_answered(Step& step, JournalAnswered& answer);

} // namespace rekam::broker
