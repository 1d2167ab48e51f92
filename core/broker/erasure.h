// SPDX-License-Identifier: Apache-2.0
// journal.erase: what is about the person of a case leaves the station, and the record of what happened stays.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Why it cannot be erased now: it is not over, or nothing can be written.
std::optional<model::Error> check_erasure(const State& s, const wire::JournalEraseParams& params);
/// What the store is asked for, after everything that was to be written of the case. Nothing is written about it
/// meanwhile.
EraseCase begin_erasure(Step& step, const wire::JournalEraseParams& params, const std::string& by);
/// The store has it no more: nor has memory.
void forget_case(Step& step, const Erased& erased);
void reply_erased(Step& step, const ReplyTo& to, const Erased& erased);

} // namespace rekam::broker
