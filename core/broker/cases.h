// SPDX-License-Identifier: Apache-2.0
// One person's visit. Every capture belongs to a case; what ends a case ends its jobs first.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void case_open(Step& step, const Asked& asked, const std::array<std::uint8_t, 16>& nonce);
void case_close(Step& step, const Asked& asked);
void case_get(Step& step, const Asked& asked);
void case_list(Step& step, const Asked& asked);

/// Cases that the store kept: open ones are open again.
void restore_case(State& s, const Record& record);
/// As the store keeps it: "<principal>\n<record>".
std::string case_row(const Case& kept);
/// Whether the case may have another card.
std::optional<model::Error> check_card_room(const State& s, const Case& kept);
/// A print or card exchange begins: it stands in the case from now on.
void enter_card(Step& step, const Job& job);
/// An unknown outcome was settled: the case says so too.
void card_settled(Step& step, const wire::Job& job);
/// After a restart: how the cards of a case ended, from the record of the job.
void restore_case_card(Step& step, const wire::Job& job);
/// A job of the case ended: writes its outcome into the case, and ends a closing case when it was the last.
void case_job_ended(Step& step, const Job& job);

} // namespace rekam::broker
